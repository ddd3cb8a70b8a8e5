/*
 * One connection to PostgreSQL that lives on the event loop: connects without
 * blocking, watches the socket, and after a failure tries again with a delay
 * that doubles from 0.1 to 5 seconds, jittered.  It must not know what is
 * asked over the connection.
 */
#ifndef TONEARM_VAULT_PGLINK_H
#define TONEARM_VAULT_PGLINK_H

#include <stdbool.h>

#include <libpq-fe.h>

#include "shared/base/err.h"
#include "shared/loop/loop.h"

struct pglink;

/* What the owner does; none of these may destroy the link. */
struct pglink_duty {
	/* Connected and non-blocking.  An error drops the connection. */
	err_t (*up)(void *owner, PGconn *pg);
	/* Input was consumed; take results and notifications.  An error drops
	 * the connection. */
	err_t (*readable)(void *owner, PGconn *pg);
	/* The connection is gone, for whatever reason; called once for each up. */
	void (*down)(void *owner);
};

/* A link that begins to connect at once.  conninfo is copied.  ERR_NOMEM. */
err_t pglink_create(struct loop *loop, const char *conninfo,
    const struct pglink_duty *duty, void *owner, struct pglink **out) MUST_CHECK;
/* Closes and frees; down is not called. */
void pglink_destroy(struct pglink **link);

/* The connection, NULL while there is none. */
PGconn *pglink_pg(struct pglink *link);

/* Sends what libpq has buffered; the rest follows when the socket takes it. */
void pglink_flush(struct pglink *link);

/* Drops the connection at the end of the turn and connects anew after the
 * delay.  why: a fixed word for the log. */
void pglink_drop(struct pglink *link, const char *why);

/* The connection proved itself: the next failure starts with the shortest
 * delay again. */
void pglink_proved(struct pglink *link);

#endif
