/*
 * Steps of the tests of streams: one is begun, spoken of, parked, given back.
 */
#ifndef TONEARM_TEST_STREAM_STEPS_H
#define TONEARM_TEST_STREAM_STEPS_H

#include "tests/unit/front/steps.h"

#define HELLO "data: hello\n\n"
#define BYE   "data: bye\n\n"
#define ENDED "b\r\n" BYE "\r\n0\r\n\r\n"

/* The next frame but CREDIT must be this one; last_id is its request. */
#define EXPECT(e, NAME, name, m) do { \
	struct got next_; \
	next_frame(e, &next_); \
	assert_string_equal(msg_name(next_.type), msg_name(MSG_##NAME)); \
	assert_int_equal(msg_get_##name(next_.body, (m)), 0); \
	last_id = next_.request; \
} while (0)

extern uint64_t last_id;

void next_frame(struct end *e, struct got *g);
/* Nothing comes but CREDIT. */
void quiet(struct end *e);
void say_stream(struct end *w, uint64_t id, bool parked, uint32_t expires);
void read_text(int fd, const char *text);
/* Nothing comes, and the connection is not closed. */
void stays_open(int fd, int ms);
/* Asks for a stream on fd, whose worker begins it; the request's id. */
uint64_t begin_stream(struct end *w, int fd, const char *token);
uint64_t parked_stream(struct end *w, int fd, const char *token);
void expect_retire(struct end *w);
/* The worker is idle, is told to go, and goes. */
void retire(struct end *w);
/* The vault says ROUTE_DROP. */
void drop(const char *token);
void expect_cancel(struct end *w, uint64_t of);
/* A new worker gets this stream back. */
void expect_back(struct end *w, uint64_t of, const char *token);

#endif
