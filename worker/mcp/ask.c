/*
 * How a call's questions reach the client and its answers the call: as a result
 * that asks, in the modern era (docs/protocol.md ), or as requests of ours
 * on the stream of the request, in the legacy era (L-12).
 */
#include "config.h"

#include <stdlib.h>
#include <string.h>

#include "shared/base/clock.h"
#include "shared/conf/values.h"
#include "shared/crypto/b64.h"
#include "shared/crypto/random.h"
#include "shared/json/json.h"
#include "worker/mcp/asked.h"
#include "worker/mcp/catalog.h"
#include "worker/mcp/inside.h"
#include "worker/mcp/state.h"
#include "worker/tools/ask.h"
#include "worker/worker.h"

#define WAIT_S      300      /* for a person to answer */
#define ID_RANDOM   16
#define ID_CHARS    (B64URL_LEN(ID_RANDOM) + 1)
#define TEXT_MAX    (1u << 20)

/* A legacy call that waits. */
struct waiting {
	struct rpc *rpc;
	struct event *timer;
	struct json_object *answers;     /* by key */
	unsigned open;
	bool refused;                    /* something there is no going on without */
	struct {
		const struct question *q;    /* the call's own; NULL: answered */
		char id[ID_CHARS];
	} asked[ASK_QUESTIONS];
};

uint32_t
ask_capabilities_of(const struct exchange *x)
{
	uint32_t caps = x->who.capabilities;

	if (x->who.era == ERA_MODERN && x->mcp->worker->catalog->tasks)
		return caps;
	caps &= ~CAP_TASKS;
	if (x->who.era == ERA_MODERN)
		return caps;
	/* What is asked travels on the stream of the request. */
	if (!x->may_stream || (x->batch && !x->must_stream))
		caps &= CAP_APPS;
	if (x->who.version < MCP_2025_06_18)
		caps &= ~CAP_ELICIT_FORM;
	if (x->who.version < MCP_2025_11_25)
		caps &= ~CAP_ELICIT_URL;
	return caps;
}

/* --- modern -------------------------------------------------------------------- */
static struct state_for
state_of(const struct rpc *rpc)
{
	struct state_for f = {.data_key = &rpc->x->mcp->worker->key, .method = rpc->m.method,
		.params = rpc->m.params, .now = clock_wall_s()};

	memcpy(f.grant, rpc->x->who.grant, sizeof(f.grant));
	return f;
}

/* What is inside of a requestState: the answers that there were already as JSON in
 * a line, and what the handler gave.  Answers that are too long are left out, and
 * asked for once more. */
static err_t
write_kept(const struct call *call, struct buf *out)
{
	const struct call_rounds *r = &call->rounds;
	struct json_object *answers = ask_kept_answers(r);
	err_t err = answers == NULL ? ERR_NOMEM : 0;

	if (err == 0 && json_object_object_length(answers) > 0)
		err = json_write(out, answers);
	if (err == ERR_LIMIT || out->len + 1 + r->kept.len > STATE_MAX) {
		buf_clear(out);
		err = 0;
	}
	json_object_put(answers);
	if (err == 0 && (out->len > 0 || r->kept.len > 0))
		err = buf_put_byte(out, '\n');
	return err == 0 ? buf_put_span(out, buf_span(&r->kept)) : err;
}

static err_t
read_kept(struct span inner, struct json_object **answers, struct buf *state)
{
	const uint8_t *end = inner.n == 0 ? NULL : memchr(inner.p, '\n', inner.n);
	size_t n = end == NULL ? 0 : (size_t)(end - inner.p);
	err_t err = 0;

	if (n > 0)
		err = json_parse(span_of(inner.p, n), &json_from_client, answers);
	if (err == 0 && end != NULL)
		err = buf_put_span(state, span_of(end + 1, inner.n - n - 1));
	return err;
}

/* Adds what came with this request to what was kept. */
static err_t
merge(struct json_object **answers, struct json_object *came)
{
	struct json_object_iter it;
	err_t err = 0;

	if (*answers == NULL && (*answers = json_object_new_object()) == NULL)
		return ERR_NOMEM;
	json_object_object_foreachC(came, it)
		if (err == 0 && it.val != NULL)
			err = json_add(*answers, it.key, json_object_get(it.val));
	return err;
}

