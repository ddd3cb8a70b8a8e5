/*
 * What the files of worker/mcp share: the protocol's state in this worker, and
 * the steps from an HTTP request to a method.  Nobody else includes this.
 */
#ifndef TONEARM_WORKER_MCP_INSIDE_H
#define TONEARM_WORKER_MCP_INSIDE_H

#include <stdbool.h>
#include <stdint.h>

#include <event2/event.h>

#include "shared/base/buf.h"
#include "shared/base/span.h"
#include "worker/mcp/context.h"
#include "worker/mcp/mcp.h"
#include "worker/mcp/rpc.h"
#include "worker/tools/tool.h"

#define EVENT_PARTS   4      /* that a message on a stream is made of, at most */
#define LISTS_MAX     16
#define LEVELS_MAX    64     /* sessions with a level of their own for log messages */

struct call;
struct call_start;
struct offers;
struct subscriptions;
struct trail;
struct watch;

/* What a session said with logging/setLevel. */
struct log_level {
	uint64_t session;
	enum mcp_level level;
	uint64_t used;           /* by turn; 0: free */
};

/* tools/list, serialised, for a set of scopes and a form. */
struct tool_list {
	uint32_t scopes;
	unsigned form;
	struct buf text;
	uint64_t used;           /* by turn; the least recently used goes first */
};

struct mcp {
	struct worker *worker;
	struct exchange *exchanges;      /* all that are open */
	struct buf info[MCP_VERSIONS];   /* serverInfo, serialised */
	struct tool_list lists[LISTS_MAX];
	unsigned n_lists;
	struct log_level levels[LEVELS_MAX];
	uint64_t turn;
	struct task *tasks;              /* calls that outlive their request (tasks.h) */
	struct ended *ended;             /* sessions ended by DELETE; NULL: none */
	struct event *expiry;            /* looks after streams */
	struct trail *trails;            /* of legacy streams, the newest first */
	struct subscriptions *subscriptions;  /* of sessions; NULL: none */
	struct offers *offers;           /* for completion; NULL: none */
	struct watch *watch;             /* watch.h; NULL: nothing was subscribed to */
};

/* info.c: what the server says of itself. */
struct span mcp_server_info(struct mcp *m, enum mcp_version v);
const char *mcp_instructions(void);
/* Appends the capabilities, an object: what the catalog has, as the version names
 * it. */
err_t mcp_write_capabilities(const struct mcp *m, enum mcp_version v, struct buf *out) MUST_CHECK;
/* The icons as a list, a new reference; NULL: memory ran out. */
struct json_object *mcp_icons(const struct mcp *m, const struct icon *icons);

/* modern.c: one request by the rules of the modern era. */
void modern_serve(struct exchange *x, const struct rpc_message *m);

/* legacy.c: a body (message or array, taken over) by the rules of the legacy
 * era; and the end of a session by DELETE. */
struct post {
	struct request *rq;
	struct json_object *body;
	bool may_stream, must_stream;   /* as in struct exchange */
};
void legacy_serve(struct mcp *m, const struct post *post);
void legacy_end_session(struct mcp *m, struct request *rq);
/* The session a request names; answers (with id, or NULL) and returns false if
 * there is none.  And: does its version header name this era, if it is there? */
bool legacy_session(struct mcp *m, struct request *rq, struct json_object *id,
    struct client_context *who);
bool legacy_version_ok(struct request *rq);

/* features.c: the methods that both eras have; false if it is none of them,
 * nothing was answered then. */
bool feature_serve(struct rpc *rpc);
bool feature_exists(const struct mcp *m, struct span method);
/* Starts the work for a request: a tool's, or run. */
struct feature_call {
	const struct tool *tool;             /* NULL: run is called */
	void (*run)(struct call *call);
	struct json_object *args;            /* taken over in any case */
	void (*finished)(struct call *, void *);
};
/* 0 also where what came with the request for a round of questions is refused: it
 * is answered then. */
err_t feature_start(struct rpc *rpc, const struct feature_call *what) MUST_CHECK;

/* ask.c: questions of calls.  The CAP_* that can be made use of: declared, known to
 * the version, and with a way to the client. */
uint32_t ask_capabilities_of(const struct exchange *x);
/* Modern: what came back for the last round goes to *start (its answers are a new
 * reference), its state to the buffer.  ERR_SYNTAX, ERR_DENIED: -32602. */
err_t ask_read_round(struct rpc *rpc, struct call_start *start, struct buf *state) MUST_CHECK;
/* Hooks of a call (struct call_hooks); ask_lacking in the modern era only. */
/* Appends the member "inputRequests": what the call asks and answers (an object, or
 * NULL) does not hold; nothing if there is none. */
err_t ask_write_questions(struct buf *out, const struct call *call, enum mcp_version version,
    struct json_object *answers) MUST_CHECK;
void ask_put(struct call *call, void *rpc);
void ask_lacking(struct call *call, uint32_t caps, void *rpc);
/* Legacy: a response from a session.  What nobody waits for is dropped. */
void ask_answered(struct mcp *m, const struct client_context *who, struct json_object *response);
/* The request is over: its answers are not waited for any more; withdraw also
 * says so to the client, whose stream must be there. */
void ask_forget(struct rpc *rpc);
void ask_withdraw(struct rpc *rpc);
/* No more answers can come: the server stops (hash NULL), or a credential is gone. */
void ask_give_up(struct mcp *m, const uint8_t *hash);
/* The time for answers is over; arg is the request. */
void ask_on_time(evutil_socket_t fd, short what, void *arg);

