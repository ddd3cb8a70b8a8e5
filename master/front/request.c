/*
 * Requests; see request.h.  Knows places and deadlines; how a worker or the
 * portal is spoken to is relay's and pages' affair.
 */
#include "config.h"

#include <stdlib.h>
#include <string.h>

#include "master/front/pages.h"
#include "master/front/probes.h"
#include "master/front/relay.h"
#include "master/front/request.h"
#include "master/front/routes.h"
#include "master/front/streams.h"
#include "master/front/workers.h"
#include "shared/base/clock.h"
#include "shared/base/log.h"
#include "shared/crypto/token.h"

#define DOWNLOAD_OVER "this download is over; ask for it again on your account page"

/* How long a request may stay in a state; 0: for ever. */
static const int64_t state_ms[REQUEST_STATES] = {
	[REQUEST_BINDING] = 5000, [REQUEST_FRESH] = 5000, [REQUEST_SENT] = 1000,
	[REQUEST_WORKING] = 60000, [REQUEST_ANSWERING] = 60000, [REQUEST_PAGE] = 30000,
};

void
request_set_state(struct request *r, enum request_state state)
{
	list_remove(&r->front->requests[r->state], &r->link);
	r->state = state;
	r->since = clock_mono_ms();
	list_add(&r->front->requests[state], &r->link);
}

static void
let_go(struct request *r)
{
	if (r->route != NULL)
		routes_forget_request(r);
	if (r->worker != NULL)
		workers_forget_request(r);
}

void
request_return(struct request *r)
{
	let_go(r);
	pages_back(r, 200, 0);
}

void
request_free(struct request *r)
{
	let_go(r);
	streams_forget(r);
	list_remove(&r->front->requests[r->state], &r->link);
	loop_defer_cancel(r->front->loop, &r->turn);
	r->client->request = NULL;
	secret_clear(&r->credential);
	buf_free(&r->hold);
	arena_reset(&r->arena);
	free(r);
}

void
request_abandon(struct request *r)
{
	struct front *f = r->front;

	if (r->worker != NULL)
		relay_cancel(r);
	if (r->back || r->state == REQUEST_PAGE)
		pages_cancel(f, r->id);
	request_free(r);
}

void
request_fail(struct request *r, unsigned status, const char *message, uint32_t retry_after)
{
	const struct refusal why = {.status = status, .message = message,
	    .retry_after = retry_after,
	    .auth_error = status == 401 ? AUTH_INVALID : AUTH_NONE};
	struct client *c = r->client;
	bool begun = r->begun, download = r->download;

	if (r->back) {
		let_go(r);
		pages_back(r, status, retry_after);
		return;
	}
	request_free(r);
	if (!begun && download && status == 401)
		/* Nobody is to be asked for a token here. */
		answer_refusal(c, &(struct refusal){.status = 403, .message = DOWNLOAD_OVER});
	else if (!begun)
		answer_refusal(c, &why);
	if (!begun)
		return;
	request_log(c);
	client_close(c);
}

void
request_answer_whole(struct request *r, struct span body)
{
	struct client *c = r->client;
	struct answer_head h = r->head;
	struct arena arena = r->arena;
	struct buf hold = r->hold;

	if (h.status >= 500 && body.n == 0) {
		/* It had no memory even for words. */
		r->begun = false;
		request_fail(r, h.status, "there was no room to work on this request; ask again",
		    h.retry_after > 0 ? h.retry_after : 1);
		return;
	}
	/* What the answer needs outlives the request by these two. */
	arena_init(&r->arena, 0);
	buf_init(&r->hold, 0);
	request_free(r);
	answer_whole(c, &h, body);
	arena_reset(&arena);
	buf_free(&hold);
}

void
request_bytes_left(struct request *r, size_t left)
{
	size_t most = left + r->hold.len;

	/* Framing leaves with the body; counting it as gone first errs on the
	 * safe side. */
	if (r->waiting > most) {
		r->owed += r->waiting - most;
		r->waiting = most;
	}
	if (r->worker != NULL && !r->last)
		relay_give_back(r);
}

