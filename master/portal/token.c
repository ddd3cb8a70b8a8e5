/* Tokens; see token.h. */
#include "config.h"

#include <string.h>

#include "master/portal/authorize.h"
#include "master/portal/client_proof.h"
#include "master/portal/form.h"
#include "master/portal/oauth_answer.h"
#include "master/portal/token.h"
#include "shared/base/clock.h"
#include "shared/base/log.h"
#include "shared/crypto/b64.h"
#include "shared/crypto/hash.h"
#include "shared/crypto/seal.h"
#include "shared/crypto/token.h"
#include "shared/ipc/scopes.h"
#include "shared/ipc/words.h"
#include "shared/json/json.h"

#define VERIFIER_LEAST 43   /* RFC 7636 section 4.1 */
#define VERIFIER_MOST  128
#define REDIRECT_MOST  2048

/* A pair of new tokens and, for a refresh, the one it replaces; in the page's
 * arena, which is wiped. */
struct pair {
	char access[TOKEN_CHARS + 1], refresh[TOKEN_CHARS + 1];
	struct span old;
	uint8_t old_hash[HASH_BYTES];
};

/* --- reading ------------------------------------------------------------------------------- */

/* A field of the form; empty if it is not there.  False: the page was answered. */
static bool
field(struct page *page, const char *name, struct span *out)
{
	err_t err;

	*out = span_str("");
	err = form_get(&page->arena, buf_span(&page->body), name, out);
	if (err == 0 || err == ERR_NOTFOUND)
		return true;
	oauth_error(page, 400, "invalid_request", "a parameter came twice or is not readable");
	return false;
}

/* A token that is not one of ours costs no question. */
static bool
is_ours(const struct page *page, struct span text, enum cred_kind wanted)
{
	enum cred_kind kind = CRED_NONE;

	return token_check(text, page->portal->check_key, &kind) == 0 && kind == wanted;
}

static bool
is_form(struct page *page)
{
	if (form_type(page->content_type))
		return true;
	oauth_error(page, 400, "invalid_request",
	    "the request must be application/x-www-form-urlencoded");
	return false;
}

/* The code or refresh token, and its kind is right.  False: answered. */
static bool
read_grant(struct page *page, const char *name, enum cred_kind kind, struct span *out)
{
	if (!field(page, name, out))
		return false;
	if (out->n == 0) {
		oauth_error(page, 400, "invalid_request", "the code or refresh_token is missing");
		return false;
	}
	if (!is_ours(page, *out, kind)) {
		oauth_failed(page, PORTAL_OAUTH_GRANT, 0);
		return false;
	}
	return true;
}

static bool
read_resource(struct page *page)
{
	struct span resource;

	if (!field(page, "resource", &resource))
		return false;
	if (authorize_resource(page->portal->conf.public_url, resource))
		return true;
	oauth_error(page, 400, "invalid_target", "tokens are issued for this server only");
	return false;
}

/* --- answering ----------------------------------------------------------------------------- */

static struct json_object *
describe(const struct page *page)
{
	struct json_object *o = json_object_new_object();
	struct buf names;
	err_t err = o == NULL ? ERR_NOMEM : 0;

	buf_init(&names, 1024);
	if (err == 0)
		err = json_add_text(o, "token_type", "Bearer");
	if (err == 0)
		err = json_add_int(o, "expires_in", page->tokens.expires_in);
	if (err == 0)
		err = scopes_put_names(page->tokens.scopes, &names);
	if (err == 0)
		err = json_add_str(o, "scope", buf_span(&names));
	buf_free(&names);
	if (err != 0) {
		json_object_put(o);
		return NULL;
	}
	return o;
}

static void
hand_out(struct page *page)
{
	const struct pair *p = page->work;

	oauth_answer_with(page, 200, describe(page), page_text(page,
	    "\"access_token\":\"%s\",\"refresh_token\":\"%s\"", p->access, p->refresh));
}

/* Whoever tries one token after another is asked to wait in the end. */
static void
on_refused(struct page *page, uint8_t why, uint32_t retry_after)
{
	uint32_t wait_s = 0;

	if (why == PORTAL_OAUTH_GRANT || why == PORTAL_OAUTH_CLIENT)
		(void)begins_allow(&page->portal->token_failures, page->client, clock_mono_ms(),
		    &wait_s);
	oauth_failed(page, why, retry_after);
}

