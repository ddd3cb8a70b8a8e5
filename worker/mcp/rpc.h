/*
 * JSON-RPC 2.0 messages inside one HTTP request, and how their answers become
 * one HTTP answer: a JSON object, an array (batch), or a stream of events.
 * Must not know which methods there are.
 */
#ifndef TONEARM_WORKER_MCP_RPC_H
#define TONEARM_WORKER_MCP_RPC_H

#include <stdbool.h>
#include <stdint.h>

#include <json-c/json.h>

#include "shared/base/buf.h"
#include "shared/base/err.h"
#include "shared/base/span.h"
#include "worker/mcp/context.h"
#include "worker/request.h"

#define RPC_PARSE            (-32700)
#define RPC_INVALID_REQUEST  (-32600)
#define RPC_NO_METHOD        (-32601)
#define RPC_INVALID_PARAMS   (-32602)
#define RPC_INTERNAL         (-32603)
#define RPC_NO_RESOURCE      (-32002)   /* legacy only */
#define RPC_NO_SESSION       (-32001)   /* legacy 404 only */
#define RPC_HEADER_MISMATCH  (-32020)   /* modern, as the next two */
#define RPC_NO_CAPABILITY    (-32021)
#define RPC_NO_VERSION       (-32022)

struct call;
struct exchange;
struct mcp;

enum rpc_kind { RPC_REQUEST, RPC_NOTIFICATION, RPC_RESPONSE, RPC_BROKEN };

/* One message, taken apart; views into the parsed body. */
struct rpc_message {
	enum rpc_kind kind;
	struct json_object *whole;
	struct json_object *id;      /* NULL: none, or not usable */
	struct span method;
	struct json_object *params;  /* an object, or NULL */
	struct json_object *meta;    /* params._meta if it is an object, or NULL */
	bool bad_params;             /* params is there and no object */
};

/* What is this message?  RPC_BROKEN: not JSON-RPC 2.0.  In the modern era an
 * id must be a string or a whole number (M-1). */
void rpc_read(struct json_object *v, struct rpc_message *out);
bool rpc_id_fits_modern(struct json_object *id);

/* A request being answered. */
struct rpc {
	struct rpc *next;
	struct exchange *x;
	struct rpc_message m;
	struct json_object *token;   /* progress token, or NULL */
	struct call *call;           /* the tool at work, or NULL */
	struct waiting *waiting;     /* the client is asked for it (ask.c), or NULL */
	const void *resource;        /* what resources/read reads by that call */
	char *uri;                   /* its URI; owned */
	bool answered;
};

/* One POST with everything in it. */
struct exchange {
	struct exchange *next;       /* in the list of open ones */
	struct mcp *mcp;
	struct request *rq;          /* NULL: the client went and may come back */
	struct client_context who;
	struct json_object *body;    /* owned */
	bool batch;
	bool may_stream;             /* the client takes text/event-stream */
	bool must_stream;            /* ... and nothing else */
	bool streaming;              /* the stream has begun */
	bool listening;              /* subscriptions/listen */
	bool getting;                /* a session's stream: GET */
	bool parked;                 /* of these two: front may keep it */
	struct trail *trail;         /* a legacy stream's memory, or NULL */
	struct filter *filter;       /* what a listen stream is told, or NULL */
	bool reading;                /* a batch: more requests are to be added */
	struct rpc *rpcs;
	unsigned open;               /* requests without answer */
	struct buf gathered;         /* answers of a batch */
	bool lost;                   /* one found no room there */
	char session[192];           /* new session id for the head, or empty */
	uint32_t needed;             /* with status 403: the scopes of the challenge */
};

/* Starts the answer to rq; owned by the list of open ones until its end.
 * body is taken over.  NULL: memory ran out (rq was answered). */
struct exchange *exchange_create(struct mcp *mcp, struct request *rq, struct json_object *body);

/* A request inside it.  NULL: memory ran out; the exchange is over then. */
struct rpc *exchange_add(struct exchange *x, const struct rpc_message *m);

/* No more requests will be added: if all are answered, the answer leaves. */
void exchange_read(struct exchange *x);

/* Turns the answer into a stream now, if the client takes one.  A batch only
 * becomes one where nothing else is taken: its answers are gathered. */
bool exchange_stream(struct exchange *x);
/* Sends a message (an object's text) on the stream; where there is an id, and a
 * memory of it, the client may be away (L-14). */
void exchange_event(struct exchange *x, struct span message);

/* Ends an exchange in which nothing is left to be answered. */
void exchange_end(struct exchange *x);

/* Legacy, 2025-11-25: closes the answer's stream; its client fetches the rest by GET
 * after so long (L-13).  Nothing happens where it could not. */
void exchange_hang_up(struct exchange *x, unsigned retry_ms);

/* Ends a request without answer (cancelled by the client; L-15). */
void rpc_drop(struct rpc *rpc);

/* How long a result may be kept (M-23); members are left out for legacy. */
struct rpc_caching {
	unsigned ttl_ms;
	bool everybody;              /* cacheScope "public" */
};

/*
 * Answers with a result; members is the inside of the result's object
 * ("\"tools\":[]"), empty for none.  What every result of the era needs is
 * added (M-18, M-19).
 */
void rpc_result(struct rpc *rpc, struct span members, const struct rpc_caching *caching);

/* The same with further members of the result's _meta, each followed by a
 * comma. */
void rpc_result_meta(struct rpc *rpc, struct span members, struct span meta);

/* The text of the modern result without members of its own, to be sent by others. */
err_t rpc_result_text(struct rpc *rpc, struct span meta, struct buf *out) MUST_CHECK;

/* Answers with a result of the modern era that asks for input. */
void rpc_input_required(struct rpc *rpc, struct span members);

/* Answers with a result of the modern era that is a task. */
void rpc_task(struct rpc *rpc, struct span members);

/* Answers with an error; data is put (NULL: none).  status is the HTTP status
 * where the answer is a single JSON object. */
void rpc_error(struct rpc *rpc, uint16_t status, int code, const char *message,
    struct json_object *data);

/* The whole HTTP answer is this error, without or with the id of a message. */
void rpc_refuse(struct request *rq, uint16_t status, int code, const char *message,
    struct json_object *id);

/* For the protocol's end: the client has gone. */
void exchange_gone(struct request *rq);

#endif
