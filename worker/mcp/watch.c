/* Looking after what was subscribed to; see watch.h. */
#include "config.h"

#include <stdlib.h>
#include <string.h>

#include "shared/base/clock.h"
#include "shared/crypto/hash.h"
#include "shared/json/json.h"
#include "worker/mcp/announce.h"
#include "worker/mcp/catalog.h"
#include "worker/mcp/inside.h"
#include "worker/mcp/watch.h"
#include "worker/tools/call.h"
#include "worker/worker.h"

#define DAY_S      86400
#define GAP_MS     2000      /* between any two looks */
#define FAILED_S   60        /* after a look that failed; doubled each time */
#define DOUBLINGS  4

/* One resource, while somebody is there to be told. */
struct watched {
	struct watched *next;
	struct watch *watch;
	const struct look *look;
	char *uri;
	bool wanted;                 /* found so in this round */
	bool known;                  /* digest is that of the last look */
	uint8_t digest[SHA256_BYTES];
	int64_t due_ms;              /* monotonic, as all of these */
	int64_t interval_ms;
	unsigned failures;           /* one after the other */
};

struct watch {
	struct mcp *mcp;
	struct event *timer;
	struct watched *list;
	struct watched *looking;     /* at this one, by this call */
	struct call *call;
	int64_t free_ms;             /* no look before */
	double left;                 /* questions, of those of a day */
	int64_t counted_ms;          /* when that was right */
};

/* --- what is left of the day ----------------------------------------------------------- */

static double
a_day(const struct watch *w)
{
	const struct catalog *c = w->mcp->worker->catalog;

	return c->looks_a_day == NULL ? 0 : c->looks_a_day(w->mcp->worker);
}

static void
count(struct watch *w)
{
	const int64_t now = clock_mono_ms();
	const double most = a_day(w);

	w->left += (double)(now - w->counted_ms) * most / (DAY_S * 1000.0);
	if (w->left > most)
		w->left = most;
	w->counted_ms = now;
}

/* The less there is left, the longer it has to last. */
static int64_t
stretched(const struct watch *w, int64_t ms)
{
	const double most = a_day(w);

	if (most <= 0)
		return ms;
	return (int64_t)((double)ms * most / (w->left < 1 ? 1 : w->left));
}

/* A look that asks several times costs as many. */
static unsigned
asked(const struct call *call)
{
	return call->requests > 1 ? call->requests : 1;
}

/* When there is one look left. */
static int64_t
affordable_ms(const struct watch *w)
{
	const double most = a_day(w);

	if (most <= 0 || w->left >= 1)
		return 0;
	return w->counted_ms + (int64_t)((1 - w->left) * DAY_S * 1000.0 / most) + 1;
}

/* --- who listens to what ---------------------------------------------------------------- */

static void
want(struct watch *w, const char *uri, uint32_t scopes)
{
	const struct catalog *c = w->mcp->worker->catalog;
	const struct look *look = catalog_look(c, span_str(uri));
	struct watched *e;

	if (look == NULL || !catalog_subscribable(c, span_str(uri), scopes))
		return;
	for (e = w->list; e != NULL; e = e->next)
		if (strcmp(e->uri, uri) == 0) {
			e->wanted = true;
			return;
		}
	e = calloc(1, sizeof(*e));
	if (e == NULL || (e->uri = strdup(uri)) == NULL) {
		free(e);
		return;          /* the next round tries again */
	}
	e->watch = w;
	e->look = look;
	e->interval_ms = look->least_s * 1000LL;
	e->due_ms = clock_mono_ms();
	e->wanted = true;
	e->next = w->list;
	w->list = e;
}

static void
drop(struct watch *w, struct watched **at)
{
	struct watched *e = *at;

	*at = e->next;
	if (w->looking == e) {
		struct call *call = w->call;

		w->looking = NULL;
		w->call = NULL;
		w->left -= asked(call) - 1;
		call_cancel(call);
	}
	free(e->uri);
	free(e);
}

/* Streams without a client are not counted: nobody would hear it now. */
static void
find_wanted(struct watch *w)
{
	const struct exchange *x;
	struct watched **at, *e;
	const char *uri;
	unsigned i;

	for (e = w->list; e != NULL; e = e->next)
		e->wanted = false;
	for (x = w->mcp->exchanges; x != NULL; x = x->next) {
		if (x->rq == NULL || (!x->listening && !x->getting))
			continue;
		for (i = 0; (uri = x->listening ? listen_uri(x, i) :
		    subscribe_uri(w->mcp, x->who.session, i)) != NULL; i++)
			want(w, uri, x->who.scopes);
	}
	for (at = &w->list; *at != NULL;)
		if ((*at)->wanted)
			at = &(*at)->next;
		else
			drop(w, at);
}

/* --- looking ---------------------------------------------------------------------------- */

static void schedule(struct watch *w);