/* --- a code for tokens ----------------------------------------------------------------------- */

/* RFC 7636 section 4.1: unreserved characters, 43 to 128 of them. */
static bool
is_verifier(struct span s)
{
	size_t i;

	for (i = 0; i < s.n; i++) {
		const uint8_t c = s.p[i];

		if (!(c >= 'a' && c <= 'z') && !(c >= 'A' && c <= 'Z') && !(c >= '0' && c <= '9') &&
		    c != '-' && c != '.' && c != '_' && c != '~')
			return false;
	}
	return s.n >= VERIFIER_LEAST && s.n <= VERIFIER_MOST;
}

static err_t
make_pair(const struct page *page, struct span like, struct pair *p, uint8_t access[HASH_BYTES],
    uint8_t refresh[HASH_BYTES])
{
	const uint8_t *key = page->portal->check_key;
	err_t err = token_make_like(CRED_OAUTH, like, key, p->access);

	if (err == 0)
		err = token_make_like(CRED_REFRESH, like, key, p->refresh);
	if (err == 0)
		err = token_hash(span_str(p->access), access);
	return err != 0 ? err : token_hash(span_str(p->refresh), refresh);
}

static void
redeem(struct page *page, const struct client_proof *who)
{
	struct msg_code_redeem m = {.client_id = who->client_id};
	char challenge[B64URL_LEN(SHA256_BYTES) + 1];
	uint8_t hash[SHA256_BYTES];
	struct span code, verifier;
	err_t err;

	if (!read_grant(page, "code", CRED_CODE, &code) ||
	    !field(page, "redirect_uri", &m.redirect_uri) ||
	    !field(page, "code_verifier", &verifier) || !read_resource(page))
		return;
	if (!is_verifier(verifier) || m.redirect_uri.n > REDIRECT_MOST) {
		oauth_error(page, 400, "invalid_request",
		    "code_verifier is missing or not one (PKCE), or redirect_uri is too long");
		return;
	}
	err = sha256(verifier, hash);
	b64url_encode(span_of(hash, sizeof(hash)), challenge);
	m.challenge = span_str(challenge);
	memcpy(m.secret, who->secret, sizeof(m.secret));
	if (err == 0)
		err = token_hash(code, m.code);
	if (err == 0)
		err = make_pair(page, code, page->work, m.access, m.refresh);
	if (err == 0)
		err = send_code_redeem(page->portal->vault, page_question(page), &m);
	page_wait_for(page, WAIT_TOKENS, ANSWER_MS, err, hand_out);
}

/* --- a refresh token for its successor ------------------------------------------------------- */

/* What the next answer to the same old token says is sealed under a key that
 * only its holder can make: neither vault nor database can read it. */
static err_t
answer_key(const struct pair *p, uint8_t key[SEAL_KEY_BYTES], struct seal_place *place)
{
	memset(place, 0, sizeof(*place));
	memcpy(place->owner, p->old_hash, sizeof(place->owner));
	return derive_key(p->old, "tonearm refresh answer", span_str(""), key);
}

static err_t
seal_pair(const struct pair *p, struct buf *out)
{
	uint8_t key[SEAL_KEY_BYTES];
	struct seal_place place;
	char both[2 * TOKEN_CHARS];
	err_t err = answer_key(p, key, &place);

	memcpy(both, p->access, TOKEN_CHARS);
	memcpy(both + TOKEN_CHARS, p->refresh, TOKEN_CHARS);
	if (err == 0)
		err = seal_row(key, &place, span_of(both, sizeof(both)), out);
	explicit_bzero(key, sizeof(key));
	explicit_bzero(both, sizeof(both));
	return err;
}

/* The pair that was handed out a moment ago takes the place of the new one. */
static err_t
open_pair(struct pair *p, struct span sealed)
{
	uint8_t key[SEAL_KEY_BYTES];
	struct seal_place place;
	struct buf both;
	err_t err = answer_key(p, key, &place);

	buf_init(&both, 2 * TOKEN_CHARS);
	if (err == 0)
		err = open_row(key, &place, sealed, &both);
	if (err == 0 && both.len != 2 * TOKEN_CHARS)
		err = ERR_SYNTAX;
	if (err == 0) {
		memcpy(p->access, both.data, TOKEN_CHARS);
		memcpy(p->refresh, both.data + TOKEN_CHARS, TOKEN_CHARS);
	}
	explicit_bzero(key, sizeof(key));
	buf_free(&both);
	return err;
}

