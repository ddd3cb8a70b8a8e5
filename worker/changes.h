/*
 * The record of what was changed at Spotify for this worker's user, so that it can
 * be undone: written before each request is sent and after it, read back whole.
 * The parts of a change go to the vault one by one, sealed under the user's key
 * (seal_change), and are never altered: what is known later is a later part.  What
 * the vault has not acknowledged is kept here and repeated, also to a vault that
 * was started anew; the same part twice is one.  This file must not know tools nor
 * how a change is made or undone; a tool's side of it is worker/tools/journal.h.
 *
 * A change, in the order in which it is told:
 *
 *     change_begin     what is to be changed, by which tool
 *     change_uris      names things, which have numbers from then on: 0, 1, 2 ...
 *     change_contents  a playlist: how many of these numbers were in it, in order,
 *                      and what is to be in it afterwards
 *     change_intent    a step, before it is sent
 *     change_outcome   what came of it
 *     change_end       nothing follows
 *
 * All but the first are kept until change_stored asks for them to be stored: only
 * after its answer may a step be sent.
 */
#ifndef TONEARM_WORKER_CHANGES_H
#define TONEARM_WORKER_CHANGES_H

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

#include "shared/base/arena.h"
#include "shared/base/err.h"
#include "shared/ipc/channel.h"

struct change;
struct change_record;
struct changes;
struct worker;

#define CHANGES_PAGE 50          /* heads of one question */
#define CHANGE_ENTRIES 4096      /* things that one change can name */
#define CHANGE_STEPS 256

enum change_kind {
	CHANGE_NONE,
	CHANGE_ITEMS,            /* a playlist's entries; before and after are whole */
	CHANGE_ADDED,            /* entries were added to a playlist that was not read */
	CHANGE_MADE,             /* a playlist was made, and filled with what after says */
	CHANGE_DETAILS,          /* name, description, public, collaborative */
	CHANGE_COVER,            /* cannot be brought back */
	CHANGE_DELETED,          /* a playlist of the user's own was unfollowed: in the trash */
	CHANGE_SAVED, CHANGE_REMOVED,        /* things of the library (artists and playlists too) */
	CHANGE_FOLLOWED, CHANGE_UNFOLLOWED,  /* nothing but artists and others' playlists */
	CHANGE_KINDS
};

enum change_step_kind {
	STEP_NONE,
	STEP_REMOVE,             /* every copy of ids */
	STEP_INSERT,             /* ids before position at */
	STEP_MOVE,               /* n entries from at on, before position to */
	STEP_REPLACE,            /* everything by ids */
	STEP_MAKE,               /* a playlist; its URI is the last number of ids once it is known */
	STEP_DETAILS, STEP_COVER,
	STEP_SAVE, STEP_UNSAVE,  /* ids into and out of the library; follow and unfollow */
	STEP_KINDS
};

enum change_step_state {
	STEP_BEGUN,              /* its intent was stored, its outcome was not: not known */
	STEP_DONE, STEP_NOT_DONE,
	STEP_UNKNOWN             /* it was sent, and what came of it could not be found out */
};

struct change_step {
	enum change_step_kind kind;
	enum change_step_state state;    /* of what is read */
	uint32_t at, to, n;
	const uint32_t *ids;     /* numbers of things */
	size_t n_ids;
};

/* A playlist's own words; NULL and -1: not part of the change. */
struct change_details {
	const char *name, *description;
	int is_public, collaborative;
};

struct change_about {
	enum change_kind kind;
	const char *thing;       /* URI of the playlist; "" for the library or not known yet */
	const char *name;        /* its name, cleaned; "" */
	const char *tool;
	const char *client;      /* name of the program that asked; "" if unknown */
	size_t planned;          /* steps; 0: as many as there will be */
	/* CHANGE_ADDED: where, and how many entries there were; -1: at the end, unknown. */
	int64_t position, total;
	/* CHANGE_DETAILS; CHANGE_MADE: details_after */
	struct change_details details_before, details_after;
	const uint8_t *undoes;   /* id of the change that this one takes back, or NULL */
};

/* --- writing ------------------------------------------------------------------- */

/* Strings are copied, bounded.  ERR_NOMEM, ERR_SYSTEM. */
err_t change_begin(struct worker *w, const struct change_about *about, struct change **out) MUST_CHECK;

/*
 * These gather; trouble (memory, more than CHANGE_ENTRIES) is kept and told by
 * change_stored.  uris: "spotify:track:..."; local files and entries without
 * content ("") are kept as marks that can be told apart but not be put back.
 */
void change_uris(struct change *c, const char *const *uris, size_t n);
/* The contents before were the numbers 0 to n_before - 1, in this order. */
void change_contents(struct change *c, size_t n_before, const uint32_t *after, size_t n_after);
void change_intent(struct change *c, const struct change_step *step);
/* Of the first step that has none yet. */
void change_outcome(struct change *c, enum change_step_state state);
/* None of the steps without an outcome was carried out. */
void change_rest(struct change *c);
/* More was planned than has become steps. */
void change_cut(struct change *c);
/* STEP_MAKE: the playlist has this URI.  Before its outcome. */
void change_thing(struct change *c, const char *uri);

/* How asking for it to be stored ended. */
enum change_word {
	CHANGE_STORED,
	CHANGE_AWAY,             /* not now: retry_s says when to try again */
	CHANGE_REFUSED           /* it cannot be recorded: too large, no room, memory */
};
typedef void (*change_answer)(void *arg, enum change_word word, uint32_t retry_s);

