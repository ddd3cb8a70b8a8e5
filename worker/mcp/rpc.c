/* JSON-RPC messages and their answers; see rpc.h. */
#include "config.h"

#include <stdlib.h>
#include <string.h>

#include "shared/json/json.h"
#include "worker/mcp/inside.h"
#include "worker/mcp/rpc.h"
#include "worker/mcp/trail.h"
#include "worker/tools/call.h"
#include "worker/worker.h"

#define ANSWER_MAX (REQUEST_ANSWER_MAX - 4096)

bool
rpc_id_fits_modern(struct json_object *id)
{
	return json_object_is_type(id, json_type_string) || json_object_is_type(id, json_type_int);
}

/* 1.0 and 1e3: whole numbers in another form, which is kept. */
static bool
is_whole(struct json_object *id)
{
	double d = json_object_is_type(id, json_type_double) ? json_object_get_double(id) : 0.5;

	return d >= -9007199254740992.0 && d <= 9007199254740992.0 && d == (double)(int64_t)d;
}

void
rpc_read(struct json_object *v, struct rpc_message *out)
{
	struct span version;

	memset(out, 0, sizeof(*out));
	out->kind = RPC_BROKEN;
	out->whole = v;
	if (!json_object_is_type(v, json_type_object))
		return;
	out->id = json_get(v, "id");
	if (!json_object_is_type(out->id, json_type_string) &&
	    !json_object_is_type(out->id, json_type_int) && !is_whole(out->id))
		out->id = NULL;
	if (!json_get_str(v, "jsonrpc", &version) || !span_is(version, "2.0"))
		return;
	/* An id that is there but null, a boolean or a structure. */
	if (json_has(v, "id") && out->id == NULL)
		return;
	if (!json_has(v, "method")) {
		if (json_has(v, "result") != json_has(v, "error"))
			out->kind = RPC_RESPONSE;
		return;
	}
	if (json_has(v, "result") || json_has(v, "error") ||
	    !json_get_str(v, "method", &out->method) || out->method.n == 0)
		return;
	out->params = json_get_obj(v, "params");
	out->bad_params = out->params == NULL && json_has(v, "params");
	out->meta = json_get_obj(out->params, "_meta");
	out->kind = out->id != NULL ? RPC_REQUEST : RPC_NOTIFICATION;
}

static void
exchange_free(struct exchange *x)
{
	struct exchange **at;
	struct rpc *rpc;

	for (at = &x->mcp->exchanges; *at != NULL; at = &(*at)->next) {
		if (*at == x) {
			*at = x->next;
			break;
		}
	}
	while ((rpc = x->rpcs) != NULL) {
		x->rpcs = rpc->next;
		ask_forget(rpc);
		free(rpc->uri);
		free(rpc);
	}
	listen_forget(x);
	json_object_put(x->body);
	buf_free(&x->gathered);
	free(x);
}

void
exchange_abandon(struct exchange *x)
{
	struct rpc *rpc;

	for (rpc = x->rpcs; rpc != NULL; rpc = rpc->next) {
		ask_forget(rpc);
		if (rpc->call == NULL)
			continue;
		if (x->who.era == ERA_MODERN)
			call_cancel(rpc->call);
		else
			call_detach(rpc->call);
		rpc->call = NULL;
	}
	x->rq = NULL;
	/* What was remembered of an answer that will not be whole. */
	if (x->trail != NULL && !x->getting)
		x->trail->torn = true;
	exchange_over(x);
	exchange_free(x);
}

/* The client has gone: modern requests are cancelled by that (M-21), legacy
 * ones go on, for a client that comes back or for nobody (L-15). */
void
exchange_gone(struct request *rq)
{
	struct exchange *x = rq->state_of_protocol;

	if (!exchange_left(x))
		exchange_abandon(x);
}

struct exchange *
exchange_create(struct mcp *mcp, struct request *rq, struct json_object *body)
{
	struct exchange *x = calloc(1, sizeof(*x));

	if (x == NULL) {
		json_object_put(body);
		request_answer(rq, &(struct answer){.status = 503, .retry_after = 1},
		    span_of(NULL, 0));
		return NULL;
	}
	x->mcp = mcp;
	x->rq = rq;
	x->body = body;
	x->who.scopes = rq->scopes;
	memcpy(x->who.grant, rq->grant, sizeof(x->who.grant));
	buf_init(&x->gathered, ANSWER_MAX);
	x->next = mcp->exchanges;
	mcp->exchanges = x;
	rq->state_of_protocol = x;
	rq->on_gone = exchange_gone;
	return x;
}

static struct json_object *
progress_token(const struct rpc_message *m)
{
	struct json_object *t = json_get(m->meta, "progressToken");

	return json_object_is_type(t, json_type_string) ||
	    json_object_is_type(t, json_type_int) ? t : NULL;
}

