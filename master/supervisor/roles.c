/*
 * The five lasting programs: started in order, joined to each other, started
 * again when they die.  Knows who may speak to whom, nothing of what they say.
 */
#include "config.h"

#include <fcntl.h>
#include <stdio.h>
#include <string.h>
#include <sys/random.h>
#include <unistd.h>

#include "master/supervisor/notify.h"
#include "master/supervisor/supervisor.h"
#include "shared/base/clock.h"
#include "shared/base/log.h"

#define CONTROL_QUEUE (1024 * 1024)

struct role_plan {
	const char *name, *program;
	enum peer_kind kind;
	enum conf_program conf;
	unsigned uid;      /* from server.role_user_base on */
};

static const struct role_plan plans[ROLES] = {
	[ROLE_KEYRING] = {"keyring", "tonearm-keyring", PEER_KEYRING, CONF_KEYRING, 2},
	[ROLE_VAULT] = {"vault", "tonearm-vault", PEER_VAULT, CONF_VAULT, 1},
	[ROLE_EGRESS] = {"egress", "tonearm-egress", PEER_EGRESS, CONF_EGRESS, 4},
	[ROLE_PORTAL] = {"portal", "tonearm-portal", PEER_PORTAL, CONF_PORTAL, 3},
	[ROLE_FRONT] = {"front", "tonearm-front", PEER_FRONT, CONF_FRONT, 0},
};

/* Who speaks to whom. */
static const enum role_index pairs[][2] = {
	{ROLE_FRONT, ROLE_VAULT}, {ROLE_FRONT, ROLE_PORTAL},
	{ROLE_VAULT, ROLE_KEYRING}, {ROLE_VAULT, ROLE_PORTAL},
};

const char *
role_name(const struct role *r)
{
	return r->plan->name;
}

enum peer_kind
role_kind(const struct role *r)
{
	return r->plan->kind;
}

uid_t
role_uid(const struct supervisor *s, unsigned n)
{
	return (uid_t)conf_int(&s->conf.values, "server.role_user_base", 0) + n;
}

static err_t
on_ready(void *owner, struct channel *ch, const struct frame *f)
{
	struct role *r = owner;

	(void)ch;
	(void)f;
	r->ready = true;
	log_info("role_ready", LF_STR("who", r->plan->name), LF_INT("pid", r->process.pid));
	startup_done(r->sup);
	members_join(r->sup);
	if (r->plan->kind == PEER_VAULT)
		members_tell_waits(r->sup);
	return 0;
}

static err_t
on_peer_ok(void *owner, struct channel *ch, const struct frame *f)
{
	struct role *r = owner;
	struct msg_peer_ok m;
	err_t err = msg_get_peer_ok(f->body, &m);

	(void)ch;
	if (err == 0 && (m.kind == PEER_WORKER || m.kind == PEER_ENROLL ||
	    m.kind == PEER_FETCH))
		member_joined(r->sup, (enum role_index)(r - r->sup->roles), m.worker);
	return err;
}

static err_t
on_pong(void *owner, struct channel *ch, const struct frame *f)
{
	struct role *r = owner;

	(void)ch;
	(void)f;
	r->watch.turns = 0;
	return 0;
}

static err_t
on_work(void *owner, struct channel *ch, const struct frame *f)
{
	struct role *r = owner;
	struct msg_work m;
	err_t err = msg_get_work(f->body, &m);

	(void)ch;
	if (err == 0)
		watch_work(r->sup, &m);
	return err;
}

static err_t
on_kill(void *owner, struct channel *ch, const struct frame *f)
{
	struct role *r = owner;
	struct member *w;
	struct msg_kill_worker m;
	err_t err = msg_get_kill_worker(f->body, &m);

	(void)ch;
	if (err != 0)
		return err;
	if (m.reason == KILL_LEFT || m.reason == KILL_DESERTED) {
		member_left(r->sup, m.worker, m.reason == KILL_DESERTED);
		return 0;
	}
	w = member_find(r->sup, m.worker);
	if (w != NULL) {
		log_warn("kill_asked", LF_STR("by", r->plan->name), LF_UINT("worker", m.worker),
		    LF_INT("reason", m.reason));
		member_kill(w, m.reason);
	}
	return err;
}

