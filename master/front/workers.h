/*
 * The workers that front knows: blank, offered to the vault, bound, leaving;
 * what each has under way; how each is ended.
 */
#ifndef TONEARM_FRONT_WORKERS_H
#define TONEARM_FRONT_WORKERS_H

#include "master/front/request.h"

/* Channel states, for the rules' masks. */
#define WORKER_CH_BLANK 1u
#define WORKER_CH_BOUND 2u

struct worker {
	struct link link;         /* in front->workers[state] */
	enum worker_state state;
	struct front *front;
	uint64_t id;
	struct channel *ch;       /* owned */
	struct list open;         /* requests that it has; by held_by */
	unsigned streams;         /* of those, streams: they count by themselves */
	struct list routes;       /* that lead to it; by struct route's by_worker */
	uint64_t done;            /* requests it has answered to the end */
	bool fresh;               /* has not acknowledged a request yet */
	int64_t log_second;       /* budget of log lines */
	unsigned log_lines, log_dropped;
	int64_t stream_second;    /* budget of STREAMs */
	unsigned stream_frames;
};

/* Takes up a worker with its channel (fd owned, also on error); bound: it has
 * a user already.  ERR_NOMEM, ERR_SYSTEM. */
err_t workers_add(struct front *f, uint64_t id, bool bound, int fd) MUST_CHECK;

/* NULL if front does not have it. */
struct worker *workers_find(struct front *f, uint64_t id);

void workers_set_state(struct worker *w, enum worker_state state);

/* The oldest blank worker, now offered; NULL if there is none. */
struct worker *workers_offer(struct front *f);

/* It is bound now. */
void workers_bound(struct worker *w, bool fresh);

/* Its requests fail, its routes go, its memory is freed. */
void workers_gone(struct worker *w);

/* Asks the supervisor to end it (enum kill_reason); then as workers_gone. */
void workers_kill(struct worker *w, uint8_t reason);

/* This request of it was not acknowledged or answered in time. */
void workers_hung(struct request *r);

/* Counts a request in; ERR_LIMIT if its user has too many under way. */
err_t workers_take_request(struct worker *w, struct request *r) MUST_CHECK;
/* Takes up a request whatever the count. */
void workers_hold_request(struct worker *w, struct request *r);
void workers_forget_request(struct request *r);

/* Its open request of this id; NULL if there is none. */
struct request *workers_request(const struct worker *w, uint64_t id);

#endif
