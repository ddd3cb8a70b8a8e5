/* What a metadata document may say, and for how long it is kept. */
#include "config.h"

#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "tests/unit/unit.h"
#include "worker/fetch/document.h"
#include "worker/fetch/keep.h"

#define URL "https://client.example/meta.json"

static struct document d;

static err_t
read_text(const char *text)
{
	document_free(&d);
	return document_read(span_str(text), span_str(URL), &d);
}

/* A right document but for what is added or, by its name, left out. */
static err_t
read_with(const char *without, const char *more)
{
	static const char *const parts[][2] = {
		{"client_id", "\"client_id\":\"" URL "\""}, {"client_name", "\"client_name\":\"Right\""},
		{"redirect_uris", "\"redirect_uris\":[\"http://127.0.0.1/callback\"]"},
	};
	char text[4096] = "{\"x\":0";
	size_t i, n = strlen(text);

	for (i = 0; i < 3; i++)
		if (without == NULL || strcmp(parts[i][0], without) != 0)
			n += (size_t)snprintf(text + n, sizeof(text) - n, ",%s", parts[i][1]);
	(void)snprintf(text + n, sizeof(text) - n, "%s%s}", *more == '\0' ? "" : ",", more);
	return read_text(text);
}

static int
finish(void **state)
{
	(void)state;
	document_free(&d);
	return 0;
}

static void
a_right_document_is_read(void **state)
{
	(void)state;
	assert_ok(read_text("{\"client_id\":\"" URL "\",\"client_name\":\" A \\u202eclient\\n\","
	    "\"client_uri\":\"https://client.example/\",\"redirect_uris\":[\"https://client.example/cb\","
	    "\"http://localhost:3334/oauth/callback\",\"cursor://anysphere.cursor-mcp/oauth/callback\"],"
	    "\"grant_types\":[\"authorization_code\",\"refresh_token\"],\"response_types\":[\"code\"],"
	    "\"token_endpoint_auth_method\":\"none\",\"logo_uri\":\"javascript:1\",\"jwks\":{}}"));
	assert_string_equal(buf_cstr(&d.name), "A client");
	assert_string_equal(buf_cstr(&d.uri), "https://client.example/");
	assert_string_equal(buf_cstr(&d.redirects), "https://client.example/cb\n"
	    "http://localhost:3334/oauth/callback\ncursor://anysphere.cursor-mcp/oauth/callback");
	assert_ok(read_with(NULL, ""));
	assert_string_equal(buf_cstr(&d.uri), "");
}

static void
a_document_speaks_for_its_own_address_only(void **state)
{
	static const char *const others[] = {
		"https://client.example/meta.jso", "https://client.example/meta.json ",
		"https://CLIENT.example/meta.json", "https://client.example:443/meta.json",
		"https://client.example/meta.json#", "https://client.example/meta%2ejson", "",
		"https://other.example/meta.json",
	};
	char more[256];
	size_t i;

	(void)state;
	for (i = 0; i < sizeof(others) / sizeof(others[0]); i++) {
		(void)snprintf(more, sizeof(more), "\"client_id\":\"%s\"", others[i]);
		assert_int_equal(read_with("client_id", more), ERR_SYNTAX);
	}
	assert_int_equal(read_with("client_id", ""), ERR_SYNTAX);
	assert_int_equal(read_with("client_id", "\"client_id\":7"), ERR_SYNTAX);
	/* Two of them: which would count? */
	assert_int_equal(read_with(NULL, "\"client_id\":\"" URL "\""), ERR_SYNTAX);
}

static void
what_must_be_there_must_be_there(void **state)
{
	static const char *const texts[] = {"", "null", "[]", "7", "\"" URL "\"", "{}", "{\"client_id\":",
		"<html></html>", "\xef\xbb\xbf{}", "{} {}"};
	size_t i;

	(void)state;
	for (i = 0; i < sizeof(texts) / sizeof(texts[0]); i++)
		assert_int_equal(read_text(texts[i]), ERR_SYNTAX);
	assert_int_equal(read_with("client_name", ""), ERR_SYNTAX);
	assert_int_equal(read_with("client_name", "\"client_name\":\"\""), ERR_SYNTAX);
	assert_int_equal(read_with("client_name", "\"client_name\":\"\\u202e\\u0007 \""), ERR_SYNTAX);
	assert_int_equal(read_with("client_name", "\"client_name\":{}"), ERR_SYNTAX);
	assert_int_equal(read_with("redirect_uris", ""), ERR_SYNTAX);
	assert_int_equal(read_with("redirect_uris", "\"redirect_uris\":[]"), ERR_SYNTAX);
	assert_int_equal(read_with("redirect_uris", "\"redirect_uris\":\"https://a/b\""), ERR_SYNTAX);
	assert_int_equal(read_with("redirect_uris", "\"redirect_uris\":[7]"), ERR_SYNTAX);
}

