/*
 * tonearm-front: accepts connections, reads HTTP, finds the user's worker,
 * relays request and answer.  It has no database, no Spotify token, and dials
 * nobody.  This file joins it to the supervisor.
 */
#include "config.h"

#include <fcntl.h>
#include <sys/resource.h>
#include <time.h>

#include "master/front/front.h"
#include "master/front/listener.h"
#include "master/front/pages.h"
#include "master/front/routes.h"
#include "master/front/workers.h"
#include "shared/base/log.h"
#include "shared/confine/confine.h"
#include "shared/crypto/hash.h"
#include "shared/fault/fault.h"
#include "shared/ipc/child.h"

/* Descriptors that are neither clients nor workers. */
#define SPARE_FDS 64

static void
portal_ended(void *owner, struct channel *ch, enum channel_end end)
{
	struct front *f = owner;

	(void)ch;
	log_warn("portal_lost", LF_INT("how", end));
	channel_close(&f->portal);
	pages_lost(f);
}

static void
vault_ended(void *owner, struct channel *ch, enum channel_end end)
{
	struct front *f = owner;

	(void)ch;
	log_warn("vault_lost", LF_INT("how", end));
	channel_close(&f->vault);
	routes_vault_lost(f);
}

/* Puts a channel to vault or portal in the place of the one there was. */
static err_t
take_peer(struct front *f, uint8_t kind, int fd)
{
	struct channel *ch;
	err_t err;

	if (kind == PEER_VAULT) {
		err = channel_open(f->loop, fd, &routes_table, f, vault_ended, &ch);
		if (err != 0)
			return err;
		if (f->vault != NULL)
			routes_vault_lost(f);
		channel_close(&f->vault);
		f->vault = ch;
		routes_vault_came(f);
		return 0;
	}
	err = channel_open(f->loop, fd, &pages_table, f, portal_ended, &ch);
	if (err != 0)
		return err;
	channel_close(&f->portal);
	pages_lost(f);
	f->portal = ch;
	return 0;
}

static err_t
on_peer(void *owner, struct channel *ch, const struct frame *fr)
{
	struct front *f = owner;
	struct msg_peer_ok ok;
	struct msg_peer m;
	int fd = fr->fds[0];
	err_t err = msg_get_peer(fr->body, &m);

	if (err != 0)
		return err;
	if (m.kind != PEER_WORKER && m.kind != PEER_VAULT && m.kind != PEER_PORTAL)
		return ERR_UNSUPPORTED;
	fr->fds[0] = -1;
	if (m.kind == PEER_WORKER)
		err = workers_add(f, m.worker, m.bound == 1, fd);
	else
		err = take_peer(f, m.kind, fd);
	if (err != 0) {
		/* Not the supervisor's fault: it hears no PEER_OK. */
		log_error("peer_not_taken", LF_UINT("kind", m.kind), LF_STR("error", err_text(err)));
		return 0;
	}
	ok = (struct msg_peer_ok){.kind = m.kind, .worker = m.worker};
	if (send_peer_ok(ch, 0, &ok) != 0)
		log_error("peer_ok_not_sent", LF_UINT("kind", m.kind));
	if (m.kind == PEER_WORKER)
		FAULT_SENT(ch, front_joined);
	if (m.kind == PEER_WORKER)
		routes_go_on(f);
	return 0;
}

static err_t
on_listener(void *owner, struct channel *ch, const struct frame *fr)
{
	struct front *f = owner;
	struct msg_listener m;
	int fd = fr->fds[0];
	err_t err = msg_get_listener(fr->body, &m);

	(void)ch;
	if (err != 0)
		return err;
	if (m.kind != LISTENER_TCP && m.kind != LISTENER_UNIX)
		return ERR_UNSUPPORTED;
	fr->fds[0] = -1;
	err = listener_add(f, fd, m.kind);
	if (err != 0)
		log_error("listener_not_taken", LF_STR("error", err_text(err)));
	return 0;
}

static err_t
on_worker_gone(void *owner, struct channel *ch, const struct frame *fr)
{
	struct front *f = owner;
	struct msg_worker_gone m;
	struct worker *w;
	err_t err = msg_get_worker_gone(fr->body, &m);

	(void)ch;
	if (err != 0)
		return err;
	w = workers_find(f, m.worker);
	if (w == NULL)
		return 0;
	if (w->open.n > 0)
		f->counts.worker_deaths++;
	workers_gone(w);
	return 0;
}

/* What has it done with its time? */
static err_t
on_work_ask(void *owner, struct channel *ch, const struct frame *fr)
{
	struct msg_work_ask ask;
	struct msg_work m;
	struct worker *w;
	err_t err = msg_get_work_ask(fr->body, &ask);

	if (err != 0)
		return err;
	w = workers_find(owner, ask.worker);
	if (w == NULL)
		return 0;
	m = (struct msg_work){.worker = w->id, .done = w->done};
	if (send_work(ch, 0, &m) != 0)
		log_warn("work_not_sent");
	return 0;
}

