/*
 * Stands in for keyring, vault, egress, portal, front, enroll and fetch, under the
 * name of the link that it is started by.  It answers what the supervisor
 * waits for and logs what it was told; as the vault it binds every fourth
 * worker to a user of its own.
 */
#include "config.h"

#include <signal.h>
#include <stdlib.h>
#include <string.h>
#include <unistd.h>

#include "shared/base/log.h"
#include "shared/ipc/child.h"
#include "shared/ipc/words.h"

#define KEPT 4096

static struct {
	const char *name;
	int kept[KEPT];     /* channel ends, open until the end */
	unsigned n, enrolls, fetches;
	bool extended;
	bool kills;         /* operator.name = kill: the portal does what it may not */
} fake;

static err_t
keep(const struct frame *f)
{
	if (fake.n == KEPT)
		return ERR_LIMIT;
	fake.kept[fake.n++] = f->fds[0];
	f->fds[0] = -1;
	return 0;
}

/* With spotify.mode = extended the vault has the fifth worker ended, says that
 * the sixth has let go of its channel (which it has not), runs out
 * of enroll programs when it has two, and knows but one user. */
static err_t
ask_for_more(struct channel *ch, const struct msg_peer *m)
{
	const uint64_t generation = m->worker >> 16;
	const struct msg_kill_worker k = {.worker = m->worker,
		.reason = generation == 5 ? KILL_VIOLATION : KILL_LEFT};
	const struct msg_want_enroll want = {.none = 0};

	if (m->kind == PEER_WORKER && (generation == 5 || generation == 6))
		return send_kill_worker(ch, 0, &k);
	if (m->kind == PEER_ENROLL && ++fake.enrolls == 2)
		return send_want_enroll(ch, 0, &want);
	return 0;
}

static err_t
on_peer(void *owner, struct channel *ch, const struct frame *f)
{
	struct msg_peer_ok ok = {0};
	struct msg_worker_bound b = {0};
	struct msg_peer m;
	err_t err = msg_get_peer(f->body, &m);

	(void)owner;
	if (err == 0)
		err = keep(f);
	if (err != 0)
		return err;
	log_info("fake_peer", LF_INT("kind", m.kind), LF_UINT("worker", m.worker),
	    LF_INT("bound", m.bound));
	ok.kind = m.kind;
	ok.worker = m.worker;
	err = send_peer_ok(ch, 0, &ok);
	if (err == 0 && strcmp(fake.name, "tonearm-front") == 0 && m.kind == PEER_WORKER)
		log_info("fake_usable", LF_UINT("worker", m.worker), LF_INT("bound", m.bound));
	if (err == 0 && strcmp(fake.name, "tonearm-vault") == 0 && m.kind == PEER_WORKER &&
	    m.bound == 0 && (m.worker >> 16) % 4 == 3) {
		b.worker = m.worker;
		memcpy(b.handle, "one user of many", sizeof(b.handle));
		b.handle[0] = fake.extended ? 'o' : (uint8_t)(m.worker >> 16);
		err = send_worker_bound(ch, 0, &b);
	}
	if (err == 0 && fake.extended && strcmp(fake.name, "tonearm-vault") == 0)
		err = ask_for_more(ch, &m);
	if (err == 0 && fake.extended && m.kind == PEER_FETCH && ++fake.fetches == 1 &&
	    strcmp(fake.name, "tonearm-portal") == 0) {
		const struct msg_want_fetch want = {.none = 0};

		err = send_want_fetch(ch, 0, &want);
	}
	return err;
}

static err_t
on_fd(void *owner, struct channel *ch, const struct frame *f)
{
	(void)owner;
	(void)ch;
	log_info("fake_fd", LF_STR("message", msg_name(f->type)));
	return keep(f);
}

static err_t
on_note(void *owner, struct channel *ch, const struct frame *f)
{
	(void)owner;
	(void)ch;
	log_info("fake_note", LF_STR("message", msg_name(f->type)));
	return 0;
}

static err_t
on_bound(void *owner, struct channel *ch, const struct frame *f)
{
	struct msg_worker_bound m;
	err_t err = msg_get_worker_bound(f->body, &m);

	(void)owner;
	(void)ch;
	if (err == 0)
		log_info("fake_bound_again", LF_UINT("worker", m.worker),
		    LF_INT("mark", m.handle[0]));
	return err;
}

static err_t
on_drain(void *owner, struct channel *ch, const struct frame *f)
{
	(void)owner;
	(void)ch;
	(void)f;
	log_info("fake_drain");
	_exit(0);
}

static err_t
on_status(void *owner, struct channel *ch, const struct frame *f)
{
	const struct msg_status m = {.text = span_str("fake 1\nkept 2\n")};
	const struct msg_kill_worker k = {.worker = 1 << 16, .reason = 1};

	(void)owner;
	if (fake.kills && strcmp(fake.name, "tonearm-portal") == 0)
		return send_kill_worker(ch, 0, &k);
	return send_status(ch, f->request, &m);
}

static const struct channel_rule rules[] = {
	{.type = MSG_PEER, .fds = 1, .handle = on_peer},
	{.type = MSG_LISTENER, .fds = 1, .handle = on_fd},
	{.type = MSG_KEYFILE, .fds = 1, .handle = on_fd},
	{.type = MSG_WORKER_GONE, .handle = on_note},
	{.type = MSG_WORKER_BOUND, .handle = on_bound},
	{.type = MSG_DRAIN, .handle = on_drain},
	{.type = MSG_STATUS_ASK, .handle = on_status},
	{.type = MSG_PING, .handle = child_on_ping},
	{.type = MSG_SETTINGS, .handle = child_on_settings},
	{.type = MSG_USER_WAIT, .handle = on_note},
};
static const struct channel_table table = {
	.peer = "supervisor", .rules = rules, .n_rules = sizeof(rules) / sizeof(rules[0]),
	.max_fds = 1, .max_queue = 1 << 20,
};

int
main(int argc, char **argv)
{
	struct child c;
	err_t err;

	fake.name = argc > 0 ? argv[0] : "?";
	err = child_start(&c, fake.name, &table, NULL);
	if (err == 0)
		log_info("fake_started", LF_INT("uid", getuid()), LF_INT("root", getuid() == 0),
		    LF_STR("isolation", conf_str(&c.conf, "server.isolation")),
		    LF_STR("mode", conf_str(&c.conf, "spotify.mode")));
	fake.extended = strcmp(conf_str(&c.conf, "spotify.mode"), "extended") == 0;
	fake.kills = strcmp(conf_str(&c.conf, "operator.name"), "kill") == 0;
	/* A test can have a program that never gets ready. */
	if (err == 0 && strcmp(conf_str(&c.conf, "operator.name"), "fail") == 0)
		_exit(7);
	if (err == 0)
		err = child_ready(&c);
	if (err == 0)
		err = loop_run(c.loop);
	return err == 0 ? 0 : 1;
}
