/*
 * The listening sockets: opened here or passed by systemd, handed to front.
 */
#ifndef TONEARM_SUPERVISOR_LISTEN_H
#define TONEARM_SUPERVISOR_LISTEN_H

#include "shared/base/buf.h"
#include "shared/base/err.h"
#include "shared/ipc/words.h"

#define LISTENERS_MAX 16

struct listeners {
	struct {
		int fd;
		enum listener_kind kind;
		char path[108];        /* of a socket file that we made; else "" */
	} list[LISTENERS_MAX];
	unsigned n;
	bool passed;                   /* they are systemd's */
};

/*
 * Takes what systemd passed (LISTEN_PID, LISTEN_FDS), else opens the addresses
 * in list (server.listen, checked).  ERR_CONFIG with a sentence in why: what
 * failed and what to do.
 */
err_t listeners_open(struct listeners *l, const char *list, struct buf *why) MUST_CHECK;

/* Closes them and removes our socket files. */
void listeners_close(struct listeners *l);

/* A listening Unix stream socket at path with these permissions; a file that
 * nobody serves any more is replaced.  ERR_CONFIG with a sentence in why. */
err_t listen_unix(const char *path, unsigned mode, int *fd, struct buf *why) MUST_CHECK;

#endif
