/*
 * What is tortured, and who judges it.  A scenario is a piece of work for our
 * own code: it gives back the code's result and tells in a buffer what came
 * out.  It is done with each allocation failing in turn, once alone and once
 * with all after it.  Whatever fails, it must end in the same result and words
 * as without, or in an error that says so; nothing may stay allocated.
 */
#ifndef TONEARM_TORTURE_JUDGE_H
#define TONEARM_TORTURE_JUDGE_H

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

#include "shared/base/buf.h"
#include "shared/base/span.h"

struct scenario {
	const char *name;
	/* in: bytes to work on; told: room for what came out, needs no memory.
	 * Runs with memory on; what the test itself needs it takes between
	 * memory_on(false) and memory_on(true). */
	err_t (*run)(struct span in, struct buf *told);
	const char *corpus;            /* folder of tests/fuzz/corpus, or: */
	const char *const *inputs;     /* texts, NULL at the end; NULL: one empty */
	uint32_t who;                  /* whose allocations fail; 0: everybody's */
	bool deaths;                   /* reads JSON: see below */
};

/*
 * json-c 0.16 copies the name of a member with strdup and does not look at
 * the result: where that copy fails, and only there, the process may die.  JSON
 * is read by the worker and the sign-in program, which serve one person each
 * and are replaced; such ends are counted.
 */

/* Tells one number, one text, in a line. */
void tell(struct buf *told, const char *what, int64_t n);
void tell_span(struct buf *told, const char *what, struct span s);

/* One that may not be: ends this round, with the words. */
void unfair(const char *file, int line, const char *what) __attribute__((noreturn));
#define hold(what) ((what) ? (void)0 : unfair(__FILE__, __LINE__, #what))

/* Two channels on one loop: three frames and a descriptor (channel.c).  Ends in
 * an error if one of them failed or ended. */
err_t channel_of_two(struct span in, struct buf *told);

/* OpenSSL sets itself up at the first use of each of its parts. */
void warm_libraries(struct buf *told);

extern const struct scenario shared_scenarios[], worker_scenarios[], master_scenarios[],
    harness_scenarios[];

/* Runs all scenarios as tests; the number that failed. */
int judge_all(void);

#endif
