/*
 * Who may ask for connections: the channels of workers and enroll programs (to
 * two hosts) and of fetch programs (to one that they name, each once), and
 * how many dials each has left.
 */
#ifndef TONEARM_EGRESS_ASKERS_H
#define TONEARM_EGRESS_ASKERS_H

#include <stdint.h>

#include "master/egress/names.h"
#include "master/egress/targets.h"
#include "shared/ipc/channel.h"

#define DIALS_BURST    16
#define DIALS_A_SECOND 8

/* A bucket of dials, in thousandths. */
struct allowance {
	int64_t left, since_ms;
};

void allowance_init(struct allowance *a, int64_t now_ms);
/* Takes one dial; false: there is none left now. */
bool allowance_take(struct allowance *a, int64_t now_ms);

struct egress {
	struct loop *loop;
	struct channel *control;          /* to the supervisor; not owned */
	struct evdns_base *dns;           /* NULL if both hosts are in digits */
	struct target api, accounts;
	struct names_conf names;          /* for fetch programs */
	struct asker *askers;             /* a list, owned */
	uint64_t dials, refused, failed;
	unsigned n_askers;
};

/* Joins a worker, enroll or fetch program by its channel end; a channel that it had
 * before is closed.  Owns fd from then on.  ERR_NOMEM, ERR_SYSTEM. */
err_t asker_add(struct egress *e, enum peer_kind kind, uint64_t id, int fd) MUST_CHECK;

/* Forgets one; nothing if there is none of that id. */
void asker_gone(struct egress *e, uint64_t id);

void askers_free(struct egress *e);

#endif
