/* import_tracks and what it stands on: several questions at a time, a new playlist. */
#include "config.h"

#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "shared/json/json.h"
#include "tests/unit/tools/bench.h"

#define ID "0123456789abcdefghij"
#define FIX ID "AB"
#define T(f) cmocka_unit_test_setup_teardown(f, rig_setup, rig_teardown)

#define TRACK(n, title, artist) "{\"type\":\"track\",\"uri\":\"spotify:track:" ID n "\",\"name\":\"" \
	title "\",\"duration_ms\":200000,\"artists\":[{\"name\":\"" artist "\"}],\"album\":{\"name\":" \
	"\"Album\"},\"external_ids\":{\"isrc\":\"QZTA919000" n "\"}}"
#define FOUND(tracks) "{\"tracks\":{\"total\":1,\"items\":[" tracks "]}}"
#define SEARCH "/v1/search?q="
#define NEW "{\"id\":\"" FIX "\",\"uri\":\"spotify:playlist:" FIX "\",\"name\":\"Mine\"}"

static void
spotify_knows_two(struct rig *r)
{
	ON(r->server, "GET", SEARCH "track%3A%22Salt%20Roads", 200,
	    FOUND("null," TRACK("01", "Salt Roads - Live", "The Glass Harbour") ","
	    TRACK("02", "Salt Roads", "The Glass Harbour")));
	ON(r->server, "GET", SEARCH "track%3A%22Kite", 200,
	    FOUND(TRACK("03", "Kite Season", "Vesna Dorn")));
	ON(r->server, "GET", SEARCH "track%3A%22Nettles", 200,
	    FOUND(TRACK("04", "Nettles - Live", "Corin Vale")));
	ON(r->server, "GET", SEARCH, 200, FOUND(""));
	ON(r->server, "POST", "/v1/me/playlists", 201, NEW);
	ON(r->server, "POST", "/v1/playlists/" FIX "/items", 201, "{\"snapshot_id\":\"s\"}");
	ON(r->server, "GET", "/v1/playlists/" FIX "/items", 200, "{\"total\":7}");
}

#define LINES "'lines':['Vesna Dorn - Kite Season','Corin Vale - Nettles'," \
	"'spotify:track:" ID "09','','Nobody - Nothing','Salt Roads by Glass Harbour'," \
	"'spotify:album:" ID "09']"

static void
lines_become_a_playlist_in_their_order(void **state)
{
	struct rig *r = *state;
	struct result a;

	rig_bind(r, ROW_GOOD);
	spotify_knows_two(r);
	tool_call(r, "import_tracks", "{" LINES ",'name':'Mine'}", &a);
	assert_false(a.failed);
	assert_int_equal(got_int(&a, "requested"), 6);
	assert_int_equal(got_int(&a, "added"), 3);
	assert_string_equal(got_str(&a, "url"), "https://open.spotify.com/playlist/" FIX);
	assert_string_equal(server_nth(r->server, "POST", "/v1/playlists/" FIX, 0)->body,
	    "{\"uris\":[\"spotify:track:" ID "03\",\"spotify:track:" ID "09\",\"spotify:track:" ID
	    "02\"]}");
	assert_non_null(strstr(server_nth(r->server, "POST", "/v1/me/playlists", 0)->body, "Mine"));
	assert_string_equal(got_str(&a, "matched.0.confidence"), "high");
	assert_int_equal(got_int(&a, "matched.2.line"), 6);
	/* The live recording is shown, not added; the rest has its reason. */
	assert_int_equal(got_int(&a, "review.0.line"), 2);
	assert_string_equal(got_str(&a, "review.0.confidence"), "low");
	assert_string_equal(got_str(&a, "review.0.url"), "https://open.spotify.com/track/" ID "04");
	assert_non_null(strstr(got_str(&a, "review.0.why"), "another recording"));
	assert_string_equal(got_str(&a, "review.1.text"), "Nobody - Nothing");
	assert_int_equal(got_int(&a, "review.2.line"), 7);
	assert_true(says(&a, "Line 2 needs review"));
	result_free(&a);
}

