/*
 * Random edits of random playlists of the stand-in for Spotify, and undoing them.
 */
#ifndef TONEARM_TESTS_TOOLS_UNDO_BENCH_H
#define TONEARM_TESTS_TOOLS_UNDO_BENCH_H

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

#include "tests/unit/tools/edits_bench.h"

#define UNDO_STATE 400       /* entries of a playlist, at most */

/* Chance: 0 to n - 1. */
extern uint32_t dice;
uint32_t roll(uint32_t n);

/* A playlist as the stand-in keeps it. */
struct state {
	char *uris[UNDO_STATE];  /* "" for an entry without content */
	size_t n;
};

void read_state(struct rig *r, const char *id, struct state *out);
void state_free(struct state *s);
/* The same?  Without local files and the like, where some of them were lost. */
bool same(const struct state *a, const struct state *b, bool lost);
void show(const char *what, const struct state *s);

/* A playlist of n entries of `kinds` different tracks; some are local files or
 * without content. */
void make_playlist(char id[64], uint32_t n, uint32_t kinds);
/* One random edit; the tool may refuse it.  more: further arguments, each with a
 * comma behind it. */
void edit_once(struct rig *r, const char *id, const struct state *now, uint32_t kinds,
    const char *more, struct result *out);
/* The newest change's id. */
void newest(struct rig *r, char out[40]);
/* Undoes it, in as many calls as that takes; *lost: the tool said beforehand that some
 * cannot be restored. */
void undo(struct rig *r, const char *change, bool *lost);

#endif