err_t
ask_read_round(struct rpc *rpc, struct call_start *start, struct buf *state)
{
	const struct state_for f = state_of(rpc);
	struct json_object *came = json_get_obj(rpc->m.params, "inputResponses");
	struct span text;
	struct buf inner;
	err_t err = 0;

	if (rpc->x->who.era != ERA_MODERN)
		return 0;
	if ((came == NULL && json_has(rpc->m.params, "inputResponses")) ||
	    (json_has(rpc->m.params, "requestState") &&
	    !json_get_str(rpc->m.params, "requestState", &text)))
		return ERR_SYNTAX;
	buf_init(&inner, STATE_MAX);
	if (json_get_str(rpc->m.params, "requestState", &text))
		err = state_read(&f, text, &start->round, &inner);
	if (err == 0)
		err = read_kept(buf_span(&inner), &start->answers, state);
	if (err == 0 && came != NULL)
		err = merge(&start->answers, came);
	buf_free(&inner);
	return err;
}

static err_t
write_question(struct buf *out, const struct question *q, enum mcp_version version)
{
	struct json_object *params = NULL;
	err_t err;

	err = asked_params(q, version, &params);
	if (err == 0)
		err = buf_printf(out, "\"method\":\"%s\"", ask_method(q->kind));
	if (err == 0 && params != NULL) {
		err = buf_put_str(out, ",\"params\":");
		if (err == 0)
			err = json_write(out, params);
	}
	json_object_put(params);
	return err;
}

err_t
ask_write_questions(struct buf *out, const struct call *call, enum mcp_version version,
    struct json_object *answers)
{
	const struct question *q;
	err_t err = 0;

	for (q = call->rounds.questions; err == 0 && q != NULL; q = q->next) {
		if (q->answered || json_get(answers, q->key) != NULL)
			continue;
		err = buf_put_str(out, out->len == 0 ? "\"inputRequests\":{" : ",");
		if (err == 0)
			err = json_write_str(out, span_str(q->key));
		if (err == 0)
			err = buf_put_str(out, ":{");
		if (err == 0)
			err = write_question(out, q, version);
		if (err == 0)
			err = buf_put_byte(out, '}');
	}
	return err == 0 && out->len > 0 ? buf_put_byte(out, '}') : err;
}

/* The members of an input_required result. */
static err_t
write_round(struct rpc *rpc, const struct call *call, struct buf *out)
{
	const struct state_for f = state_of(rpc);
	struct buf kept;
	err_t err;

	buf_init(&kept, STATE_MAX);
	err = ask_write_questions(out, call, rpc->x->who.version, NULL);
	if (err == 0)
		err = write_kept(call, &kept);
	if (err == 0 && kept.len > 0) {
		err = buf_put_str(out, out->len > 0 ? ",\"requestState\":\"" : "\"requestState\":\"");
		if (err == 0)
			err = state_make(&f, call->rounds.round + 1, buf_span(&kept), out);
		if (err == 0)
			err = buf_put_byte(out, '"');
	}
	buf_free(&kept);
	return err;
}

/* The round is over and with it the call: the next one is another request. */
static void
answer_round(struct rpc *rpc, struct call *call)
{
	struct buf out;
	err_t err;

	buf_init(&out, TEXT_MAX);
	err = write_round(rpc, call, &out);
	if (err == 0 && !utf8_valid(buf_span(&out)))
		err = ERR_SYNTAX;
	if (err != 0) {
		call_broken(call, err);
	} else {
		rpc->call = NULL;
		call_cancel(call);
		rpc_input_required(rpc, buf_span(&out));
	}
	buf_free(&out);
}

/* --- legacy -------------------------------------------------------------------- */
void
ask_forget(struct rpc *rpc)
{
	struct waiting *w = rpc->waiting;

	if (w == NULL)
		return;
	rpc->waiting = NULL;
	if (w->timer != NULL)
		event_free(w->timer);
	json_object_put(w->answers);
	free(w);
}