struct rpc *
exchange_add(struct exchange *x, const struct rpc_message *m)
{
	struct rpc *rpc = calloc(1, sizeof(*rpc));
	struct rpc **at = &x->rpcs;

	if (rpc == NULL) {
		struct request *rq = x->rq;

		exchange_abandon(x);
		request_answer(rq, &(struct answer){.status = 503, .retry_after = 1},
		    span_of(NULL, 0));
		request_starve(rq);
		return NULL;
	}
	rpc->x = x;
	rpc->m = *m;
	rpc->token = progress_token(m);
	while (*at != NULL)
		at = &(*at)->next;
	*at = rpc;
	x->open++;
	return rpc;
}

static size_t
length(const struct span *parts, size_t n_parts)
{
	size_t i, n = 0;

	for (i = 0; i < n_parts; i++)
		n += parts[i].n;
	return n;
}

static err_t
put_parts(struct buf *out, const struct span *parts, size_t n_parts)
{
	size_t i;
	err_t err = 0;

	for (i = 0; err == 0 && i < n_parts; i++)
		err = buf_put_span(out, parts[i]);
	return err;
}

/* All requests are answered: ends the HTTP answer. */
void
exchange_end(struct exchange *x)
{
	const struct answer head = {.status = 200, .media = MEDIA_JSON,
	    .session = span_str(x->session)};

	if (x->streaming) {
		if (x->lost && x->rq != NULL)
			request_starve(x->rq);
		exchange_over(x);
	} else if (x->gathered.len == 0 && !x->lost) {
		/* Only notifications, responses or cancelled requests (L-3). */
		request_answer(x->rq, &(struct answer){.status = 202}, span_of(NULL, 0));
	} else if (x->lost || buf_put_byte(&x->gathered, ']') != 0) {
		request_answer(x->rq, &(struct answer){.status = 503, .retry_after = 1},
		    span_of(NULL, 0));
	} else {
		request_answer(x->rq, &head, buf_span(&x->gathered));
	}
	exchange_free(x);
}

void
exchange_read(struct exchange *x)
{
	x->reading = false;
	if (x->open == 0)
		exchange_end(x);
}

/* One request's answer goes out, in parts that are put together where they leave
 * from, since it can be large; the exchange may be gone afterwards. */
static void
put_answer(struct rpc *rpc, uint16_t status, const struct span *parts, size_t n_parts)
{
	struct exchange *x = rpc->x;

	if (rpc->answered)
		return;
	if (x->rq == NULL && length(parts, n_parts) > TRAIL_BYTES / 2) {
		rpc_error(rpc, 200, RPC_INTERNAL, "The answer is too large to be kept until it is "
		    "fetched; ask again.", NULL);
		return;
	}
	rpc->answered = true;
	x->open--;
	if (!x->streaming && status == 200 && x->must_stream)
		(void)exchange_stream(x);
	if (x->streaming) {
		exchange_put(x, parts, n_parts);
	} else if (!x->batch) {
		request_answer_parts(x->rq, &(struct answer){.status = status,
		    .media = MEDIA_JSON, .session = span_str(x->session),
		    .auth_error = status == 403 ? AUTH_SCOPE : AUTH_NONE,
		    .scopes = status == 403 ? x->needed : 0}, parts, n_parts);
		exchange_free(x);
		return;
	} else if (x->lost || buf_put_byte(&x->gathered, x->gathered.len == 0 ? '[' : ',') != 0 ||
	    put_parts(&x->gathered, parts, n_parts) != 0) {
		/* Too much for one answer: what is there must not look whole. */
		buf_clear(&x->gathered);
		x->lost = true;
	}
	if (x->open == 0 && !x->reading)
		exchange_end(x);
}

void
rpc_drop(struct rpc *rpc)
{
	struct exchange *x = rpc->x;

	if (rpc->answered)
		return;
	ask_withdraw(rpc);
	if (rpc->call != NULL)
		call_cancel(rpc->call);
	rpc->call = NULL;
	rpc->answered = true;
	x->open--;
	if (x->open == 0 && !x->reading)
		exchange_end(x);
}

static err_t
write_head(struct buf *out, struct json_object *id)
{
	err_t err = buf_put_str(out, "{\"jsonrpc\":\"2.0\"");

	if (err == 0 && id != NULL) {
		err = buf_put_str(out, ",\"id\":");
		if (err == 0)
			err = json_write(out, id);
	}
	return err;
}

