/*
 * A tool's way through several questions to Spotify: one step after the other,
 * one question or pause at a time.  Keeps the books that every tool needs: the
 * number of requests (never more than the tool's entry states), stopping, and
 * the sentence for an error.  Must not know what any tool does.
 */
#ifndef TONEARM_TOOLS_ERRAND_H
#define TONEARM_TOOLS_ERRAND_H

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

#include "shared/base/buf.h"
#include "shared/base/span.h"
#include "worker/spotify/api.h"
#include "worker/tools/call.h"

#define ERRAND_FREE 4        /* questions of a call that is no tool's */
#define ERRAND_LOOK 10       /* and of one that the worker makes for itself */

struct fan;

typedef void (*errand_step)(struct call *c);
typedef void (*errand_answer)(struct call *c, const struct sp_answer *a);

/* First member of every tool's state. */
struct errand {
	struct call *call;
	struct sp_wait *wait;        /* the question on its way */
	errand_answer answered;
	struct fan *fan;             /* several questions on their way (fan.h) */
	struct event *timer;         /* a pause */
	errand_step after;
	void *sub;                   /* of the helper that is at work (playlist_find, adding) */
	bool writing;                /* a change is on its way: its answer is waited for */
	bool stopped;                /* no new questions: the call is to end */
	bool must;                   /* what was begun is finished although it was stopped */
	bool recording;              /* waits for the record of changes (journal.h) */
	bool unrecorded;             /* there is none, and there should be */
	errand_step record_next, record_refused;
	const char **record_why;
	const char *record_thing, *record_name;
	bool record_looked;          /* for what an earlier worker left open */
	errand_step on_stop;         /* ends the call with what there is; NULL: it fails */
};

/* Makes the call's state, n zeroed bytes that begin with a struct errand, and
 * sets c->state.  NULL: the call is over (memory). */
void *errand_begin(struct call *c, size_t n);

/*
 * Asks Spotify and goes on with next.  id, query and body may be NULL.  When
 * the call was stopped meanwhile, on_stop is taken instead of next, unless the
 * question was a change: its answer is always heard.
 */
void errand_ask(struct call *c, enum sp_op op, const char *id, const struct buf *query,
    const struct buf *body, errand_answer next);
/* The same with one parameter in the query and without a body. */
void errand_ask_with(struct call *c, enum sp_op op, const char *id, const char *name,
    const char *value, errand_answer next);

/* Tells how far the call is, from its fourth question on; where a tool counts for
 * itself that is told instead. */
void errand_tell(struct call *c);

/* May n more questions be asked, by the entry's number and the time left? */
bool errand_may(const struct call *c, unsigned n);

/* Goes on with next after ms. */
void errand_pause(struct call *c, unsigned ms, errand_step next);

/* Ends a call that was stopped: on_stop, or a sentence. */
void errand_end(struct call *c);

/* Ends the call with the sentence of an error. */
void errand_fail(struct call *c, const struct sp_error *e);

/*
 * How many there are of what this page is of, by Spotify's own word; an earlier page's
 * word stands (*total is -1 before the first).  false: nobody has said it, and a
 * guess is not given; the call has failed.
 */
bool errand_total(struct call *c, const struct sp_answer *a, struct json_object *page,
    int64_t *total);

/* The sentence of an error, from the call's arena; "" if memory ran out. */
const char *errand_sentence(struct call *c, const struct sp_error *e);

#endif