static err_t
on_bound(void *owner, struct channel *ch, const struct frame *f)
{
	struct role *r = owner;
	struct msg_worker_bound m;
	err_t err = msg_get_worker_bound(f->body, &m);

	(void)ch;
	if (err == 0)
		member_bound(r->sup, &m);
	return err;
}

static err_t
on_want_enroll(void *owner, struct channel *ch, const struct frame *f)
{
	struct role *r = owner;

	(void)ch;
	(void)f;
	pool_wanted(r->sup, MEMBER_ENROLL);
	return 0;
}

static err_t
on_want_fetch(void *owner, struct channel *ch, const struct frame *f)
{
	struct role *r = owner;

	(void)ch;
	(void)f;
	pool_wanted(r->sup, MEMBER_FETCH);
	return 0;
}

static err_t
on_status(void *owner, struct channel *ch, const struct frame *f)
{
	struct role *r = owner;
	struct msg_status m;
	err_t err = msg_get_status(f->body, &m);

	(void)ch;
	if (err == 0)
		operator_status(r->sup, r->plan->name, f->request, m.text);
	return err;
}

/* The portal has no worker to complain about, and reads forms from outside. */
static const struct channel_rule portal_rules[] = {
	{.type = MSG_READY, .once = true, .handle = on_ready},
	{.type = MSG_PEER_OK, .handle = on_peer_ok},
	{.type = MSG_STATUS, .handle = on_status},
	{.type = MSG_PONG, .handle = on_pong},
	{.type = MSG_WANT_FETCH, .handle = on_want_fetch},
};
static const struct channel_rule common_rules[] = {
	{.type = MSG_READY, .once = true, .handle = on_ready},
	{.type = MSG_PEER_OK, .handle = on_peer_ok},
	{.type = MSG_KILL_WORKER, .handle = on_kill},
	{.type = MSG_STATUS, .handle = on_status},
	{.type = MSG_PONG, .handle = on_pong},
};
static const struct channel_rule front_rules[] = {
	{.type = MSG_READY, .once = true, .handle = on_ready},
	{.type = MSG_PEER_OK, .handle = on_peer_ok},
	{.type = MSG_KILL_WORKER, .handle = on_kill},
	{.type = MSG_STATUS, .handle = on_status},
	{.type = MSG_PONG, .handle = on_pong},
	{.type = MSG_WORK, .handle = on_work},
};
static const struct channel_rule vault_rules[] = {
	{.type = MSG_READY, .once = true, .handle = on_ready},
	{.type = MSG_PEER_OK, .handle = on_peer_ok},
	{.type = MSG_KILL_WORKER, .handle = on_kill},
	{.type = MSG_STATUS, .handle = on_status},
	{.type = MSG_PONG, .handle = on_pong},
	{.type = MSG_WORKER_BOUND, .handle = on_bound},
	{.type = MSG_WANT_ENROLL, .handle = on_want_enroll},
};
#define TABLE(name, list) {.peer = name, .rules = list, \
	.n_rules = sizeof(list) / sizeof(list[0]), .max_queue = CONTROL_QUEUE}

/* By who speaks; what is not named here is a common role. */
static const struct channel_table tables[PEER_COUNT] = {
	[PEER_NONE] = TABLE("role", common_rules),
	[PEER_FRONT] = TABLE("front", front_rules),
	[PEER_VAULT] = TABLE("vault", vault_rules),
	[PEER_PORTAL] = TABLE("portal", portal_rules),
};

static const struct channel_table *
table_of(const struct role *r)
{
	return &tables[tables[r->plan->kind].rules != NULL ? r->plan->kind : PEER_NONE];
}

static void
on_control_end(void *owner, struct channel *ch, enum channel_end why)
{
	struct role *r = owner;

	(void)ch;
	channel_close(&r->control);
	r->lost_ms = clock_mono_ms();
	/* At EOF it is on its way out and may still say how; the tick looks after
	 * one that is not. */
	if (why != CHANNEL_EOF)
		process_kill(&r->process);
}

static void
start_again(evutil_socket_t fd, short what, void *arg)
{
	struct role *r = arg;

	(void)fd;
	(void)what;
	if (r->sup->phase >= PHASE_DRAIN_FRONT && r->plan->kind == PEER_FRONT)
		return;
	if (role_start(r) != 0) {
		struct timeval wait = {.tv_sec = 5};

		log_error("role_start_failed", LF_STR("who", r->plan->name));
		(void)event_add(r->again, &wait);
	}
}