/* The members that results have in the modern era only. */
static err_t
write_modern(struct rpc *rpc, struct buf *out, struct span meta,
    const struct rpc_caching *caching, const char *type)
{
	err_t err;

	err = buf_printf(out, "\"resultType\":\"%s\"", type);
	if (err == 0 && caching != NULL)
		err = buf_printf(out, ",\"ttlMs\":%u,\"cacheScope\":\"%s\"", caching->ttl_ms,
		    caching->everybody ? "public" : "private");
	if (err == 0)
		err = buf_put_str(out, ",\"_meta\":{");
	if (err == 0)
		err = buf_put_span(out, meta);
	if (err == 0)
		err = buf_put_str(out, "\"io.modelcontextprotocol/serverInfo\":");
	if (err == 0)
		err = buf_put_span(out, mcp_server_info(rpc->x->mcp, rpc->x->who.version));
	return err == 0 ? buf_put_byte(out, '}') : err;
}

static void
put_result(struct rpc *rpc, const char *type, struct span members, struct span meta,
    const struct rpc_caching *caching)
{
	struct buf head, tail;
	err_t err;

	buf_init(&head, ANSWER_MAX);
	buf_init(&tail, ANSWER_MAX);
	err = write_head(&head, rpc->m.id);
	if (err == 0)
		err = buf_put_str(&head, ",\"result\":{");
	if (err == 0 && rpc->x->who.era == ERA_MODERN) {
		if (members.n > 0)
			err = buf_put_byte(&tail, ',');
		if (err == 0)
			err = write_modern(rpc, &tail, meta, caching, type);
	}
	if (err == 0)
		err = buf_put_str(&tail, "}}");
	if (err == 0 && members.n + head.len + tail.len > ANSWER_MAX)
		err = ERR_LIMIT;
	if (err == 0) {
		const struct span parts[] = {buf_span(&head), members, buf_span(&tail)};

		put_answer(rpc, 200, parts, 3);
	} else {
		rpc_error(rpc, 200, RPC_INTERNAL, err == ERR_LIMIT ?
		    "The answer is too large; ask for less." : "Not enough memory.", NULL);
	}
	buf_free(&head);
	buf_free(&tail);
}

void
rpc_result(struct rpc *rpc, struct span members, const struct rpc_caching *caching)
{
	put_result(rpc, "complete", members, span_of(NULL, 0), caching);
}

void
rpc_input_required(struct rpc *rpc, struct span members)
{
	put_result(rpc, "input_required", members, span_of(NULL, 0), NULL);
}

void
rpc_task(struct rpc *rpc, struct span members)
{
	put_result(rpc, "task", members, span_of(NULL, 0), NULL);
}

err_t
rpc_result_text(struct rpc *rpc, struct span meta, struct buf *out)
{
	err_t err;

	err = write_head(out, rpc->m.id);
	if (err == 0)
		err = buf_put_str(out, ",\"result\":{");
	if (err == 0)
		err = write_modern(rpc, out, meta, NULL, "complete");
	return err == 0 ? buf_put_str(out, "}}") : err;
}

void
rpc_result_meta(struct rpc *rpc, struct span members, struct span meta)
{
	put_result(rpc, "complete", members, meta, NULL);
}

static err_t
write_error(struct buf *out, struct json_object *id, int code, const char *message,
    struct json_object *data)
{
	err_t err;

	err = write_head(out, id);
	if (err == 0)
		err = buf_printf(out, ",\"error\":{\"code\":%d,\"message\":", code);
	if (err == 0)
		err = json_write_str(out, span_str(message));
	if (err == 0 && data != NULL) {
		err = buf_put_str(out, ",\"data\":");
		if (err == 0)
			err = json_write(out, data);
	}
	return err == 0 ? buf_put_str(out, "}}") : err;
}

void
rpc_error(struct rpc *rpc, uint16_t status, int code, const char *message,
    struct json_object *data)
{
	struct buf out;

	worker_log(rpc->x->mcp->worker, WEV_request_refused, status, code, 0, 0);
	buf_init(&out, ANSWER_MAX);
	if (write_error(&out, rpc->m.id, code, message, data) == 0) {
		const struct span text = buf_span(&out);

		put_answer(rpc, status, &text, 1);
	} else {
		rpc->x->lost = true;
		rpc_drop(rpc);
	}
	buf_free(&out);
	json_object_put(data);
}

void
rpc_refuse(struct request *rq, uint16_t status, int code, const char *message,
    struct json_object *id)
{
	struct buf out;

	worker_log(rq->worker, WEV_request_refused, status, code, 0, 0);
	buf_init(&out, ANSWER_MAX);
	if (write_error(&out, id, code, message, NULL) != 0)
		buf_clear(&out);
	request_answer(rq, &(struct answer){.status = status, .media = MEDIA_JSON},
	    buf_span(&out));
	buf_free(&out);
}
