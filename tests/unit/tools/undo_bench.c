/* Random edits of random playlists; see undo_bench.h. */
#include "config.h"

#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "shared/json/json.h"
#include "tests/unit/tools/undo_bench.h"
#include "worker/spotify/limits.h"
#include "worker/tools/errand.h"

/* --- pauses are for Spotify, not for its stand-in ------------------------------------- */

void __real_errand_pause(struct call *c, unsigned ms, errand_step next);
void __wrap_errand_pause(struct call *c, unsigned ms, errand_step next);

void
__wrap_errand_pause(struct call *c, unsigned ms, errand_step next)
{
	__real_errand_pause(c, ms / 350, next);
}

void __real_limits_init(struct limits *l, int64_t now_ms, int64_t per_second);
void __wrap_limits_init(struct limits *l, int64_t now_ms, int64_t per_second);

void
__wrap_limits_init(struct limits *l, int64_t now_ms, int64_t per_second)
{
	(void)per_second;
	__real_limits_init(l, now_ms, 1000);
}

/* --- chance ------------------------------------------------------------------------------ */

uint32_t dice = 20261123;

uint32_t
roll(uint32_t n)
{
	dice = dice * 1664525u + 1013904223u;
	return (dice >> 8) % n;
}

/* --- playlists as the stand-in keeps them ------------------------------------------------- */

static char *
copy_of(const char *s)
{
	char *copy = strdup(s);

	assert_non_null(copy);
	return copy;
}

void
state_free(struct state *s)
{
	while (s->n > 0)
		free(s->uris[--s->n]);
}

void
read_state(struct rig *r, const char *id, struct state *out)
{
	struct json_object *playlist = edits_get("playlist?id=%s", id), *entries;
	size_t i;

	(void)r;
	entries = json_get_arr(playlist, "entries");
	out->n = json_object_array_length(entries);
	assert_in_range(out->n, 0, UNDO_STATE);
	for (i = 0; i < out->n; i++) {
		struct json_object *u = json_get(json_object_array_get_idx(entries, i), "u");

		out->uris[i] = copy_of(u == NULL ? "" : json_object_get_string(u));
	}
	json_object_put(playlist);
}

static bool
fixed(const char *uri)
{
	return strncmp(uri, "spotify:track:", 14) != 0 && strncmp(uri, "spotify:episode:", 16) != 0;
}

/* The same?  Without local files and the like, where some of them were lost. */
bool
same(const struct state *a, const struct state *b, bool lost)
{
	size_t i = 0, k = 0;

	for (;;) {
		while (lost && i < a->n && fixed(a->uris[i]))
			i++;
		while (lost && k < b->n && fixed(b->uris[k]))
			k++;
		if (i == a->n || k == b->n)
			return i == a->n && k == b->n;
		if (strcmp(a->uris[i++], b->uris[k++]) != 0)
			return false;
	}
}

static void
put_random_uri(struct buf *out, uint32_t kinds)
{
	uint32_t which = roll(40);

	if (which == 0)
		assert_ok(buf_put_str(out, "null"));
	else if (which < 3)
		assert_ok(buf_printf(out, "\"spotify:local:some:file:number%u:200\"", which));
	else
		assert_ok(buf_printf(out, "\"spotify:track:%s\"", strrchr(track[roll(kinds)], '/') + 1));
}

void
make_playlist(char id[64], uint32_t n, uint32_t kinds)
{
	struct json_object *made;
	struct span s = {0};
	struct buf body;
	uint32_t i;

	buf_init(&body, 1 << 20);
	assert_ok(buf_put_str(&body, "{\"owner\":\"juniper\",\"name\":\"Random\",\"uris\":["));
	for (i = 0; i < n; i++) {
		assert_ok(buf_put_str(&body, i > 0 ? "," : ""));
		put_random_uri(&body, kinds);
	}
	assert_ok(buf_put_str(&body, "]}"));
	made = edits_post("playlist", buf_cstr(&body));
	assert_true(json_get_str(made, "id", &s));
	(void)snprintf(id, 64, "%.*s", (int)s.n, (const char *)s.p);
	json_object_put(made);
	buf_free(&body);
}

/* --- edits -------------------------------------------------------------------------------- */