static void
on_role_end(void *arg, struct process *p, const struct death *d)
{
	struct role *r = arg;
	struct supervisor *s = r->sup;
	bool was_ready = r->ready;
	struct timeval wait;
	int64_t ms;

	(void)p;
	channel_close(&r->control);
	r->ready = false;
	r->asked = 0;
	r->watch.turns = 0;
	r->deaths++;
	obituary(s, r->plan->name, 0, d, s->phase >= PHASE_DRAIN_FRONT && death_clean(d));
	members_role_died(s, (enum role_index)(r - s->roles));
	if (s->phase >= PHASE_DRAIN_FRONT) {
		drain_step(s);
		return;
	}
	if (s->phase == PHASE_STARTING && !was_ready) {
		supervisor_fail(s, r->plan->name);
		return;
	}
	ms = throttle_died(&r->throttle, d->lived_ms);
	wait.tv_sec = ms / 1000;
	wait.tv_usec = ms % 1000 * 1000;
	log_warn("role_restarts", LF_STR("who", r->plan->name), LF_INT("wait_ms", ms));
	if (event_add(r->again, &wait) != 0)
		supervisor_fail(s, r->plan->name);
}

const char *
programs_dir(const struct supervisor *s)
{
	const char *dir = conf_str(&s->conf.values, "server.programs_dir");

	return *dir != '\0' ? dir : PKGLIBEXECDIR;
}

err_t
give_config(struct supervisor *s, struct channel *ch, enum conf_program program)
{
	struct msg_config m;
	struct buf text;
	err_t err;

	buf_init(&text, 60000);
	err = conf_text_for(&s->conf, program, &text);
	if (err == 0)
		err = buf_printf(&text, "server.isolation=%s\nserver.run=%lld\n",
		    s->isolated ? "isolated" : "reduced", (long long)s->run);
	m.text = buf_span(&text);
	if (err == 0)
		err = send_config(ch, 0, &m);
	/* It has to be a packet of its own. */
	channel_flush(ch);
	buf_free(&text);
	return err;
}

/* What SIGHUP changed reaches those that run. */
void
roles_give_settings(struct supervisor *s)
{
	size_t i;

	for (i = 0; i < ROLES; i++) {
		struct role *r = &s->roles[i];
		struct msg_settings m;
		struct buf text;
		err_t err;

		if (r->control == NULL)
			continue;
		buf_init(&text, 60000);
		err = conf_text_for(&s->conf, r->plan->conf, &text);
		m.text = buf_span(&text);
		if (err == 0)
			err = send_settings(r->control, 0, &m);
		buf_free(&text);
		if (err != 0)
			log_warn("settings_not_told", LF_STR("who", r->plan->name));
	}
}

static err_t
give_keyfile(struct role *r)
{
	const char *path = conf_str(&r->sup->conf.values, "keys.file");
	int fd = open(path, O_RDONLY | O_CLOEXEC | O_NOCTTY);
	err_t err;

	if (fd < 0) {
		log_error("key_file_unreadable", LF_STR("path", path));
		return ERR_SYSTEM;
	}
	err = send_keyfile_fd(r->control, fd);
	(void)close(fd);
	return err;
}

/* A fresh channel between two running programs. */
static err_t
join(struct role *a, struct role *b)
{
	const struct msg_peer to_a = {.kind = (uint8_t)b->plan->kind};
	const struct msg_peer to_b = {.kind = (uint8_t)a->plan->kind};
	int pair[2];
	err_t err = channel_pair(pair);

	if (err != 0)
		return err;
	err = send_peer_fd(a->control, &to_a, pair[0]);
	if (err == 0)
		err = send_peer_fd(b->control, &to_b, pair[1]);
	(void)close(pair[0]);
	(void)close(pair[1]);
	return err;
}

static err_t
join_all(struct role *r)
{
	struct supervisor *s = r->sup;
	size_t i;
	err_t err = 0;

	for (i = 0; i < sizeof(pairs) / sizeof(pairs[0]) && err == 0; i++) {
		struct role *a = &s->roles[pairs[i][0]], *b = &s->roles[pairs[i][1]];

		if ((a == r || b == r) && a->control != NULL && b->control != NULL)
			err = join(a, b);
	}
	return err;
}

