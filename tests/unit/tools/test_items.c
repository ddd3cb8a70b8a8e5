/* Items, names and cursors, without Spotify. */
#include "config.h"

#include <stdio.h>
#include <string.h>

#include "shared/json/json.h"
#include "tests/unit/unit.h"
#include "worker/spotify/field.h"
#include "worker/tools/items.h"
#include "worker/tools/names.h"
#include "worker/tools/tool.h"

#define ID "0123456789abcdefghijAB"

static void
links_uris_and_ids_are_read(void **state)
{
	static const struct { const char *text; enum item_kind bare, kind; const char *id; } good[] = {
		{"spotify:track:" ID, ITEM_NONE, ITEM_TRACK, ID},
		{" spotify:album:" ID, ITEM_TRACK, ITEM_ALBUM, ID},
		{"spotify:user:somebody:playlist:" ID, ITEM_NONE, ITEM_PLAYLIST, ID},
		{"https://open.spotify.com/track/" ID, ITEM_NONE, ITEM_TRACK, ID},
		{"https://open.spotify.com/track/" ID "?si=abc", ITEM_NONE, ITEM_TRACK, ID},
		{"http://open.spotify.com/intl-de/artist/" ID "#x", ITEM_NONE, ITEM_ARTIST, ID},
		{"open.spotify.com/embed/episode/" ID, ITEM_NONE, ITEM_EPISODE, ID},
		{"https://open.spotify.com/user/some.body/playlist/" ID, ITEM_NONE, ITEM_PLAYLIST, ID},
		{"https://open.spotify.com/user/some.body", ITEM_NONE, ITEM_USER, "some.body"},
		{ID, ITEM_TRACK, ITEM_TRACK, ID},
	};
	static const char *const bad[] = {"", "spotify:", "spotify:track:", "spotify:track:short",
	    "spotify:track:" ID "x", "spotify:thing:" ID, "spotify:local:a:b:c:1",
	    "https://evil.example/track/" ID, "https://open.spotify.com.evil.example/track/" ID,
	    "https://open.spotify.com/track/", "https://open.spotify.com/track/../me",
	    "spotify:track:0123456789abcdefghij/?", "My playlist", "0123456789abcdefghijA!"};
	struct item_ref ref;
	size_t i;

	(void)state;
	for (i = 0; i < sizeof(good) / sizeof(good[0]); i++) {
		if (item_parse(good[i].text, good[i].bare, &ref) != 0)
			fail_msg("%s is not read", good[i].text);
		assert_int_equal(ref.kind, good[i].kind);
		assert_string_equal(ref.id, good[i].id);
	}
	for (i = 0; i < sizeof(bad) / sizeof(bad[0]); i++)
		if (item_parse(bad[i], ITEM_TRACK, &ref) == 0)
			fail_msg("%s is read", bad[i]);
	assert_int_not_equal(item_parse(ID, ITEM_NONE, &ref), 0);
}

static void
both_forms_are_written(void **state)
{
	struct item_ref ref = {.kind = ITEM_AUDIOBOOK, .id = ID};
	char text[ITEM_LINK_MAX];

	(void)state;
	item_uri(&ref, text);
	assert_string_equal(text, "spotify:audiobook:" ID);
	item_link(&ref, text);
	assert_string_equal(text, "https://open.spotify.com/show/" ID);
}

static void
described(const char *json, const char *want_json, const char *want_line)
{
	struct json_object *in = NULL, *o = json_object_new_object();
	char line[1024];

	assert_ok(json_parse(span_str(json), &json_from_spotify, &in));
	assert_ok(item_describe(in, o, line, sizeof(line)));
	assert_string_equal(json_object_to_json_string_ext(o,
	    JSON_C_TO_STRING_PLAIN | JSON_C_TO_STRING_NOSLASHESCAPE), want_json);
	assert_string_equal(line, want_line);
	json_object_put(in);
	json_object_put(o);
}

static void
items_are_described(void **state)
{
	(void)state;
	described("{\"type\":\"track\",\"uri\":\"spotify:track:" ID "\",\"name\":\"A\\u202eb\\n\","
	    "\"duration_ms\":61000,\"explicit\":true,\"artists\":[{\"name\":\"X\"},null,"
	    "{\"name\":\"Y\"}],\"album\":{\"name\":\"Z\"}}",
	    "{\"type\":\"track\",\"name\":\"Ab\",\"by\":\"X, Y\",\"album\":\"Z\",\"duration_ms\":61000,"
	    "\"explicit\":true,\"url\":\"https://open.spotify.com/track/" ID "\"}",
	    "Ab - X, Y (Z) 1:01 https://open.spotify.com/track/" ID);
	described("{\"type\":\"playlist\",\"uri\":\"spotify:playlist:" ID "\",\"name\":\"P\","
	    "\"owner\":{\"display_name\":null,\"id\":\"u\"},\"items\":null,\"tracks\":{\"total\":3}}",
	    "{\"type\":\"playlist\",\"name\":\"P\",\"by\":\"u\",\"count\":3,"
	    "\"url\":\"https://open.spotify.com/playlist/" ID "\"}",
	    "P - u [3] https://open.spotify.com/playlist/" ID);
	described("{\"type\":\"track\",\"is_local\":true,\"uri\":\"spotify:local:a:b:c:215\","
	    "\"name\":\"Home\",\"id\":null,\"duration_ms\":215000,\"album\":{\"name\":\"\"},"
	    "\"artists\":[{\"name\":\"Me\",\"uri\":null}]}",
	    "{\"type\":\"local\",\"name\":\"Home\",\"by\":\"Me\",\"duration_ms\":215000}",
	    "Home - Me 3:35 (local file)");
	described("null", "{\"type\":\"unavailable\"}", "(no longer available)");
	described("{\"type\":\"episode\",\"name\":null,\"uri\":null,\"release_date\":\"0000\"}",
	    "{\"type\":\"unavailable\"}", "(no longer available)");
	described("{\"type\":\"album\",\"uri\":\"spotify:album:" ID "\",\"name\":\"L\","
	    "\"release_date\":\"1999\",\"total_tracks\":7,\"is_playable\":false}",
	    "{\"type\":\"album\",\"name\":\"L\",\"released\":\"1999\",\"count\":7,\"playable\":false,"
	    "\"url\":\"https://open.spotify.com/album/" ID "\"}",
	    "L [7] 1999 https://open.spotify.com/album/" ID);
}

