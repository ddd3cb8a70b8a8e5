/*
 * What Spotify's answers mean.  One table (errors.c) maps host, status, reason
 * and text to a problem, and one gives each problem its sentence for a model:
 * what failed, why, what to do next, until when.  Nothing here acts on it.
 */
#ifndef TONEARM_SPOTIFY_ERRORS_H
#define TONEARM_SPOTIFY_ERRORS_H

#include <stdbool.h>
#include <stdint.h>

#include "shared/base/buf.h"
#include "shared/base/err.h"
#include "shared/base/span.h"
#include "worker/spotify/ops.h"

enum sp_problem {
	SP_OK,
	/* Web API */
	SP_TOKEN_REFUSED,      /* the access token; a fresh one may help */
	SP_PLAYER_SCOPE,       /* a permission is missing (player endpoints) */
	SP_SCOPE,              /* a permission is missing */
	SP_CLOSED,             /* the endpoint is closed to this application */
	SP_PLAYLIST_CLOSED,    /* that, or neither owner nor collaborator */
	SP_NOT_ALLOWLISTED,
	SP_OWNER_PREMIUM,
	SP_PREMIUM,
	SP_RESTRICTED,         /* the player's state does not allow the command */
	SP_NO_DEVICE,
	SP_DEVICE_GONE,
	SP_NOT_FOUND,
	SP_NO_ROUTE,
	SP_BAD_LIMIT, SP_BAD_URIS, SP_TOO_MANY, SP_BAD_REQUEST,
	SP_RATE, SP_RATE_UNKNOWN,
	SP_QUOTA,
	/* the application's governor (vault); nothing was sent */
	SP_PACE,               /* its calls of these 30 seconds are used up */
	SP_SHARE,              /* its other users come first */
	SP_DAY,                /* our own bound for a day is reached */
	SP_PERMITS_AWAY,       /* nobody can say whether it may be asked */
	SP_DOWN,               /* 5xx, JSON or text, or a page of an edge server */
	/* accounts service */
	SP_GRANT_EXPIRED, SP_GRANT_REVOKED, SP_GRANT_INVALID,
	SP_GRANT_DOUBTED,      /* many sign-ins seem to end at once: not believed */
	SP_CODE_INVALID,
	SP_CLIENT_INVALID,
	SP_ACCOUNTS_DOWN,
	/* on the way */
	SP_UNREACHABLE,        /* nothing reached Spotify */
	SP_OUTCOME_UNKNOWN,    /* a write that may have been carried out */
	SP_UNREADABLE,         /* a success whose body makes no sense */
	SP_NOT_SIGNED_IN,      /* no usable token row */
	SP_STORE_AWAY,         /* no lease for a refresh: database away */
	SP_LOCAL,              /* memory or the like */
	SP_CANCELLED,
	SP_PROBLEM_COUNT
};

struct sp_error {
	enum sp_problem problem;
	int status;             /* HTTP status, 0 without an answer */
	int curl;               /* libcurl's code, 0 if it was content */
	enum sp_op op;
	int64_t retry_after;    /* seconds; -1: unknown */
};

/* What an error's sentence may name. */
struct sp_error_facts {
	const char *login_url;  /* where to sign in (again) */
	int64_t now;            /* seconds since 1970 */
};

/*
 * The meaning of an answer: SP_OK for 2xx.  content_type may be "", body is
 * the raw body, retry_after -1 if none was given.  *out is filled.
 */
void sp_classify(enum sp_op op, int status, const char *content_type, struct span body,
    int64_t retry_after, struct sp_error *out);

/* Short fixed word of a problem ("quota"), for structured results and tests. */
const char *sp_problem_word(enum sp_problem problem);

/* Is the grant over for good, as far as this answer goes? */
bool sp_grant_over(enum sp_problem problem);

/* Appends the sentence.  Errors of buf_put. */
err_t sp_error_text(const struct sp_error *e, const struct sp_error_facts *facts,
    struct buf *out) MUST_CHECK;

/* Appends "in 34 seconds" or "in 13 h 35 min (at 2026-11-22 18:40 UTC)". */
err_t sp_wait_text(int64_t seconds, int64_t now, struct buf *out) MUST_CHECK;

#endif
