/* Tasks; see tasks.h. */
#include "config.h"

#include <stdlib.h>
#include <string.h>
#include <time.h>

#include "shared/base/clock.h"
#include "shared/crypto/random.h"
#include "shared/json/json.h"
#include "worker/mcp/inside.h"
#include "worker/mcp/tasks.h"
#include "worker/tools/ask.h"
#include "worker/tools/call.h"
#include "worker/worker.h"

#define TASKS_MAX   32
#define RESULT_MAX  262144   /* bytes that are kept of each */
#define ANSWER_MAX  (1u << 20)
#define TTL_S       300
#define POLL_MS     500

static const char *const names[] = {
	"working", "input_required", "completed", "failed", "cancelled"};

static void
forget(struct task *t)
{
	struct task **at = &t->mcp->tasks;

	while (*at != NULL && *at != t)
		at = &(*at)->next;
	if (*at == t)
		*at = t->next;
	if (t->call != NULL)
		call_cancel(t->call);
	if (t->expiry != NULL)
		event_free(t->expiry);
	json_object_put(t->answers);
	buf_free(&t->result);
	free(t);
}

void
tasks_free(struct mcp *m)
{
	while (m->tasks != NULL)
		forget(m->tasks);
}

static void
on_expiry(evutil_socket_t fd, short what, void *arg)
{
	(void)fd;
	(void)what;
	forget(arg);
}

static void
set(struct task *t, enum task_status status)
{
	t->status = status;
	t->updated_s = clock_wall_s();
}

/* --- the call -------------------------------------------------------------------- */

/* A failed call is a completed task; a failed task is one without result. */
static void
on_done(struct call *call, void *arg)
{
	struct task *t = arg;

	t->call = NULL;
	if (!call->broken && call_write_result(call, MCP_2026_07_28, &t->result) == 0)
		set(t, TASK_COMPLETED);
	else
		set(t, TASK_FAILED);
}

static void
on_asks(struct call *call, void *arg)
{
	struct task *t = arg;

	json_object_put(t->answers);
	t->answers = json_object_new_object();
	if (t->answers == NULL)
		call_broken(call, ERR_NOMEM);
	else
		set(t, TASK_INPUT_REQUIRED);
}

/* --- what is said of a task --------------------------------------------------------- */
static err_t
write_time(const char *name, int64_t s, struct buf *out)
{
	time_t when = (time_t)s;
	struct tm tm;

	if (gmtime_r(&when, &tm) == NULL)
		return ERR_SYSTEM;
	return buf_printf(out, ",\"%s\":\"%04d-%02d-%02dT%02d:%02d:%02dZ\"", name, tm.tm_year + 1900,
	    tm.tm_mon + 1, tm.tm_mday, tm.tm_hour, tm.tm_min, tm.tm_sec);
}

static err_t
write_task(const struct task *t, struct buf *out)
{
	err_t err;

	err = buf_printf(out, "\"taskId\":\"%s\",\"status\":\"%s\",\"ttlMs\":%d,\"pollIntervalMs\":%d",
	    t->id, names[t->status], TTL_S * 1000, POLL_MS);
	if (err == 0)
		err = write_time("createdAt", t->created_s, out);
	return err == 0 ? write_time("lastUpdatedAt", t->updated_s, out) : err;
}

/* What its status adds. */
static err_t
write_outcome(const struct task *t, struct buf *out)
{
	struct buf questions;
	err_t err;

	switch (t->status) {
	case TASK_INPUT_REQUIRED:
		buf_init(&questions, ANSWER_MAX);
		err = ask_write_questions(&questions, t->call, MCP_2026_07_28, t->answers);
		if (err == 0)
			err = buf_put_byte(out, ',');
		if (err == 0)
			err = buf_put_span(out, buf_span(&questions));
		buf_free(&questions);
		return err;
	case TASK_COMPLETED:
		err = buf_put_str(out, ",\"result\":{\"resultType\":\"complete\",");
		if (err == 0)
			err = buf_put_span(out, buf_span(&t->result));
		return err == 0 ? buf_put_byte(out, '}') : err;
	case TASK_FAILED:
		return buf_printf(out, ",\"error\":{\"code\":%d,\"message\":\"Something went wrong inside "
		    "Tonearm, not with your request.\"}", RPC_INTERNAL);
	case TASK_WORKING:
	case TASK_CANCELLED:
		break;
	}
	return 0;
}

/* --- making one ----------------------------------------------------------------------- */
static bool
room(const struct mcp *m)
{
	const struct task *t;
	unsigned n = 0;

	for (t = m->tasks; t != NULL; t = t->next)
		n++;
	return n < TASKS_MAX;
}