static void
found_in(const char *entry, const char *name)
{
	struct json_object *o = NULL, *item;

	assert_ok(json_parse(span_str(entry), &json_from_spotify, &o));
	item = item_of_entry(o);
	if (name == NULL)
		assert_null(item);
	else
		assert_true(span_is(field_str(item, "name"), name));
	json_object_put(o);
}

static void
entries_give_their_item_under_any_name(void **state)
{
	(void)state;
	found_in("{\"item\":{\"name\":\"a\",\"uri\":\"u\",\"track\":true,\"episode\":false}}", "a");
	found_in("{\"track\":{\"name\":\"b\",\"uri\":\"u\"}}", "b");
	found_in("{\"item\":null,\"track\":{\"name\":\"b\"}}", "b");
	found_in("{\"added_at\":\"x\",\"album\":{\"name\":\"c\"}}", "c");
	found_in("{\"name\":\"d\",\"uri\":\"u\",\"album\":{\"name\":\"not this\"}}", "d");
	found_in("{\"item\":null,\"added_at\":\"x\"}", NULL);
	found_in("null", NULL);
}

static enum name_match
match(const char *wanted, size_t *i)
{
	static const char *const names[] = {"Party", "PARTY", "Party Mix", "Kölner Karneval",
	    "KÖLNER KARNEVAL 2", "Solo", ""};
	struct name_finder f;
	size_t k;

	names_begin(&f, wanted);
	for (k = 0; k < sizeof(names) / sizeof(names[0]); k++)
		assert_ok(names_try(&f, k, span_str(names[k])));
	return names_end(&f, i);
}

static void
names_are_found_exactly_then_folded_then_as_beginning(void **state)
{
	err_t trouble = 0;
	size_t i = 99;

	(void)state;
	assert_int_equal(match("Party", &i), NAME_ONE);
	assert_int_equal(i, 0);
	assert_int_equal(match("party", &i), NAME_SEVERAL);
	assert_int_equal(match("party m", &i), NAME_ONE);
	assert_int_equal(i, 2);
	assert_int_equal(match("kölner karneval", &i), NAME_ONE);
	assert_int_equal(i, 3);
	assert_int_equal(match("kölner", &i), NAME_SEVERAL);
	assert_int_equal(match("SOLO", &i), NAME_ONE);
	assert_int_equal(match("nothing", &i), NAME_NONE);
	assert_int_equal(match("arty", &i), NAME_NONE);
	assert_true(names_hold(span_str("Kölner Karneval"), "NER KAR", &trouble));
	assert_false(names_hold(span_str("Solo"), "solos", &trouble));
	assert_int_equal(trouble, 0);
}

/* Is it clear what an argument is for?  Its own words say so, or the values it
 * takes, or the tool's text names it, or everybody knows. */
static bool
explained(const struct tool *t, const struct arg *a)
{
	static const char *const known[] = {"name", "description", "limit", "cursor", "count",
	    "dry_run", "shuffle", "descending", "skip_duplicates", "change_id"};
	size_t i;

	for (i = 0; i < sizeof(known) / sizeof(known[0]); i++)
		if (strcmp(a->name, known[i]) == 0)
			return true;
	return a->about != NULL || a->words != NULL || strstr(t->about, a->name) != NULL;
}

static void
every_tool_keeps_the_rules_of_the_table(void **state)
{
	const struct arg *a;
	size_t i;

	(void)state;
	assert_true(tool_table_n <= 40);
	for (i = 0; i < tool_table_n; i++) {
		const struct tool *t = tool_table[i];

		assert_true(strlen(t->name) <= 40);
		assert_true(strlen(t->about) < 2048);
		assert_non_null(t->title);
		assert_non_null(t->out);
		assert_true(t->max_requests <= (t->read_only ? 20u : 100u));
		assert_false(t->read_only && t->destructive);
		for (a = t->args; a != NULL && a->name != NULL; a++)
			if (!explained(t, a))
				fail_msg("%s.%s", t->name, a->name);
	}
}

int
main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(links_uris_and_ids_are_read),
		cmocka_unit_test(both_forms_are_written),
		cmocka_unit_test(items_are_described),
		cmocka_unit_test(entries_give_their_item_under_any_name),
		cmocka_unit_test(names_are_found_exactly_then_folded_then_as_beginning),
		cmocka_unit_test(every_tool_keeps_the_rules_of_the_table),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
