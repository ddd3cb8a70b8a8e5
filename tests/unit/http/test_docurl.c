/* Addresses of metadata documents: one spelling, https, a path. */
#include "config.h"

#include <string.h>

#include "shared/http/docurl.h"
#include "tests/unit/unit.h"

static bool
good(const char *url, bool loopback)
{
	struct docurl u;

	return docurl_parse(span_str(url), loopback, &u) == 0;
}

static void
an_address_is_split(void **state)
{
	struct docurl u;

	(void)state;
	assert_ok(docurl_parse(span_str("https://client.example.org/meta.json?v=1"), false, &u));
	assert_true(u.https && !u.digits && u.port == 443);
	assert_true(span_is(u.host, "client.example.org"));
	assert_true(span_is(u.origin, "https://client.example.org"));
	assert_true(span_is(u.target, "/meta.json?v=1"));
	assert_ok(docurl_parse(span_str("https://[2001:db8::1]:8443/c"), false, &u));
	assert_true(u.digits && u.port == 8443 && span_is(u.host, "2001:db8::1"));
	assert_true(span_is(u.origin, "https://[2001:db8::1]:8443"));
	assert_ok(docurl_parse(span_str("https://1.2.3.4/c"), false, &u));
	assert_true(u.digits && span_is(u.host, "1.2.3.4"));
}

static void
what_is_no_address_of_a_document_is_refused(void **state)
{
	static const char *const bad[] = {
		"", "https://", "https:///c", "https://host", "https://host/", "https://host?q",
		"http://host/c", "ftp://host/c", "HTTPS://host/c", "//host/c", "host/c",
		"https://user@host/c", "https://user:secret@host/c", "https://@host/c",
		"https://host/c#part", "https://host/c#", "https://host/./c", "https://host/../c",
		"https://host/a/..", "https://host/a/.", "https://host/%2e%2e/c", "https://host/%2E/c",
		"https://host/.%2e/c", "https://host:/c", "https://host:0/c", "https://host:065/c",
		"https://host:65536/c", "https://host:123456/c", "https://host:44a/c", "https://ho st/c",
		"https://host/c d", "https://host/c\td", "https://host/c\nd", "https://host/\x7f",
		"https://h\xc3\xb6st/c", "https://host/\xc3\xb6", "https://host/a\\b", "https://host\\@x/c",
		"https://.host/c", "https://host./c", "https://ho..st/c", "https://-host/c",
		"https://host-/c", "https://h_st/c", "https://127.1/c", "https://2130706433/c",
		"https://0x7f.1/c", "https://0177.0.0.1/c", "https://1.2.3.4./c", "https://host.0x7f/c",
		"https://256.1.1.1/c", "https://[::1/c", "https://[::1]x/c", "https://[fe80::1%25eth0]/c",
		"https://[]/c", "https://::1/c", "https://host/<c>", "https://host/\"", "https://%68ost/c",
	};
	size_t i;

	(void)state;
	for (i = 0; i < sizeof(bad) / sizeof(bad[0]); i++)
		if (good(bad[i], false) || (good(bad[i], true)))
			fail_msg("taken: %s", bad[i]);
}

static void
odd_but_right_ones_are_taken(void **state)
{
	static const char *const right[] = {
		"https://h/c", "https://HOST.example/c", "https://xn--hst-sna.example/c",
		"https://host/...", "https://host/.well-known/c", "https://host/a..b", "https://host/@me/c",
		"https://host//c", "https://host/c/", "https://host/%00", "https://host:443/c",
		"https://host/c?a=../b", "https://host/c?user@host", "https://3com.example/c",
	};
	size_t i;

	(void)state;
	for (i = 0; i < sizeof(right) / sizeof(right[0]); i++)
		if (!good(right[i], false))
			fail_msg("refused: %s", right[i]);
}

static void
plain_http_is_for_this_machine_and_for_tests(void **state)
{
	static const char *const local[] = {"http://127.0.0.1/c", "http://127.9.9.9:8080/c",
		"http://localhost:1/c", "http://[::1]:8080/c"};
	static const char *const others[] = {"http://host/c", "http://10.0.0.1/c", "http://[::2]/c",
		"http://localhost.example/c", "http://127.0.0.1.example/c"};
	size_t i;

	(void)state;
	for (i = 0; i < sizeof(local) / sizeof(local[0]); i++) {
		assert_true(good(local[i], true));
		assert_false(good(local[i], false));
	}
	for (i = 0; i < sizeof(others) / sizeof(others[0]); i++)
		assert_false(good(others[i], true));
}

static void
lengths_are_bounded(void **state)
{
	char url[DOCURL_MAX + 2];
	struct docurl u;

	(void)state;
	memset(url, 'a', sizeof(url));
	memcpy(url, "https://host/", 13);
	assert_ok(docurl_parse(span_of(url, DOCURL_MAX), false, &u));
	assert_int_equal(docurl_parse(span_of(url, DOCURL_MAX + 1), false, &u), ERR_SYNTAX);
	/* A label of 63 letters, a name of 253. */
	memcpy(url, "https://", 8);
	memset(url + 8, 'a', 63);
	memcpy(url + 71, ".b/c", 4);
	assert_ok(docurl_parse(span_of(url, 75), false, &u));
	memset(url + 8, 'a', 64);
	memcpy(url + 72, ".b/c", 4);
	assert_int_equal(docurl_parse(span_of(url, 76), false, &u), ERR_SYNTAX);
	assert_int_equal(docurl_parse(span_of("https://host/c\0d", 16), false, &u), ERR_SYNTAX);
}

static void
what_is_meant_to_be_one_is_told(void **state)
{
	(void)state;
	assert_true(docurl_meant(span_str("https://")));
	assert_true(docurl_meant(span_str("http://x")));
	assert_false(docurl_meant(span_str("tonearm-client-1")));
	assert_false(docurl_meant(span_str("")));
}

int
main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(an_address_is_split),
		cmocka_unit_test(what_is_no_address_of_a_document_is_refused),
		cmocka_unit_test(odd_but_right_ones_are_taken),
		cmocka_unit_test(plain_http_is_for_this_machine_and_for_tests),
		cmocka_unit_test(lengths_are_bounded),
		cmocka_unit_test(what_is_meant_to_be_one_is_told),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