/* logging.c: logging/setLevel; a hook; true: the request names an unknown level and
 * was answered. */
void logging_set(struct rpc *rpc);
void logging_put(struct call *call, enum mcp_level level, const char *logger,
    struct json_object *data, void *rpc);
bool logging_refused(struct rpc *rpc);
/* -32602 if a cursor was sent: every list is one page. */
bool feature_no_cursor(struct rpc *rpc);

/* listing.c: what the entries of all lists have in common; members that are NULL
 * are left out, and what the version does not have.  m may be NULL where there
 * are no icons. */
struct listing_entry {
	const char *key, *uri;           /* "uri", "uriTemplate" or NULL */
	const char *name, *title, *about, *mime;
	const struct icon *icons;
};
err_t listing_describe(const struct mcp *m, struct json_object *o,
    const struct listing_entry *e, enum mcp_version version) MUST_CHECK;
/* Answers with the list under that name, which is put. */
void listing_answer(struct rpc *rpc, const char *name, struct json_object *list, err_t err);
/* tools/list. */
void listing_tools(struct rpc *rpc);
void listing_forget(struct mcp *m);

/* prompts.c, completion.c */
void prompts_list(struct rpc *rpc);
void prompts_get(struct rpc *rpc);
void completion_complete(struct rpc *rpc);
void completion_forget(struct mcp *m);

/* params.c: the value of a header that repeats what the body says, as meant:
 * =?base64?...?= is decoded into room, anything else is literal (M-9).
 * ERR_SYNTAX for what cannot be decoded. */
#define HEADER_VALUE_BYTES 2048
err_t mcp_header_value(struct span value, uint8_t room[HEADER_VALUE_BYTES],
    struct span *out) MUST_CHECK;
/* Which Mcp-Param-* of a tools/call differs from the arguments (M-10)?  NULL:
 * none. */
const char *mcp_param_differs(const struct mcp *m, const struct request *rq,
    const struct rpc_message *msg);

/* resources.c */
void resources_list(struct rpc *rpc);
void resources_templates(struct rpc *rpc);
void resources_read(struct rpc *rpc);

/* listen.c: subscriptions/listen (S-1 to S-5). */
void listen_start(struct rpc *rpc);
/* Is nothing to be told on it? */
bool listen_is_empty(const struct exchange *x);
/* The server ends it; what it says then. */
void listen_end(struct exchange *x);
err_t listen_write_result(struct exchange *x, struct buf *out) MUST_CHECK;
/* One of an earlier worker, by its request's id; NULL: that is none. */
struct exchange *listen_take(struct mcp *m, struct request *rq, struct span id);
void listen_forget(struct exchange *x);
/* What it is to be told, and with which words (S-3). */
enum news { TOOLS_CHANGED, PROMPTS_CHANGED, RESOURCES_CHANGED, RESOURCE_UPDATED };
bool listen_wants(const struct exchange *x, enum news what, struct span uri);
/* The i-th resource that it is told of; NULL: there are no more. */
const char *listen_uri(const struct exchange *x, unsigned i);
err_t listen_write_id(const struct rpc *rpc, struct buf *out) MUST_CHECK;

/* subscribe.c: resources/subscribe and resources/unsubscribe (L-19). */
void subscribe_add(struct rpc *rpc);
void subscribe_remove(struct rpc *rpc);
/* Is the session subscribed to the URI, or to any?  All of it is forgotten (NULL:
 * of every session). */
bool subscribe_has(const struct mcp *m, uint64_t session, struct span uri);
bool subscribe_any(const struct mcp *m, uint64_t session);
/* Its i-th URI; NULL: there are no more. */
const char *subscribe_uri(const struct mcp *m, uint64_t session, unsigned i);
void subscribe_forget(struct mcp *m, const uint64_t *session);
/* What is kept of them for the next worker, in the row of sessions (ended.h):
 * appended as far as it fits, nothing if there are none; and taken from it, for
 * sessions that are not known here. */
err_t subscribe_write(const struct mcp *m, struct buf *out) MUST_CHECK;
void subscribe_read(struct mcp *m, struct span kept);

/* events.c: events on streams, and streams without a client. */
void exchange_put(struct exchange *x, const struct span *parts, size_t n_parts);
void exchange_prime(struct exchange *x);
/* The client has gone: true if the exchange goes on without it.  The answer
 * is complete.  The client is back behind event n, on a request of its own. */
bool exchange_left(struct exchange *x);
void exchange_over(struct exchange *x);
void exchange_resume(struct trail *t, struct request *rq, uint64_t n);
/* Nobody will come back (rpc.c). */
void exchange_abandon(struct exchange *x);
void trail_say(struct trail *t, struct span message);
void trails_add(struct mcp *m, struct trail *t, struct exchange *x);
void trails_remove(struct mcp *m, struct trail *t);
/* Frees those that are too old or too many; those without client of a session
 * (NULL: of all). */
void trails_trim(struct mcp *m);
void trails_forget(struct mcp *m, const uint64_t *session);

/* stream.c: streams that stay open. */
void stream_get(struct mcp *m, struct request *rq);
/* May one more be opened (S-7)? */
bool streams_room(const struct mcp *m);
/* Tells front what there is to know of it. */
void stream_speak(struct exchange *x);
/* Something may come on this session's streams from now on. */
void streams_wake(struct mcp *m, uint64_t session);
void streams_session_over(struct mcp *m, uint64_t session);
/* Does something go on, or wait, for a client that went? */
bool streams_busy(const struct mcp *m);
void streams_arm(struct mcp *m);
void streams_on_time(evutil_socket_t fd, short what, void *arg);

#endif
