/*
 * One sign-in: the code becomes tokens, the tokens tell who signed in, and both
 * leave sealed.  Steps: signin_begin -> code exchanged -> /me asked -> done.
 * Knows nothing of channels; its owner passes on what it is told.
 */
#ifndef TONEARM_ENROLL_SIGNIN_H
#define TONEARM_ENROLL_SIGNIN_H

#include <stdint.h>

#include "shared/base/err.h"
#include "shared/base/span.h"
#include "shared/ipc/messages.h"
#include "shared/ipc/words.h"
#include "shared/loop/loop.h"
#include "worker/spotify/transfer.h"

struct signin;

/* What came of it; the views are valid during the call.  why is 0 when it went
 * well, else enum enroll_why and the rest is empty. */
struct signin_outcome {
	uint8_t why;
	int status;              /* of the answer that decided, for the log */
	const char *problem;     /* its word, for the log */
	struct span account_id;  /* Spotify's account_id; may be empty */
	struct span spotify_id;  /* Spotify's user id; may be empty if account_id is not */
	struct span display_name;
	struct span scopes;
	struct span sealed;      /* ROW_TOKENS under the login's key */
};
typedef void (*signin_done)(void *arg, const struct signin_outcome *o);

struct signin_ask {
	uint8_t login[ID_BYTES];
	const uint8_t *key;      /* KEY_BYTES: the login's sealing key */
	struct span verifier;    /* PKCE code verifier (RFC 7636) */
	struct span code;
	struct span client_id;
	struct span redirect_uri;
};

/* Begins; everything in ask is copied, secrets into locked memory.  done is
 * called once, never from inside.  Owned by the caller.  ERR_NOMEM, ERR_LIMIT. */
err_t signin_begin(struct loop *loop, struct transfers *ts, const struct signin_ask *ask,
    signin_done done, void *arg, struct signin **out) MUST_CHECK;

/* Wipes everything; a sign-in under way is dropped without a word. */
void signin_end(struct signin **s);

#endif
