/*
 * HTTP transfers to Spotify's two hosts: libcurl's multi interface on the
 * program's event loop, over sockets that egress connected.  It resolves no
 * name, opens no socket and reads no file.  It knows nothing of tokens, users
 * or the meaning of an answer.
 */
#ifndef TONEARM_SPOTIFY_TRANSFER_H
#define TONEARM_SPOTIFY_TRANSFER_H

#include <stdbool.h>
#include <stdint.h>

#include "shared/base/err.h"
#include "shared/base/span.h"
#include "shared/ipc/words.h"
#include "shared/loop/loop.h"
#include "worker/spotify/sockets.h"

#define TRANSFER_BODY_MAX ((size_t)2 * 1024 * 1024)
#define TRANSFER_CONNECT_MS 5000
#define TRANSFER_TOTAL_MS 20000

struct transfers;  /* the multi handle, its sockets and timers */
struct transfer;   /* one request and its answer */

struct transfers_conf {
	const char *api_url;       /* base of DIAL_API, copied */
	const char *accounts_url;  /* base of DIAL_ACCOUNTS, copied */
	void *ca_store;            /* X509_STORE that is trusted, up-ref'ed for each
	                            * SSL_CTX; NULL: no https possible */
	bool allow_http;           /* sandbox only */
	/* The answer is given to transfers_dialled or transfers_dial_failed. */
	sockets_dial dial;
	void *owner;
};

/* Makes the multi handle (before the filter: libcurl opens a socket pair).
 * curl_global_init is the caller's business.  ERR_NOMEM, ERR_CONFIG. */
err_t transfers_create(struct loop *loop, const struct transfers_conf *conf,
    struct transfers **out) MUST_CHECK;

/* Ends everything; transfers in flight are dropped without a word. */
void transfers_destroy(struct transfers **ts);

/* egress's answers.  fd is owned from then on, also if nobody wants it. */
void transfers_dialled(struct transfers *ts, uint64_t request, int fd);
void transfers_dial_failed(struct transfers *ts, uint64_t request);

/* egress is a new one: what was asked of the old one is asked again. */
void transfers_egress_changed(struct transfers *ts);

struct transfer_ask {
	enum dial_host host;
	const char *method;        /* a literal */
	struct span target;        /* path and query behind the base; copied */
	struct span bearer;        /* access token; empty: no Authorization; copied, wiped */
	struct span body;          /* copied, wiped; empty: none */
	const char *content_type;  /* of the body; a literal, NULL without one */
	bool repeatable;           /* false: never sent twice, whatever happens */
};

enum transfer_end {
	TRANSFER_ANSWERED,   /* an HTTP answer arrived as a whole */
	TRANSFER_NOT_SENT,   /* nothing of the request can have reached Spotify */
	TRANSFER_BROKEN,     /* it failed; the request may have been carried out */
	TRANSFER_TOO_LARGE   /* the answer was larger than TRANSFER_BODY_MAX */
};

struct transfer_answer {
	enum transfer_end end;
	int curl;                  /* libcurl's code, for the log */
	int status;                /* HTTP status, 0 without an answer */
	const char *content_type;  /* "" if there was none */
	int64_t retry_after;       /* seconds (easy_wait_s); -1 if not said */
	struct span body;          /* valid during the call */
};

/* The one word about a transfer; t is gone when it returns. */
typedef void (*transfer_done)(void *arg, const struct transfer_answer *a);

/* Starts a transfer; done is never called from inside.  ERR_NOMEM, ERR_LIMIT. */
err_t transfer_start(struct transfers *ts, const struct transfer_ask *ask,
    transfer_done done, void *arg, struct transfer **out) MUST_CHECK;

/* Drops a transfer without a word; *t becomes NULL. */
void transfer_cancel(struct transfer **t);

#endif
