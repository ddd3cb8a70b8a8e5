/*
 * The inside of changes.h: parts on their way to the vault, and questions.  Only
 * changes*.c include it, and tests that stand in for the vault.
 */
#ifndef TONEARM_WORKER_CHANGES_INSIDE_H
#define TONEARM_WORKER_CHANGES_INSIDE_H

#include <event2/event.h>

#include "shared/base/buf.h"
#include "worker/change_form.h"
#include "worker/worker.h"

/* Request ids of ours on the channel to the vault have this bit. */
#define CHANGES_BIT (UINT64_C(1) << 63)

#define CHANGES_TOLD 8

/* Where parts go to and come from: the vault.  ERR_AGAIN: it is away.  Tests without
 * a vault bring their own with changes_store_in; no program does. */
struct changes_store {
	err_t (*put)(struct worker *w, uint64_t request, const struct msg_change_put *m);
	err_t (*ask)(struct worker *w, uint64_t request, const struct msg_changes_ask *m);
};

/* A sealed part that was not acknowledged. */
struct change_part {
	struct change_part *next;
	struct change *change;       /* whose it is; NULL once that has ended */
	uint8_t id[ID_BYTES];
	uint16_t part;
	uint64_t request;
	bool sent;                   /* over the present channel */
	bool tried;                  /* over any: it may be stored */
	size_t n;
	uint8_t sealed[];
};

struct change {
	struct change *next;
	struct changes *all;
	uint8_t id[ID_BYTES];
	char thing[201];
	size_t planned;
	struct buf plain;            /* what was gathered */
	uint16_t parts;              /* number of the next one */
	size_t n_uris, n_steps, n_outcomes, n_done, n_unknown;
	size_t open;                 /* parts that were not acknowledged */
	bool kept;                   /* its head was */
	bool lost;                   /* it cannot be recorded any more */
	bool cut;                    /* change_cut */
	bool unheard;                /* change_unheard */
	err_t trouble;               /* while it was gathered */

	change_answer fn;            /* who waits, or NULL */
	void *arg;
	enum change_word word;       /* that is about to be told */
	uint32_t retry_s;
	struct event *timer;         /* of the wait */
	struct deferred telling;
};

struct changes_ask {
	struct changes_ask *next;
	struct changes *all;
	uint8_t id[ID_BYTES];        /* all zero: a list */
	int64_t before;
	size_t most;
	struct arena *arena;
	changes_answer fn;
	void *arg;
	uint64_t request;
	bool sent;
	enum change_word word;
	uint32_t retry_s;
	bool over;                   /* only its answer is to be told */
	struct event *timer;
	struct deferred telling;
	struct buf got;              /* frames as they came, see changes_read.c */
};

struct changes {
	struct worker *worker;
	const struct changes_store *store;
	struct change *open;
	struct change_part *first, **last;
	size_t waiting;              /* parts in the queue */
	size_t bytes;                /* of these */
	unsigned in_flight;
	uint64_t last_request;
	struct event *retry;
	unsigned wait_s;
	uint8_t told[CHANGES_TOLD][ID_BYTES];   /* unheard ones that somebody was told of */
	unsigned n_told;
	int64_t failed_ms;           /* when the store was last away, by the monotonic clock */
	struct changes_ask *asks;
	uint64_t reading;            /* request that the vault reads for; 0: none.  It takes one
	                              * at a time and ends whoever sends another. */
};

void changes_store_in(struct changes *c, const struct changes_store *store);

/* --- between the files --- */
/* Seals a part and puts it at the end of the queue; c may be NULL. */
err_t changes_queue(struct changes *all, struct change *c, const uint8_t id[ID_BYTES],
    uint16_t number, struct span plain) MUST_CHECK;
/* Takes the part behind the link out and frees it. */
void changes_take_out(struct changes *all, struct change_part **link);
/* Takes all parts of a change out; was any of them ever sent? */
bool changes_drop_parts(struct changes *all, const uint8_t id[ID_BYTES]);
/* Sends what may go; later: not before some seconds. */
void changes_push(struct changes *all);
void changes_later(struct changes *all, unsigned least_s);
/* Somebody waits: what is to be sent again goes at once, or a second after it failed. */
void changes_try(struct changes *all);
void changes_on_retry(evutil_socket_t fd, short what, void *arg);
uint64_t changes_request(struct changes *c);
bool changes_running(const struct changes *c, const uint8_t id[ID_BYTES]);
/* The queue is empty, or nothing goes at present (away): questions may go. */
void changes_asks_go(struct changes *c);
void changes_asks_away(struct changes *c, uint32_t retry_s);
/* The ask with this request was refused. */
void changes_ask_failed(struct changes *c, uint64_t request, uint32_t retry_s);
void changes_asks_again(struct changes *c);
void changes_asks_free(struct changes *c);
err_t changes_seal(struct changes *c, const uint8_t id[ID_BYTES], uint16_t part,
    struct span plain, struct buf *out) MUST_CHECK;

#endif
