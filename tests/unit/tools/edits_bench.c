/* Playlists of the stand-in for Spotify; see edits_bench.h. */
#include "config.h"

#include <stdarg.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include <curl/curl.h>

#include "shared/json/json.h"
#include "tests/unit/tools/edits_bench.h"

static struct sandbox box;
static bool there;

int
edits_start_box(void **state)
{
	(void)state;
	assert_ok(curl_global_init(CURL_GLOBAL_DEFAULT));
	there = sandbox_start(&box) == 0;
	if (!there)
		print_message("skipped: no tonearm-sandbox here (TONEARM_SANDBOX names it)\n");
	return 0;
}

int
edits_stop_box(void **state)
{
	(void)state;
	if (there)
		sandbox_stop(&box);
	return 0;
}

int
edits_setup(void **state)
{
	return there ? rig_setup_at(state, box.base, box.port) : 0;
}

int
edits_teardown(void **state)
{
	return there ? rig_teardown(state) : 0;
}

/* The rig, with user signed in; skips without a sandbox. */
struct rig *
edits_as(void **state, const char *user)
{
	struct rig *r = *state;
	struct buf row;

	if (!there)
		skip();
	buf_init(&row, 8192);
	sandbox_row(&box, user, &row);
	rig_bind(r, buf_cstr(&row));
	(void)snprintf(r->w.who.spotify_id, sizeof(r->w.who.spotify_id), "%s", user);
	buf_free(&row);
	return r;
}

void
edits_control(const char *path, const char *body)
{
	json_object_put(sandbox_control(&box, path, body));
}

struct json_object *
edits_post(const char *path, const char *body)
{
	struct json_object *answer = sandbox_control(&box, path, body);

	assert_non_null(answer);
	return answer;
}

struct json_object *
edits_get(const char *fmt, ...)
{
	struct json_object *answer;
	char path[200];
	va_list ap;

	va_start(ap, fmt);
	assert_in_range(vsnprintf(path, sizeof(path), fmt, ap), 1, sizeof(path) - 1);
	va_end(ap);
	answer = sandbox_control(&box, path, NULL);
	assert_non_null(answer);
	return answer;
}

/* tool_call for one that takes long. */
void
call_long(struct rig *r, const char *name, const char *args, struct result *out)
{
	struct call *c;
	unsigned i;

	tool_start(r, name, args, out, &c);
	for (i = 0; i < 600 && !out->there; i++)
		rig_for(r, 100);
	assert_true(out->there);
	rig_for(r, 2);
}

/* tool_call with formatted arguments. */
void
callf(struct rig *r, struct result *out, const char *name, const char *fmt, ...)
{
	size_t n = 1 << 20;
	char *args = malloc(n);
	va_list ap;

	assert_non_null(args);
	va_start(ap, fmt);
	assert_in_range(vsnprintf(args, n, fmt, ap), 1, n - 1);
	va_end(ap);
	tool_call(r, name, args, out);
	free(args);
}

/* Tracks to build playlists from: links. */

char track[TRACKS][64];

static void
find_tracks(struct rig *r)
{
	struct result a;
	char path[40];
	size_t i;

	tool_call(r, "search", "{'query':'a','limit':40}", &a);
	assert_false(a.failed);
	assert_int_equal(got_int(&a, "returned"), TRACKS);
	for (i = 0; i < TRACKS; i++) {
		(void)snprintf(path, sizeof(path), "items.%zu.url", i);
		(void)snprintf(track[i], sizeof(track[i]), "%s", got_str(&a, path));
	}
	result_free(&a);
}

/* A playlist with entries by letters: 'a' is track[0] and so on; its link goes
 * to url (100 bytes). */
void
edits_make(struct rig *r, const char *name, const char *letters, char *url)
{
	struct result a;
	struct buf args;
	size_t i;

	if (track[0][0] == '\0')
		find_tracks(r);
	buf_init(&args, 1 << 20);
	assert_ok(buf_printf(&args, "{'name':'%s','uris':[", name));
	for (i = 0; letters[i] != '\0'; i++)
		assert_ok(buf_printf(&args, "%s'%s'", i > 0 ? "," : "", track[letters[i] - 'a']));
	assert_ok(buf_put_str(&args, "]}"));
	tool_call(r, "create_playlist", buf_cstr(&args), &a);
	assert_false(a.failed);
	(void)snprintf(url, 100, "%s", got_str(&a, "url"));
	result_free(&a);
	buf_free(&args);
}

/* Is the playlist made of these, by letters? */
void
assert_holds(struct rig *r, const char *url, const char *letters)
{
	struct result a;
	char path[40];
	size_t i;

	callf(r, &a, "get_playlist", "{'playlist':'%s'}", url);
	assert_false(a.failed);
	for (i = 0; letters[i] != '\0'; i++) {
		(void)snprintf(path, sizeof(path), "items.%zu.url", i);
		assert_string_equal(got_str(&a, path), track[letters[i] - 'a']);
	}
	assert_int_equal(got_int(&a, "total"), i);
	result_free(&a);
}