/* Tells the client that its answers are not waited for any more. */
static void
tell_withdrawn(const struct rpc *rpc)
{
	const struct waiting *w = rpc->waiting;
	struct buf out;
	unsigned i;

	for (i = 0; i < ASK_QUESTIONS; i++) {
		if (w->asked[i].q == NULL)
			continue;
		buf_init(&out, 512);
		if (buf_printf(&out, "{\"jsonrpc\":\"2.0\",\"method\":\"notifications/cancelled\","
		    "\"params\":{\"requestId\":\"%s\",\"reason\":\"No answer is waited for any more.\"}}",
		    w->asked[i].id) == 0)
			exchange_event(rpc->x, buf_span(&out));
		buf_free(&out);
	}
}

void
ask_withdraw(struct rpc *rpc)
{
	if (rpc->waiting == NULL)
		return;
	tell_withdrawn(rpc);
	ask_forget(rpc);
}

/* Everything is answered, or nothing more is waited for. */
static void
go_on(struct rpc *rpc)
{
	struct waiting *w = rpc->waiting;
	struct json_object *answers = w->answers;
	const bool refused = w->refused;

	w->answers = NULL;
	ask_forget(rpc);
	if (!refused) {
		call_go_on(rpc->call, answers);
		return;
	}
	json_object_put(answers);
	call_fail(rpc->call, "The client did not give what this asked it for. Nothing was "
	    "changed; try again, or use a client that can.");
}

/* There will be no answer to the i-th question: as if the person had closed the
 * form (EL-6); without the client's model or folders there is no going on. */
static void
give_up(struct waiting *w, unsigned i)
{
	const struct question *q = w->asked[i].q;
	struct json_object *closed;

	w->asked[i].q = NULL;
	w->open--;
	w->refused = w->refused || q->kind != ASK_ELICIT;
	if (w->refused)
		return;
	closed = json_object_new_object();
	if (json_add_text(closed, "action", "cancel") != 0) {
		json_object_put(closed);
		closed = NULL;
	}
	w->refused = json_add(w->answers, q->key, closed) != 0;
}

void
ask_on_time(evutil_socket_t fd, short what, void *arg)
{
	struct rpc *rpc = arg;
	unsigned i;

	(void)fd;
	(void)what;
	tell_withdrawn(rpc);
	for (i = 0; i < ASK_QUESTIONS; i++)
		if (rpc->waiting->asked[i].q != NULL)
			give_up(rpc->waiting, i);
	go_on(rpc);
}

void
ask_give_up(struct mcp *m, const uint8_t *hash)
{
	struct exchange *x;
	struct rpc *rpc;

	for (x = m->exchanges; x != NULL; x = x->next) {
		if (hash != NULL && (x->rq == NULL || memcmp(x->rq->hash, hash, HASH_BYTES) != 0))
			continue;
		for (rpc = x->rpcs; rpc != NULL; rpc = rpc->next)
			if (rpc->waiting != NULL)
				ask_on_time(-1, 0, rpc);
	}
}

static err_t
make_id(char id[ID_CHARS])
{
	uint8_t random[ID_RANDOM];
	err_t err = random_bytes(random, sizeof(random));

	if (err == 0)
		b64url_encode(span_of(random, sizeof(random)), id);
	return err;
}

/* One request of ours (L-12). */
static err_t
send_request(struct rpc *rpc, const struct question *q, const char *id)
{
	struct buf out;
	err_t err;

	buf_init(&out, TEXT_MAX);
	err = buf_printf(&out, "{\"jsonrpc\":\"2.0\",\"id\":\"%s\",", id);
	if (err == 0)
		err = write_question(&out, q, rpc->x->who.version);
	if (err == 0)
		err = buf_put_byte(&out, '}');
	if (err == 0 && !utf8_valid(buf_span(&out)))
		err = ERR_SYNTAX;
	if (err == 0)
		exchange_event(rpc->x, buf_span(&out));
	buf_free(&out);
	return err;
}

static err_t
send_requests(struct rpc *rpc, const struct call *call)
{
	const struct timeval time = {.tv_sec = WAIT_S};
	struct waiting *w = rpc->waiting;
	const struct question *q;
	err_t err = 0;

	w->answers = json_object_new_object();
	w->timer = evtimer_new(loop_base(call->worker->loop), ask_on_time, rpc);
	if (w->answers == NULL || w->timer == NULL || evtimer_add(w->timer, &time) != 0)
		return ERR_NOMEM;
	if (!exchange_stream(rpc->x))
		return ERR_STATE;
	for (q = call->rounds.questions; err == 0 && q != NULL; q = q->next) {
		if (q->answered)
			continue;
		err = make_id(w->asked[w->open].id);
		if (err == 0)
			err = send_request(rpc, q, w->asked[w->open].id);
		if (err == 0)
			w->asked[w->open++].q = q;
	}
	return err;
}

