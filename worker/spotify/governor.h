/*
 * May this request be sent now?  Joins what this worker knows itself (limits.h)
 * and what the vault says for all who share the Spotify application (permits.h,
 * and its words on pauses, on allowances and on ended sign-ins).
 *
 * Must not know how requests are sent, nor who asks for what.
 */
#ifndef TONEARM_SPOTIFY_GOVERNOR_H
#define TONEARM_SPOTIFY_GOVERNOR_H

#include <stdbool.h>
#include <stdint.h>

#include "shared/base/err.h"
#include "shared/ipc/messages.h"
#include "worker/spotify/limits.h"
#include "worker/spotify/permits.h"

struct governor;
struct worker;

/* The loop of w must be there; per_second: see limits_init.  ERR_NOMEM. */
err_t governor_create(struct worker *w, int64_t per_second, struct governor **out) MUST_CHECK;
void governor_destroy(struct governor **g);

const struct limits *governor_limits(const struct governor *g);

/* A request's way through.  Embed it; zero it before first use. */
struct pass {
	bool bulk;               /* of long work: others come first */
	unsigned more;           /* so many of its family are sure to follow */
	bool paced, permitted;   /* permitted: set by whoever hears of a permit */
	struct permit_wait wait;
};

enum pass_word {
	PASS_GO,                 /* send it; a further request needs a new pass */
	PASS_WAIT,               /* ask again after *wait_ms */
	PASS_LATER,              /* fn says when to ask again, or why it is no use */
	PASS_NO                  /* *why says it */
};

/* fn is never called from inside; after it with NULL there is a permit, and the
 * answer is PASS_GO unless something has happened meanwhile. */
enum pass_word governor_pass(struct governor *g, enum sp_op op, struct pass *pass,
    void (*fn)(void *arg, const struct sp_error *why), void *arg, int64_t *wait_ms,
    struct sp_error *why);
void governor_unpass(struct pass *pass);

/* Learns from an answer of Spotify, and tells the vault what concerns others. */
void governor_note(struct governor *g, const struct sp_error *e);

/* Spotify says that the sign-in is over; is it to be believed?  believed_ms: it
 * was, so long ago; is it still?  0: Spotify says so now.  One question at a time,
 * ERR_STATE otherwise; fn is called once, not from inside. */
enum grant_say { GRANT_BELIEVE, GRANT_DOUBT, GRANT_UNHEARD };
typedef void (*grant_said)(void *arg, enum grant_say say);
err_t governor_doubt(struct governor *g, enum grant_over why, int64_t believed_ms,
    grant_said fn, void *arg) MUST_CHECK;

/* What is left today, family by family. */
struct left {
	bool known;
	struct left_family {
		uint32_t used, allowed;  /* calls of 24 hours; allowed 0: no bound of ours */
		int64_t until;           /* blocked until then, seconds since 1970, or 0 */
	} family[SP_FAMILY_COUNT];
};
/* fn is called once, not from inside, within two seconds.  One at a time:
 * ERR_STATE; ERR_AGAIN: the vault is away. */
typedef void (*left_told)(void *arg, const struct left *left);
err_t governor_left(struct governor *g, left_told fn, void *arg) MUST_CHECK;
void governor_left_drop(struct governor *g);

/* The vault's words, by worker/quota.c. */
void governor_on_permit(struct governor *g, uint64_t id, const struct msg_permit *m);
void governor_on_limit(struct governor *g, const struct msg_limit *m);
void governor_on_grant_word(struct governor *g, uint64_t id, bool believe);
void governor_on_quota(struct governor *g, uint64_t id, const struct msg_quota *m);
void governor_vault_back(struct governor *g);

#endif
