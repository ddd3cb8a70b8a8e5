/* Codes and refresh tokens for tokens, and revocation (docs/protocol.md A-20 to
 * */
#include "config.h"

#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "shared/crypto/b64.h"
#include "shared/crypto/token.h"
#include "shared/json/json.h"
#include "tests/unit/portal/rig.h"
#include "tests/unit/unit.h"

/* RFC 7636, appendix B. */
#define VERIFIER  "dBjftJeZ4CVP-mB92K27uhbUJU1p1r_wW1gFWFOEjXk"
#define CHALLENGE "E9Melhoa2OwvFrEMTJguCHaoeK1t8URWbuGJSstw-cM"
#define BACK      "https%3A%2F%2Fclaude.ai%2Fcb"

static const uint8_t user[UUID_BYTES] = {9, 8, 7};

static int
setup(void **state)
{
	struct rig *r;

	if (rig_setup(state) != 0)
		return -1;
	r = *state;
	r->tokens = (struct msg_tokens){.scopes = SCOPE_LIBRARY_READ | SCOPE_PLAYBACK_READ,
	    .expires_in = 3600};
	return 0;
}

static const char *
made(enum cred_kind kind)
{
	static char text[8][TOKEN_CHARS + 1];
	static unsigned at;
	char *t = text[at++ % 8];

	assert_ok(token_make(kind, user, rig_check_key, t));
	rig_secret(t, TOKEN_CHARS);
	return t;
}

static void
ask_as(struct rig *r, const char *target, const char *body, const char *authorization)
{
	const struct ask a = {.method = METHOD_POST, .target = target, .body = body,
	    .content_type = "application/x-www-form-urlencoded", .authorization = authorization,
	    .origin = "https://elsewhere.example", .fetch_site = "cross-site"};

	rig_ask(r, &a);
}

static void
ask(struct rig *r, const char *body)
{
	ask_as(r, "/token", body, NULL);
}

static void
assert_error(const struct rig *r, unsigned status, const char *error)
{
	struct json_object *o = NULL;
	struct span s = {0};

	assert_int_equal(r->media, MEDIA_JSON);
	assert_int_equal(r->cors, 1);
	assert_int_equal(r->cache, 0);
	assert_ok(json_parse(buf_span(&r->body), &json_from_client, &o));
	assert_true(json_get_str(o, "error", &s));
	if (!span_is(s, error) || r->status != status)
		fail_msg("%u %.*s instead of %u %s", r->status, (int)s.n, (const char *)s.p, status, error);
	json_object_put(o);
}

struct pair {
	char access[TOKEN_CHARS + 1], refresh[TOKEN_CHARS + 1];
};

/* The answer's two tokens: of the right kinds, with the shard of `like`, and known
 * to the vault by their hashes. */
static struct pair
read_pair(const struct rig *r, const char *like, const uint8_t *access, const uint8_t *refresh)
{
	enum cred_kind kind = CRED_NONE;
	struct json_object *o = NULL;
	uint8_t hash[HASH_BYTES];
	struct span a = {0}, f = {0}, s;
	struct pair p;
	int64_t n = 0;

	assert_int_equal(r->status, 200);
	assert_int_equal(r->media, MEDIA_JSON);
	assert_int_equal(r->cache, 0);
	assert_ok(json_parse(buf_span(&r->body), &json_from_client, &o));
	assert_true(json_get_str(o, "access_token", &a) && json_get_str(o, "refresh_token", &f));
	assert_true(json_get_str(o, "token_type", &s) && span_is(s, "Bearer"));
	assert_true(json_get_str(o, "scope", &s) && span_is(s, "library:read playback:read"));
	assert_true(json_get_int(o, "expires_in", &n) && n == 3600);
	assert_true(rig_shows(r, "\"expires_in\":3600"));
	assert_ok(token_check(a, rig_check_key, &kind));
	assert_int_equal(kind, CRED_OAUTH);
	assert_ok(token_check(f, rig_check_key, &kind));
	assert_int_equal(kind, CRED_REFRESH);
	assert_memory_equal(a.p + 11, like + 11, TOKEN_SHARD_CHARS);
	assert_memory_equal(f.p + 11, like + 11, TOKEN_SHARD_CHARS);
	if (access != NULL) {
		rig_hash((const char *)a.p, a.n, hash);
		assert_memory_equal(hash, access, HASH_BYTES);
		rig_hash((const char *)f.p, f.n, hash);
		assert_memory_equal(hash, refresh, HASH_BYTES);
	}
	memcpy(p.access, a.p, TOKEN_CHARS);
	memcpy(p.refresh, f.p, TOKEN_CHARS);
	p.access[TOKEN_CHARS] = p.refresh[TOKEN_CHARS] = '\0';
	rig_secret(p.access, TOKEN_CHARS);
	rig_secret(p.refresh, TOKEN_CHARS);
	json_object_put(o);
	return p;
}

