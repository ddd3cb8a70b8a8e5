/*
 * A client's connection: bytes in, one request after the other, bytes out.
 * What a request means is request.h's affair.
 */
#ifndef TONEARM_FRONT_CLIENT_H
#define TONEARM_FRONT_CLIENT_H

#include <stdbool.h>
#include <stdint.h>

#include "master/front/answer.h"
#include "master/front/front.h"
#include "shared/base/buf.h"
#include "shared/http/chunked.h"
#include "shared/http/head.h"

#define CLIENT_IN_MAX   (64 * 1024)
#define CLIENT_OUT_MAX  (2 * 1024 * 1024)
#define CLIENT_READ     16384

/* Where a request's target leads. */
enum place { PLACE_NONE, PLACE_MCP, PLACE_LINK, PLACE_HEALTH, PLACE_READY, PLACE_PAGE, PLACE_COUNT };

struct client {
	struct link link;             /* in front->clients[state] */
	enum client_state state;
	int64_t since;                /* monotonic ms of the last progress in this state */
	struct front *front;
	int fd;                       /* -1 once closed */
	struct event *readable, *writable;
	bool read_armed, write_armed;
	bool working;                 /* client_work is on the stack */
	struct deferred flush, release;

	struct address peer;          /* who is at the other end of the socket */
	uint16_t port;                /* ours; 0 for a Unix socket */
	bool late;                    /* came while front was draining */
	bool behind_proxy;            /* X-Forwarded-For of this peer counts */

	struct buf in;                /* bytes not yet understood */
	struct http_scan scan;

	/* The request at hand; views in head point into head_text. */
	struct buf head_text;
	struct http_head head;
	struct http_field *fields;    /* owned; room for head's */
	struct buf body;
	struct http_chunked chunked;
	uint64_t body_seen;           /* bytes of body that have come */
	bool discard;                 /* the body is read and thrown away */
	enum place place;
	enum cred_kind cred_kind;     /* of the token, once judged */
	struct address address;       /* who asks, proxies seen through */
	struct refusal refusal;       /* status 0: not refused so far */
	struct request *request;      /* with a worker or the portal; else NULL */
	uint64_t request_id;
	uint64_t worker;              /* for the log; 0 if none */
	int64_t began;                /* monotonic ms when the head was there */

	/* The answer at hand. */
	struct buf out;
	int64_t blocked_since;        /* monotonic ms since when out was never empty; 0: it is */
	struct answer_state answer;
};

/* A new connection on fd (owned from then on, also on error).  ERR_NOMEM,
 * ERR_SYSTEM. */
err_t client_create(const struct listener *l, int fd, const struct address *peer) MUST_CHECK;

/* Ends the connection at once; its request is given up.  The memory goes at
 * the end of the turn. */
void client_close(struct client *c);

/* Sends what is in c->out as far as the socket takes it, and goes on to the
 * next request when an answer has left completely. */
void client_flush(struct client *c);

/* As client_flush, at the end of the turn. */
void client_flush_later(struct client *c);

/* Moves to another state's list, or to the end of this one's. */
void client_set_state(struct client *c, enum client_state state);

/* Closes a connection that holds a place for nothing, so that another can have
 * it: one that has not sent a whole head, or was answered long ago.  False if
 * there is none. */
bool clients_make_room(struct front *f);

/* Ends connections that have not sent a byte for a second. */
void clients_close_silent(struct front *f, int64_t now_ms);

/* Deadlines: whatever is too old in any client list. */
void clients_sweep(struct front *f, int64_t now_ms);

#endif
