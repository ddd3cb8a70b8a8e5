/*
 * The state of tonearm-front: its options, its channels, and every list that
 * a connection, request, worker or route can be in.
 */
#ifndef TONEARM_FRONT_FRONT_H
#define TONEARM_FRONT_FRONT_H

#include <stdbool.h>
#include <stdint.h>

#include "master/front/address.h"
#include "master/front/failures.h"
#include "master/front/guard.h"
#include "master/front/list.h"
#include "shared/base/err.h"
#include "shared/conf/values.h"
#include "shared/ipc/channel.h"
#include "shared/ipc/words.h"
#include "shared/loop/loop.h"

#define FRONT_BODY_MAX   (1024 * 1024)   /* a request's body */
#define FRONT_CREDIT     (256 * 1024)    /* answer bytes a worker may have under way */
#define FRONT_LISTENERS  8
#define FRONT_TICK_MS    100
#define FRONT_LOG_MS     20    /* how long log lines wait for others */
#define FRONT_SLOTS      65536           /* a worker's slot is 16 bits of its id */
#define FRONT_ROUTE_ROWS 8192
#define FRONT_STREAM_ROWS 1024

enum client_state {
	CLIENT_IDLE,      /* between two requests */
	CLIENT_HEAD,      /* a head is coming */
	CLIENT_BODY,      /* a body is coming */
	CLIENT_WAIT,      /* its request is with somebody */
	CLIENT_ANSWER,    /* an answer has begun, nothing is waiting to leave */
	CLIENT_BLOCKED,   /* bytes are waiting to leave */
	CLIENT_LINGER,    /* answered for the last time; reads on so that the answer arrives */
	CLIENT_STATES
};

enum request_state {
	REQUEST_BINDING,    /* waits for a worker */
	REQUEST_FRESH,      /* sent to a worker that was bound just now */
	REQUEST_SENT,       /* sent, not acknowledged */
	REQUEST_WORKING,    /* acknowledged */
	REQUEST_ANSWERING,  /* the answer has begun */
	REQUEST_STREAMING,  /* the answer is a stream */
	REQUEST_PARKED,     /* a stream that no worker looks after */
	REQUEST_PAGE,       /* with the portal */
	REQUEST_STATES
};

enum worker_state {
	WORKER_BLANK,
	WORKER_OFFERED,   /* named in a question to the vault */
	WORKER_BOUND,
	WORKER_RETIRING,  /* told to end */
	WORKER_STATES
};

enum route_state {
	ROUTE_KNOWN,
	ROUTE_ASKING,   /* the vault was asked */
	ROUTE_WANTING,  /* no blank worker, or no vault */
	ROUTE_RETRY,    /* the worker named was not here: asked again soon */
	ROUTE_STATES
};

struct front_conf {
	const char *public_url;
	const char *isolation;        /* "" if not known */
	struct guard_conf guard;
	struct networks proxies;
	unsigned requests_per_user, streams_per_user;
	bool links;                   /* personal links are served */
	bool https;
};

struct listener {
	struct front *front;
	int fd;
	uint8_t kind;                 /* enum listener_kind */
	uint16_t port;                /* of a TCP listener */
	struct event *readable;
};

struct front_counts {
	uint64_t connections, refused_connections, displaced, requests, answers_5xx;
	uint64_t violations, hung, overruns, worker_deaths, late_frames, auth_failures;
};

struct front {
	struct loop *loop;
	struct channel *control;      /* to the supervisor; not owned */
	struct front_conf conf;
	struct channel *vault;        /* owned; NULL while away */
	struct channel *portal;       /* owned; NULL while away */
	bool have_key;
	uint8_t check_key[KEY_BYTES];
	bool database, keyring;       /* as the vault last said */
	uint32_t heard;               /* as in its HEALTH */

	struct listener listeners[FRONT_LISTENERS];
	unsigned n_listeners;
	int reserve_fd;               /* given up for a moment when descriptors run out */
	size_t fds_max;               /* clients and workers together */
	int64_t shortage_said;        /* when it was last logged that there are none */
	bool listeners_paused;        /* until the next tick */

	struct list clients[CLIENT_STATES];
	struct list requests[REQUEST_STATES];
	struct list workers[WORKER_STATES];
	struct list routes[ROUTE_STATES];
	struct list parked[FRONT_STREAM_ROWS];   /* parked streams by their hash; by held_by */
	int64_t stream_displaced;     /* monotonic ms when one last made room */
	struct worker **slots;        /* FRONT_SLOTS; owned */
	struct route **rows;          /* FRONT_ROUTE_ROWS chains; owned */
	struct failures failures;

	uint64_t last_request, last_question;
	struct front_counts counts;

	struct event *log_timer;
	struct event *tick;
	int64_t last_tick;            /* monotonic ms */
	bool serving;                 /* connections are accepted */
	int64_t listening_since;      /* monotonic ms; listeners came */
	bool draining, closed;        /* closed: in the end nobody new is accepted */
	int64_t drain_began, drain_end;
};

/* Reads the options.  ERR_CONFIG if one is missing or broken. */
err_t front_conf_read(struct front_conf *out, const struct conf_values *values) MUST_CHECK;

/* Those that may change while it runs. */
void front_conf_live(struct front_conf *out, const struct conf_values *values);

/* Sets up an empty state on a loop; front_end frees it.  ERR_NOMEM. */
err_t front_init(struct front *f, struct loop *loop) MUST_CHECK;
void front_end(struct front *f);

/* The number of clients, requests and workers in all lists. */
size_t front_clients(const struct front *f);
size_t front_requests(const struct front *f);
size_t front_workers(const struct front *f);

/* The next look at deadlines comes in `ms`, not at its usual time. */
void front_hurry(struct front *f, int ms);

/*
 * Begins to drain, `ms` at the most.  First everybody is served, on one request
 * a connection, until those who were here before are done: whoever comes would
 * else wait in the listener's queue for the next start.  Then nobody new is
 * accepted, and what is under way is finished.
 */
void front_drain(struct front *f, uint32_t ms);

/* Appends the figures for `tonearm status`, a line each. */
err_t front_status(const struct front *f, struct buf *out) MUST_CHECK;

#endif
