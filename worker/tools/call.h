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
#include "worker/mcp/context.h"
#include "worker/tools/tool.h"

#define CALL_TEXT_MAX   65536      /* bytes of text of a result */
#define CALL_ARENA_MAX  (8u << 20)
#define CALL_MS         55000      /* a call's time */

struct change;
struct turn;
struct worker;
struct call;

/* What the protocol does for a call besides its result (ask.h); each may be
 * NULL. */
struct call_hooks {
	/* The call waits: the client is to be asked rounds.questions, those that are
	 * not answered.  Then call_go_on, or call_cancel. */
	void (*asks)(struct call *call, void *arg);
	/* The call ends for want of CAP_*; finished is not called.  NULL: the call
	 * fails with a sentence. */
	void (*lacks)(struct call *call, uint32_t caps, void *arg);
	void (*log)(struct call *call, enum mcp_level level, const char *logger,
	    struct json_object *data, void *arg);
	void (*hang_up)(struct call *call, unsigned retry_ms, void *arg);
	void (*task)(struct call *call, void *arg);
};

/* Rounds of a call that asks; worker/tools/ask.h is their face. */
struct call_rounds {
	uint32_t caps;                  /* CAP_* that the client declared */
	unsigned round;                 /* how often it waited before */
	struct question *questions;
	struct json_object *answers;    /* by key, as they came; or NULL */
	struct buf given, kept;         /* state of the last round, for the next one */
	bool waiting, again;
	int64_t left_ms;                /* of the call's time, while it waits */
};

struct call {
	struct worker *worker;
	const struct tool *tool;        /* NULL: a prompt, a resource, a completion */
	struct arena arena;             /* freed with the call */
	struct json_object *args;       /* clean arguments; read them with call_* */
	uint32_t scopes;                /* SCOPE_* of the credential that asks */
	char *client;                   /* what its client is called by others; may be "" */
	int64_t deadline_ms;            /* monotonic; finish before it with what there is */
	unsigned requests;              /* requests to Spotify so far; the client counts */
	bool cancelled;                 /* nobody waits for the answer any more */
	bool unheard;                   /* nor will anybody ever have it */
	bool repeatable;                /* by its arguments: the same call again does nothing twice */

