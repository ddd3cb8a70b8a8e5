/* Clients that introduce themselves (docs/protocol.md ). */
#include "config.h"

#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "shared/crypto/token.h"
#include "shared/json/json.h"
#include "tests/unit/portal/rig.h"
#include "tests/unit/unit.h"

static struct json_object *
answer_of(const struct rig *r)
{
	struct json_object *o = NULL;

	assert_int_equal(r->media, MEDIA_JSON);
	assert_int_equal(r->cors, 1);
	assert_ok(json_parse(buf_span(&r->body), &json_from_client, &o));
	return o;
}

static void
assert_error(const struct rig *r, unsigned status, const char *error)
{
	struct json_object *o = answer_of(r);
	struct span s = {0};

	assert_int_equal(r->status, status);
	assert_true(json_get_str(o, "error", &s));
	if (!span_is(s, error))
		fail_msg("%.*s instead of %s", (int)s.n, (const char *)s.p, error);
	assert_true(json_get_str(o, "error_description", &s));
	assert_int_equal(r->cache, 0);
	json_object_put(o);
}

static void
reg(struct rig *r, const char *body)
{
	const struct ask a = {.method = METHOD_POST, .target = "/register", .body = body,
	    .content_type = "application/json; charset=utf-8", .origin = "https://elsewhere.example",
	    .fetch_site = "cross-site"};

	rig_ask(r, &a);
}

static void
a_client_that_registers_gets_an_id(void **state)
{
	struct rig *r = *state;
	struct json_object *o;
	struct span id, s;
	int64_t n;

	reg(r, "{\"client_name\":\"Cursor\",\"redirect_uris\":[\"cursor://anysphere.cursor-mcp/oauth/"
	    "callback\",\"http://localhost:8787/callback\"],\"grant_types\":[\"authorization_code\","
	    "\"refresh_token\"],\"response_types\":[\"code\"],\"token_endpoint_auth_method\":\"none\","
	    "\"application_type\":\"native\",\"client_uri\":\"https://cursor.com\",\"scope\":\"x\","
	    "\"logo_uri\":\"http://169.254.169.254/\",\"software_id\":\"1\"}");
	assert_int_equal(r->status, 201);
	assert_int_equal(r->cache, 0);
	o = answer_of(r);
	assert_true(json_get_str(o, "client_id", &id));
	assert_true(span_eq(id, r->client_put.client_id));
	assert_int_equal(id.n, 32);
	assert_true(json_get_int(o, "client_id_issued_at", &n));
	assert_int_equal(n, 1790000000);
	assert_true(json_get_str(o, "token_endpoint_auth_method", &s) && span_is(s, "none"));
	assert_true(json_get_str(o, "application_type", &s) && span_is(s, "native"));
	assert_int_equal(json_object_array_length(json_get_arr(o, "redirect_uris")), 2);
	assert_false(json_has(o, "client_secret"));
	assert_false(json_has(o, "logo_uri"));
	json_object_put(o);
	assert_int_equal(r->client_put.kind, CLIENT_REGISTERED);
	assert_true(span_is(r->client_put.name, "Cursor"));
	assert_true(span_is(r->client_put.uri, "https://cursor.com"));
	assert_true(span_is(r->client_put.redirects, "cursor://anysphere.cursor-mcp/oauth/callback\n"
	    "http://localhost:8787/callback"));
}

