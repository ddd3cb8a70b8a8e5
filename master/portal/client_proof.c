/* Which client it is; see client_proof.h. */
#include "config.h"

#include <string.h>

#include "master/portal/client_proof.h"
#include "master/portal/clients.h"
#include "master/portal/form.h"
#include "master/portal/oauth_answer.h"
#include "shared/crypto/b64.h"
#include "shared/crypto/hash.h"
#include "shared/http/query.h"

#define BASIC_MAX 2048

/* One half of what HTTP Basic says: in the encoding of forms, by RFC 6749. */
static err_t
half(struct page *page, struct span text, struct span *out)
{
	struct buf plain;
	err_t err;

	buf_init(&plain, BASIC_MAX);
	err = http_unescape(text, true, &plain);
	if (err == 0) {
		*out = page_copy(page, buf_span(&plain));
		err = page->broken ? ERR_NOMEM : 0;
	}
	buf_free(&plain);
	return err;
}

static err_t
read_basic(struct page *page, struct span *id, struct span *secret)
{
	struct span text = page->authorization;
	uint8_t raw[BASIC_MAX];
	const uint8_t *colon;
	size_t n = 0;
	err_t err;

	if (text.n < 6 || !span_is_nocase(span_of(text.p, 6), "basic "))
		return ERR_SYNTAX;
	text = span_of(text.p + 6, text.n - 6);
	err = b64std_decode(text, raw, sizeof(raw), &n);
	colon = err != 0 ? NULL : memchr(raw, ':', n);
	if (colon == NULL) {
		err = ERR_SYNTAX;
	} else {
		err = half(page, span_of(raw, (size_t)(colon - raw)), id);
		if (err == 0)
			err = half(page, span_of(colon + 1, n - (size_t)(colon - raw) - 1), secret);
	}
	explicit_bzero(raw, sizeof(raw));
	return err;
}

bool
client_proof_read(struct page *page, struct client_proof *out)
{
	const struct span form = buf_span(&page->body);
	struct span id = {0}, secret = {0}, named = {0}, posted = {0};
	err_t no_id = form_get(&page->arena, form, "client_id", &named);
	err_t no_secret = form_get(&page->arena, form, "client_secret", &posted);

	memset(out, 0, sizeof(*out));
	if ((no_id != 0 && no_id != ERR_NOTFOUND) || (no_secret != 0 && no_secret != ERR_NOTFOUND)) {
		oauth_error(page, 400, "invalid_request", "a parameter came twice or is not readable");
		return false;
	}
	if (page->authorization.n > 0) {
		if (posted.n > 0) {
			oauth_error(page, 400, "invalid_request", "one way to say the secret is enough");
			return false;
		}
		if (read_basic(page, &id, &secret) != 0 || (named.n > 0 && !span_eq(named, id))) {
			oauth_bad_client(page, "the Authorization field is not that of this client");
			return false;
		}
	} else {
		id = named;
		secret = posted;
	}
	if (id.n == 0) {
		oauth_error(page, 400, "invalid_request", "client_id is missing");
		return false;
	}
	if (id.n > CLIENT_ID_MAX || (secret.n > 0 && sha256(secret, out->secret) != 0)) {
		oauth_bad_client(page, "this client is not known here, or its secret is wrong");
		return false;
	}
	out->client_id = id;
	return true;
}
