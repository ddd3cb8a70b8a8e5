/* Registration of clients; see register.h. */
#include "config.h"

#include <string.h>

#include "master/portal/escape.h"
#include "master/portal/oauth_answer.h"
#include "master/portal/register.h"
#include "shared/base/clock.h"
#include "shared/base/log.h"
#include "shared/crypto/hash.h"
#include "shared/crypto/random.h"
#include "shared/crypto/token.h"
#include "shared/http/media.h"
#include "shared/http/redirects.h"
#include "shared/ipc/words.h"
#include "shared/json/json.h"

#define NAME_MAX_BYTES 128
#define URI_MAX        512
#define ID_RANDOM      16

static const struct json_limits limits = {.bytes = 16384, .nodes = 512, .members = 64,
	.string = 4096, .nul = false};

/* What the client said, and what it gets; in the page's arena. */
struct told {
	struct span name, uri, redirects;  /* redirects: one in a line */
	const char *type;                  /* application_type, or NULL */
	uint8_t method;                    /* enum client_auth */
	char id[2 * ID_RANDOM + 1];
	char secret[TOKEN_CHARS + 1];      /* empty if it wants none */
};

static const char *const method_names[] = {
	[CLIENT_AUTH_NONE] = "none", [CLIENT_AUTH_POST] = "client_secret_post",
	[CLIENT_AUTH_BASIC] = "client_secret_basic",
};
#define METHODS (sizeof(method_names) / sizeof(method_names[0]))

/* A fault for the answer; NULL: none. */
static const char bad_redirect[] = "invalid_redirect_uri", bad_data[] = "invalid_client_metadata";

/* --- reading ------------------------------------------------------------------------------- */

static const char *
read_redirects(struct page *page, struct json_object *o, struct told *t)
{
	struct json_object *list = json_get_arr(o, "redirect_uris");
	const size_t n = list == NULL ? 0 : json_object_array_length(list);
	struct span uri;
	struct buf all;
	size_t i;
	err_t err = 0;

	if (n == 0 || n > REDIRECTS_MAX)
		return bad_redirect;
	buf_init(&all, REDIRECTS_BYTES);
	for (i = 0; i < n && err == 0; i++) {
		if (!json_is_str(json_object_array_get_idx(list, i), &uri) ||
		    redirect_kind(uri) == REDIRECT_NONE)
			err = ERR_SYNTAX;
		if (err == 0 && i > 0)
			err = buf_put_byte(&all, '\n');
		if (err == 0)
			err = buf_put_span(&all, uri);
	}
	if (err == 0)
		t->redirects = page_copy(page, buf_span(&all));
	buf_free(&all);
	return err == 0 ? NULL : bad_redirect;
}

/* Is there no such list, or does it hold this word? */
static bool
list_has(struct json_object *o, const char *name, const char *word)
{
	struct json_object *list = json_get_arr(o, name);
	struct span s;
	size_t i;

	if (json_get(o, name) == NULL)
		return true;
	for (i = 0; list != NULL && i < json_object_array_length(list); i++)
		if (json_is_str(json_object_array_get_idx(list, i), &s) && span_is(s, word))
			return true;
	return false;
}

/* As much of a name as there is room for, without what could hide or rearrange
 * what stands beside it. */
static struct span
clean_name(struct page *page, struct span s)
{
	struct span result;
	struct buf name;

	buf_init(&name, NAME_MAX_BYTES);
	if (escape_name(&name, s, NAME_MAX_BYTES) != 0)
		page->broken = true;
	result = page_copy(page, buf_span(&name));
	buf_free(&name);
	return result;
}

static const char *
read_method(struct json_object *o, struct told *t)
{
	struct span method;
	uint8_t i;

	/* RFC 7591 would have client_secret_basic here; a client that does not say
	 * has no use for a secret that it did not ask for. */
	t->method = CLIENT_AUTH_NONE;
	if (json_get(o, "token_endpoint_auth_method") == NULL)
		return NULL;
	if (!json_get_str(o, "token_endpoint_auth_method", &method))
		return bad_data;
	for (i = 0; i < METHODS; i++) {
		if (span_is(method, method_names[i])) {
			t->method = i;
			return NULL;
		}
	}
	return bad_data;
}

static const char *
read_told(struct page *page, struct json_object *o, struct told *t)
{
	const char *fault;
	struct span s;

	if (!json_object_is_type(o, json_type_object))
		return bad_data;
	fault = read_redirects(page, o, t);
	if (fault == NULL)
		fault = read_method(o, t);
	if (fault != NULL)
		return fault;
	if (!list_has(o, "grant_types", "authorization_code") ||
	    !list_has(o, "response_types", "code"))
		return bad_data;
	if (json_get_str(o, "client_name", &s))
		t->name = clean_name(page, s);
	else if (json_get(o, "client_name") != NULL)
		return bad_data;
	/* A link for people: what is none is left out. */
	if (json_get_str(o, "client_uri", &s) && s.n <= URI_MAX && redirect_kind(s) == REDIRECT_WEB)
		t->uri = page_copy(page, s);
	if (json_get_str(o, "application_type", &s))
		t->type = span_is(s, "native") ? "native" : span_is(s, "web") ? "web" : NULL;
	return NULL;
}

/* --- answering ----------------------------------------------------------------------------- */

