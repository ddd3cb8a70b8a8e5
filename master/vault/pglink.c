/* One connection to PostgreSQL on the event loop; see pglink.h. */
#include "config.h"

#include <stdlib.h>
#include <string.h>
#include <sys/random.h>

#include "master/vault/pglink.h"
#include "shared/base/clock.h"
#include "shared/base/log.h"

#define CONNECT_MS   12000  /* all hosts of the connection string together */
#define RETRY_MIN_MS 100
#define RETRY_MAX_MS 5000
#define WORD_MS      60000  /* an outage is logged this often */

/* Fixed for each session: nobody waits for ever, and no name is looked up in a
 * path that somebody else could fill. */
#define SESSION_OPTIONS \
	"-c statement_timeout=2000 -c lock_timeout=1000 " \
	"-c idle_in_transaction_session_timeout=5000 -c search_path= " \
	"-c client_encoding=UTF8"

enum link_state { LINK_WAITING, LINK_CONNECTING, LINK_UP };

struct pglink {
	struct loop *loop;
	const struct pglink_duty *duty;
	void *owner;
	char *conninfo;              /* owned */
	enum link_state state;
	PGconn *pg;                  /* owned */
	struct event *io;            /* connecting: one step; up: persistent read */
	struct event *writable;      /* up only */
	struct event *timer;         /* waiting: next try; connecting: deadline */
	unsigned delay_ms;
	int64_t next_word;           /* monotonic ms: when to log a failure again */
	const char *drop_why;
	struct deferred drop;
};

static void connect_step(struct pglink *link, PostgresPollingStatusType want);

/* libpq writes notices to standard error by default; they may quote values. */
static void
ignore_notice(void *arg, const char *message)
{
	(void)arg;
	(void)message;
}

static void
arm_timer(struct pglink *link, unsigned ms)
{
	struct timeval tv = {.tv_sec = ms / 1000, .tv_usec = (suseconds_t)(ms % 1000) * 1000};

	(void)event_add(link->timer, &tv);
}

static void
free_events(struct pglink *link)
{
	if (link->io != NULL)
		event_free(link->io);
	if (link->writable != NULL)
		event_free(link->writable);
	link->io = link->writable = NULL;
}

/* Between half the delay and all of it, so that many do not come at once. */
static unsigned
jittered(unsigned ms)
{
	uint16_t r = 0;

	if (getrandom(&r, sizeof(r), GRND_NONBLOCK) != (ssize_t)sizeof(r))
		r = 0x8000;
	return ms / 2 + (unsigned)((uint32_t)r * (ms / 2) / 0xffff);
}

/* Only the first line: the rest repeats it for other addresses. */
static struct span
first_line(const char *text)
{
	return span_of(text, strcspn(text, "\n"));
}

static void
say_fallen(struct pglink *link, const char *why)
{
	int64_t now = clock_mono_ms();

	if (link->state == LINK_UP) {
		log_warn("db_connection_lost", LF_STR("why", why));
	} else if (now >= link->next_word) {
		link->next_word = now + WORD_MS;
		log_warn("db_connect_failed", LF_STR("why", why), LF_SPAN("error", first_line(
		    link->pg == NULL ? "out of memory" : PQerrorMessage(link->pg))));
	}
}

static void
fall(struct pglink *link, const char *why)
{
	bool was_up = link->state == LINK_UP;

	loop_defer_cancel(link->loop, &link->drop);
	say_fallen(link, why);
	free_events(link);
	PQfinish(link->pg);
	link->pg = NULL;
	link->state = LINK_WAITING;
	arm_timer(link, jittered(link->delay_ms));
	link->delay_ms = link->delay_ms * 2 > RETRY_MAX_MS ? RETRY_MAX_MS : link->delay_ms * 2;
	if (was_up)
		link->duty->down(link->owner);
}

static void
drop_now(void *arg)
{
	struct pglink *link = arg;

	if (link->state != LINK_WAITING)
		fall(link, link->drop_why);
}

void
pglink_drop(struct pglink *link, const char *why)
{
	link->drop_why = why;
	loop_defer(link->loop, &link->drop, drop_now, link);
}

void
pglink_flush(struct pglink *link)
{
	int left;

	if (link->state != LINK_UP || link->drop.queued)
		return;
	left = PQflush(link->pg);
	if (left < 0)
		pglink_drop(link, "write");
	else if (left > 0)
		(void)event_add(link->writable, NULL);
}

static void
on_writable(evutil_socket_t fd, short what, void *arg)
{
	(void)fd;
	(void)what;
	pglink_flush(arg);
}

/* The connection is broken: dropped at the end of the turn, when all that broke
 * in it are known, but not watched any more from now on: libpq may have closed
 * the socket, and the next to be opened has its number. */
static void
leave_alone(struct pglink *link, const char *why)
{
	free_events(link);
	pglink_drop(link, why);
}

