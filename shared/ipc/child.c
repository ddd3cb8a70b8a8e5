/* Start of a supervised program; see child.h. */
#include "config.h"

#include <errno.h>
#include <poll.h>
#include <signal.h>
#include <stdlib.h>
#include <string.h>
#include <sys/prctl.h>
#include <sys/socket.h>
#include <unistd.h>

#include "shared/base/log.h"
#include "shared/fault/fault.h"
#include "shared/ipc/child.h"

#define CONFIG_WAIT_MS 10000

static const char *own_role;

static void
control_ended(void *owner, struct channel *ch, enum channel_end why)
{
	/* The loop's owner sees the stop and ends the program. */
	(void)owner;
	(void)ch;
	log_info("supervisor_gone", LF_INT("how", why));
	_exit(0);
}

err_t
child_await_config(struct conf_values *conf)
{
	static uint8_t room[FRAME_HEAD + FRAME_BODY_MAX];
	struct pollfd p = {.fd = CHILD_CONTROL_FD, .events = POLLIN};
	struct msg_config m;
	ssize_t n;
	err_t err;
	int ready;

	/* A signal is no answer. */
	do
		ready = poll(&p, 1, CONFIG_WAIT_MS);
	while (ready < 0 && errno == EINTR);
	if (ready != 1)
		return ready == 0 ? ERR_TIMEOUT : ERR_SYSTEM;
	do
		n = recv(CHILD_CONTROL_FD, room, sizeof(room), 0);
	while (n < 0 && errno == EINTR);
	if (n < 0)
		return ERR_SYSTEM;
	if (n < FRAME_HEAD || room[0] != CHANNEL_VERSION || room[1] != MSG_CONFIG)
		return n == 0 ? ERR_CLOSED : ERR_SYNTAX;
	err = msg_get_config(span_of(room + FRAME_HEAD, (size_t)n - FRAME_HEAD), &m);
	if (err == 0)
		err = conf_values_parse(conf, m.text);
	explicit_bzero(room, sizeof(room));
	return err;
}

static void
open_log(const char *role, const struct conf_values *conf)
{
	enum log_level level = LOG_INFO;

	(void)log_level_parse(conf_str(conf, "log.level"), &level);
	log_open(role, level);
}

err_t
child_start(struct child *c, const char *role,
    const struct channel_table *table, void *owner)
{
	err_t err;

	memset(c, 0, sizeof(*c));
	log_open(role, LOG_INFO);
	own_role = role;
	if (close_range(CHILD_CONTROL_FD + 1, ~0U, 0) != 0 ||
	    prctl(PR_SET_DUMPABLE, 0) != 0)
		return ERR_SYSTEM;
	(void)signal(SIGPIPE, SIG_IGN);
	(void)signal(SIGINT, SIG_IGN);
	(void)signal(SIGTERM, SIG_IGN);
	(void)signal(SIGHUP, SIG_IGN);
	err = child_await_config(&c->conf);
	if (err != 0)
		return err;
#ifdef TONEARM_FAULTS
	fault_open(conf_str(&c->conf, "faults.file"));
#endif
	open_log(role, &c->conf);
	channel_vital_ends();
	err = loop_create(&c->loop);
	if (err != 0)
		return err;
	return channel_open(c->loop, CHILD_CONTROL_FD, table, owner, control_ended, &c->control);
}

err_t
child_on_ping(void *owner, struct channel *ch, const struct frame *f)
{
	const struct msg_pong m = {.none = 0};
	struct msg_ping ping;
	err_t err = msg_get_ping(f->body, &ping);

	(void)owner;
	/* If there is no room for the answer, there was no reader for the last. */
	if (err == 0 && send_pong(ch, f->request, &m) != 0)
		log_warn("pong_not_sent");
	return err;
}

err_t
child_settings(const struct frame *f, struct conf_values *out)
{
	struct msg_settings m;
	err_t err = msg_get_settings(f->body, &m);

	return err != 0 ? err : conf_values_parse(out, m.text);
}

err_t
child_on_settings(void *owner, struct channel *ch, const struct frame *f)
{
	struct conf_values live = {0};
	err_t err = child_settings(f, &live);

	(void)owner;
	(void)ch;
	if (err == 0)
		open_log(own_role, &live);
	conf_values_free(&live);
	return err;
}

err_t
child_ready(struct child *c)
{
	const struct msg_ready m = {};

	return send_ready(c->control, 0, &m);
}

void
child_end(struct child *c)
{
	channel_close(&c->control);
	conf_values_free(&c->conf);
	loop_destroy(&c->loop);
}