/*
 * Stores all that was gathered; fn is called once, never before this returns, at
 * the latest after CHANGE_WAIT_MS.  After CHANGE_AWAY or CHANGE_REFUSED the intents
 * that were not stored must not be carried out; they are forgotten.
 */
#define CHANGE_WAIT_MS 6000
void change_stored(struct change *c, change_answer fn, void *arg);

/*
 * Nobody hears what becomes of it (cancelled, the client gone), and doing the same again
 * would do it twice.  Then a change that ends in part is left open, as if its worker had
 * died: it can be finished or taken back.  One that was carried out is done, and
 * unheard; changes_untold tells whether that is still to be said, until changes_told.
 */
void change_unheard(struct change *c);
/* Is it such a one, and still at work?  id NULL: is any? */
bool changes_goes_on(const struct changes *c, const uint8_t *id);
bool changes_untold(const struct changes *c, const struct change_record *r);
void changes_told(struct changes *c, const struct change_record *r);

/* Nothing follows (also of a change without any step: then nothing is recorded).
 * What is not acknowledged yet is kept and repeated by the worker, which does not
 * retire before.  An fn that waits is not called any more.  *c becomes NULL; a NULL
 * stays one. */
void change_end(struct change **c);

/* The change's id, ID_BYTES. */
const uint8_t *change_id(const struct change *c);

/* --- reading ------------------------------------------------------------------- */

enum change_state {
	CHANGE_OPEN,             /* it has no end: its worker died over it, or is at it (running) */
	CHANGE_WHOLE,            /* all steps were carried out */
	CHANGE_PARTLY,           /* it ended early; steps tell */
	CHANGE_NOTHING           /* no step was carried out */
};

struct change_record {
	uint8_t id[ID_BYTES];
	int64_t at;              /* microseconds since 1970, by the database's clock; unique */
	bool running;            /* by this worker, now */
	bool whole;              /* all of it was read (changes_read), not only its head and end */
	bool unheard;            /* it was carried out, and nobody was told */
	bool spoilt;             /* it cannot be read: nothing but id and at is known */
	enum change_state state;
	enum change_kind kind;
	const char *thing, *name, *tool, *client;   /* "" if unknown */
	size_t planned;          /* steps; 0: as many as there are */
	int64_t position, total; /* CHANGE_ADDED: as told, or -1 */
	struct change_details details_before, details_after;
	bool undoing;            /* it took back the change undoes */
	uint8_t undoes[ID_BYTES];
	bool undone;             /* it was taken back by the change undone_by */
	uint8_t undone_by[ID_BYTES];

	/* --- of one that was read as a whole (changes_read) --- */
	/* Things by number: "spotify:track:...", "spotify:local#..." (change_uri_is tells
	 * whether it is this one), "" for an entry without content. */
	const char *const *uris;
	size_t n_uris;
	bool contents;           /* n_before and after are known: all of the playlist's entries */
	size_t n_before;         /* the numbers 0 to n_before - 1 */
	const uint32_t *after;
	size_t n_after;
	const struct change_step *steps;
	size_t n_steps;          /* with an intent; of planned ones the rest was not begun */
};

/* n records, newest first (changes_list), or one (changes_read; 0: there is none
 * any more).  more: older ones are there.  They last as long as the arena. */
typedef void (*changes_answer)(void *arg, enum change_word word,
    const struct change_record *records, size_t n, bool more, uint32_t retry_s);
struct changes_ask;

/*
 * Heads of changes older than before (at of the last one; 0: from the newest), at
 * most CHANGES_PAGE; one whole change.  Asked after all that was written before is
 * stored.  fn is called once, never before this returns, unless changes_drop came
 * first; *out is invalid from then on.  ERR_NOMEM.
 */
err_t changes_list(struct worker *w, int64_t before, size_t most, struct arena *arena,
    changes_answer fn, void *arg, struct changes_ask **out) MUST_CHECK;
err_t changes_read(struct worker *w, const uint8_t id[ID_BYTES], struct arena *arena,
    changes_answer fn, void *arg, struct changes_ask **out) MUST_CHECK;
void changes_drop(struct changes_ask **ask);

/* The change id was taken back by the change by; kept and repeated like an end. */
err_t changes_undone(struct worker *w, const uint8_t id[ID_BYTES],
    const uint8_t by[ID_BYTES]) MUST_CHECK;

/* A change that was left open (its worker died) has been finished by a later one: it is
 * whole; thing as in its record.  Likewise. */
err_t changes_settled(struct worker *w, const uint8_t id[ID_BYTES], size_t done,
    const char *thing) MUST_CHECK;

/* Does a URI of Spotify's name the thing with this recorded text? */
bool change_uri_is(const char *recorded, const char *uri);
/* Can it be put into a playlist again? */
bool change_uri_movable(const char *recorded);

/* --- for the worker ------------------------------------------------------------- */

err_t changes_create(struct worker *w, struct changes **out) MUST_CHECK;
void changes_destroy(struct changes **c);

/* Handlers for the channel to the vault, whose owner is the worker.  STORE_FAILED
 * is theirs if changes_is_ours(f->request). */
err_t changes_on_kept(void *owner, struct channel *ch, const struct frame *f);
err_t changes_on_change(void *owner, struct channel *ch, const struct frame *f);
err_t changes_on_failed(void *owner, struct channel *ch, const struct frame *f);
bool changes_is_ours(uint64_t request);

/* The channel to the vault is new: repeats what was not answered. */
void changes_vault_back(struct changes *c);

/* Parts that were not acknowledged. */
unsigned changes_pending(const struct changes *c);

#endif
