/*
 * A tool's side of the record of changes (worker/changes.h): what every tool that
 * changes something does in the same way.  One change a call; it ends with the call,
 * however that ends.  Every editing tool has the argument without_undo
 * (JOURNAL_ARG); with it nothing is recorded and all of this does nothing.
 *
 *     journal_begin(c, &about);                what is to be changed
 *     change_uris(c->change, ...)              only where journal_on(c)
 *     journal_intent(c, steps, n, send, refused)   before each request
 *     journal_outcome(c, STEP_DONE)            after each
 *
 * edit.c, adding.c, saving.c and making.c do this for the tools that use them.
 */
#ifndef TONEARM_TOOLS_JOURNAL_H
#define TONEARM_TOOLS_JOURNAL_H

#include <stdbool.h>
#include <stddef.h>

#include "worker/changes.h"
#include "worker/tools/errand.h"
#include "worker/tools/items.h"

#define JOURNAL_ARG {.name = "without_undo", .type = ARG_BOOL, .fallback = "false", \
	.about = "Go ahead if no record can be kept"}

/*
 * Begins the change of this call, unless it has one already or is without_undo; tool
 * and client are filled in, and undoes from c->undoes where the caller has none.
 * Trouble is told by the first journal_intent.
 */
void journal_begin(struct call *c, const struct change_about *about);

/* Is there a change to gather into? */
bool journal_on(const struct call *c);

/*
 * Stores what was gathered and these steps, and goes on with next once that is
 * acknowledged; at once if nothing is recorded.  If it cannot be stored, or the call
 * was stopped meanwhile and nothing must be finished: refused, with *why (why may be NULL)
 * a sentence for people, or NULL after a stop; then nothing of it may be sent.
 */
void journal_intent(struct call *c, const struct change_step *steps, size_t n,
    errand_step next, errand_step refused, const char **why);

/* What came of the first step that has no outcome yet. */
void journal_outcome(struct call *c, enum change_step_state state);

/* Steps without an outcome were not carried out; the change ended early. */
void journal_rest(struct call *c);
void journal_cut(struct call *c);

/* change_uris for references.  ERR_NOMEM, ERR_LIMIT. */
err_t journal_refs(struct call *c, const struct item_ref *refs, size_t n) MUST_CHECK;
/* The numbers from, from + 1 ..., n of them, in the call's arena; NULL: no memory. */
uint32_t *journal_numbers(struct call *c, size_t from, size_t n);

#endif