static void
a_dry_run_changes_nothing(void **state)
{
	struct rig *r = *state;
	struct result a;

	rig_bind(r, ROW_GOOD);
	spotify_knows_two(r);
	tool_call(r, "import_tracks", "{" LINES ",'dry_run':true,'min_confidence':'low'}", &a);
	assert_false(a.failed);
	assert_int_equal(got_int(&a, "would_add"), 4);
	assert_int_equal(got_int(&a, "added"), 0);
	assert_int_equal(server_counted(r->server, "POST", "/v1"), 0);
	result_free(&a);
}

static void
a_typing_mistake_is_asked_for_plainly(void **state)
{
	struct rig *r = *state;
	struct result a;

	rig_bind(r, ROW_GOOD);
	/* Filters find nothing for it. */
	ON(r->server, "GET", SEARCH "Vesna%20Dorn%20Ktie%20Season", 200,
	    FOUND(TRACK("03", "Kite Season", "Vesna Dorn")));
	spotify_knows_two(r);
	tool_call(r, "import_tracks", "{'lines':'Vesna Dorn - Ktie Season','playlist':'" FIX "'}", &a);
	assert_false(a.failed);
	assert_int_equal(a.requests, 4);
	assert_int_equal(got_int(&a, "added"), 1);
	assert_non_null(strstr(got_str(&a, "matched.0.why"), "typing mistake"));
	assert_int_equal(server_counted(r->server, "POST", "/v1/me/playlists"), 0);
	result_free(&a);
}

static void
a_playlist_that_cannot_be_written_to_costs_no_search(void **state)
{
	struct rig *r = *state;
	struct result a;

	rig_bind(r, ROW_GOOD);
	ON(r->server, "GET", "/v1/playlists/" FIX "/items", 403,
	    "{\"error\":{\"status\":403,\"message\":\"Forbidden\"}}");
	tool_call(r, "import_tracks", "{'lines':'Vesna Dorn - Kite Season','playlist':'" FIX "'}", &a);
	assert_true(a.failed);
	assert_int_equal(server_count(r->server), 1);
	result_free(&a);
}

static void
an_isrc_is_asked_for_first_and_enough(void **state)
{
	struct rig *r = *state;
	struct result a;

	rig_bind(r, ROW_GOOD);
	ON(r->server, "GET", SEARCH "isrc%3AQZTA91900003", 200,
	    FOUND(TRACK("03", "Kite Season", "Vesna Dorn")));
	tool_call(r, "import_tracks", "{'lines':['Track Name,Artist,ISRC','Kite Season,Vesna Dorn,"
	    "QZTA91900003'],'dry_run':true}", &a);
	assert_int_equal(a.requests, 1);
	assert_int_equal(got_int(&a, "requested"), 1);
	assert_string_equal(got_str(&a, "matched.0.why"), "same ISRC");
	result_free(&a);
}

/* Lines that no search finds anything for. */
static void
many(struct buf *args, int n, const char *more)
{
	int i;

	buf_init(args, 65536);
	assert_ok(buf_put_str(args, "{'lines':["));
	for (i = 0; i < n; i++)
		assert_ok(buf_printf(args, "%s'Somebody %d - Something %d'", i > 0 ? "," : "", i, i));
	assert_ok(buf_printf(args, "]%s}", more));
}

static void
lines_are_looked_up_side_by_side(void **state)
{
	struct rig *r = *state;
	struct result a;
	struct buf args;
	bool both = false;
	size_t i;

	rig_bind(r, ROW_GOOD);
	server_on(r->server, (struct server_rule){.target = "/v1/search", .status = 200,
	    .body = FOUND(""), .turns = FOREVER, .delay_ms = 40});
	/* As many questions as may be asked at once. */
	many(&args, 12, ",'dry_run':true");
	tool_call(r, "import_tracks", buf_cstr(&args), &a);
	assert_false(a.failed);
	assert_int_equal(a.requests, 24);
	/* Without HTTP/2 that shows in the second connection. */
	for (i = 1; i < server_count(r->server); i++)
		both = both || server_seen(r->server, i)->connection !=
		    server_seen(r->server, 0)->connection;
	assert_true(both);
	result_free(&a);
	buf_free(&args);
}

