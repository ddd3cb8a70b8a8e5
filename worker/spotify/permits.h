/*
 * Permits to ask Spotify.  All users of a Spotify application share its
 * quota, so the vault, which counts for all of them, says how many requests of
 * a family a worker may send now.  Here they are asked for: in one question
 * for all who wait at the time, those who are wanted at once before those of
 * long work, again after the pause that the vault names, and anew when the
 * vault was started anew.  A permit is good for one request, for a minute; one that
 * nobody has taken for some seconds goes back.
 *
 * Must not know what is sent, nor how the vault decides.
 */
#ifndef TONEARM_SPOTIFY_PERMITS_H
#define TONEARM_SPOTIFY_PERMITS_H

#include <stdbool.h>
#include <stdint.h>

#include "shared/base/err.h"
#include "shared/ipc/words.h"
#include "shared/loop/loop.h"
#include "worker/spotify/errors.h"
#include "worker/spotify/ops.h"

/* How long somebody waits for a permit before being told why there is none. */
#define PERMITS_WAIT_MS 8000
#define PERMITS_BULK_MS 20000
/* Most permits of one question. */
#define PERMITS_MOST 100

struct permits;

struct permits_env {
	void *owner;
	/* Puts the question under this number; permits_answer brings the answer.
	 * ERR_AGAIN: the vault is away, permits_vault_back tells when to ask. */
	err_t (*ask)(void *owner, uint64_t id, enum sp_family family, uint8_t n, bool bulk);
	/* So many of what was answered will not be used, so others may have them.
	 * ERR_AGAIN: the vault is away, and they are lost. */
	err_t (*back)(void *owner, enum sp_family family, uint8_t n);
};

/* Somebody who waits.  Embed it; zero it before first use.  why is NULL if
 * there is a permit, which is taken by the call. */
struct permit_wait {
	struct permit_wait *next, **prev;
	void (*fn)(void *arg, const struct sp_error *why);
	void *arg;
	int64_t deadline_ms;
};

/* The vault's word, as PERMIT has it (shared/ipc/messages.h). */
struct permit_word {
	uint8_t given, why;
	uint32_t wait_ms;
	int64_t until_ms;        /* since 1970 */
};

err_t permits_create(struct loop *loop, const struct permits_env *env,
    struct permits **out) MUST_CHECK;
void permits_destroy(struct permits **p);

/* Takes a permit that is at hand; false: there is none. */
bool permits_take(struct permits *p, enum sp_family family);

/*
 * Waits for one; fn is never called from inside.  bulk: long work, which may
 * wait longer and comes after the others.  more: so many further requests of
 * the family are sure to follow within a minute, and are asked for at once.
 */
void permits_wait(struct permits *p, enum sp_family family, bool bulk, unsigned more,
    struct permit_wait *w, void (*fn)(void *, const struct sp_error *), void *arg);
void permits_unwait(struct permit_wait *w);

/* An answer.  True if it is for a question that is open; then *family is
 * filled, and those who waited hear of it before the function returns. */
bool permits_answer(struct permits *p, uint64_t id, const struct permit_word *word,
    enum sp_family *family);

/* Whoever waits for this family (SP_FAMILY_COUNT: any) hears this error. */
void permits_refuse(struct permits *p, enum sp_family family, const struct sp_error *why);

/* The vault is a new one: what was not answered is asked again. */
void permits_vault_back(struct permits *p);

/* The error that a word without permits stands for. */
struct sp_error permits_error(const struct permit_word *word);

#endif