static err_t
send_listeners(struct role *r)
{
	const struct listeners *l = &r->sup->listeners;
	unsigned i;
	err_t err = 0;

	for (i = 0; i < l->n && err == 0; i++) {
		const struct msg_listener m = {.kind = (uint8_t)l->list[i].kind};

		err = send_listener_fd(r->control, &m, l->list[i].fd);
	}
	return err;
}

err_t
role_start(struct role *r)
{
	struct supervisor *s = r->sup;
	struct process_plan plan = {.dir = programs_dir(s), .program = r->plan->program,
		.user = s->isolated ? USER_TAKE : USER_KEEP};
	int fd;
	err_t err;

	plan.uid = role_uid(s, r->plan->uid);
	err = process_start(&r->process, s->loop, &plan, on_role_end, r, &fd);
	if (err != 0)
		return err;
	r->starts++;
	r->ready = false;
	log_info("role_started", LF_STR("who", r->plan->name), LF_INT("pid", r->process.pid));
	err = channel_open(s->loop, fd, table_of(r), r, on_control_end, &r->control);
	if (err == 0)
		err = give_config(s, r->control, r->plan->conf);
	if (err == 0 && r->plan->kind == PEER_KEYRING)
		err = give_keyfile(r);
	if (err == 0)
		err = join_all(r);
	if (err == 0 && r->plan->kind == PEER_FRONT)
		err = send_listeners(r);
	if (err != 0) {
		/* Its end comes by the pidfd, and with it the next try. */
		log_error("role_set_up_failed", LF_STR("who", r->plan->name),
		    LF_STR("error", err_text(err)));
		channel_close(&r->control);
		process_kill(&r->process);
	}
	members_join(s);
	return 0;
}

err_t
roles_init(struct supervisor *s)
{
	size_t i;

	if (getrandom(&s->run, sizeof(s->run), 0) != (ssize_t)sizeof(s->run))
		return ERR_SYSTEM;
	s->run &= INT64_MAX;
	for (i = 0; i < ROLES; i++) {
		struct role *r = &s->roles[i];

		r->sup = s;
		r->plan = &plans[i];
		r->process.pidfd = -1;
		r->again = event_new(loop_base(s->loop), -1, 0, start_again, r);
		if (r->again == NULL)
			return ERR_NOMEM;
	}
	return 0;
}

void
roles_free(struct supervisor *s)
{
	size_t i;

	for (i = 0; i < ROLES; i++) {
		channel_close(&s->roles[i].control);
		if (s->roles[i].again != NULL)
			event_free(s->roles[i].again);
	}
}

void
roles_tell_gone(struct supervisor *s, uint64_t id, uint8_t cause)
{
	static const struct {
		enum role_index role;
		uint64_t not;       /* whose ends it does not hear of: it never knew them */
	} told[] = {{ROLE_FRONT, ID_ENROLL | ID_FETCH}, {ROLE_VAULT, ID_FETCH}, {ROLE_KEYRING, ID_FETCH},
	    {ROLE_EGRESS, 0}};
	const struct msg_worker_gone m = {.worker = id, .cause = cause};
	size_t i;

	for (i = 0; i < sizeof(told) / sizeof(told[0]); i++) {
		struct role *r = &s->roles[told[i].role];

		if (r->control == NULL || (id & told[i].not) != 0)
			continue;
		if (send_worker_gone(r->control, 0, &m) != 0)
			log_warn("gone_not_told", LF_STR("who", r->plan->name), LF_UINT("worker", id));
	}
}

/* All programs and the nursery answer: the service is up. */
void
startup_done(struct supervisor *s)
{
	size_t i;

	if (s->phase != PHASE_STARTING || !s->nurseries[s->nursery].ready)
		return;
	for (i = 0; i < ROLES; i++)
		if (!s->roles[i].ready)
			return;
	s->phase = PHASE_RUNNING;
	log_info("ready", LF_STR("isolation", s->isolated ? "isolated" : "reduced"),
	    LF_INT("ms", clock_mono_ms() - s->started_ms));
	notify_systemd("READY=1\nSTATUS=serving");
	members_keep_ahead(s);
}
