/* Tests of Host, Origin, addresses, networks and failures by address. */
#include "config.h"

#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>
#include <string.h>

#include <cmocka.h>

#include "master/front/address.h"
#include "master/front/failures.h"
#include "master/front/guard.h"

static struct guard_conf
guard(const char *url, const char *origins)
{
	struct guard_conf g;

	assert_int_equal(guard_conf_read(&g, url, origins), 0);
	return g;
}

static bool
host(const struct guard_conf *g, const char *text, uint16_t port)
{
	return guard_host(g, span_str(text), port);
}

static bool
origin(const struct guard_conf *g, const char *text)
{
	return guard_origin(g, span_str(text));
}

static void
only_our_names_are_ours(void **state)
{
	struct guard_conf g = guard("https://Music.example", "");

	(void)state;
	assert_true(host(&g, "music.example", 8001));
	assert_true(host(&g, "MUSIC.EXAMPLE:443", 8001));
	assert_false(host(&g, "music.example:80", 8001));
	assert_false(host(&g, "music.example.", 8001));
	assert_false(host(&g, "evil.example", 8001));
	assert_false(host(&g, "music.example.evil.example", 8001));
	assert_true(host(&g, "localhost:8001", 8001));
	assert_true(host(&g, "127.0.0.1:8001", 8001));
	assert_true(host(&g, "[::1]:8001", 8001));
	assert_false(host(&g, "localhost:8002", 8001));
	assert_false(host(&g, "localhost", 8001));
	assert_true(host(&g, "localhost", 80));
	assert_true(host(&g, "localhost", 0));
	assert_false(host(&g, "", 0));
	assert_false(host(&g, "[::1", 0));
	assert_false(host(&g, "[::1]x", 0));
	assert_false(host(&g, "localhost:", 0));
	assert_false(host(&g, "localhost:123456", 0));
	assert_false(host(&g, "localhost:0", 0));
	assert_false(host(&g, "localhost:70000", 0));
	assert_false(host(&g, "localhost:8a", 0));
}

static void
a_port_in_the_public_name_counts(void **state)
{
	struct guard_conf g = guard("http://music.example:9000", "");

	(void)state;
	assert_true(host(&g, "music.example:9000", 1));
	assert_true(host(&g, "music.example", 1));
	assert_false(host(&g, "music.example:80", 1));
	assert_true(origin(&g, "http://music.example:9000"));
	assert_false(origin(&g, "http://music.example"));
}

static void
origins_are_ours_listed_or_local_to_a_local_server(void **state)
{
	struct guard_conf far = guard("https://music.example", "https://a.example, http://b.example:1");
	struct guard_conf near = guard("http://127.0.0.1:8001", "");

	(void)state;
	assert_true(origin(&far, "https://music.example"));
	assert_true(origin(&far, "https://a.example"));
	assert_true(origin(&far, "http://b.example:1"));
	assert_false(origin(&far, "https://a.example,"));
	assert_false(origin(&far, ""));
	assert_false(origin(&far, "null"));
	assert_false(origin(&far, "http://localhost:1"));
	assert_true(origin(&near, "http://localhost:6274"));
	assert_true(origin(&near, "https://127.0.0.1"));
	assert_true(origin(&near, "http://[::1]:3"));
	assert_false(origin(&near, "http://localhost.evil.example"));
	assert_false(origin(&near, "http://localhost:1/x"));
	assert_false(origin(&near, "ftp://localhost"));
	assert_false(origin(&near, "null"));
	assert_false(origin(&near, "http://"));
}

static void
a_broken_public_url_is_refused(void **state)
{
	struct guard_conf g;

	(void)state;
	assert_int_equal(guard_conf_read(&g, "music.example", ""), ERR_CONFIG);
	assert_int_equal(guard_conf_read(&g, "https://", ""), ERR_CONFIG);
	assert_int_equal(guard_conf_read(&g, "https://a:b", ""), ERR_CONFIG);
	assert_int_equal(guard_conf_read(&g, "http://:8001", ""), ERR_CONFIG);
}

static struct address
address(const char *text)
{
	struct address a;

	assert_int_equal(address_parse(span_str(text), &a), 0);
	return a;
}