static void
on_refreshed(struct page *page)
{
	err_t err;

	if (page->tokens.sealed.n > 0) {
		err = open_pair(page->work, page->tokens.sealed);
		if (err != 0) {
			log_error("refresh_answer_unreadable", LF_STR("error", err_text(err)));
			oauth_error(page, 500, "server_error", "this could not be worked out");
			return;
		}
	}
	hand_out(page);
}

static void
refresh(struct page *page, const struct client_proof *who)
{
	struct msg_token_refresh m = {.client_id = who->client_id};
	struct pair *p = page->work;
	struct span names;
	struct buf sealed;
	err_t err;

	if (!read_grant(page, "refresh_token", CRED_REFRESH, &p->old) ||
	    !field(page, "scope", &names) || !read_resource(page))
		return;
	m.scopes = scopes_whole(scopes_read(names, NULL));
	if (names.n > 0 && m.scopes == 0) {
		oauth_failed(page, PORTAL_OAUTH_SCOPE, 0);
		return;
	}
	buf_init(&sealed, 1024);
	memcpy(m.secret, who->secret, sizeof(m.secret));
	err = token_hash(p->old, p->old_hash);
	memcpy(m.old, p->old_hash, sizeof(m.old));
	if (err == 0)
		err = make_pair(page, p->old, p, m.access, m.refresh);
	if (err == 0)
		err = seal_pair(p, &sealed);
	m.sealed = buf_span(&sealed);
	if (err == 0)
		err = send_token_refresh(page->portal->vault, page_question(page), &m);
	buf_free(&sealed);
	page_wait_for(page, WAIT_TOKENS, ANSWER_MS, err, on_refreshed);
}

/* --- the endpoints --------------------------------------------------------------------------- */

/* What both have in common.  False: the page was answered. */
static bool
begin(struct page *page, struct client_proof *who)
{
	uint32_t wait_s = 0;

	page->failed = on_refused;
	if (!begins_left(&page->portal->token_failures, page->client, clock_mono_ms(), &wait_s)) {
		oauth_busy(page, wait_s);
		return false;
	}
	return is_form(page) && client_proof_read(page, who);
}

void
token_issue(struct page *page)
{
	struct client_proof who;
	struct span type;

	if (!begin(page, &who) || !field(page, "grant_type", &type))
		return;
	if (arena_alloc(&page->arena, sizeof(struct pair), &page->work) != 0) {
		page_fail(page, PORTAL_UNAVAILABLE, 5);
		return;
	}
	if (span_is(type, "authorization_code"))
		redeem(page, &who);
	else if (span_is(type, "refresh_token"))
		refresh(page, &who);
	else if (type.n == 0)
		oauth_error(page, 400, "invalid_request", "grant_type is missing");
	else
		oauth_error(page, 400, "unsupported_grant_type",
		    "grant_type must be authorization_code or refresh_token");
}

static void
on_revoked(struct page *page)
{
	oauth_empty(page, 200);
}

/* RFC 7009 section 2.2: a token that is not there is as good as revoked; one of
 * another client is left alone, and nothing is said of it. */
static void
on_not_revoked(struct page *page, uint8_t why, uint32_t retry_after)
{
	if (why == PORTAL_NOT_FOUND || why == PORTAL_OAUTH_GRANT)
		oauth_empty(page, 200);
	else
		on_refused(page, why, retry_after);
}

void
token_revoke(struct page *page)
{
	struct msg_token_revoke m = {.token = {0}};
	struct client_proof who;
	struct span token;
	err_t err;

	if (!begin(page, &who) || !field(page, "token", &token))
		return;
	if (token.n == 0) {
		oauth_error(page, 400, "invalid_request", "token is missing");
		return;
	}
	if (!is_ours(page, token, CRED_OAUTH) && !is_ours(page, token, CRED_REFRESH)) {
		oauth_empty(page, 200);
		return;
	}
	page->failed = on_not_revoked;
	m.client_id = who.client_id;
	memcpy(m.secret, who.secret, sizeof(m.secret));
	err = token_hash(token, m.token);
	if (err == 0)
		err = send_token_revoke(page->portal->vault, page_question(page), &m);
	page_wait_for(page, WAIT_OK, ANSWER_MS, err, on_revoked);
}