static void
put_links(struct buf *args, uint32_t n, uint32_t kinds)
{
	uint32_t i;

	assert_ok(buf_put_str(args, "'uris':["));
	for (i = 0; i < n; i++)
		assert_ok(buf_printf(args, "%s'%s'", i > 0 ? "," : "", track[roll(kinds)]));
	assert_ok(buf_put_str(args, "]"));
}

static void
put_positions(struct buf *args, const struct state *now)
{
	uint32_t i, n = 1 + roll(4);

	assert_ok(buf_put_str(args, "'positions':["));
	for (i = 0; i < n; i++)
		assert_ok(buf_printf(args, "%s'%u'", i > 0 ? "," : "", roll((uint32_t)now->n)));
	assert_ok(buf_put_str(args, "]"));
}

static void
put_move(struct buf *args, const struct state *now)
{
	uint32_t n = (uint32_t)now->n, count = 1 + roll(n < 8 ? n : 8), from = roll(n - count + 1);

	assert_ok(buf_printf(args, "'from':%u,'count':%u,'to':%u", from, count, roll(n - count + 1)));
}

/* One random edit; the tool may refuse it. */
void
edit_once(struct rig *r, const char *id, const struct state *now, uint32_t kinds,
    const char *more, struct result *out)
{
	static const char *const tools[] = {"add_to_playlist", "add_to_playlist",
	    "remove_from_playlist", "remove_from_playlist", "reorder_playlist", "reorder_playlist",
	    "reorder_playlist", "dedupe_playlist", "replace_playlist"};
	uint32_t which = roll(now->n == 0 ? 2 : sizeof(tools) / sizeof(tools[0]));
	struct buf args;

	buf_init(&args, 1 << 20);
	assert_ok(buf_printf(&args, "{'playlist':'spotify:playlist:%s',%s", id, more));
	if (which < 2 && roll(2) == 0 && now->n > 0)
		assert_ok(buf_printf(&args, "'position':%u,", roll((uint32_t)now->n + 1)));
	if (which < 2)
		put_links(&args, 1 + roll(12), kinds);
	else if (which == 2)
		put_links(&args, 1 + roll(5), kinds);
	else if (which == 3)
		put_positions(&args, now);
	else if (which == 4)
		put_move(&args, now);
	else if (which == 5)
		assert_ok(buf_put_str(&args, roll(2) == 0 ? "'sort_by':'name'" : "'sort_by':'duration'"));
	else if (which == 6)
		assert_ok(buf_put_str(&args, "'shuffle':true,'keep_dates':false"));
	else if (which == 7)
		assert_ok(buf_put_str(&args, "'match':'id'"));
	else
		put_links(&args, roll(30), kinds);
	assert_ok(buf_put_str(&args, "}"));
	tool_call(r, tools[which], buf_cstr(&args), out);
	buf_free(&args);
}

/* The newest change's id into out. */
void
newest(struct rig *r, char out[40])
{
	struct result a;

	tool_call(r, "list_changes", "{'limit':1}", &a);
	assert_false(a.failed);
	(void)snprintf(out, 40, "%s", got_str(&a, "changes.0.change_id"));
	result_free(&a);
}

/* --- undoing --------------------------------------------------------------------------------- */

/* What went wrong, for whoever reads it. */
void
show(const char *what, const struct state *s)
{
	size_t i;

	print_message("%s:\n", what);
	for (i = 0; i < s->n; i++)
		print_message("  %zu %s\n", i, s->uris[i]);
}

/* Undoes it, in as many calls as that takes; *lost: the tool said beforehand that some
 * cannot be restored. */
void
undo(struct rig *r, const char *change, bool *lost)
{
	struct result a;
	unsigned calls = 0;
	bool more;

	callf(r, &a, "undo_change", "{'change_id':'%s','dry_run':true}", change);
	if (a.failed)
		fail_msg("%s", buf_cstr(&a.text));
	*lost = *lost || got_int(&a, "not_restorable") > 0;
	result_free(&a);
	do {
		char args[120];

		(void)snprintf(args, sizeof(args), "{'change_id':'%s'}", change);
		tool_call(r, "undo_change", args, &a);
		if (a.failed)
			fail_msg("%s", buf_cstr(&a.text));
		more = got(&a, "more_needed") != NULL;
		if (!more && !got_bool(&a, "undone"))
			fail_msg("%s", buf_cstr(&a.text));
		result_free(&a);
		assert_in_range(++calls, 1, 10);
	} while (more);
}