static void
on_readable(evutil_socket_t fd, short what, void *arg)
{
	struct pglink *link = arg;

	(void)fd;
	(void)what;
	if (link->drop.queued)
		return;
	/* Even when the connection is at its end, results that arrived before
	 * are taken first: what was committed must be known as committed. */
	if (PQconsumeInput(link->pg) == 0) {
		(void)link->duty->readable(link->owner, link->pg);
		leave_alone(link, "read");
	} else if (link->duty->readable(link->owner, link->pg) != 0 ||
	    PQstatus(link->pg) != CONNECTION_OK) {
		leave_alone(link, "protocol");
	} else {
		pglink_flush(link);
	}
}

static void
come_up(struct pglink *link)
{
	int fd = PQsocket(link->pg);

	(void)event_del(link->timer);
	link->state = LINK_UP;
	link->io = event_new(loop_base(link->loop), fd, EV_READ | EV_PERSIST, on_readable, link);
	link->writable = event_new(loop_base(link->loop), fd, EV_WRITE, on_writable, link);
	if (link->io == NULL || link->writable == NULL || event_add(link->io, NULL) != 0 ||
	    PQsetnonblocking(link->pg, 1) != 0 ||
	    link->duty->up(link->owner, link->pg) != 0)
		fall(link, "set-up");
	else
		pglink_flush(link);
}

static void
on_connect_step(evutil_socket_t fd, short what, void *arg)
{
	struct pglink *link = arg;

	(void)fd;
	(void)what;
	/* The socket may be another one after each step (several hosts). */
	free_events(link);
	connect_step(link, PQconnectPoll(link->pg));
}

static void
connect_step(struct pglink *link, PostgresPollingStatusType want)
{
	short what = want == PGRES_POLLING_READING ? EV_READ : EV_WRITE;

	if (want == PGRES_POLLING_OK) {
		come_up(link);
		return;
	}
	if (want == PGRES_POLLING_FAILED) {
		fall(link, "refused");
		return;
	}
	link->io = event_new(loop_base(link->loop), PQsocket(link->pg), what,
	    on_connect_step, link);
	if (link->io == NULL || event_add(link->io, NULL) != 0)
		fall(link, "memory");
}

static void
begin_connect(struct pglink *link)
{
	/* What comes after dbname overrides the operator's string.  GSSAPI would
	 * read half of /etc at each attempt, behind the filter. */
	const char *const names[] = {"dbname", "application_name", "options",
	    "target_session_attrs", "gssencmode", "tcp_user_timeout", "keepalives", "keepalives_idle",
	    "keepalives_interval", "keepalives_count", NULL};
	const char *const values[] = {link->conninfo, "tonearm-vault", SESSION_OPTIONS,
	    "read-write", "disable", "4000", "1", "10", "5", "3", NULL};

	link->state = LINK_CONNECTING;
	arm_timer(link, CONNECT_MS);
	link->pg = PQconnectStartParams(names, values, 1);
	if (link->pg == NULL || PQstatus(link->pg) == CONNECTION_BAD) {
		fall(link, "start");
		return;
	}
	(void)PQsetNoticeProcessor(link->pg, ignore_notice, NULL);
	connect_step(link, PGRES_POLLING_WRITING);
}

static void
on_timer(evutil_socket_t fd, short what, void *arg)
{
	struct pglink *link = arg;

	(void)fd;
	(void)what;
	if (link->state == LINK_WAITING)
		begin_connect(link);
	else if (link->state == LINK_CONNECTING)
		fall(link, "timeout");
}

err_t
pglink_create(struct loop *loop, const char *conninfo, const struct pglink_duty *duty,
    void *owner, struct pglink **out)
{
	struct pglink *link = calloc(1, sizeof(*link));

	if (link == NULL)
		return ERR_NOMEM;
	link->loop = loop;
	link->duty = duty;
	link->owner = owner;
	link->delay_ms = RETRY_MIN_MS;
	link->conninfo = strdup(conninfo);
	link->timer = evtimer_new(loop_base(loop), on_timer, link);
	if (link->conninfo == NULL || link->timer == NULL) {
		pglink_destroy(&link);
		return ERR_NOMEM;
	}
	/* From the loop, so that the owner is complete before anything comes up. */
	arm_timer(link, 0);
	*out = link;
	return 0;
}

void
pglink_destroy(struct pglink **linkp)
{
	struct pglink *link = *linkp;

	if (link == NULL)
		return;
	*linkp = NULL;
	loop_defer_cancel(link->loop, &link->drop);
	free_events(link);
	if (link->timer != NULL)
		event_free(link->timer);
	PQfinish(link->pg);
	if (link->conninfo != NULL)
		explicit_bzero(link->conninfo, strlen(link->conninfo));
	free(link->conninfo);
	free(link);
}

PGconn *
pglink_pg(struct pglink *link)
{
	return link->state == LINK_UP && !link->drop.queued ? link->pg : NULL;
}

void
pglink_proved(struct pglink *link)
{
	link->delay_ms = RETRY_MIN_MS;
	link->next_word = 0;
}
