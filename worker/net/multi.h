/*
 * libcurl's transfers on our loop: one multi handle, its sockets and its timer.
 * Knows nothing of what is transferred.
 */
#ifndef TONEARM_WORKER_NET_MULTI_H
#define TONEARM_WORKER_NET_MULTI_H

#include <curl/curl.h>

#include "shared/base/err.h"
#include "shared/loop/loop.h"

struct multi {
	CURLM *curl;               /* owned; NULL before multi_open */
	struct loop *loop;         /* not owned */
	struct event *timer;
	void (*look)(void *arg);   /* a transfer may have ended: curl_multi_info_read */
	void *arg;
};

/* Prepares m, which stays in its place until multi_end; a cheap half, for who may
 * never transfer anything.  look is called as the last step of a turn: it may
 * end m.  ERR_NOMEM. */
err_t multi_init(struct multi *m, struct loop *loop, void (*look)(void *arg), void *arg)
    MUST_CHECK;

/* Makes the handle, unless it is there.  ERR_NOMEM. */
err_t multi_open(struct multi *m) MUST_CHECK;

/* Frees what there is; every easy handle was removed before.  Also for one that
 * multi_init failed on, or that is all zero. */
void multi_end(struct multi *m);

#endif
