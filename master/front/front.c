/*
 * The state as a whole; see front.h: options, beginning and end, the clock's
 * tick, draining, figures.
 */
#include "config.h"

#include <inttypes.h>
#include <stdlib.h>
#include <string.h>
#include <unistd.h>

#include "master/front/client.h"
#include "master/front/front.h"
#include "master/front/listener.h"
#include "master/front/relay.h"
#include "master/front/request.h"
#include "master/front/routes.h"
#include "master/front/streams.h"
#include "master/front/workers.h"
#include "shared/base/clock.h"
#include "shared/base/log.h"

/* A tick that is later than this says that the program itself stood still, so
 * that answers may be waiting which nobody read: no deadline counts then. */
#define TICK_LATE_MS 500

/* Connections wait until requests can be answered; not for ever, because a
 * word of what is missing is better than none. */
#define SERVE_AT_LATEST_MS 3000
#define STARTING_TICK_MS   10

void
front_conf_live(struct front_conf *out, const struct conf_values *values)
{
	out->requests_per_user = (unsigned)conf_int(values, "limits.requests_per_user", 8);
	out->streams_per_user = (unsigned)conf_int(values, "limits.streams_per_user", 8);
}

err_t
front_conf_read(struct front_conf *out, const struct conf_values *values)
{
	err_t err;

	memset(out, 0, sizeof(*out));
	out->public_url = conf_str(values, "server.public_url");
	out->isolation = conf_str(values, "server.isolation");
	out->https = strncmp(out->public_url, "https://", 8) == 0;
	out->links = strcmp(conf_str(values, "links.enabled"), "no") != 0;
	front_conf_live(out, values);
	err = guard_conf_read(&out->guard, out->public_url,
	    conf_str(values, "server.allowed_origins"));
	if (err == 0)
		err = networks_parse(span_str(conf_str(values, "server.trusted_proxies")),
		    &out->proxies);
	return err;
}

size_t
front_clients(const struct front *f)
{
	size_t n = 0;
	unsigned s;

	for (s = 0; s < CLIENT_STATES; s++)
		n += f->clients[s].n;
	return n;
}

size_t
front_requests(const struct front *f)
{
	size_t n = 0;
	unsigned s;

	for (s = 0; s < REQUEST_STATES; s++)
		n += f->requests[s].n;
	return n;
}

size_t
front_workers(const struct front *f)
{
	size_t n = 0;
	unsigned s;

	for (s = 0; s < WORKER_STATES; s++)
		n += f->workers[s].n;
	return n;
}

/* Workers give theirs their final message, front those it can end by itself;
 * what else is under way may finish. */
static void
ask_streams_to_end(struct front *f)
{
	const struct msg_streams_end m = {0};
	struct link *l = list_first(&f->workers[WORKER_BOUND]);

	for (; l != NULL; l = list_next(&f->workers[WORKER_BOUND], l)) {
		struct worker *w = LINK_OWNER(l, struct worker, link);

		if (w->open.n > 0 && send_streams_end(w->ch, 0, &m) != 0)
			log_warn("streams_end_not_sent", LF_UINT("worker", w->id));
	}
	streams_end_all(f, false);
}

/* Is somebody left who was here before the drain began?  Streams do not count:
 * they would never be done. */
static bool
early_left(const struct front *f)
{
	struct link *l;
	unsigned s;

	for (s = 0; s < CLIENT_LINGER; s++)
		for (l = list_first(&f->clients[s]); l != NULL; l = list_next(&f->clients[s], l)) {
			const struct client *c = LINK_OWNER(l, struct client, link);
			const struct request *r = c->request;

			if (!c->late && (r == NULL || (!r->get && r->stream == NULL)))
				return true;
		}
	return false;
}