/* --- codes -------------------------------------------------------------------------------- */

static void
a_code_becomes_tokens(void **state)
{
	static const uint8_t none[HASH_BYTES];
	const char *code = made(CRED_CODE);
	uint8_t hash[HASH_BYTES];
	struct rig *r = *state;
	char body[1024];

	(void)snprintf(body, sizeof(body), "grant_type=authorization_code&code=%s&client_id=abc&"
	    "redirect_uri=%s&code_verifier=%s&resource=https%%3A%%2F%%2Ftonearm.example%%2Fmcp", code,
	    BACK, VERIFIER);
	ask(r, body);
	(void)read_pair(r, code, r->code_redeem.access, r->code_redeem.refresh);
	rig_hash(code, TOKEN_CHARS, hash);
	assert_memory_equal(r->code_redeem.code, hash, HASH_BYTES);
	assert_true(span_is(r->code_redeem.client_id, "abc"));
	assert_true(span_is(r->code_redeem.redirect_uri, "https://claude.ai/cb"));
	assert_true(span_is(r->code_redeem.challenge, CHALLENGE));
	assert_memory_equal(r->code_redeem.secret, none, HASH_BYTES);
}

static void
junk_is_refused_without_a_question(void **state)
{
	struct rig *r = *state;
	static const struct { const char *body, *error; } cases[] = {
		{"", "invalid_request"}, {"client_id=abc", "invalid_request"},
		{"grant_type=authorization_code", "invalid_request"},
		{"grant_type=password&client_id=abc&username=a&password=b", "unsupported_grant_type"},
		{"grant_type=client_credentials&client_id=abc", "unsupported_grant_type"},
		{"grant_type=authorization_code&client_id=abc&code_verifier=" VERIFIER, "invalid_request"},
		{"grant_type=authorization_code&client_id=abc&code=junk&code_verifier=" VERIFIER,
		    "invalid_grant"},
		{"grant_type=refresh_token&client_id=abc", "invalid_request"},
		{"grant_type=refresh_token&client_id=abc&refresh_token=tonearm_rt_x", "invalid_grant"},
		{"grant_type=refresh_token&grant_type=refresh_token&client_id=abc", "invalid_request"},
		{"grant_type=refresh_token&client_id=abc&client_id=abc", "invalid_request"},
		{"grant_type=refresh_token&client_id=%zz", "invalid_request"},
	};
	const struct ask json = {.method = METHOD_POST, .target = "/token",
	    .content_type = "application/json", .body = "{\"grant_type\":\"refresh_token\"}"};
	size_t i;

	for (i = 0; i < sizeof(cases) / sizeof(cases[0]); i++) {
		ask(r, cases[i].body);
		assert_error(r, 400, cases[i].error);
		assert_int_equal(r->questions, 0);
	}
	rig_ask(r, &json);
	assert_error(r, 400, "invalid_request");
}

/* A token is good for one thing (the kinds of shared/crypto/token.h). */
static void
no_token_takes_the_place_of_another(void **state)
{
	struct rig *r = *state;
	unsigned kind;

	for (kind = CRED_NONE + 1; kind < CRED_COUNT; kind++) {
		const char *text = made((enum cred_kind)kind);
		char body[1024];

		(void)snprintf(body, sizeof(body), "grant_type=authorization_code&client_id=abc&code=%s&"
		    "redirect_uri=" "x" "&code_verifier=" VERIFIER, text);
		ask(r, body);
		if (kind == CRED_CODE)
			assert_int_equal(r->status, 200);
		else
			assert_error(r, 400, "invalid_grant");
		(void)snprintf(body, sizeof(body), "grant_type=refresh_token&client_id=abc&"
		    "refresh_token=%s", text);
		ask(r, body);
		if (kind == CRED_REFRESH)
			assert_int_equal(r->status, 200);
		else
			assert_error(r, 400, "invalid_grant");
	}
}

