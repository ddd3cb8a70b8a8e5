/*
 * A user's worker as the modules inside it see it: who the user is, the
 * channels, the options, and the seams between protocol, tools and the Spotify
 * client.  Everything in it belongs to one user, bound once and for ever.
 */
#ifndef TONEARM_WORKER_WORKER_H
#define TONEARM_WORKER_WORKER_H

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

#include "shared/base/err.h"
#include "shared/base/secret.h"
#include "shared/base/span.h"
#include "shared/conf/values.h"
#include "shared/ipc/channel.h"
#include "shared/ipc/words.h"
#include "shared/loop/loop.h"

struct catalog;
struct changes;
struct spotify;
struct mcp;
struct rows;
struct credentials;
struct downloads;
struct requests;

/* Who the user is; fixed when the worker is bound. */
struct identity {
	uint8_t user[ID_BYTES];
	char display_name[257];     /* UTF-8, may be empty */
	char spotify_id[257];
	char client_id[129];        /* the Spotify application's */
	char spotify_scopes[1025];  /* granted by the user, space-separated */
	bool extended;              /* the application has extended quota */
	int64_t authorized_at;      /* seconds since 1970: when the user signed in */
};

struct worker {
	uint64_t id;
	struct loop *loop;
	const struct conf_values *conf;   /* options; conf_str(w->conf, "spotify.api_url") */
	void *ca_store;                   /* X509_STORE, see run.h; may be NULL in tests */
	struct identity who;              /* valid once bound */
	bool bound;                       /* identity, keys and rows are there */
	struct secret key;                /* the user's data key, once there */

	struct channel *control, *front, *vault, *keyring, *egress;   /* NULL: away */

	const struct catalog *catalog;    /* what the protocol offers: worker/mcp/catalog.h */
	struct spotify *spotify;          /* worker/spotify */
	struct mcp *mcp;                  /* worker/mcp */
	struct rows *rows;                /* worker/rows.c */
	struct changes *changes;          /* worker/changes.c */
	unsigned edits;                   /* calls at work that may change something */
	bool nothing_open;                /* no change is open, or unheard and untold */
	struct turn *turns;               /* calls at a playlist (worker/tools/turn.h) */
	struct credentials *credentials;  /* worker/credentials.c */
	struct requests *requests;        /* worker/requests.c */
	struct downloads *downloads;      /* worker/download.c */
};

/* One line in the log, as a number with up to four integers; at most 20 a
 * second leave the worker. */
void worker_log(struct worker *w, enum worker_event event,
    int64_t a, int64_t b, int64_t c, int64_t d);

/*
 * Sealed rows.  The worker opens and seals them and keeps their versions; the
 * Spotify client sees plain text only.
 */
enum row_outcome {
	ROW_DONE,    /* stored, or leased */
	ROW_NEWER,   /* somebody else stored first: plain is what stands there now */
	ROW_BUSY,    /* another node holds the lease; ask again after retry_ms */
	ROW_AWAY     /* database away; a store is kept and repeated by the worker */
};
/* plain is valid during the call; empty unless ROW_NEWER. */
typedef void (*row_answer)(void *arg, enum row_outcome outcome, struct span plain,
    uint32_t retry_ms);

/*
 * row_store: seals and stores plain as the row's next version.  fn may be
 * called several times with ROW_AWAY, then once with ROW_DONE or ROW_NEWER;
 * the worker does not retire before.  A second store of the same kind replaces
 * one that is still waiting (its fn is not called any more).
 * row_lease: asks for the right to refresh.  row_reread: what stands there?
 * (ROW_NEWER with the row even if nothing changed, or ROW_AWAY.)
 * Each of these is answered exactly once; one question of a kind at a time:
 * ERR_STATE otherwise; ERR_AGAIN: the vault is away (not for row_store).
 * ERR_NOMEM, ERR_LIMIT, ERR_CRYPTO.
 */
err_t row_store(struct worker *w, uint8_t kind, struct span plain,
    row_answer fn, void *arg) MUST_CHECK;
err_t row_lease(struct worker *w, uint8_t kind, row_answer fn, void *arg) MUST_CHECK;
err_t row_reread(struct worker *w, uint8_t kind, row_answer fn, void *arg) MUST_CHECK;

/* Asks egress for a socket to a host (enum dial_host); the answer is
 * spotify_dialled or spotify_dial_failed with this id.  ERR_AGAIN: egress is
 * away, spotify_egress_back tells when to ask again. */
err_t worker_dial(struct worker *w, uint8_t host, uint64_t dial) MUST_CHECK;

/*
 * To the vault, about the quota of the Spotify application; the answers go to
 * worker/spotify/governor.h with the question's number.  ERR_AGAIN: the vault is
 * away, governor_vault_back tells when to ask again.
 */
err_t worker_permit_ask(struct worker *w, uint64_t id, uint8_t family, uint8_t n,
    bool bulk) MUST_CHECK;
err_t worker_permit_back(struct worker *w, uint8_t family, uint8_t n) MUST_CHECK;
err_t worker_limit_seen(struct worker *w, uint8_t kind, uint8_t family, uint32_t ms) MUST_CHECK;
err_t worker_grant_over(struct worker *w, uint64_t id, uint8_t why, uint32_t believed_ms) MUST_CHECK;
err_t worker_quota_ask(struct worker *w, uint64_t id) MUST_CHECK;

#endif
