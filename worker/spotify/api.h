/*
 * Asking Spotify, as a tool does it.  Token, pace, pauses, repeats and reading
 * of the answer are taken care of; what comes back is JSON or a typed error.
 */
#ifndef TONEARM_SPOTIFY_API_H
#define TONEARM_SPOTIFY_API_H

#include <stdint.h>

#include <json-c/json.h>

#include "shared/base/buf.h"
#include "shared/base/err.h"
#include "shared/base/span.h"
#include "worker/spotify/errors.h"
#include "worker/spotify/ops.h"
#include "worker/spotify/spotify.h"

struct sp_ask {
	enum sp_op op;
	struct span id;            /* for {id} in its path */
	struct span query;         /* encoded (sp_query_put), without '?' */
	struct span body;          /* JSON text; empty: none */
	bool bulk;                 /* of long work: what people wait for comes first */
	unsigned more;             /* so many of the same family are sure to follow */
	bool fresh;                /* an answer of a moment ago (cache.h) is not good enough */
};

struct sp_answer {
	struct sp_error error;     /* problem SP_OK: it went well */
	struct json_object *json;  /* borrowed; NULL without a JSON body (204, commands) */
};

typedef void (*sp_done)(void *arg, const struct sp_answer *a);

struct sp_wait;   /* one who waits for an answer */

/*
 * Asks.  done is called exactly once, never from inside, unless spotify_drop
 * comes first; the handle is gone when it returns.  Everything in *ask is
 * copied.  Equal questions that change nothing share one request.  ERR_NOMEM,
 * ERR_LIMIT, ERR_STATE (an id is missing).
 */
err_t spotify_ask(struct spotify *s, const struct sp_ask *ask, sp_done done, void *arg,
    struct sp_wait **out) MUST_CHECK;

/* Nobody waits any more; *w becomes NULL.  A change that is under way goes on. */
void spotify_drop(struct sp_wait **w);

/* The whole sentence for an error, with this server's addresses. */
err_t spotify_error_text(struct spotify *s, const struct sp_error *e, struct buf *out) MUST_CHECK;

/* What get_status tells. */
struct spotify_state {
	const char *scope;         /* granted by the person; "" if unknown */
	int64_t authorized_at;     /* 0: unknown */
	int64_t ends_at;           /* when the sign-in ends */
	enum sp_problem over;      /* why it has ended already, or SP_OK */
	int64_t pause_s;           /* seconds until anything may be asked, 0 */
	int64_t quota_s[SP_FAMILY_COUNT];  /* seconds until the family comes back, 0 */
	bool no_premium;           /* Spotify said so today */
	const char *login_url;
};
void spotify_state(const struct spotify *s, struct spotify_state *out);

#endif
