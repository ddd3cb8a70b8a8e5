/*
 * A store for the record of changes in a test's own memory, for workers on a bench
 * that have no vault: what the vault and its database do with parts, in small.  The
 * parts are sealed, so the worker needs a key.  Must not know what they say.
 */
#ifndef TONEARM_TESTS_WORKER_RECORD_H
#define TONEARM_TESTS_WORKER_RECORD_H

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

struct worker;

struct record {
	/* What the next questions meet. */
	bool silent;                /* no answer at all, as while the vault is away */
	uint8_t refuse;             /* enum store_why; 0: none */
	uint32_t retry_after;       /* with it */
	unsigned refuse_from;       /* only from the so manieth part on; 0: all */
	/* What was seen. */
	unsigned puts, asks, repeats;
	unsigned parts;             /* that are kept */
	void (*on_put)(void *arg, uint16_t part);   /* a part was kept; or NULL */
	void *arg;
	/* Its own. */
	struct worker *w;
	struct record_part *first;
	struct record_answer *answers;
};

/* Gives the worker, which has a loop and a key, a record of changes with such a
 * store; what an earlier worker left in *r stays.  *r is zero before the first. */
void record_attach(struct record *r, struct worker *w);
/* Ends the worker's record; what was kept stays. */
void record_detach(struct record *r);
/* Forgets what is kept. */
void record_free(struct record *r);

#endif
