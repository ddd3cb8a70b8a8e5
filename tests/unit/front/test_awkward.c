/*
 * Awkward requests through the real program: each is accepted or refused as
 * listed, and nothing is read in two ways.
 */
#include "config.h"

#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <unistd.h>

#include <netinet/in.h>
#include <netinet/tcp.h>
#include <sys/socket.h>

#include <json-c/json.h>

#include "tests/unit/front/rig.h"
#include "tests/unit/http/awkward.h"

static struct rig rig;
static size_t step;   /* bytes that are sent at a time */

static bool
is_refusal(unsigned status)
{
	return status == 400 || status == 411 || status == 413 || status == 414 ||
	    status == 417 || status == 431 || status == 501 || status == 505;
}

/* A request that must be answered on its own. */
static void
answered_on_its_own(int fd, const char *name)
{
	struct response r;
	char text[256];

	(void)snprintf(text, sizeof(text), "GET /health HTTP/1.1\r\nHost: %s\r\n\r\n", rig.host);
	put_text(fd, text);
	if (!read_response(fd, false, &r) || r.status != 200 ||
	    strcmp(buf_cstr(&r.body), "{\"status\":\"ok\"}") != 0)
		fail_msg("%s: the next request was not answered on its own", name);
	free_response(&r);
}

static unsigned
count(struct span bytes, const char *word)
{
	const char *at = (const char *)bytes.p, *end = at + bytes.n;
	unsigned n = 0;

	while (at != NULL && (at = memmem(at, (size_t)(end - at), word, strlen(word))) != NULL) {
		n++;
		at++;
	}
	return n;
}

static void
send_in_steps(int fd, struct span bytes)
{
	int one = 1;
	size_t n;

	(void)setsockopt(fd, IPPROTO_TCP, TCP_NODELAY, &one, sizeof(one));
	for (; bytes.n > 0; bytes = span_of(bytes.p + n, bytes.n - n)) {
		n = step < bytes.n ? step : bytes.n;
		put_bytes(fd, span_of(bytes.p, n));
	}
}

static void
judge(const char *name, struct span bytes, enum verdict must)
{
	/* HTTP/1.0 is closed after its answer, which still is one answer. */
	unsigned answers = count(bytes, " HTTP/1.1\r\nHost") > 1 ? 2 : 1;
	bool head = bytes.n > 5 && memcmp(bytes.p, "HEAD ", 5) == 0;
	struct response r;
	int fd = dial(&rig);
	bool came, refused = false, keeps = true;

	send_in_steps(fd, bytes);
	for (; answers > 0 && keeps; answers--) {
		came = read_response(fd, head, &r);
		refused = !came || is_refusal(r.status);
		keeps = came && field_of(&r, "Connection") == NULL;
		if (refused && keeps)
			fail_msg("%s: refused with %u, but the connection lives on", name, r.status);
		if (came)
			assert_false(r.cut);
		free_response(&r);
	}
	if (must != EITHER && refused != (must == REFUSE))
		fail_msg("%s: %s", name, refused ? "refused" : "accepted");
	if (keeps)
		answered_on_its_own(fd, name);
	else
		assert_true(closed(fd));
	(void)close(fd);
}

static void
answer_all(size_t bytes_at_a_time)
{
	size_t i;

	step = bytes_at_a_time;
	for (i = 0; i < n_awkward_requests; i++) {
		const struct awkward *a = &awkward_requests[i];
		struct buf bytes;

		buf_init(&bytes, 65536);
		assert_int_equal(awkward_bytes(a, rig.host, &bytes), 0);
		judge(a->name, buf_span(&bytes), a->ours);
		buf_free(&bytes);
	}
}

static void
every_awkward_request_is_answered_as_listed(void **state)
{
	(void)state;
	answer_all(65536);
}

static void
byte_by_byte_delivery_changes_no_answer(void **state)
{
	(void)state;
	answer_all(1);
}

/* The JSON holds bytes as characters up to U+00FF; Host "a" becomes ours. */
static void
put_json_bytes(struct buf *out, const char *s, size_t n)
{
	size_t i;

	for (i = 0; i < n; i++) {
		unsigned char c = (unsigned char)s[i];

		if (c >= 0xc0 && i + 1 < n)
			c = (unsigned char)(((c & 3u) << 6) | ((unsigned char)s[++i] & 0x3fu));
		assert_int_equal(buf_put_byte(out, c), 0);
		if (out->len < 7 || memcmp(out->data + out->len - 7, "Host: a", 7) != 0)
			continue;
		buf_cut(out, out->len - 1);
		assert_int_equal(buf_put_str(out, rig.host), 0);
	}
}

static void
every_request_of_the_outside_list_is_answered_as_it_says(void **state)
{
	const char *folder = getenv("TONEARM_SHARED");
	struct json_object *list, *requests, *request, *expect, *name;
	char path[4096];
	size_t i;

	(void)state;
	(void)snprintf(path, sizeof(path), "%s/http/awkward-requests.json",
	    folder == NULL ? "../shared" : folder);
	list = json_object_from_file(path);
	if (list == NULL) {
		print_message("skipped: no %s\n", path);
		skip();
	}
	step = 65536;
	assert_true(json_object_object_get_ex(list, "requests", &requests));
	for (i = 0; i < json_object_array_length(requests); i++) {
		struct json_object *item = json_object_array_get_idx(requests, i);
		const char *word;
		struct buf bytes;

		assert_true(json_object_object_get_ex(item, "name", &name));
		assert_true(json_object_object_get_ex(item, "request", &request));
		assert_true(json_object_object_get_ex(item, "expect", &expect));
		word = json_object_get_string(expect);
		buf_init(&bytes, 65536);
		put_json_bytes(&bytes, json_object_get_string(request),
		    (size_t)json_object_get_string_len(request));
		judge(json_object_get_string(name), buf_span(&bytes),
		    strcmp(word, "accept") == 0 ? ACCEPT : strcmp(word, "refuse") == 0 ? REFUSE : EITHER);
		buf_free(&bytes);
	}
	(void)json_object_put(list);
}

static int
start(void **state)
{
	(void)state;
	rig_start(&rig, "");
	/* Pages are not what this is about: without a portal they are 503. */
	end_close(&rig.portal);
	return 0;
}

static int
stop(void **state)
{
	(void)state;
	rig_stop(&rig);
	return 0;
}

int
main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(every_awkward_request_is_answered_as_listed),
		cmocka_unit_test(byte_by_byte_delivery_changes_no_answer),
		cmocka_unit_test(every_request_of_the_outside_list_is_answered_as_it_says),
	};

	return cmocka_run_group_tests(tests, start, stop);
}