static struct request *
request_create(struct client *c)
{
	struct front *f = c->front;
	struct request *r = calloc(1, sizeof(*r));

	if (r == NULL)
		return NULL;
	r->front = f;
	r->client = c;
	r->id = c->request_id;
	r->state = REQUEST_BINDING;
	r->since = clock_mono_ms();
	r->get = c->head.method == METHOD_GET;
	arena_init(&r->arena, REQUEST_ARENA_MAX);
	buf_init(&r->hold, c->place == PLACE_PAGE ? REQUEST_PAGE_MAX : FRONT_CREDIT);
	list_add(&f->requests[r->state], &r->link);
	c->request = r;
	return r;
}

/* Keeps the credential for the worker and its hash for the route. */
static err_t
keep_credential(struct request *r)
{
	struct buf link;
	struct span token;
	err_t err;

	buf_init(&link, TOKEN_CHARS * 2);
	err = request_token(r->client, &link, &token);
	if (err == 0)
		err = token_hash(token, r->hash);
	if (err == 0)
		err = secret_set(&r->credential, token);
	buf_free(&link);
	return err;
}

static void
run_mcp(struct client *c)
{
	struct request *r = request_create(c);
	err_t err;

	if (r == NULL) {
		client_close(c);
		return;
	}
	err = keep_credential(r);
	if (err != 0 || c->cred_kind == CRED_NONE) {
		request_fail(r, 500, "the token could not be kept", 0);
		return;
	}
	r->cred_kind = (uint8_t)c->cred_kind;
	routes_find_worker(r);
}

static void
run_page(struct client *c)
{
	struct request *r = request_create(c);

	if (r == NULL) {
		client_close(c);
		return;
	}
	request_set_state(r, REQUEST_PAGE);
	pages_ask(r);
}

void
request_run(struct client *c)
{
	struct front *f = c->front;

	c->request_id = ++f->last_request;
	f->counts.requests++;
	if (c->refusal.status != 0) {
		answer_refusal(c, &c->refusal);
		return;
	}
	switch (c->place) {
	case PLACE_MCP:
	case PLACE_LINK:
		if (c->head.method == METHOD_OPTIONS)
			answer_preflight(c);
		else
			run_mcp(c);
		break;
	case PLACE_HEALTH:
		probes_health(c);
		break;
	case PLACE_READY:
		probes_ready(c);
		break;
	default:
		run_page(c);
		break;
	}
}

void
request_log(const struct client *c)
{
	static const char *const places[PLACE_COUNT] = {
		"none", "mcp", "link", "health", "ready", "page",
	};
	static const char *const methods[METHOD_COUNT] = {
		"none", "GET", "HEAD", "POST", "DELETE", "OPTIONS",
	};
	enum log_level level = c->place == PLACE_HEALTH || c->place == PLACE_READY ?
	    LOG_DEBUG : LOG_INFO;

	LOG_LINE(level, "request", LF_STR("method", methods[c->head.method]),
	    LF_STR("route", places[c->place]), LF_UINT("status", c->answer.status),
	    LF_UINT("bytes", c->answer.bytes),
	    LF_INT("ms", c->began == 0 ? 0 : clock_mono_ms() - c->began),
	    LF_UINT("worker", c->worker), LF_UINT("request", c->request_id));
}

static void
too_old(struct request *r)
{
	struct front *f = r->front;

	switch (r->state) {
	case REQUEST_BINDING:
		request_fail(r, 503, "no worker was ready in time; ask again", 2);
		break;
	case REQUEST_PAGE:
		pages_cancel(f, r->id);
		request_fail(r, 504, "the page took too long", 5);
		break;
	case REQUEST_ANSWERING:
		/* Not the worker's fault while the client does not read. */
		if (r->waiting > 0) {
			request_set_state(r, REQUEST_ANSWERING);
			break;
		}
		/* fallthrough */
	default:
		f->counts.hung++;
		workers_hung(r);
		break;
	}
}

void
requests_sweep(struct front *f, int64_t now_ms)
{
	unsigned s;

	for (s = 0; s < REQUEST_STATES; s++) {
		while (state_ms[s] > 0 && f->requests[s].n > 0) {
			struct request *r = LINK_OWNER(list_first(&f->requests[s]),
			    struct request, link);

			if (now_ms - r->since < state_ms[s])
				break;
			too_old(r);
		}
	}
}
