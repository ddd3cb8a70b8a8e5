/*
 * A call that asks the person: forms, pages, the client's model, its folders.
 * The same for tools, prompts and resources and in both eras of the protocol,
 * which a handler never sees (docs/protocol.md, L-12, EL-1 to EL-7).
 *
 * The handler's run() is run from its beginning in every round, with what was
 * answered so far of what the last round named, so nothing may take effect
 * before what it waits for was answered:
 *
 *     static void
 *     run(struct call *c)
 *     {
 *             struct json_object *a;
 *
 *             call_ask(c, "sure", ASK_ELICIT, make_form());
 *             a = call_answer(c, "sure");
 *             if (a == NULL)
 *                     call_wait(c, span_of(NULL, 0));
 *             else
 *                     ... a is an ElicitResult whose content fits the form
 *     }
 *
 * The clock of the call stands still while it waits.
 */
#ifndef TONEARM_WORKER_TOOLS_ASK_H
#define TONEARM_WORKER_TOOLS_ASK_H

#include <stdbool.h>
#include <stdint.h>

#include <json-c/json.h>

#include "shared/base/span.h"
#include "worker/mcp/context.h"
#include "worker/tools/call.h"

#define ASK_ROUNDS      10      /* times a call may wait */
#define ASK_QUESTIONS   8       /* of one round */
#define ASK_STATE_MAX   4096    /* bytes given to call_wait */
#define ASK_PARAMS_MAX  65536   /* bytes of a question's params */

enum ask_kind { ASK_ELICIT, ASK_SAMPLE, ASK_ROOTS };

/* A question of this round. */
struct question {
	struct question *next;
	char *key;
	enum ask_kind kind;
	uint32_t need;                  /* CAP_* it takes */
	struct json_object *params;     /* NULL: none (ASK_ROOTS) */
	bool answered;                  /* by an answer that fits */
};

/* Did the client declare all of these CAP_* (with this request, or for its
 * session)?  Where it did not, do without, or end the call by call_lacks. */
bool call_can(const struct call *c, uint32_t caps);

/*
 * Names something that is to be known.  params are those of
 * elicitation/create (a form, or a page with "mode":"url"),
 * sampling/createMessage or roots/list (NULL), taken over.  Nothing is sent
 * where call_answer has the answer already.
 */
void call_ask(struct call *c, const char *key, enum ask_kind kind, struct json_object *params);

/*
 * The client's answer to what call_ask named under this key: the result of
 * the request, borrowed, of the right structure; an accepted form's content fits
 * its schema.  NULL: none came, or none that fits.  An elicitation's
 * "action" may be "accept", "decline" or "cancel".
 */
struct json_object *call_answer(const struct call *c, const char *key);

/*
 * Ends this round: what was named and not answered is asked.  state (copied; may
 * be empty; no secrets: the client sees it) is given back in the next round
 * by call_state, and cannot be altered on its way.  The handler returns
 * afterwards.  A client that cannot be asked ends the call.
 */
void call_wait(struct call *c, struct span state);
struct span call_state(const struct call *c);

/* Ends the call: it cannot be done without these CAP_* (M-13). */
void call_lacks(struct call *c, uint32_t caps);

/* Sends a log message to the client, if it wants messages of that level.
 * logger may be NULL; data is taken over.  Never personal data or tokens. */
void call_log(struct call *c, enum mcp_level level, const char *logger,
    struct json_object *data);

/* The call goes on as a task: the client is answered now and fetches the result
 * later (docs/protocol.md section 10).  Nothing happens where the client
 * cannot do that (CAP_TASKS), or the call is one already. */
void call_as_task(struct call *c);

/* Closes the stream of the answer early where the client can fetch the rest
 * (2025-11-25): it comes again after so many milliseconds. */
void call_hang_up(struct call *c, unsigned retry_ms);

/* --- for the protocol side ------------------------------------------------------ */

/* Method of a question's request. */
const char *ask_method(enum ask_kind kind);

/* {"elicitation":{},...} of CAP_* bits; a new reference, NULL: memory ran out. */
struct json_object *ask_capabilities(uint32_t caps);

/* The answers that fit, of what the handler named in this round, by key: a new
 * object, which goes to the next round with what is asked now.  NULL: memory ran out. */
struct json_object *ask_kept_answers(const struct call_rounds *r);

/* For call.c: frees what a call has of this. */
void ask_free(struct call_rounds *r);

#endif
