/*
 * The two hosts that may be dialled and their addresses, looked up ahead of
 * every dial.  Nothing outside can add a host.
 */
#ifndef TONEARM_EGRESS_TARGETS_H
#define TONEARM_EGRESS_TARGETS_H

#include <netinet/in.h>
#include <stdint.h>
#include <sys/socket.h>

#include <event2/dns.h>

#include "shared/base/err.h"
#include "shared/ipc/words.h"
#include "shared/loop/loop.h"

#define ADDRESSES_MOST 8

struct address {
	struct sockaddr_storage a;
	socklen_t len;
};

struct target {
	char host[256];
	uint16_t port;
	bool numeric;                     /* the host is an address already */
	struct address list[ADDRESSES_MOST];
	unsigned n, n_v4;                 /* v4 addresses come first */
	unsigned turn;                    /* where the next dial begins */
	struct evdns_base *dns;           /* not owned; NULL if numeric */
	struct evdns_getaddrinfo_request *asking;
	struct event *timer;
	uint64_t lookups, failures;       /* that worked; that failed since then */
};

/* Reads the host of an http or https URL into t.  ERR_CONFIG. */
err_t target_init(struct target *t, const char *url) MUST_CHECK;

/* Begins to look its addresses up, now and every minute; old ones stay in use
 * while no new ones come.  ERR_NOMEM. */
err_t target_watch(struct target *t, struct loop *loop, struct evdns_base *dns) MUST_CHECK;

/*
 * A new socket (non-blocking, TCP_NODELAY) that is connected or connecting to
 * the target, in *fd; the caller closes it.  v4 before v6, each dial beginning at
 * another address.  ERR_NOTFOUND: no address is known; ERR_CLOSED: none takes
 * it; ERR_SYSTEM.
 */
err_t target_dial(struct target *t, int *fd) MUST_CHECK;

/* A new socket of this kind to one address, in *fd.  ERR_CLOSED: it cannot be
 * connected to; ERR_SYSTEM. */
err_t address_dial(const struct address *a, int *fd) MUST_CHECK;

void target_free(struct target *t);

#endif