static void
a_code_needs_its_verifier(void **state)
{
	static const char *const verifiers[] = {"", "&code_verifier=", "&code_verifier=short",
	    "&code_verifier=dBjftJeZ4CVP-mB92K27uhbUJU1p1r_wW1gFWFOEjX%3D",
	    "&code_verifier=dBjftJeZ4CVP-mB92K27uhbUJU1p1r_wW1gFWFOEj%20k",
	    ("&code_verifier=aaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaa"
	    "aaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaa")};
	struct rig *r = *state;
	char body[1024];
	size_t i;

	for (i = 0; i < sizeof(verifiers) / sizeof(verifiers[0]); i++) {
		(void)snprintf(body, sizeof(body), "grant_type=authorization_code&client_id=abc&code=%s&"
		    "redirect_uri=%s%s", made(CRED_CODE), BACK, verifiers[i]);
		ask(r, body);
		assert_error(r, 400, "invalid_request");
		assert_int_equal(r->questions, 0);
	}
	/* A wrong one is the vault's to find. */
	r->fail = PORTAL_OAUTH_GRANT;
	(void)snprintf(body, sizeof(body), "grant_type=authorization_code&client_id=abc&code=%s&"
	    "redirect_uri=%s&code_verifier=" VERIFIER "x", made(CRED_CODE), BACK);
	ask(r, body);
	assert_error(r, 400, "invalid_grant");
	assert_false(span_is(r->code_redeem.challenge, CHALLENGE));
}

static void
tokens_are_for_this_server_alone(void **state)
{
	struct rig *r = *state;
	char body[1024];

	(void)snprintf(body, sizeof(body), "grant_type=authorization_code&client_id=abc&code=%s&"
	    "redirect_uri=%s&code_verifier=" VERIFIER "&resource=https%%3A%%2F%%2Fevil.example%%2Fmcp",
	    made(CRED_CODE), BACK);
	ask(r, body);
	assert_error(r, 400, "invalid_target");
	(void)snprintf(body, sizeof(body), "grant_type=refresh_token&client_id=abc&refresh_token=%s&"
	    "resource=https%%3A%%2F%%2Fevil.example%%2Fmcp", made(CRED_REFRESH));
	ask(r, body);
	assert_error(r, 400, "invalid_target");
}

static void
what_the_vault_refuses_has_its_words(void **state)
{
	static const struct { uint8_t why; unsigned status; const char *error; } cases[] = {
		{PORTAL_OAUTH_CLIENT, 401, "invalid_client"}, {PORTAL_OAUTH_GRANT, 400, "invalid_grant"},
		{PORTAL_OAUTH_SCOPE, 400, "invalid_scope"},
		{PORTAL_UNAVAILABLE, 503, "temporarily_unavailable"},
		{PORTAL_BAD_STATE, 500, "server_error"},
	};
	struct rig *r = *state;
	char body[1024];
	size_t i;

	for (i = 0; i < sizeof(cases) / sizeof(cases[0]); i++) {
		r->fail = cases[i].why;
		(void)snprintf(body, sizeof(body), "grant_type=refresh_token&client_id=abc&"
		    "refresh_token=%s", made(CRED_REFRESH));
		ask(r, body);
		assert_error(r, cases[i].status, cases[i].error);
		assert_int_equal(r->basic, 0);
	}
	assert_int_equal(r->retry_after, 0);
}

/* --- clients -------------------------------------------------------------------------------- */

static void
a_secret_comes_in_the_form_or_by_basic(void **state)
{
	/* abc:s3cret, a%20b:c%3Ad, abc:wrong */
	static const struct { const char *basic, *more, *id, *secret; } good[] = {
		{NULL, "&client_id=abc&client_secret=s3cret", "abc", "s3cret"},
		{"Basic YWJjOnMzY3JldA==", "", "abc", "s3cret"},
		{"basic YWJjOnMzY3JldA==", "&client_id=abc", "abc", "s3cret"},
		{"Basic YSUyMGI6YyUzQWQ=", "", "a b", "c:d"},
		{"Basic YWJjOg==", "", "abc", ""},
	};
	static const struct { const char *basic, *more; unsigned status; const char *error; } bad[] = {
		{"Basic YWJjOnMzY3JldA==", "&client_id=other", 401, "invalid_client"},
		{"Basic YWJjOnMzY3JldA==", "&client_secret=s3cret", 400, "invalid_request"},
		{"Basic", "&client_id=abc", 401, "invalid_client"},
		{"Basic YWJj", "&client_id=abc", 401, "invalid_client"},
		{"Basic !!!", "", 401, "invalid_client"},
		{"Bearer abc", "&client_id=abc", 401, "invalid_client"},
		{"Basic OnMzY3JldA==", "", 400, "invalid_request"},
		{"Basic YSV6ejpi", "", 401, "invalid_client"},
	};
	static const uint8_t none[HASH_BYTES];
	struct rig *r = *state;
	uint8_t hash[HASH_BYTES];
	char body[1024];
	size_t i;

	for (i = 0; i < sizeof(good) / sizeof(good[0]); i++) {
		(void)snprintf(body, sizeof(body), "grant_type=refresh_token&refresh_token=%s%s",
		    made(CRED_REFRESH), good[i].more);
		ask_as(r, "/token", body, good[i].basic);
		assert_int_equal(r->status, 200);
		assert_true(span_is(r->token_refresh.client_id, good[i].id));
		rig_hash(good[i].secret, strlen(good[i].secret), hash);
		assert_memory_equal(r->token_refresh.secret, good[i].secret[0] == '\0' ? none : hash,
		    HASH_BYTES);
	}
	for (i = 0; i < sizeof(bad) / sizeof(bad[0]); i++) {
		(void)snprintf(body, sizeof(body), "grant_type=refresh_token&refresh_token=%s%s",
		    made(CRED_REFRESH), bad[i].more);
		ask_as(r, "/token", body, bad[i].basic);
		assert_error(r, bad[i].status, bad[i].error);
		assert_int_equal(r->basic, bad[i].status == 401);
		assert_int_equal(r->questions, 0);
	}
	r->fail = PORTAL_OAUTH_CLIENT;
	(void)snprintf(body, sizeof(body), "grant_type=refresh_token&refresh_token=%s",
	    made(CRED_REFRESH));
	ask_as(r, "/token", body, "Basic YWJjOndyb25n");
	assert_error(r, 401, "invalid_client");
	assert_int_equal(r->basic, 1);
}

