/*
 * What a person's sign-in with Spotify consists of: access and refresh token,
 * their dates and permissions; how the accounts service sends them and how the
 * row that keeps them looks (JSON: access, refresh, expires_at, authorized_at,
 * scope).  Used by the worker and by the sign-in program; knows no network.
 */
#ifndef TONEARM_SPOTIFY_GRANT_H
#define TONEARM_SPOTIFY_GRANT_H

#include <stdbool.h>
#include <stdint.h>

#include "shared/base/buf.h"
#include "shared/base/err.h"
#include "shared/base/secret.h"
#include "shared/base/span.h"

/* Months from the authorisation until Spotify refuses the refresh token. */
#define GRANT_MONTHS 6

struct grant {
	struct secret access, refresh;
	int64_t expires_at;      /* of the access token, seconds since 1970 */
	int64_t authorized_at;   /* when the person signed in */
	char scope[1025];        /* what was granted, space-separated */
};

/* Wipes everything. */
void grant_clear(struct grant *g);

/* Reads a row; *out is replaced.  ERR_SYNTAX if a token is missing, ERR_LIMIT,
 * ERR_NOMEM; *out unchanged then. */
err_t grant_read(struct span row, struct grant *out) MUST_CHECK;

/* Appends the row's text; the caller wipes it (buf_free does).  Errors of
 * buf_put. */
err_t grant_write(const struct grant *g, struct buf *out) MUST_CHECK;

/*
 * Takes over what the accounts service answered with 200 at time now: the
 * access token and its life, the permissions if told, and a refresh token if
 * there is one (usually there is none on a refresh: the old one stays).
 * ERR_SYNTAX if there is no access token, or no refresh token at all; *g is
 * unchanged on error.
 */
err_t grant_renew(struct span answer, int64_t now, struct grant *g) MUST_CHECK;

/* The same person's same tokens? */
bool grant_same(const struct grant *a, const struct grant *b);
bool grant_same_refresh(const struct grant *a, const struct grant *b);

/* The day the sign-in ends, seconds since 1970: six calendar months on. */
int64_t grant_ends_at(int64_t authorized_at);

#endif