/* The time is over: whoever still waits is told so. */
static void
fail_open(struct front *f)
{
	unsigned s;

	streams_end_all(f, true);
	for (s = REQUEST_BINDING; s < REQUEST_STATES; s++) {
		struct link *l = list_first(&f->requests[s]), *next;

		for (; l != NULL; l = next) {
			struct request *r = LINK_OWNER(l, struct request, link);

			next = list_next(&f->requests[s], l);
			if (r->begun)
				continue;
			if (s == REQUEST_BINDING || s == REQUEST_PAGE)
				request_fail(r, 503, "the server is restarting; ask again", 1);
			else
				request_fail(r, 502, "the server is restarting; whether the request "
				    "was carried out is not known", 1);
		}
	}
}

static void
drain_tick(struct front *f, int64_t now_ms)
{
	int64_t last_call = f->drain_began + (f->drain_end - f->drain_began) / 3 * 2;

	if (now_ms >= f->drain_end) {
		log_info("drain_deadline", LF_UINT("connections", front_clients(f)),
		    LF_UINT("requests", front_requests(f)));
		fail_open(f);
		loop_stop(f->loop);
	} else if (!f->closed && (now_ms >= last_call || !early_left(f))) {
		listeners_close(f);
		f->closed = true;
		ask_streams_to_end(f);
	} else if (f->closed) {
		clients_close_silent(f, now_ms);
	}
	if (f->closed && front_clients(f) == f->clients[CLIENT_LINGER].n) {
		log_info("drained", LF_INT("ms", now_ms - f->drain_began));
		loop_stop(f->loop);
	}
}

static void
set_tick(struct front *f, int ms)
{
	struct timeval t = {.tv_sec = ms / 1000, .tv_usec = ms % 1000 * 1000};

	if (event_add(f->tick, &t) != 0) {
		/* Without its tick nothing here would ever end. */
		log_error("tick_failed");
		loop_stop(f->loop);
	}
}

/* Connections are accepted once their requests can be answered. */
static void
serve_when_able(struct front *f, int64_t now_ms)
{
	if (f->serving || f->n_listeners == 0)
		return;
	if ((f->vault != NULL && f->have_key && f->database && f->keyring && f->portal != NULL) ||
	    now_ms - f->listening_since >= SERVE_AT_LATEST_MS)
		listeners_serve(f);
	else
		set_tick(f, STARTING_TICK_MS);
}

static void
on_tick(evutil_socket_t fd, short what, void *arg)
{
	struct front *f = arg;
	int64_t now = clock_mono_ms();
	bool late = now - f->last_tick > TICK_LATE_MS;

	(void)fd;
	(void)what;
	f->last_tick = now;
	set_tick(f, FRONT_TICK_MS);
	listeners_go_on(f);
	serve_when_able(f, now);
	if (late)
		return;
	routes_sweep(f, now);
	requests_sweep(f, now);
	clients_sweep(f, now);
	streams_sweep(f, now);
	if (f->routes[ROUTE_RETRY].n > 0)
		front_hurry(f, 20);
	if (f->draining)
		drain_tick(f, now);
}

void
front_hurry(struct front *f, int ms)
{
	set_tick(f, ms);
}

static void
on_log_time(evutil_socket_t fd, short what, void *arg)
{
	(void)fd;
	(void)what;
	(void)arg;
	log_flush();
}

/* The first of some lines waits: a line for each request is written with
 * others, not in a call of its own. */
static void
on_log_begun(void *arg)
{
	static const struct timeval t = {.tv_usec = FRONT_LOG_MS * 1000};
	struct front *f = arg;

	if (event_add(f->log_timer, &t) != 0)
		log_hold(NULL, NULL);
}

static void
init_lists(struct front *f)
{
	unsigned s;

	for (s = 0; s < CLIENT_STATES; s++)
		list_init(&f->clients[s]);
	for (s = 0; s < REQUEST_STATES; s++)
		list_init(&f->requests[s]);
	for (s = 0; s < FRONT_STREAM_ROWS; s++)
		list_init(&f->parked[s]);
	for (s = 0; s < WORKER_STATES; s++)
		list_init(&f->workers[s]);
	for (s = 0; s < ROUTE_STATES; s++)
		list_init(&f->routes[s]);
}

