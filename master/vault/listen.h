/*
 * The one plain connection that hears of changes: LISTEN on channel "tonearm".
 * A probe over the same connection proves from time to time that nothing was
 * missed: PostgreSQL delivers what was notified before it answers.  It must
 * not know what a notification means.
 */
#ifndef TONEARM_VAULT_LISTEN_H
#define TONEARM_VAULT_LISTEN_H

#include <stdbool.h>
#include <stdint.h>

#include "shared/base/err.h"
#include "shared/loop/loop.h"

struct listen;

struct listen_duty {
	/* Listening from now on; whatever happened before was perhaps missed. */
	void (*up)(void *arg);
	/* Somebody called NOTIFY; payload is text, valid during the call. */
	void (*note)(void *arg, const char *payload);
	/* Everything notified until now was given to note. */
	void (*proved)(void *arg);
};

/* Connects to conninfo and listens; probes every probe_ms.  ERR_NOMEM. */
err_t listen_create(struct loop *loop, const char *conninfo, unsigned probe_ms,
    const struct listen_duty *duty, void *arg, struct listen **out) MUST_CHECK;
void listen_destroy(struct listen **l);

/* Is it listening? */
bool listen_is_up(const struct listen *l);

#endif
