/*
 * Streams seen by a client: what the tests of streams and of clients that come
 * back share.
 */
#ifndef TONEARM_TESTS_MCP_STREAMING_H
#define TONEARM_TESTS_MCP_STREAMING_H

#include "tests/unit/mcp/fixture.h"

#define ID_TEXT 64
#define LATE_MOST 12

/* Calls of the tool "late", which end when the test says so. */
extern struct call *late[LATE_MOST];
extern unsigned n_late, late_stopped;

/* A bench whose only tool is "late". */
int streaming_setup(void **state);
#define S(f) cmocka_unit_test_setup_teardown(f, streaming_setup, bench_teardown)

/* From now on it has a catalog that announces everything, and the resources
 * test://one, test://secret (not for these scopes), both with subscriptions, and
 * test://still. */
void announce_all(struct bench *b);

/* Opens a session's stream; last_id: Last-Event-ID, or "". */
void get_stream(struct bench *b, const char *session, const char *last_id);
const char *stream_body(struct bench *b);

/* The id of the n-th event that has one; false if there is none. */
bool event_id(struct bench *b, unsigned n, char out[ID_TEXT]);
void assert_sse(struct bench *b, bool ended);
/* Is the n-th event this method? */
void assert_method(struct bench *b, unsigned n, const char *method);

#endif