err_t
front_init(struct front *f, struct loop *loop)
{
	err_t err;

	memset(f, 0, sizeof(*f));
	f->loop = loop;
	f->reserve_fd = -1;
	init_lists(f);
	err = failures_init(&f->failures);
	if (err != 0)
		return err;
	f->slots = calloc(FRONT_SLOTS, sizeof(struct worker *));
	f->rows = calloc(FRONT_ROUTE_ROWS, sizeof(struct route *));
	f->tick = event_new(loop_base(loop), -1, 0, on_tick, f);
	f->log_timer = event_new(loop_base(loop), -1, 0, on_log_time, f);
	if (f->slots == NULL || f->rows == NULL || f->tick == NULL || f->log_timer == NULL) {
		front_end(f);
		return ERR_NOMEM;
	}
	f->last_tick = clock_mono_ms();
	set_tick(f, FRONT_TICK_MS);
	log_hold(on_log_begun, f);
	return 0;
}

void
front_end(struct front *f)
{
	unsigned s;

	log_hold(NULL, NULL);
	listeners_close(f);
	for (s = 0; s < CLIENT_STATES; s++)
		while (f->clients[s].n > 0)
			client_close(LINK_OWNER(list_first(&f->clients[s]), struct client, link));
	for (s = 0; s < WORKER_STATES; s++)
		while (f->workers[s].n > 0)
			workers_gone(LINK_OWNER(list_first(&f->workers[s]), struct worker, link));
	routes_end(f);
	channel_close(&f->vault);
	channel_close(&f->portal);
	if (f->tick != NULL)
		event_free(f->tick);
	if (f->log_timer != NULL)
		event_free(f->log_timer);
	if (f->reserve_fd >= 0)
		(void)close(f->reserve_fd);
	failures_free(&f->failures);
	free(f->slots);
	free(f->rows);
	explicit_bzero(f, sizeof(*f));
}

void
front_drain(struct front *f, uint32_t ms)
{
	size_t rounds = f->clients[CLIENT_IDLE].n;

	if (f->draining)
		return;
	f->draining = true;
	f->drain_began = clock_mono_ms();
	f->drain_end = f->drain_began + ms;
	/* Idle connections get a last chance from now on. */
	for (; rounds > 0; rounds--)
		client_set_state(LINK_OWNER(list_first(&f->clients[CLIENT_IDLE]), struct client, link),
		    CLIENT_IDLE);
	ask_streams_to_end(f);
	log_info("draining", LF_UINT("connections", front_clients(f)),
	    LF_UINT("requests", front_requests(f)), LF_UINT("ms", ms));
}

err_t
front_status(const struct front *f, struct buf *out)
{
	const struct front_counts *n = &f->counts;
	const struct {
		const char *name;
		uint64_t value;
	} lines[] = {
		{"connections", front_clients(f)}, {"connections_idle", f->clients[CLIENT_IDLE].n},
		{"connections_total", n->connections}, {"connections_refused", n->refused_connections},
		{"connections_displaced", n->displaced},
		{"requests", front_requests(f)}, {"requests_total", n->requests},
		{"requests_streaming", f->requests[REQUEST_STREAMING].n},
		{"streams_parked", f->requests[REQUEST_PARKED].n},
		{"answers_5xx", n->answers_5xx}, {"auth_failures", n->auth_failures},
		{"workers_blank", f->workers[WORKER_BLANK].n + f->workers[WORKER_OFFERED].n},
		{"workers_bound", f->workers[WORKER_BOUND].n},
		{"workers_retiring", f->workers[WORKER_RETIRING].n},
		{"worker_deaths", n->worker_deaths}, {"worker_violations", n->violations},
		{"worker_overruns", n->overruns}, {"worker_hung", n->hung},
		{"routes", f->routes[ROUTE_KNOWN].n},
		{"binds_waiting", f->routes[ROUTE_ASKING].n + f->routes[ROUTE_WANTING].n +
		    f->routes[ROUTE_RETRY].n},
		{"late_frames", n->late_frames},
	};
	size_t i;
	err_t err = 0;

	for (i = 0; err == 0 && i < sizeof(lines) / sizeof(lines[0]); i++)
		err = buf_printf(out, "%s %" PRIu64 "\n", lines[i].name, lines[i].value);
	return err;
}
