/*
 * One call of a tool, from its handler's view.
 *
 * The handler's run() starts the work and returns; the call is over when
 * call_done, call_fail or call_broken was called, which may happen inside run() or in
 * any later turn of the loop, exactly once.  The call and all in its arena are
 * gone at the end of that turn.
 *
 *     static void
 *     run(struct call *c)
 *     {
 *             int64_t limit = call_int(c, "limit");
 *             ... ask Spotify; in its callback:
 *             call_line(c, "%s (%s)", name, link);
 *             json_object_object_add(call_data(c), "name", json_object_new_string(name));
 *             call_done(c);
 *     }
 */
#ifndef TONEARM_WORKER_TOOLS_CALL_H
#define TONEARM_WORKER_TOOLS_CALL_H

#include <stdarg.h>
#include <stdbool.h>
#include <stdint.h>

#include <json-c/json.h>

#include "shared/base/arena.h"
#include "shared/base/buf.h"
#include "shared/base/span.h"
#include "shared/loop/loop.h"
#include "worker/tools/tool.h"

#define CALL_TEXT_MAX   65536      /* bytes of text of a result */
#define CALL_ARENA_MAX  (8u << 20)
#define CALL_MS         55000      /* a call's time */

struct worker;

struct call {
	struct worker *worker;
	const struct tool *tool;
	struct arena arena;             /* freed with the call */
	struct json_object *args;       /* clean arguments; read them with call_* */
	uint32_t scopes;                /* SCOPE_* of the credential that asks */
	int64_t deadline_ms;            /* monotonic; finish before it with what there is */
	unsigned requests;              /* requests to Spotify so far; the client counts */
	bool cancelled;                 /* nobody waits for the answer any more */

	/* The handler's own. */
	void *state;                    /* usually from the arena */
	/* Called once when the call is cancelled or its time is over (then with
	 * cancelled false).  It stops what can be stopped and sees to it that the
	 * call ends, now or soon.  Set it before waiting for anything; NULL: nothing
	 * can be stopped, the call ends when its answers come.  The client hears
	 * of a call that ran out of time at once if it is not over a second later. */
	void (*on_stop)(struct call *call);

	/* The framework's own. */
	struct buf text;
	struct json_object *data;       /* structuredContent */
	struct json_object *blocks;     /* further content blocks, or NULL */
	bool failed, cut, over, stopped;
	err_t trouble;                  /* memory ran out while the result was made */
	int64_t started_ms, told_ms;
	double told;                    /* progress that was told last */
	struct event *timer;
	struct deferred ending;
	void (*finished)(struct call *call, void *arg);
	void (*progress)(struct call *call, double done, double total, const char *message,
	    void *arg);
	void *arg;
};

/* --- arguments ----------------------------------------------------------- */
bool call_has(const struct call *c, const char *name);
/* The text; "" if absent.  NUL-terminated, without NUL inside. */
const char *call_str(const struct call *c, const char *name);
/* The number; 0 if absent (ask call_has where that differs). */
int64_t call_int(const struct call *c, const char *name);
bool call_bool(const struct call *c, const char *name);
/* Items of an ARG_STRS; 0 if absent. */
size_t call_items(const struct call *c, const char *name);
const char *call_item(const struct call *c, const char *name, size_t i);

/* --- the result ------------------------------------------------------------ */
/* Appends formatted text, without or with a line end.  Too much text is cut
 * and said so at the end; memory trouble makes the call fail in call_done. */
void call_text(struct call *c, const char *fmt, ...) __attribute__((format(printf, 2, 3)));
void call_line(struct call *c, const char *fmt, ...) __attribute__((format(printf, 2, 3)));
/* structuredContent, an object to add members to; owned by the call. */
struct json_object *call_data(struct call *c);
/* Adds an embedded text resource (a copy) after the text. */
void call_resource(struct call *c, const char *uri, const char *mime, struct span text);
/* The call is over and went well (also partly: the text says so). */
void call_done(struct call *c);
/* The call is over and failed: replaces the text by a whole sentence that a
 * model can act on, isError (T-11).  structuredContent is dropped. */
void call_fail(struct call *c, const char *fmt, ...) __attribute__((format(printf, 2, 3)));
/* The call is over because memory ran out or something that cannot happen
 * did; a general sentence is given. */
void call_broken(struct call *c, err_t err);

/* Tells how far it is, if somebody asked (progress token); at most five a
 * second leave.  total 0: unknown.  message may be NULL. */
void call_progress(struct call *c, double done, double total, const char *message);

/* Milliseconds that are left, 0 at the least. */
int64_t call_left_ms(const struct call *c);

/* --- for the protocol side and tests ------------------------------------------ */
struct call_start {
	struct worker *worker;
	const struct tool *tool;
	struct json_object *args;       /* clean (tool_check_args); taken over in any case */
	uint32_t scopes;
	void (*finished)(struct call *call, void *arg);
	/* NULL: nobody asked */
	void (*progress)(struct call *call, double done, double total, const char *message,
	    void *arg);
	void *arg;
};

/*
 * Starts a call; the handler runs at the end of the turn.  finished is called
 * exactly once, unless call_cancel or call_detach comes first; the call is
 * freed after it returns.  ERR_NOMEM.
 */
err_t call_start(const struct call_start *start, struct call **out) MUST_CHECK;

/* Nobody wants the answer any more: the work is stopped as far as it can be
 * (cancel), or goes on to its end (detach).  finished and progress are not
 * called any more; the call frees itself. */
void call_cancel(struct call *c);
void call_detach(struct call *c);

/* Appends the members "content", "structuredContent" (if wanted and there)
 * and "isError" of the result of a call that is over, separated by commas.
 * ERR_LIMIT, ERR_NOMEM, ERR_SYNTAX (text that is no UTF-8). */
err_t call_write_result(struct call *c, bool structured, struct buf *out) MUST_CHECK;

#endif
