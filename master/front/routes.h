/*
 * Which worker a credential leads to: a cache of the vault's answers, by the
 * credential's SHA-256.  It is a route and nothing else; the worker decides
 * whether the credential counts.
 */
#ifndef TONEARM_FRONT_ROUTES_H
#define TONEARM_FRONT_ROUTES_H

#include "master/front/workers.h"

struct route {
	struct link link;          /* in front->routes[state] */
	enum route_state state;
	int64_t since;
	struct front *front;
	struct route *chain;       /* next in its row of the table */
	uint8_t hash[HASH_BYTES];
	uint8_t cred_kind;
	uint64_t question;         /* while asking */
	uint64_t offered;          /* id of the worker that was offered */
	unsigned busy;             /* how often the vault was too busy to say */
	struct worker *worker;     /* when known */
	int64_t told;              /* monotonic ms when the vault last heard that it is used */
	struct link by_worker;
	struct list waiting;       /* requests, by held_by */
};

/* What the vault may say to front. */
extern const struct channel_table routes_table;

/* Sends the request to its user's worker; asks the vault who that is if it is
 * not known. */
void routes_find_worker(struct request *r);

/* The request no longer waits for its route. */
void routes_forget_request(struct request *r);

/* No route leads to this worker any more. */
void routes_drop_worker(struct worker *w);

/* The vault's channel is there, or has ended. */
void routes_vault_came(struct front *f);
void routes_vault_lost(struct front *f);

/* A blank worker has come: whoever waits for one goes on. */
void routes_go_on(struct front *f);

/* Deadlines and repetitions. */
void routes_sweep(struct front *f, int64_t now_ms);

/* Frees all routes. */
void routes_end(struct front *f);

#endif
