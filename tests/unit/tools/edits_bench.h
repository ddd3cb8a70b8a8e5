/*
 * Playlists made of letters in the stand-in for Spotify, for tests of tools that
 * change, compare and copy them.  Needs the sandbox program; skips without.
 */
#ifndef TONEARM_TESTS_TOOLS_EDITS_BENCH_H
#define TONEARM_TESTS_TOOLS_EDITS_BENCH_H

#include "tests/unit/spotify/sandbox.h"
#include "tests/unit/tools/bench.h"

/* Setting up and taking down, of a group and of a test. */
int edits_start_box(void **state);
int edits_stop_box(void **state);
int edits_setup(void **state);
int edits_teardown(void **state);

/* The rig, with user signed in. */
struct rig *edits_as(void **state, const char *user);

/* Posts to the sandbox's control path. */
void edits_control(const char *path, const char *body);
/* The same with its answer, and a GET; the caller puts what they give. */
struct json_object *edits_post(const char *path, const char *body);
struct json_object *edits_get(const char *fmt, ...) __attribute__((format(printf, 1, 2)));

/* tool_call for one that takes long; tool_call with formatted arguments. */
void call_long(struct rig *r, const char *name, const char *args, struct result *out);
void callf(struct rig *r, struct result *out, const char *name, const char *fmt, ...)
    __attribute__((format(printf, 4, 5)));

/* Tracks to build playlists from: links. */
#define TRACKS 40
extern char track[TRACKS][64];

/* A playlist with entries by letters: 'a' is track[0] and so on; its link goes to
 * url (100 bytes). */
void edits_make(struct rig *r, const char *name, const char *letters, char *url);

/* Is the playlist made of these, by letters?  At most 50. */
void assert_holds(struct rig *r, const char *url, const char *letters);

#endif