static err_t
read_redirect(const char *uri)
{
	char more[512];

	(void)snprintf(more, sizeof(more), "\"redirect_uris\":[\"https://a.example/b\",\"%s\"]", uri);
	return read_with("redirect_uris", more);
}

static void
an_address_that_harms_spoils_the_document(void **state)
{
	static const char *const bad[] = {
		"javascript:alert(1)", "JavaScript:alert(1)", "javascript://a.example/%0aalert(1)",
		"data:text/html,x", "vbscript:x", "file:///etc/passwd", "blob:https://a/b", "about:blank",
		"view-source:https://a/b", "intent://a/b", "mailto:a", "https://a.example/b#c",
		"https://a.example/b#", "https://user@a.example/b", "https://user:pw@a.example/b",
		"cursor://user@host/b", "http://a.example/b", "http://10.0.0.1/b", "http://127.0.0.1.example/",
		"http://localhost.example/", "http://localhostx/", "http:///b", "https:///b", "https://:443/b",
		"https:a.example/b", "//a.example/b", "/b", "a.example", "", ":", "x:", "https://a b/c",
		"https://a/\\u0009b", "https://a/\\nb", "https://a/\\u202eb", "https://a/\\u00e9", "1x://a/b",
		"https://a/\\\"b", "https://a/<b>", "https://a\\\\b/c",
	};
	static const char *const right[] = {
		"https://a.example:8443/b?c=d", "http://127.0.0.1:1234/", "http://[::1]:9/x", "http://localhost",
		"cursor://anysphere.cursor-mcp/oauth/callback", "com.example.app:/callback",
		"vscode://vscode.github-authentication/did-authenticate", "HTTPS://a.example/b",
	};
	size_t i;

	(void)state;
	for (i = 0; i < sizeof(bad) / sizeof(bad[0]); i++)
		if (read_redirect(bad[i]) != ERR_SYNTAX)
			fail_msg("taken: %s", bad[i]);
	for (i = 0; i < sizeof(right) / sizeof(right[0]); i++)
		if (read_redirect(right[i]) != 0)
			fail_msg("refused: %s", right[i]);
}

static void
a_client_must_be_content_to_prove_nothing(void **state)
{
	static const char *const bad[] = {
		"\"token_endpoint_auth_method\":\"private_key_jwt\"",
		"\"token_endpoint_auth_method\":\"client_secret_basic\"",
		"\"token_endpoint_auth_method\":\"client_secret_post\"",
		"\"token_endpoint_auth_method\":null", "\"token_endpoint_auth_method\":[\"none\"]",
		("\"token_endpoint_auth_method\":\"private_key_jwt\","
		"\"token_endpoint_auth_methods_supported\":[\"private_key_jwt\"]"),
		"\"client_secret\":\"x\"", "\"client_secret_expires_at\":0",
		"\"grant_types\":[\"client_credentials\"]", "\"grant_types\":[]",
		"\"grant_types\":\"authorization_code\"", "\"response_types\":[\"token\"]",
	};
	size_t i;

	(void)state;
	for (i = 0; i < sizeof(bad) / sizeof(bad[0]); i++)
		if (read_with(NULL, bad[i]) != ERR_SYNTAX)
			fail_msg("taken: %s", bad[i]);
	assert_ok(read_with(NULL, "\"token_endpoint_auth_method\":\"none\""));
	assert_ok(read_with(NULL, "\"token_endpoint_auth_method\":\"private_key_jwt\","
	    "\"token_endpoint_auth_methods_supported\":[\"private_key_jwt\",\"none\"]"));
}

static void
an_odd_page_of_the_client_is_left_out(void **state)
{
	static const char *const odd[] = {"javascript:alert(1)", "http://a/b", "https://u@a/b", "https:///",
		"https://a/b#c", "https://a/ b", ""};
	char more[256];
	size_t i;

	(void)state;
	for (i = 0; i < sizeof(odd) / sizeof(odd[0]); i++) {
		(void)snprintf(more, sizeof(more), "\"client_uri\":\"%s\"", odd[i]);
		assert_ok(read_with(NULL, more));
		assert_string_equal(buf_cstr(&d.uri), "");
	}
}

/* prefix, part so often with commas, suffix; the caller frees it. */
static char *
repeated(const char *prefix, const char *part, size_t n, const char *suffix)
{
	size_t room = strlen(prefix) + n * (strlen(part) + 1) + strlen(suffix) + 1, used, i;
	char *text = malloc(room);

	assert_non_null(text);
	used = (size_t)snprintf(text, room, "%s", prefix);
	for (i = 0; i < n; i++)
		used += (size_t)snprintf(text + used, room - used, "%s%s", i > 0 ? "," : "", part);
	(void)snprintf(text + used, room - used, "%s", suffix);
	return text;
}

