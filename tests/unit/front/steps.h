/*
 * Steps that the tests of tonearm-front share: requests as clients send them
 * and as workers get them.  One rig and one counter of workers a test program.
 */
#ifndef TONEARM_TEST_STEPS_H
#define TONEARM_TEST_STEPS_H

#include "tests/unit/front/rig.h"

extern struct rig rig;
extern uint64_t next_worker;

/* A request as a worker got it. */
struct asked {
	uint64_t id;
	uint8_t method, kind;
	char credential[128];
	struct buf fields, body;   /* "name=value\n" each */
};

void copy(char *out, size_t room, struct span s);
void take_request(struct end *w, struct asked *a);
void free_asked(struct asked *a);
/* One packet, as a real worker sends what belongs together. */
void give_answer(struct end *w, uint64_t id, unsigned status, const char *text);
/* Sends a POST of this body to /mcp. */
void post(int fd, const char *token, const char *more, const char *body);
void get_path(int fd, const char *path, const char *more);
/* Reads a response and checks status and, if given, body. */
void expect(int fd, unsigned status, const char *body);
/* The vault says yes to the next question. */
uint64_t bind_next(struct rig *r);
/* A worker that is bound to the owner of this token, with one request served
 * on fd. */
void bound_worker(struct end *w, int fd, const char *token);
void expect_kill(uint64_t worker, uint8_t reason);
void no_frame(struct end *e);

#endif