/* --- refresh tokens ------------------------------------------------------------------------- */

static void
a_refresh_token_is_replaced(void **state)
{
	const char *old = made(CRED_REFRESH);
	uint8_t hash[HASH_BYTES];
	struct rig *r = *state;
	struct pair p;
	char body[1024];

	(void)snprintf(body, sizeof(body), "grant_type=refresh_token&client_id=abc&refresh_token=%s&"
	    "scope=library%%3Aread+offline_access", old);
	ask(r, body);
	p = read_pair(r, old, r->token_refresh.access, r->token_refresh.refresh);
	assert_string_not_equal(p.refresh, old);
	rig_hash(old, TOKEN_CHARS, hash);
	assert_memory_equal(r->token_refresh.old, hash, HASH_BYTES);
	assert_int_equal(r->token_refresh.scopes, SCOPE_LIBRARY_READ);
	(void)snprintf(body, sizeof(body), "grant_type=refresh_token&client_id=abc&refresh_token=%s&"
	    "scope=openid", old);
	ask(r, body);
	assert_error(r, 400, "invalid_scope");
	(void)snprintf(body, sizeof(body), "grant_type=refresh_token&client_id=abc&refresh_token=%s",
	    old);
	ask(r, body);
	assert_int_equal(r->token_refresh.scopes, 0);
}

/* An answer that was lost, or two processes that share a token: the vault
 * gives back what it was given to keep, and cannot read it. */
static void
the_same_refresh_token_soon_after_gives_the_same_tokens(void **state)
{
	const char *old = made(CRED_REFRESH);
	struct rig *r = *state;
	struct pair first, again;
	uint8_t kept[1024];
	char body[1024];
	size_t n;

	(void)snprintf(body, sizeof(body), "grant_type=refresh_token&client_id=abc&refresh_token=%s",
	    old);
	ask(r, body);
	first = read_pair(r, old, r->token_refresh.access, r->token_refresh.refresh);
	n = r->token_refresh.sealed.n;
	assert_true(n > 0 && n <= sizeof(kept));
	memcpy(kept, r->token_refresh.sealed.p, n);
	assert_null(memmem(kept, n, first.access, TOKEN_CHARS));
	assert_null(memmem(kept, n, first.access + 16, 20));
	assert_null(memmem(kept, n, first.refresh, TOKEN_CHARS));
	r->tokens.sealed = span_of(kept, n);
	ask(r, body);
	again = read_pair(r, old, NULL, NULL);
	assert_string_equal(first.access, again.access);
	assert_string_equal(first.refresh, again.refresh);
	/* What was kept for one token is of no use to who has another. */
	(void)snprintf(body, sizeof(body), "grant_type=refresh_token&client_id=abc&refresh_token=%s",
	    made(CRED_REFRESH));
	ask(r, body);
	assert_error(r, 500, "server_error");
	kept[n / 2] ^= 1;
	(void)snprintf(body, sizeof(body), "grant_type=refresh_token&client_id=abc&refresh_token=%s",
	    old);
	ask(r, body);
	assert_error(r, 500, "server_error");
}