static void
sizes_are_bounded(void **state)
{
	static const char head[] = "{\"client_id\":\"" URL "\",\"client_name\":\"R\",\"redirect_uris\":[";
	char long_uri[2200] = "\"https://a/", *text;

	(void)state;
	text = repeated(head, "\"https://a/b\"", DOCUMENT_MANY, "]}");
	assert_ok(read_text(text));
	free(text);
	text = repeated(head, "\"https://a/b\"", DOCUMENT_MANY + 1, "]}");
	assert_int_equal(read_text(text), ERR_LIMIT);
	free(text);
	memset(long_uri + 11, 'x', 2038);
	memcpy(long_uri + 2049, "\"", 2);
	text = repeated(head, long_uri, 8, "]}");
	/* 8 of 2048 bytes and the lines between them are too much. */
	assert_int_equal(read_text(text), ERR_LIMIT);
	free(text);
	text = repeated(head, long_uri, 7, "]}");
	assert_ok(read_text(text));
	free(text);
	memcpy(long_uri + 2049, "x\"", 3);
	text = repeated(head, long_uri, 1, "]}");
	assert_int_equal(read_text(text), ERR_SYNTAX);
	free(text);
	text = repeated("", "[", 40, "");
	assert_true(read_text(text) != 0);
	free(text);
	text = repeated("{\"client_id\":\"" URL "\",\"a\":[", "0", 40000, "]}");
	assert_int_equal(read_text(text), ERR_LIMIT);
	free(text);
	/* A long name is cut. */
	text = repeated("{\"client_id\":\"" URL "\",\"redirect_uris\":[\"https://a/b\"],\"client_name\":\"",
	    "long name", 200, "\"}");
	assert_ok(read_text(text));
	assert_in_range(d.name.len, 100, DOCUMENT_NAME);
	free(text);
}

static uint32_t
kept(const char *cache_control, int64_t age, int64_t expires, int64_t date)
{
	const struct keep_said said = {.cache_control = span_str(cache_control), .age = age,
	    .expires = expires, .date = date};

	return keep_seconds(&said, 1000000);
}

static void
a_copy_is_kept_between_five_minutes_and_a_day(void **state)
{
	(void)state;
	assert_int_equal(kept("", -1, -1, -1), KEEP_UNSAID);
	assert_int_equal(kept("public, max-age=7200", -1, -1, -1), 7200);
	assert_int_equal(kept("MAX-AGE=7200,", -1, -1, -1), 7200);
	assert_int_equal(kept("max-age=\"7200\"", -1, -1, -1), 7200);
	assert_int_equal(kept("max-age=7200, s-maxage=600", -1, -1, -1), 600);
	assert_int_equal(kept("max-age=7200", 3600, -1, -1), 3600);
	assert_int_equal(kept("max-age=7200", 7200, -1, -1), KEEP_LEAST);
	assert_int_equal(kept("max-age=7200", INT64_MAX, -1, -1), KEEP_LEAST);
	assert_int_equal(kept("max-age=0", -1, -1, -1), KEEP_LEAST);
	assert_int_equal(kept("max-age=-5", -1, -1, -1), KEEP_LEAST);
	assert_int_equal(kept("max-age=soon", -1, -1, -1), KEEP_LEAST);
	assert_int_equal(kept("max-age=", -1, -1, -1), KEEP_LEAST);
	assert_int_equal(kept("max-age", -1, -1, -1), KEEP_UNSAID);
	assert_int_equal(kept("max-age=31536000, immutable", -1, -1, -1), KEEP_MOST);
	assert_int_equal(kept("max-age=99999999999999999999999999", -1, -1, -1), KEEP_MOST);
	assert_int_equal(kept("no-store", -1, 2000000, -1), KEEP_LEAST);
	assert_int_equal(kept("no-cache, max-age=7200", -1, -1, -1), KEEP_LEAST);
	assert_int_equal(kept("", -1, 1005000, -1), 5000);
	assert_int_equal(kept("", -1, 1005000, 1004000), 1000);
	assert_int_equal(kept("", -1, 0, -1), KEEP_LEAST);
	assert_int_equal(kept("max-age=600", -1, 1005000, -1), 600);
}

int
main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(a_right_document_is_read),
		cmocka_unit_test(a_document_speaks_for_its_own_address_only),
		cmocka_unit_test(what_must_be_there_must_be_there),
		cmocka_unit_test(an_address_that_harms_spoils_the_document),
		cmocka_unit_test(a_client_must_be_content_to_prove_nothing),
		cmocka_unit_test(an_odd_page_of_the_client_is_left_out),
		cmocka_unit_test(sizes_are_bounded),
		cmocka_unit_test(a_copy_is_kept_between_five_minutes_and_a_day),
	};

	return cmocka_run_group_tests(tests, NULL, finish);
}