static void
the_end_of_the_quota_ends_the_looking_up_not_the_adding(void **state)
{
	struct rig *r = *state;
	struct result a;
	struct buf args;

	rig_bind(r, ROW_GOOD);
	server_on(r->server, (struct server_rule){.target = SEARCH "track%3A%22Something%200%22",
	    .status = 200, .body = FOUND(TRACK("03", "Something 0", "Somebody 0")), .turns = FOREVER});
	server_on(r->server, (struct server_rule){.target = "/v1/search", .status = 429,
	    .fields = "Retry-After: 40000\r\n", .turns = FOREVER, .delay_ms = 60,
	    .body = "{\"error\":{\"status\":429,\"message\":\"x\",\"reason\":\"QUOTA_EXCEEDED\"}}"});
	spotify_knows_two(r);
	many(&args, 50, ",'name':'Mine'");
	tool_call(r, "import_tracks", buf_cstr(&args), &a);
	assert_false(a.failed);
	assert_int_equal(got_int(&a, "added"), 1);
	assert_int_equal(got_int(&a, "not_tried"), 49);
	assert_true(says(&a, "give them again"));
	assert_true(server_counted(r->server, "GET", "/v1/search") < 8);
	result_free(&a);
	/* Nothing at all: an error that says until when. */
	tool_call(r, "import_tracks", buf_cstr(&args), &a);
	assert_true(a.failed);
	assert_true(says(&a, "Nothing was changed"));
	result_free(&a);
	buf_free(&args);
}

static void
a_playlist_that_may_have_been_made_is_looked_for(void **state)
{
	struct rig *r = *state;
	struct result a;

	rig_bind(r, ROW_GOOD);
	server_on(r->server, (struct server_rule){.method = "POST", .target = "/v1/me/playlists",
	    .turns = 1, .act = ACT_CUT});
	ON(r->server, "GET", "/v1/me/playlists", 200, "{\"total\":0,\"items\":[]}");
	spotify_knows_two(r);
	tool_call(r, "import_tracks", "{'lines':'Vesna Dorn - Kite Season','name':'Mine'}", &a);
	assert_true(a.failed);
	assert_int_equal(server_counted(r->server, "POST", "/v1"), 1);
	result_free(&a);
}

static void
a_cancelled_import_stops_all_its_questions(void **state)
{
	struct rig *r = *state;
	struct result a;
	struct call *c;
	struct buf args;
	size_t asked;

	rig_bind(r, ROW_GOOD);
	server_on(r->server, (struct server_rule){.target = "/v1/", .turns = FOREVER, .act = ACT_HANG});
	many(&args, 50, ",'name':'Mine'");
	tool_start(r, "import_tracks", buf_cstr(&args), &a, &c);
	rig_for(r, 60);
	asked = server_count(r->server);
	assert_true(asked >= 1);
	call_cancel(c);
	rig_for(r, 60);
	assert_false(a.there);
	assert_int_equal(server_count(r->server), asked);
	result_free(&a);
	buf_free(&args);
}

static void
what_cannot_be_is_refused_with_a_sentence(void **state)
{
	static const struct { const char *args, *says; } cases[] = {
		{"{'lines':'a - b'}", "Give name"},
		{"{'lines':'a - b','name':'x','playlist':'y'}", "either name"},
		{"{'lines':['',' '],'name':'x'}", "None of the lines"},
		{"{'lines':'a - b','name':''}", "not empty"},
	};
	struct rig *r = *state;
	struct result a;
	size_t i;

	rig_bind(r, ROW_GOOD);
	for (i = 0; i < sizeof(cases) / sizeof(cases[0]); i++) {
		tool_call(r, "import_tracks", cases[i].args, &a);
		assert_true(a.failed);
		assert_true(says(&a, cases[i].says));
		result_free(&a);
	}
	assert_int_equal(server_count(r->server), 0);
	assert_refused("import_tracks", "{'lines':'a','min_confidence':'some'}", "min_confidence");
}

int
main(void)
{
	const struct CMUnitTest tests[] = {
		T(lines_become_a_playlist_in_their_order),
		T(a_dry_run_changes_nothing),
		T(a_typing_mistake_is_asked_for_plainly),
		T(a_playlist_that_cannot_be_written_to_costs_no_search),
		T(an_isrc_is_asked_for_first_and_enough),
		T(lines_are_looked_up_side_by_side),
		T(the_end_of_the_quota_ends_the_looking_up_not_the_adding),
		T(a_playlist_that_may_have_been_made_is_looked_for),
		T(a_cancelled_import_stops_all_its_questions),
		T(what_cannot_be_is_refused_with_a_sentence),
	};

	return cmocka_run_group_tests_name("import", tests, NULL, NULL);
}