static void
the_same_words_are_the_same_client(void **state)
{
	static const char words[] = "{\"redirect_uris\":[\"https://a.example/cb\"],"
	    "\"client_name\":\"A\"}";
	static const char *const others[] = {
		"{\"redirect_uris\":[\"https://a.example/cc\"],\"client_name\":\"A\"}",
		"{\"redirect_uris\":[\"https://a.example/cb\"],\"client_name\":\"B\"}",
		"{\"redirect_uris\":[\"https://a.example/cb\"]}",
		"{\"redirect_uris\":[\"https://a.example/cb\",\"https://a.example/cc\"],"
		    "\"client_name\":\"A\"}",
		"{\"redirect_uris\":[\"https://a.example/cb\"],\"client_name\":\"A\","
		    "\"client_uri\":\"https://a.example\"}",
		"{\"redirect_uris\":[\"https://a.example/cb\"],\"client_name\":\"A\","
		    "\"token_endpoint_auth_method\":\"client_secret_post\"}",
	};
	struct rig *r = *state;
	uint8_t digest[HASH_BYTES];
	size_t i;

	r->client_same = span_str("first-of-them");
	reg(r, words);
	memcpy(digest, r->client_put.digest, sizeof(digest));
	assert_true(rig_shows(r, "\"client_id\":\"first-of-them\""));
	reg(r, words);
	assert_memory_equal(digest, r->client_put.digest, sizeof(digest));
	for (i = 0; i < sizeof(others) / sizeof(others[0]); i++) {
		reg(r, others[i]);
		assert_int_equal(r->status, 201);
		assert_memory_not_equal(digest, r->client_put.digest, sizeof(digest));
	}
}

static void
a_secret_is_made_for_who_asks_for_one(void **state)
{
	static const char *const methods[] = {"client_secret_post", "client_secret_basic"};
	struct rig *r = *state;
	size_t i;

	for (i = 0; i < 2; i++) {
		enum cred_kind kind = CRED_NONE;
		struct json_object *o;
		uint8_t hash[HASH_BYTES];
		struct span secret, s;
		char body[256];
		int64_t n;

		(void)snprintf(body, sizeof(body), "{\"redirect_uris\":[\"https://a.example/cb\"],"
		    "\"token_endpoint_auth_method\":\"%s\"}", methods[i]);
		reg(r, body);
		assert_int_equal(r->status, 201);
		o = answer_of(r);
		assert_true(json_get_str(o, "token_endpoint_auth_method", &s) && span_is(s, methods[i]));
		assert_true(json_get_str(o, "client_secret", &secret));
		assert_ok(token_check(secret, rig_check_key, &kind));
		assert_int_equal(kind, CRED_SECRET);
		rig_hash((const char *)secret.p, secret.n, hash);
		assert_memory_equal(hash, r->client_put.secret, HASH_BYTES);
		rig_secret((const char *)secret.p, secret.n);
		assert_true(json_get_int(o, "client_secret_expires_at", &n) && n == 0);
		assert_true(rig_shows(r, "\"client_secret_expires_at\":0"));
		json_object_put(o);
	}
}

static void
what_is_no_description_of_a_client_is_refused(void **state)
{
	static const struct { const char *body, *error; } cases[] = {
		{"", "invalid_client_metadata"}, {"[]", "invalid_client_metadata"},
		{"null", "invalid_client_metadata"}, {"{", "invalid_client_metadata"},
		{"{\"redirect_uris\":[\"https://a.example/\"],\"redirect_uris\":[]}",
		    "invalid_client_metadata"},
		{"{}", "invalid_redirect_uri"}, {"{\"redirect_uris\":[]}", "invalid_redirect_uri"},
		{"{\"redirect_uris\":\"https://a.example/\"}", "invalid_redirect_uri"},
		{"{\"redirect_uris\":[7]}", "invalid_redirect_uri"},
		{"{\"redirect_uris\":[\"javascript:alert(1)\"]}", "invalid_redirect_uri"},
		{"{\"redirect_uris\":[\"https://a.example/\",\"data:text/html,x\"]}",
		    "invalid_redirect_uri"},
		{"{\"redirect_uris\":[\"http://a.example/\"]}", "invalid_redirect_uri"},
		{"{\"redirect_uris\":[\"https://a.example/#x\"]}", "invalid_redirect_uri"},
		{"{\"redirect_uris\":[\"https://a.example/\\nhttps://b.example/\"]}",
		    "invalid_redirect_uri"},
		{"{\"redirect_uris\":[\"https://u@a.example/\"]}", "invalid_redirect_uri"},
		{"{\"redirect_uris\":[\"https://a.example/\"],\"grant_types\":[\"implicit\"]}",
		    "invalid_client_metadata"},
		{"{\"redirect_uris\":[\"https://a.example/\"],\"grant_types\":[\"client_credentials\"]}",
		    "invalid_client_metadata"},
		{"{\"redirect_uris\":[\"https://a.example/\"],\"response_types\":[\"token\"]}",
		    "invalid_client_metadata"},
		{"{\"redirect_uris\":[\"https://a.example/\"],\"token_endpoint_auth_method\":"
		    "\"private_key_jwt\"}", "invalid_client_metadata"},
		{"{\"redirect_uris\":[\"https://a.example/\"],\"token_endpoint_auth_method\":1}",
		    "invalid_client_metadata"},
		{"{\"redirect_uris\":[\"https://a.example/\"],\"client_name\":{}}",
		    "invalid_client_metadata"},
		{"{\"redirect_uris\":[\"https://a.example/\"],\"client_name\":\"a\\u0000b\"}",
		    "invalid_client_metadata"},
	};
	const struct ask form = {.method = METHOD_POST, .target = "/register",
	    .content_type = "application/x-www-form-urlencoded",
	    .body = "{\"redirect_uris\":[\"https://a.example/\"]}"};
	struct rig *r = *state;
	size_t i;

	for (i = 0; i < sizeof(cases) / sizeof(cases[0]); i++) {
		reg(r, cases[i].body);
		assert_error(r, 400, cases[i].error);
		assert_int_equal(r->questions, 0);
	}
	rig_ask(r, &form);
	assert_error(r, 400, "invalid_client_metadata");
	/* What is no link for people is left out. */
	reg(r, "{\"redirect_uris\":[\"https://a.example/\"],\"client_uri\":\"javascript:alert(1)\"}");
	assert_int_equal(r->status, 201);
	assert_int_equal(r->client_put.uri.n, 0);
}