/* An array of the lines, or of one or two words. */
static struct json_object *
list_of(struct span lines)
{
	struct json_object *list = json_object_new_array();

	while (list != NULL && lines.n > 0) {
		const uint8_t *end = memchr(lines.p, '\n', lines.n);
		const size_t n = end == NULL ? lines.n : (size_t)(end - lines.p);

		if (json_append(list, json_new_str(span_of(lines.p, n))) != 0) {
			json_object_put(list);
			return NULL;
		}
		lines = end == NULL ? span_str("") : span_of(end + 1, lines.n - n - 1);
	}
	return list;
}

static err_t
fill(struct json_object *o, const struct page *page, const struct told *t)
{
	err_t err = json_add_str(o, "client_id", page->kept.client_id);

	if (err == 0)
		err = json_add_int(o, "client_id_issued_at", page->kept.issued_at);
	if (err == 0 && t->name.n > 0)
		err = json_add_str(o, "client_name", t->name);
	if (err == 0 && t->uri.n > 0)
		err = json_add_str(o, "client_uri", t->uri);
	if (err == 0)
		err = json_add(o, "redirect_uris", list_of(t->redirects));
	if (err == 0)
		err = json_add(o, "grant_types", list_of(span_str("authorization_code\nrefresh_token")));
	if (err == 0)
		err = json_add(o, "response_types", list_of(span_str("code")));
	if (err == 0)
		err = json_add_text(o, "token_endpoint_auth_method", method_names[t->method]);
	if (err == 0 && t->type != NULL)
		err = json_add_text(o, "application_type", t->type);
	/* A whole number; clients have stumbled over anything else. */
	if (err == 0 && t->secret[0] != '\0')
		err = json_add_int(o, "client_secret_expires_at", 0);
	return err;
}

static void
on_kept(struct page *page)
{
	const struct told *t = page->work;
	struct json_object *o = json_object_new_object();

	if (o != NULL && fill(o, page, t) != 0) {
		json_object_put(o);
		o = NULL;
	}
	log_info("client_registered", LF_UINT("secret", t->secret[0] != '\0'));
	oauth_answer_with(page, 201, o, t->secret[0] == '\0' ? span_str("") :
	    page_text(page, "\"client_secret\":\"%s\"", t->secret));
}

/* --- asking the vault ---------------------------------------------------------------------- */

static err_t
make_id(struct told *t)
{
	uint8_t raw[ID_RANDOM];
	err_t err = random_bytes(raw, sizeof(raw));

	if (err == 0)
		hex_encode(span_of(raw, sizeof(raw)), t->id);
	return err;
}

/* The shard of a client's secret means nothing: it is no person's. */
static err_t
make_secret(const struct page *page, struct told *t, uint8_t hash[HASH_BYTES])
{
	uint8_t nobody[UUID_BYTES];
	err_t err = random_uuid(nobody);

	if (err == 0)
		err = token_make(CRED_SECRET, nobody, page->portal->check_key, t->secret);
	return err != 0 ? err : token_hash(span_str(t->secret), hash);
}

/* Of everything that makes one client another; NUL is in none of the parts. */
static err_t
digest(const struct told *t, uint8_t out[HASH_BYTES])
{
	struct buf all;
	err_t err;

	buf_init(&all, REDIRECTS_BYTES + NAME_MAX_BYTES + URI_MAX + 64);
	err = buf_put_str(&all, method_names[t->method]);
	if (err == 0)
		err = buf_put_byte(&all, 0);
	if (err == 0)
		err = buf_put_span(&all, t->name);
	if (err == 0)
		err = buf_put_byte(&all, 0);
	if (err == 0)
		err = buf_put_span(&all, t->uri);
	if (err == 0)
		err = buf_put_byte(&all, 0);
	if (err == 0)
		err = buf_put_span(&all, t->redirects);
	if (err == 0)
		err = sha256(buf_span(&all), out);
	buf_free(&all);
	return err;
}

static void
ask(struct page *page, struct told *t)
{
	struct msg_client_put m = {.kind = CLIENT_REGISTERED, .auth_method = t->method,
	    .name = t->name, .uri = t->uri, .redirects = t->redirects};
	err_t err = make_id(t);

	m.client_id = span_str(t->id);
	if (err == 0)
		err = digest(t, m.digest);
	if (err == 0 && t->method != CLIENT_AUTH_NONE)
		err = make_secret(page, t, m.secret);
	if (err == 0)
		err = send_client_put(page->portal->vault, page_question(page), &m);
	page_wait_for(page, WAIT_CLIENT_KEPT, ANSWER_MS, err, on_kept);
}

void
register_client(struct page *page)
{
	struct json_object *o = NULL;
	const char *fault = bad_data;
	uint32_t wait_s = 0;
	void *room;

	if (!page->portal->conf.registration) {
		oauth_error(page, 403, "access_denied", "clients are added by the operator here");
		return;
	}
	if (!begins_allow(&page->portal->registrations, page->client, clock_mono_ms(), &wait_s)) {
		oauth_busy(page, wait_s);
		return;
	}
	if (arena_alloc(&page->arena, sizeof(struct told), &room) != 0) {
		page_fail(page, PORTAL_UNAVAILABLE, 5);
		return;
	}
	page->work = room;
	if (http_media_is(page->content_type, "application/json") &&
	    json_parse(buf_span(&page->body), &limits, &o) == 0)
		fault = read_told(page, o, room);
	json_object_put(o);
	if (fault == NULL)
		ask(page, room);
	else
		oauth_error(page, 400, fault, fault == bad_redirect ?
		    "redirect_uris must be https addresses, http ones on this machine (loopback), or "
		    "of a program's own scheme that is known here; without fragment and user" :
		    "this is not readable as the description of a client that uses codes");
}