static void
failed(struct watch *w, struct watched *e, uint32_t pause_s)
{
	const int64_t now = clock_mono_ms();
	const unsigned doubled = e->failures < DOUBLINGS ? e->failures : DOUBLINGS;

	e->failures++;
	e->due_ms = now + ((int64_t)FAILED_S << doubled) * 1000;
	if (pause_s > 0 && now + pause_s * 1000LL > w->free_ms)
		w->free_ms = now + pause_s * 1000LL;
}

static void
on_looked(struct call *call, void *arg)
{
	struct watched *e = arg;
	struct watch *w = e->watch;
	uint8_t digest[SHA256_BYTES];
	bool differs;

	w->looking = NULL;
	w->call = NULL;
	w->left -= asked(call) - 1;
	if (call->failed || call->trouble != 0 || sha256(buf_span(&call->text), digest) != 0) {
		failed(w, e, call->pause_s);
		schedule(w);
		return;
	}
	e->failures = 0;
	differs = e->known && memcmp(digest, e->digest, sizeof(digest)) != 0;
	memcpy(e->digest, digest, sizeof(digest));
	e->known = true;
	if (differs)
		e->interval_ms = e->look->least_s * 1000LL;
	else if ((e->interval_ms += e->interval_ms / 2) > e->look->most_s * 1000LL)
		e->interval_ms = e->look->most_s * 1000LL;
	e->due_ms = clock_mono_ms() + stretched(w, e->interval_ms * asked(call));
	schedule(w);
	if (differs)
		mcp_resource_updated(w->mcp, e->uri);
}

static void
look(struct watch *w, struct watched *e)
{
	struct json_object *args = json_object_new_object();
	struct call_start start = {.worker = w->mcp->worker, .run = e->look->run,
	    .finished = on_looked, .arg = e};

	w->free_ms = clock_mono_ms() + GAP_MS;
	if (json_add_text(args, "uri", e->uri) != 0) {
		json_object_put(args);
		failed(w, e, 0);
		return;
	}
	start.args = args;
	if (call_start(&start, &w->call) != 0) {
		w->call = NULL;
		failed(w, e, 0);
		return;
	}
	w->call->background = true;
	w->looking = e;
	w->left -= 1;
}

/* The one to look at next; NULL: none. */
static struct watched *
next_of(const struct watch *w)
{
	struct watched *e, *first = w->list;

	for (e = w->list; e != NULL; e = e->next)
		if (e->due_ms < first->due_ms)
			first = e;
	return first;
}

static int64_t
due_ms(const struct watch *w, const struct watched *e)
{
	const int64_t affordable = affordable_ms(w);
	int64_t due = e->due_ms > w->free_ms ? e->due_ms : w->free_ms;

	return due > affordable ? due : affordable;
}

/* Sets the timer for what is next, if anything is. */
static void
schedule(struct watch *w)
{
	const struct watched *e = next_of(w);
	struct timeval tv;
	int64_t ms;

	(void)event_del(w->timer);
	if (e == NULL || w->looking != NULL)
		return;
	ms = due_ms(w, e) - clock_mono_ms();
	if (ms < 0)
		ms = 0;
	tv = (struct timeval){.tv_sec = (time_t)(ms / 1000), .tv_usec = (suseconds_t)(ms % 1000 * 1000)};
	(void)event_add(w->timer, &tv);
}

static void
on_time(evutil_socket_t fd, short what, void *arg)
{
	struct watch *w = arg;
	struct watched *e;

	(void)fd;
	(void)what;
	find_wanted(w);
	count(w);
	e = next_of(w);
	if (e != NULL && w->looking == NULL && due_ms(w, e) <= clock_mono_ms())
		look(w, e);
	schedule(w);
}

/* --- from outside ------------------------------------------------------------------------- */

static struct watch *
create(struct mcp *m)
{
	struct watch *w = calloc(1, sizeof(*w));

	if (w == NULL)
		return NULL;
	w->mcp = m;
	w->timer = event_new(loop_base(m->worker->loop), -1, 0, on_time, w);
	if (w->timer == NULL) {
		free(w);
		return NULL;
	}
	w->left = a_day(w);
	w->counted_ms = clock_mono_ms();
	return w;
}

void
watch_soon(struct mcp *m, unsigned ms)
{
	const int64_t at = clock_mono_ms() + ms;
	struct watched *e;

	if (!m->worker->catalog->subscribe)
		return;
	if (m->watch == NULL && ms == 0)
		m->watch = create(m);
	if (m->watch == NULL)
		return;
	if (ms == 0)
		find_wanted(m->watch);
	for (e = m->watch->list; e != NULL; e = e->next)
		if (ms > 0 && e->failures == 0 && e->due_ms > at)
			e->due_ms = at;
	schedule(m->watch);
}

void
watch_end(struct mcp *m)
{
	struct watch *w = m->watch;

	if (w == NULL)
		return;
	while (w->list != NULL)
		drop(w, &w->list);
	event_free(w->timer);
	free(w);
	m->watch = NULL;
}