static err_t
on_drain(void *owner, struct channel *ch, const struct frame *fr)
{
	struct msg_drain m;
	err_t err = msg_get_drain(fr->body, &m);

	(void)ch;
	if (err == 0)
		front_drain(owner, m.ms);
	return err;
}

static err_t
on_settings(void *owner, struct channel *ch, const struct frame *fr)
{
	struct front *f = owner;
	struct conf_values live = {0};
	err_t err = child_on_settings(owner, ch, fr);

	if (err == 0)
		err = child_settings(fr, &live);
	if (err == 0)
		front_conf_live(&f->conf, &live);
	conf_values_free(&live);
	return err;
}

static err_t
on_status_ask(void *owner, struct channel *ch, const struct frame *fr)
{
	struct msg_status m;
	struct buf text;
	err_t err;

	buf_init(&text, 8192);
	err = front_status(owner, &text);
	m.text = buf_span(&text);
	if (err == 0)
		err = send_status(ch, fr->request, &m);
	buf_free(&text);
	if (err != 0)
		log_warn("status_not_sent", LF_STR("error", err_text(err)));
	return 0;
}

static const struct channel_rule control_rules[] = {
	{.type = MSG_PEER, .fds = 1, .handle = on_peer},
	{.type = MSG_LISTENER, .fds = 1, .handle = on_listener},
	{.type = MSG_WORKER_GONE, .handle = on_worker_gone},
	{.type = MSG_DRAIN, .handle = on_drain},
	{.type = MSG_STATUS_ASK, .handle = on_status_ask},
	{.type = MSG_PING, .handle = child_on_ping},
	{.type = MSG_SETTINGS, .handle = on_settings},
	{.type = MSG_WORK_ASK, .handle = on_work_ask},
};

static const struct channel_table control_table = {
	.peer = "supervisor", .vital = true, .rules = control_rules,
	.n_rules = sizeof(control_rules) / sizeof(control_rules[0]),
	.max_fds = 1, .max_queue = 4 * 1024 * 1024,
};

/* Every client and worker is a descriptor: as many as we may have. */
static err_t
take_limits(struct front *f)
{
	struct rlimit l;

	if (getrlimit(RLIMIT_NOFILE, &l) != 0)
		return ERR_SYSTEM;
	l.rlim_cur = l.rlim_max;
	(void)setrlimit(RLIMIT_NOFILE, &l);
	if (getrlimit(RLIMIT_NOFILE, &l) != 0)
		return ERR_SYSTEM;
	f->fds_max = l.rlim_cur > 1000000 ? 1000000 : (size_t)l.rlim_cur;
	f->fds_max = f->fds_max > 2 * SPARE_FDS ? f->fds_max - SPARE_FDS : SPARE_FDS;
	f->reserve_fd = fcntl(0, F_DUPFD_CLOEXEC, 3);
	return f->reserve_fd < 0 ? ERR_SYSTEM : 0;
}

/* The C library and OpenSSL open files when they are first asked for the date
 * or a hash; the filter allows no file. */
static err_t
warm_up(void)
{
	const struct span nothing = span_str("");
	uint8_t hash[SHA256_BYTES];
	time_t t = 0;
	struct tm tm;
	err_t err;

	if (gmtime_r(&t, &tm) == NULL)
		return ERR_SYSTEM;
	err = sha256(nothing, hash);
	if (err == 0)
		err = hmac_sha256(span_str("key"), &nothing, 1, hash);
	return err;
}

static err_t
begin(struct front *f, struct child *c)
{
	err_t err = front_init(f, c->loop);

	if (err != 0)
		return err;
	f->control = c->control;
	err = front_conf_read(&f->conf, &c->conf);
	if (err == 0)
		err = take_limits(f);
	if (err == 0)
		err = warm_up();
	if (err == 0 && conf_bool(&c->conf, "log.refused_calls"))
		err = confine_explain();
	if (err == 0)
		err = confine_role(CONFINE_FRONT);
	if (err == 0)
		err = child_ready(c);
	return err;
}

int
main(void)
{
	static struct front f;
	struct child c;
	err_t err = child_start(&c, "front", &control_table, &f);

	if (err != 0) {
		log_error("start_failed", LF_STR("error", err_text(err)));
		return 1;
	}
	err = begin(&f, &c);
	if (err == 0)
		err = loop_run(c.loop);
	if (err != 0)
		log_error("ended", LF_STR("error", err_text(err)));
	if (f.loop != NULL)
		front_end(&f);
	channel_close(&c.control);
	loop_settle(c.loop);
	child_end(&c);
	return err == 0 ? 0 : 1;
}
