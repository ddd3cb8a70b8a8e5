/*
 * Random edits of random playlists of the stand-in for Spotify, undone one after the
 * other, newest first: each time the playlist is what it was, or the tool said so
 * beforehand.  TONEARM_UNDO_EDITS: how many edits (100 unless told otherwise); TONEARM_UNDO_SEED: of chance.
 */
#include "config.h"

#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "shared/json/json.h"
#include "tests/unit/tools/undo_bench.h"

#define EDITS 100
#define OF_ONE 20            /* edits of one playlist */

struct past {
	struct state was;
	char change[40];
};

static size_t
one_playlist(struct rig *r, size_t edits)
{
	static struct past past[OF_ONE];
	uint32_t kinds = 5 + roll(TRACKS - 5);
	size_t i, n = 0, tried;
	struct state now = {.n = 0}, end = {.n = 0};
	char id[64], last[40] = "";
	bool lost = false;

	make_playlist(id, roll(4) == 0 ? roll(150) : roll(40), kinds);
	for (tried = 0; n < edits && tried < edits * 4; tried++) {
		struct result a;

		read_state(r, id, &past[n].was);
		edit_once(r, id, &past[n].was, kinds, "", &a);
		result_free(&a);
		newest(r, past[n].change);
		if (strcmp(past[n].change, last) == 0)
			state_free(&past[n].was);    /* refused, or nothing to do */
		else
			(void)snprintf(last, sizeof(last), "%s", past[n++].change);
	}
	read_state(r, id, &end);
	for (i = n; i-- > 0;) {
		undo(r, past[i].change, &lost);
		read_state(r, id, &now);
		if (!same(&now, &past[i].was, lost)) {
			show("it was", &past[i].was);
			show("the edit made of it", &end);
			show("it is", &now);
			fail_msg("edit %zu of playlist %s is not undone", i, id);
		}
		state_free(&now);
		state_free(&end);
		end = past[i].was;
	}
	state_free(&end);
	return n;
}

static void
random_edits_are_undone(void **state)
{
	struct rig *r = edits_as(state, "juniper");
	const char *text = getenv("TONEARM_UNDO_EDITS");
	const char *seed = getenv("TONEARM_UNDO_SEED");
	size_t want = text != NULL ? strtoul(text, NULL, 10) : EDITS, done = 0;
	char url[100];

	if (seed != NULL)
		dice = (uint32_t)strtoul(seed, NULL, 10);
	edits_make(r, "Tracks", "a", url);   /* knows tracks from here on */
	while (done < want)
		done += one_playlist(r, want - done < OF_ONE ? want - done : OF_ONE);
	print_message("%zu edits were made and undone\n", done);
}

int
main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test_setup_teardown(random_edits_are_undone, edits_setup, edits_teardown),
	};

	return cmocka_run_group_tests(tests, edits_start_box, edits_stop_box);
}
