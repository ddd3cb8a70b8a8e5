/*
 * Tools that read several things side by side, over TLS and HTTP/2 with nginx before
 * the scripted server: one connection, a few questions on their way at a time, the
 * answers in order.
 */
#include "config.h"

#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "tests/unit/enroll/tls.h"
#include "tests/unit/tools/bench.h"
#include "worker/nursery/warm.h"
#include "worker/tools/fan.h"

#define FIX "0123456789abcdefghij"
#define ITEMS 20
#define ENTRIES 1000
#define PAGES (1 + (ENTRIES - 100) / 50)

static struct tls_front front;
static struct x509_store_st *store;
static char *texts[2 * (PAGES + ITEMS)];
static size_t n_texts;

static int
setup(void **state)
{
	char url[64], ca[128];
	struct rig *r;

	assert_ok(rig_setup(state));
	r = *state;
	if (tls_front_start(&front, server_port(r->server)) != 0) {
		print_message("skipped: nginx or openssl is not installed\n");
		assert_ok(rig_teardown(state));
		*state = NULL;
		return 0;
	}
	(void)snprintf(ca, sizeof(ca), "%s/ca.pem", front.dir);
	assert_ok(warm_authorities(ca, &store));
	(void)snprintf(url, sizeof(url), "https://localhost:%d", front.port);
	rig_move(r, url, front.port, store);
	rig_bind(r, ROW_GOOD);
	return 0;
}

static int
teardown(void **state)
{
	while (n_texts > 0)
		free(texts[--n_texts]);
	if (*state == NULL)
		return 0;
	assert_ok(rig_teardown(state));
	warm_authorities_free(store);
	tls_front_stop(&front);
	return 0;
}

/* Spotify answers after a while, so that questions meet there. */
static void
answers(struct rig *r, const char *target, struct buf *body)
{
	assert_true(n_texts + 2 <= sizeof(texts) / sizeof(texts[0]));
	texts[n_texts] = strdup(target);
	texts[n_texts + 1] = strdup(buf_cstr(body));
	server_on(r->server, (struct server_rule){.method = "GET", .target = texts[n_texts],
	    .status = 200, .body = texts[n_texts + 1], .turns = FOREVER, .delay_ms = 40});
	n_texts += 2;
	buf_free(body);
}

static void
twenty_items_come_over_one_connection(void **state)
{
	struct rig *r = *state;
	struct result a;
	struct buf args, body;
	char target[64];
	unsigned i;

	if (r == NULL)
		skip();
	buf_init(&args, 8192);
	assert_ok(buf_put_str(&args, "{'uris':["));
	for (i = 0; i < ITEMS; i++) {
		assert_ok(buf_printf(&args, "%s'spotify:track:" FIX "%02u'", i > 0 ? "," : "", i));
		if (i >= ITEMS / 2)
			continue;
		buf_init(&body, 1024);
		assert_ok(buf_printf(&body, "{\"type\":\"track\",\"name\":\"N %u\",\"uri\":"
		    "\"spotify:track:" FIX "%02u\"}", i, i));
		(void)snprintf(target, sizeof(target), "/v1/tracks/" FIX "%02u", i);
		answers(r, target, &body);
	}
	assert_ok(buf_put_str(&args, "]}"));
	/* The second half is not there. */
	server_on(r->server, (struct server_rule){.target = "/v1/tracks", .status = 404,
	    .body = "{\"error\":{\"status\":404,\"message\":\"Resource not found\"}}",
	    .turns = FOREVER, .delay_ms = 40});
	tool_call(r, "get_items", buf_cstr(&args), &a);
	assert_false(a.failed);
	assert_int_equal(got_int(&a, "returned"), ITEMS / 2);
	assert_string_equal(got_str(&a, "items.0.name"), "N 0");
	assert_string_equal(got_str(&a, "items.9.name"), "N 9");
	assert_non_null(got(&a, "items.19.problem"));
	assert_int_equal(r->dials, 1);
	assert_int_equal(tls_front_logged(&front, "HTTP/2.0 TLSv1.3 /v1/tracks/"), ITEMS);
	assert_in_range(server_most_open(r->server), 3, FAN_WIDTH);
	result_free(&a);
	buf_free(&args);
}

static void
put_entries(struct buf *b, unsigned from, unsigned n)
{
	unsigned i;

	assert_ok(buf_printf(b, "{\"total\":%d,\"items\":[", ENTRIES));
	/* One of them, far behind, is there twice. */
	for (i = from; i < from + n; i++)
		assert_ok(buf_printf(b, "%s{\"item\":{\"type\":\"track\",\"name\":\"N %u\",\"uri\":"
		    "\"spotify:track:0123456789abcdefgh%04u\"}}", i > from ? "," : "", i,
		    i == ENTRIES - 1 ? 500 : i));
	assert_ok(buf_put_str(b, "]}"));
}

static void
a_long_playlist_comes_over_one_connection(void **state)
{
	static const char path[] = "/v1/playlists/" FIX "00";
	struct rig *r = *state;
	struct result a;
	struct buf body;
	char target[100];
	unsigned i;

	if (r == NULL)
		skip();
	for (i = 100; i < ENTRIES; i += 50) {
		buf_init(&body, 1 << 16);
		put_entries(&body, i, 50);
		(void)snprintf(target, sizeof(target), "%s/items?limit=50&offset=%u&", path, i);
		answers(r, target, &body);
	}
	buf_init(&body, 1 << 16);
	assert_ok(buf_put_str(&body, "{\"name\":\"Long\",\"owner\":{\"id\":\"owner\"},\"items\":"));
	put_entries(&body, 0, 100);
	assert_ok(buf_put_byte(&body, '}'));
	answers(r, path, &body);
	tool_call(r, "dedupe_playlist", "{'playlist':'spotify:playlist:" FIX "00','dry_run':true}", &a);
	assert_false(a.failed);
	assert_int_equal(got_int(&a, "before"), ENTRIES);
	assert_true(says(&a, "1000. N 999"));
	assert_true(says(&a, "999 planned"));
	assert_int_equal(a.requests, PAGES);
	assert_int_equal(r->dials, 1);
	assert_in_range(server_most_open(r->server), 3, FAN_WIDTH);
	result_free(&a);
}

#define T(f) cmocka_unit_test_setup_teardown(f, setup, teardown)

int
main(void)
{
	const struct CMUnitTest tests[] = {
		T(twenty_items_come_over_one_connection),
		T(a_long_playlist_comes_over_one_connection),
	};

	assert_ok(warm_libraries());
	return cmocka_run_group_tests(tests, NULL, NULL);
}