	/* The handler's own. */
	void *state;                    /* usually from the arena */
	/* The record of what it changes (journal.h), ended with the call; or NULL.  What
	 * it takes back by that, ID_BYTES in the arena; or NULL. */
	struct change *change;
	const uint8_t *undoes;
	struct turn *turn;              /* at a playlist (turn.h), or NULL */
	void (*leave)(struct call *c);  /* ends it, or NULL */
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
	struct json_object *parts;      /* messages, contents or suggestions, or NULL */
	void (*run)(struct call *call);
	bool failed, cut, over, stopped;
	bool editing;                   /* counted among the worker's edits */
	bool missing;                   /* call_missing */
	bool background;                /* the worker's own: not logged, last in line */
	uint32_t pause_s;               /* by whoever failed: it is no use to ask before */
	bool broken;                    /* call_broken */
	unsigned more;                  /* suggestions that were only counted */
	err_t trouble;                  /* memory ran out while the result was made */
	int64_t started_ms, told_ms;
	double told;                    /* progress that was told last */
	double total, told_before;      /* of what counts now; before that began */
	struct event *timer;
	struct deferred ending;
	struct call_rounds rounds;
	struct call_hooks hooks;
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
/*
 * Further content blocks, after the text in the order they are added; all
 * copies.  base64 is the data as Base64 text.  What a client's version does
 * not know becomes text (L-21).
 */
void call_resource(struct call *c, const char *uri, const char *mime, struct span text);
void call_resource_blob(struct call *c, const char *uri, const char *mime, const char *base64);
void call_image(struct call *c, const char *mime, const char *base64);
void call_audio(struct call *c, const char *mime, const char *base64);
/* A link to a resource; title, about and mime may be NULL. */
void call_link(struct call *c, const char *uri, const char *name, const char *title,
    const char *about, const char *mime);

/* The same blocks by themselves, for call_message_block; new references.  NULL:
 * memory ran out. */
struct json_object *block_text(struct span text);
struct json_object *block_resource(const char *uri, const char *mime, struct span text);
struct json_object *block_resource_blob(const char *uri, const char *mime, const char *base64);
struct json_object *block_image(const char *mime, const char *base64);
struct json_object *block_audio(const char *mime, const char *base64);
struct json_object *block_link(const char *uri, const char *name, const char *title,
    const char *about, const char *mime);

/* --- prompts, resources, completions (worker/mcp/catalog.h) -------------------- */
enum call_role { ROLE_USER, ROLE_ASSISTANT };
/* Adds a message of a prompt: formatted text, or a block (taken over, also NULL). */
void call_message(struct call *c, enum call_role role, const char *fmt, ...)
    __attribute__((format(printf, 3, 4)));
void call_message_block(struct call *c, enum call_role role, struct json_object *block);
/* Adds to the contents of the resource that is read. */
void call_contents(struct call *c, const char *uri, const char *mime, struct span text);
void call_contents_blob(struct call *c, const char *uri, const char *mime, const char *base64);
/* The call is over: there is no such resource. */
void call_missing(struct call *c);
/* Adds a suggestion; more than 100 are counted only. */
void call_suggest(struct call *c, const char *text);
/* For text_arg.all: text can be filled in, and is known to the person by this name
 * (the same text, perhaps). */
void call_offer(struct call *c, const char *text, const char *name);
/* What another argument is filled in with, "" if unknown. */
const char *call_other(const struct call *c, const char *name);

/* The call is over and went well (also partly: the text says so). */
void call_done(struct call *c);
/* The call is over and failed: replaces the text by a whole sentence that a
 * model can act on, isError (T-11).  structuredContent is dropped. */
void call_fail(struct call *c, const char *fmt, ...) __attribute__((format(printf, 2, 3)));
/* The call is over because memory ran out or something that cannot happen
 * did; a general sentence is given. */
void call_broken(struct call *c, err_t err);
/* The one or the other: call_done with 0, call_broken with an error. */
void call_end(struct call *c, err_t err);

/* n zeroed bytes that live as long as the call, never NULL for n = 0.  NULL: memory ran
 * out, and the call is over. */
void *call_alloc(struct call *c, size_t n);

/* Tells how far it is, if somebody asked (progress token); at most five a
 * second leave.  total 0: unknown.  message may be NULL.  Another total begins
 * another count, which goes on from where the last one was. */
void call_progress(struct call *c, double done, double total, const char *message);

/* Milliseconds that are left, 0 at the least. */
int64_t call_left_ms(const struct call *c);

/* --- for the protocol side and tests ------------------------------------------ */
struct call_start {
	struct worker *worker;
	const struct tool *tool;        /* NULL: run is called */
	void (*run)(struct call *call); /* NULL: the tool's */
	struct json_object *args;       /* clean (tool_check_args); taken over in any case */
	uint32_t scopes;
	const char *client;             /* what it is called, or NULL; copied */
	uint32_t caps;                  /* CAP_* that the client declared */
	unsigned round;                 /* rounds before this one */
	struct json_object *answers;    /* what came back for them by key, or NULL; borrowed */
	struct span state;              /* copied */
	struct call_hooks hooks;
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

/* A call that waits goes on with these answers, an object by the questions'
 * keys (taken over; NULL: none came). */
void call_go_on(struct call *c, struct json_object *answers);

/* For ask.c: the clock stops and the client is asked at the end of the turn; the
 * handler runs from its beginning; nobody is told of the end any more. */
void call_rest(struct call *c);
void call_run_again(struct call *c);
void call_quiet(struct call *c);

/* Appends the members "content", "structuredContent" (where there is one and the
 * version has it) and "isError" of the result of a call that is over, separated
 * by commas.  ERR_LIMIT, ERR_NOMEM, ERR_SYNTAX (text that is no UTF-8). */
err_t call_write_result(struct call *c, enum mcp_version version, struct buf *out) MUST_CHECK;

/* The block as the version knows it: itself, or a text block in its place; a new
 * reference.  NULL: memory ran out. */
struct json_object *block_for(struct json_object *block, enum mcp_version version);

#endif
