/*
 * What every program that the supervisor starts does first: it finds its
 * control channel on descriptor 3, closes everything else, reads its options
 * and leaves when the supervisor is gone.
 */
#ifndef TONEARM_IPC_CHILD_H
#define TONEARM_IPC_CHILD_H

#include "shared/base/err.h"
#include "shared/conf/values.h"
#include "shared/ipc/channel.h"
#include "shared/loop/loop.h"

#define CHILD_CONTROL_FD 3

struct child {
	struct loop *loop;        /* owned */
	struct channel *control;  /* owned; to the supervisor */
	struct conf_values conf;  /* owned; the options that name this program */
};

/*
 * Starts the program called role: descriptors above 3 closed, SIGPIPE, SIGINT
 * and SIGTERM ignored, not dumpable, the CONFIG message awaited (10 s), the log
 * opened, the loop and the control channel made with the program's own table
 * and owner.  When the control channel ends the loop stops.  ERR_*.
 */
err_t child_start(struct child *c, const char *role,
    const struct channel_table *table, void *owner) MUST_CHECK;

/* The part of child_start that waits for the CONFIG frame, which comes first
 * and alone: for the nursery, which must not have an event loop.  ERR_*. */
err_t child_await_config(struct conf_values *conf) MUST_CHECK;

/* The handler of MSG_PING for a program's control table. */
err_t child_on_ping(void *owner, struct channel *ch, const struct frame *f) MUST_CHECK;

/* The options in a SETTINGS frame, into out (zeroed; owned by the caller). */
err_t child_settings(const struct frame *f, struct conf_values *out) MUST_CHECK;

/* The handler of MSG_SETTINGS for a program that only logs differently. */
err_t child_on_settings(void *owner, struct channel *ch, const struct frame *f) MUST_CHECK;

/* Tells the supervisor that the program is ready. */
err_t child_ready(struct child *c) MUST_CHECK;

/* Frees everything. */
void child_end(struct child *c);

#endif