/* An answer comes as another request of the same person: those that wait must
 * leave room for one. */
static bool
room_to_ask(const struct mcp *m)
{
	const int64_t most = conf_int(m->worker->conf, "limits.requests_per_user", 8);
	const struct exchange *x;
	const struct rpc *rpc;
	int64_t n = 0;

	for (x = m->exchanges; x != NULL; x = x->next)
		for (rpc = x->rpcs; rpc != NULL; rpc = rpc->next)
			n += rpc->waiting != NULL;
	return n + 1 < most;
}

static void
ask_client(struct rpc *rpc, struct call *call)
{
	err_t err;

	if (!room_to_ask(rpc->x->mcp)) {
		call_fail(call, "Too many questions wait for answers already. Nothing was changed; answer "
		    "one of them, then try again.");
		return;
	}
	ask_forget(rpc);
	rpc->waiting = calloc(1, sizeof(*rpc->waiting));
	err = rpc->waiting == NULL ? ERR_NOMEM : send_requests(rpc, call);
	if (err == ERR_UNSUPPORTED) {
		ask_withdraw(rpc);
		call_fail(call, "This asks for more than a form of this client can hold. Nothing was "
		    "changed; use a newer client.");
	} else if (err != 0) {
		ask_withdraw(rpc);
		call_broken(call, err);
	} else if (rpc->waiting->open == 0) {
		go_on(rpc);   /* it only wanted to be run again */
	}
}

/* The call that waits for the answer with this id, in this session. */
static struct rpc *
find(struct mcp *m, const struct client_context *who, struct span id, unsigned *i)
{
	struct exchange *x;
	struct rpc *rpc;

	for (x = m->exchanges; x != NULL; x = x->next) {
		if (x->who.era != ERA_LEGACY || x->who.session != who->session)
			continue;
		for (rpc = x->rpcs; rpc != NULL; rpc = rpc->next)
			for (*i = 0; rpc->waiting != NULL && *i < ASK_QUESTIONS; ++*i)
				if (rpc->waiting->asked[*i].q != NULL &&
				    span_is(id, rpc->waiting->asked[*i].id))
					return rpc;
	}
	return NULL;
}

void
ask_answered(struct mcp *m, const struct client_context *who, struct json_object *response)
{
	struct json_object *result = json_get(response, "result");
	struct waiting *w;
	struct rpc *rpc;
	struct span id;
	unsigned i = 0;

	rpc = json_get_str(response, "id", &id) ? find(m, who, id, &i) : NULL;
	if (rpc == NULL)
		return;   /* nobody waits for it, or not any more */
	w = rpc->waiting;
	if (json_has(response, "error")) {
		give_up(w, i);
	} else {
		/* What is no answer is asked again. */
		if (result != NULL &&
		    json_add(w->answers, w->asked[i].q->key, json_object_get(result)) != 0)
			w->refused = true;
		w->asked[i].q = NULL;
		w->open--;
	}
	if (w->open == 0)
		go_on(rpc);
}

/* --- both ---------------------------------------------------------------------- */
void
ask_put(struct call *call, void *arg)
{
	struct rpc *rpc = arg;

	if (rpc->x->who.era == ERA_MODERN)
		answer_round(rpc, call);
	else
		ask_client(rpc, call);
}

void
ask_lacking(struct call *call, uint32_t caps, void *arg)
{
	struct json_object *data = json_object_new_object();
	struct rpc *rpc = arg;

	(void)call;
	rpc->call = NULL;
	if (json_add(data, "requiredCapabilities", ask_capabilities(caps)) != 0) {
		json_object_put(data);
		data = NULL;
	}
	if (data == NULL)
		rpc_error(rpc, 200, RPC_INTERNAL, "Not enough memory.", NULL);
	else
		rpc_error(rpc, 400, RPC_NO_CAPABILITY,
		    "The client did not declare a capability that this needs.", data);
}