static void
who_asks_in_vain_too_often_waits(void **state)
{
	struct rig *r = *state;
	struct ask a = {.method = METHOD_POST, .target = "/token", .client = "198.51.100.7",
	    .content_type = "application/x-www-form-urlencoded"};
	char body[1024];
	unsigned i;

	(void)snprintf(body, sizeof(body), "grant_type=refresh_token&client_id=abc&refresh_token=%s",
	    made(CRED_REFRESH));
	a.body = body;
	r->fail = PORTAL_OAUTH_GRANT;
	for (i = 0; i < 300 && (i == 0 || r->status == 400); i++)
		rig_ask(r, &a);
	assert_error(r, 429, "temporarily_unavailable");
	assert_true(i > 200 && r->retry_after > 0);
	/* Others are served, and so is who asks rightly, however often. */
	a.client = "198.51.100.8";
	rig_ask(r, &a);
	assert_error(r, 400, "invalid_grant");
	r->fail = 0;
	a.client = "198.51.100.9";
	for (i = 0; i < 300; i++) {
		rig_ask(r, &a);
		assert_int_equal(r->status, 200);
	}
}

/* --- revocation ----------------------------------------------------------------------------- */

static void
a_token_is_revoked(void **state)
{
	static const enum cred_kind kinds[] = {CRED_OAUTH, CRED_REFRESH};
	struct rig *r = *state;
	uint8_t hash[HASH_BYTES];
	char body[512];
	size_t i;

	for (i = 0; i < 2; i++) {
		const char *token = made(kinds[i]);

		(void)snprintf(body, sizeof(body), "client_id=abc&token=%s&token_type_hint=%s", token,
		    i == 0 ? "refresh_token" : "nonsense");
		ask_as(r, "/revoke", body, NULL);
		assert_int_equal(r->status, 200);
		assert_int_equal(r->cors, 1);
		rig_hash(token, TOKEN_CHARS, hash);
		assert_memory_equal(r->token_revoke.token, hash, HASH_BYTES);
		assert_true(span_is(r->token_revoke.client_id, "abc"));
	}
}

static void
what_is_no_token_is_as_good_as_revoked(void **state)
{
	static const uint8_t whys[] = {PORTAL_NOT_FOUND, PORTAL_OAUTH_GRANT};
	struct rig *r = *state;
	char body[512];
	size_t i;

	ask_as(r, "/revoke", "client_id=abc&token=junk", NULL);
	assert_int_equal(r->status, 200);
	(void)snprintf(body, sizeof(body), "client_id=abc&token=%s", made(CRED_PERSONAL));
	ask_as(r, "/revoke", body, NULL);
	assert_int_equal(r->status, 200);
	assert_int_equal(r->questions, 0);
	(void)snprintf(body, sizeof(body), "client_id=abc&token=%s", made(CRED_REFRESH));
	for (i = 0; i < 2; i++) {
		r->fail = whys[i];
		ask_as(r, "/revoke", body, NULL);
		assert_int_equal(r->status, 200);
	}
	r->fail = PORTAL_OAUTH_CLIENT;
	ask_as(r, "/revoke", body, NULL);
	assert_error(r, 401, "invalid_client");
	r->fail = PORTAL_UNAVAILABLE;
	ask_as(r, "/revoke", body, NULL);
	assert_error(r, 503, "temporarily_unavailable");
	ask_as(r, "/revoke", "client_id=abc", NULL);
	assert_error(r, 400, "invalid_request");
	ask_as(r, "/revoke", "token=x", NULL);
	assert_error(r, 400, "invalid_request");
}

static void
no_secret_is_in_the_log(void **state)
{
	(void)state;
	rig_check_log("oauth_refused", 20);
}

#define T(name) cmocka_unit_test_setup_teardown(name, setup, rig_teardown)

int
main(void)
{
	const struct CMUnitTest tests[] = {
		T(a_code_becomes_tokens),
		T(junk_is_refused_without_a_question),
		T(no_token_takes_the_place_of_another),
		T(a_code_needs_its_verifier),
		T(tokens_are_for_this_server_alone),
		T(what_the_vault_refuses_has_its_words),
		T(a_secret_comes_in_the_form_or_by_basic),
		T(a_refresh_token_is_replaced),
		T(the_same_refresh_token_soon_after_gives_the_same_tokens),
		T(who_asks_in_vain_too_often_waits),
		T(a_token_is_revoked),
		T(what_is_no_token_is_as_good_as_revoked),
		cmocka_unit_test(no_secret_is_in_the_log),
	};

	return cmocka_run_group_tests_name("portal tokens", tests, rig_log_to_file, NULL);
}