static void
addresses_are_read_and_written(void **state)
{
	static const char *const same[][2] = {
		{"1.2.3.4", "1.2.3.4"}, {"1.2.3.4:80", "1.2.3.4"}, {"::1", "::1"},
		{"[2001:db8::1]:443", "2001:db8::1"}, {"[::1]", "::1"}, {"::ffff:1.2.3.4", "1.2.3.4"},
	};
	char text[ADDRESS_TEXT];
	struct address a;
	size_t i;

	(void)state;
	for (i = 0; i < sizeof(same) / sizeof(same[0]); i++) {
		a = address(same[i][0]);
		address_text(&a, text);
		assert_string_equal(text, same[i][1]);
	}
	memset(&a, 0, sizeof(a));
	address_text(&a, text);
	assert_string_equal(text, "unix");
	assert_int_equal(address_parse(span_str(""), &a), ERR_SYNTAX);
	assert_int_equal(address_parse(span_str("unknown"), &a), ERR_SYNTAX);
	assert_int_equal(address_parse(span_str("1.2.3"), &a), ERR_SYNTAX);
}

static void
the_last_hop_is_believed(void **state)
{
	struct address a, b = address("5.6.7.8");

	(void)state;
	assert_int_equal(address_forwarded(span_str("1.2.3.4, 5.6.7.8"), &a), 0);
	assert_memory_equal(&a, &b, sizeof(a));
	assert_int_equal(address_forwarded(span_str("5.6.7.8"), &a), 0);
	assert_memory_equal(&a, &b, sizeof(a));
	assert_int_equal(address_forwarded(span_str("5.6.7.8, x"), &a), ERR_SYNTAX);
	assert_int_equal(address_forwarded(span_str(""), &a), ERR_SYNTAX);
}

static void
networks_have_what_their_bits_say(void **state)
{
	struct networks n;
	struct address in = address("10.1.255.255"), out = address("10.2.0.0");
	struct address odd = address("192.168.7.129"), near = address("192.168.7.127");
	struct address six = address("2001:db8:1::9"), other = address("2001:db9::");

	(void)state;
	assert_int_equal(networks_parse(span_str("10.1.0.0/16, 192.168.7.128/25 2001:db8::/32,1.1.1.1"),
	    &n), 0);
	assert_int_equal(n.n, 4);
	assert_true(networks_have(&n, &in));
	assert_false(networks_have(&n, &out));
	assert_true(networks_have(&n, &odd));
	assert_false(networks_have(&n, &near));
	assert_true(networks_have(&n, &six));
	assert_false(networks_have(&n, &other));
	assert_int_equal(networks_parse(span_str(""), &n), 0);
	assert_false(networks_have(&n, &in));
	assert_int_equal(networks_parse(span_str("10.0.0.0/33"), &n), ERR_SYNTAX);
	assert_int_equal(networks_parse(span_str("10.0.0.0/"), &n), ERR_SYNTAX);
	assert_int_equal(networks_parse(span_str("10.0.0.0/x"), &n), ERR_SYNTAX);
	assert_int_equal(networks_parse(span_str("10.0.0.0/99999999999"), &n), ERR_SYNTAX);
	assert_int_equal(networks_parse(span_str("ten"), &n), ERR_SYNTAX);
	assert_int_equal(networks_parse(span_str("::/0"), &n), 0);
	assert_true(networks_have(&n, &in));
}

static void
failures_run_out_and_come_back(void **state)
{
	struct failures f;
	struct address a = address("1.2.3.4"), b = address("1.2.3.5");
	struct address six = address("2001:db8::1"), neighbour = address("2001:db8::2");
	unsigned i;

	(void)state;
	assert_int_equal(failures_init(&f), 0);
	for (i = 0; i < FAILURES_BURST; i++) {
		assert_true(failures_allow(&f, &a, 1000));
		failures_count(&f, &a, 1000);
	}
	assert_false(failures_allow(&f, &a, 1000));
	assert_true(failures_allow(&f, &b, 1000));
	assert_false(failures_allow(&f, &a, 1200));
	assert_true(failures_allow(&f, &a, 1000 + 1000 / FAILURES_RATE));
	for (i = 0; i < FAILURES_BURST; i++)
		failures_count(&f, &six, 1000);
	assert_false(failures_allow(&f, &neighbour, 1000));
	assert_true(failures_allow(&f, &a, 1000000));
	failures_free(&f);
}

int
main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(only_our_names_are_ours),
		cmocka_unit_test(a_port_in_the_public_name_counts),
		cmocka_unit_test(origins_are_ours_listed_or_local_to_a_local_server),
		cmocka_unit_test(a_broken_public_url_is_refused),
		cmocka_unit_test(addresses_are_read_and_written),
		cmocka_unit_test(the_last_hop_is_believed),
		cmocka_unit_test(networks_have_what_their_bits_say),
		cmocka_unit_test(failures_run_out_and_come_back),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