static void
a_long_name_is_cut_between_characters(void **state)
{
	char body[512], name[201];
	struct rig *r = *state;
	size_t i;

	for (i = 0; i < 100; i++)
		memcpy(name + 2 * i, "\xc3\xa4", 2);
	name[0] = 'x';
	name[1] = 'y';
	name[2] = 'z';
	memmove(name + 3, name + 4, 196);
	name[199] = '\0';
	(void)snprintf(body, sizeof(body), "{\"redirect_uris\":[\"https://a.example/\"],"
	    "\"client_name\":\"%s\"}", name);
	reg(r, body);
	assert_int_equal(r->status, 201);
	assert_int_equal(r->client_put.name.n, 127);
	assert_true(utf8_valid(r->client_put.name));
}

static void
registration_can_be_closed_full_or_busy(void **state)
{
	const struct ask a = {.method = METHOD_POST, .target = "/register", .body = "{}",
	    .content_type = "application/json", .client = "2001:db8::1"};
	struct rig *r = *state;
	unsigned i;

	r->fail = PORTAL_LIMIT;
	reg(r, "{\"redirect_uris\":[\"https://a.example/\"]}");
	assert_error(r, 429, "temporarily_unavailable");
	r->fail = 0;
	for (i = 0; i < 400 && (i == 0 || r->status == 400); i++)
		rig_ask(r, &a);
	assert_error(r, 429, "temporarily_unavailable");
	assert_true(r->retry_after > 0);
	assert_true(i > 300);
	r->portal.conf.registration = false;
	reg(r, "{\"redirect_uris\":[\"https://a.example/\"]}");
	assert_error(r, 403, "access_denied");
}

static void
no_secret_is_in_the_log(void **state)
{
	(void)state;
	rig_check_log("oauth_refused", 2);
}

#define T(name) cmocka_unit_test_setup_teardown(name, rig_setup, rig_teardown)

int
main(void)
{
	const struct CMUnitTest tests[] = {
		T(a_client_that_registers_gets_an_id),
		T(the_same_words_are_the_same_client),
		T(a_secret_is_made_for_who_asks_for_one),
		T(what_is_no_description_of_a_client_is_refused),
		T(a_long_name_is_cut_between_characters),
		T(registration_can_be_closed_full_or_busy),
		cmocka_unit_test(no_secret_is_in_the_log),
	};

	return cmocka_run_group_tests_name("portal register", tests, rig_log_to_file, NULL);
}