static err_t
make(struct mcp *m, struct task **out)
{
	const struct timeval ttl = {.tv_sec = TTL_S};
	uint8_t random[TASK_RANDOM];
	struct task *t;
	err_t err = random_bytes(random, sizeof(random));

	if (err != 0)
		return err;
	t = calloc(1, sizeof(*t));
	if (t == NULL)
		return ERR_NOMEM;
	t->mcp = m;
	buf_init(&t->result, RESULT_MAX);
	b64url_encode(span_of(random, sizeof(random)), t->id);
	set(t, TASK_WORKING);
	t->created_s = t->updated_s;
	t->expiry = evtimer_new(loop_base(m->worker->loop), on_expiry, t);
	if (t->expiry == NULL || evtimer_add(t->expiry, &ttl) != 0) {
		forget(t);
		return ERR_NOMEM;
	}
	t->next = m->tasks;
	m->tasks = t;
	*out = t;
	return 0;
}

void
tasks_put(struct call *call, void *arg)
{
	struct rpc *rpc = arg;
	struct task *t = NULL;
	struct buf out;
	err_t err;

	if (!room(rpc->x->mcp))
		return;
	buf_init(&out, 4096);
	err = make(rpc->x->mcp, &t);
	if (err == 0)
		err = write_task(t, &out);
	if (err == 0) {
		call_quiet(call);
		call->finished = on_done;
		call->hooks.asks = on_asks;
		call->arg = t;
		t->call = call;
		rpc->call = NULL;
		rpc_task(rpc, buf_span(&out));
	} else {
		if (t != NULL)
			forget(t);
		call->trouble = err;
	}
	buf_free(&out);
}

/* --- the methods ------------------------------------------------------------------------ */

/* The task that a request names; NULL: it was answered. */
static struct task *
named(struct rpc *rpc)
{
	struct task *t = NULL;
	struct span id;

	if ((ask_capabilities_of(rpc->x) & CAP_TASKS) == 0) {
		ask_lacking(NULL, CAP_TASKS, rpc);
		return NULL;
	}
	if (json_get_str(rpc->m.params, "taskId", &id))
		for (t = rpc->x->mcp->tasks; t != NULL && !span_is(id, t->id);)
			t = t->next;
	if (t == NULL)
		rpc_error(rpc, 200, RPC_INVALID_PARAMS,
		    "There is no such task, or it is kept no longer.", NULL);
	return t;
}

void
tasks_get(struct rpc *rpc)
{
	const struct task *t = named(rpc);
	struct buf out;
	err_t err;

	if (t == NULL)
		return;
	buf_init(&out, ANSWER_MAX);
	err = write_task(t, &out);
	if (err == 0)
		err = write_outcome(t, &out);
	if (err == 0)
		rpc_result(rpc, buf_span(&out), NULL);
	else
		rpc_error(rpc, 200, RPC_INTERNAL, "Not enough memory.", NULL);
	buf_free(&out);
}

/* Takes the answers that were waited for; *open: how many are still missing. */
static err_t
take(struct task *t, struct json_object *responses, unsigned *open)
{
	const struct question *q;
	err_t err = 0;

	*open = 0;
	for (q = t->call->rounds.questions; err == 0 && q != NULL; q = q->next) {
		struct json_object *answer = json_get(responses, q->key);

		if (q->answered || json_get(t->answers, q->key) != NULL)
			continue;
		if (answer == NULL)
			(*open)++;
		else
			err = json_add(t->answers, q->key, json_object_get(answer));
	}
	return err;
}

void
tasks_update(struct rpc *rpc)
{
	struct json_object *responses = json_get_obj(rpc->m.params, "inputResponses"), *answers;
	struct task *t = named(rpc);
	unsigned open;

	if (t == NULL)
		return;
	if (responses == NULL) {
		rpc_error(rpc, 200, RPC_INVALID_PARAMS, "params.inputResponses must be an object.",
		    NULL);
		return;
	}
	if (t->status == TASK_INPUT_REQUIRED) {
		if (take(t, responses, &open) != 0) {
			rpc_error(rpc, 200, RPC_INTERNAL, "Not enough memory.", NULL);
			return;
		}
		if (open == 0) {
			answers = t->answers;
			t->answers = NULL;
			set(t, TASK_WORKING);
			call_go_on(t->call, answers);
		}
	}
	rpc_result(rpc, span_of(NULL, 0), NULL);
}

void
tasks_cancel(struct rpc *rpc)
{
	struct task *t = named(rpc);

	if (t == NULL)
		return;
	if (t->call != NULL) {
		call_cancel(t->call);
		t->call = NULL;
		set(t, TASK_CANCELLED);
	}
	rpc_result(rpc, span_of(NULL, 0), NULL);
}
