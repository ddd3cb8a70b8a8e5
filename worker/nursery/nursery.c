/*
 * The nursery's loop; see nursery.h.  It waits with poll, not with an event
 * base: what it held of that kind every worker would share.
 */
#include "config.h"

#include <errno.h>
#include <fcntl.h>
#include <poll.h>
#include <sched.h>
#include <signal.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/resource.h>
#include <sys/socket.h>
#include <sys/syscall.h>
#include <unistd.h>

#include "shared/base/log.h"
#include "shared/confine/confine.h"
#include "shared/fault/fault.h"
#include "shared/ipc/channel.h"
#include "shared/ipc/child.h"
#include "worker/nursery/newborn.h"
#include "worker/nursery/warm.h"

#define DATA_BYTES   (64u << 20)
#define ADDRESSES    (256u << 20)   /* a worker has 21 MiB of them and its data */
#define FILES_MOST   64
#define NICE         5
#define OOM_SCORE    "500"
#define SEND_WAIT_MS 5000

struct nursery {
	struct conf_values conf;
	struct x509_store_st *ca_store;
	int null;
	pid_t supervisor;
	worker_life life;
	nursery_rehearsal rehearse;
	bool explain;
};

/* One frame without descriptors, as channel.h has it. */
static err_t
send_frame(uint8_t type, uint64_t request, struct span body)
{
	uint8_t packet[FRAME_HEAD + 64] = {CHANNEL_VERSION, type};
	struct pollfd p = {.fd = CHILD_CONTROL_FD, .events = POLLOUT};
	size_t i;

	if (body.n > sizeof(packet) - FRAME_HEAD)
		return ERR_LIMIT;
	packet[4] = (uint8_t)body.n;
	for (i = 0; i < 8; i++)
		packet[8 + i] = (uint8_t)(request >> (8 * i));
	if (body.n > 0)
		memcpy(packet + FRAME_HEAD, body.p, body.n);
	while (send(CHILD_CONTROL_FD, packet, FRAME_HEAD + body.n, MSG_NOSIGNAL) < 0)
		if ((errno != EAGAIN && errno != EINTR) || poll(&p, 1, SEND_WAIT_MS) == 0)
			return ERR_CLOSED;
	return 0;
}

static err_t
say_spawned(uint64_t worker, pid_t pid)
{
	const struct msg_spawned m = {.worker = worker, .pid = pid < 0 ? 0 : (uint32_t)pid};
	struct buf body;
	err_t err;

	buf_init(&body, 64);
	err = msg_put_spawned(&body, &m);
	if (err == 0)
		err = send_frame(MSG_SPAWNED, worker, buf_span(&body));
	buf_free(&body);
	return err;
}

/* Forks, into the supervisor's care: our parent becomes the child's. */
static pid_t
fork_sibling(void)
{
	return (pid_t)syscall(SYS_clone, CLONE_PARENT | SIGCHLD, 0, 0, 0, 0);
}

static err_t
spawn(struct nursery *n, const struct msg_spawn *m, const int fds[NEWBORN_FDS])
{
	struct newborn child = {
		.id = m->worker, .uid = m->uid, .gid = m->gid, .supervisor = n->supervisor,
		.null = n->null, .keep_stderr = n->explain, .conf = &n->conf, .ca_store = n->ca_store,
		.life = n->life,
	};
	pid_t pid;

	FAULT(nursery_asked);
	memcpy(child.fds, fds, sizeof(child.fds));
	pid = fork_sibling();
	if (pid == 0)
		newborn_begin(&child);
	if (pid < 0)
		log_error("fork_failed", LF_INT("errno", errno));
	FAULT(nursery_forked);
	return say_spawned(m->worker, pid);
}

/* Takes the descriptors out of a received message; how many there were. */
static unsigned
take_fds(struct msghdr *msg, int fds[NEWBORN_FDS])
{
	const struct cmsghdr *c = CMSG_FIRSTHDR(msg);
	size_t n;

	if (c == NULL || c->cmsg_level != SOL_SOCKET || c->cmsg_type != SCM_RIGHTS)
		return 0;
	n = (c->cmsg_len - CMSG_LEN(0)) / sizeof(int);
	memcpy(fds, CMSG_DATA(c), (n < NEWBORN_FDS ? n : NEWBORN_FDS) * sizeof(int));
	return (unsigned)n;
}

static err_t
read_spawn(struct span packet, unsigned n_fds, struct msg_spawn *m)
{
	if (packet.n < FRAME_HEAD || packet.p[0] != CHANNEL_VERSION || packet.p[1] != MSG_SPAWN ||
	    n_fds != NEWBORN_FDS)
		return ERR_SYNTAX;
	return msg_get_spawn(span_of(packet.p + FRAME_HEAD, packet.n - FRAME_HEAD), m);
}

/* One SPAWN from the supervisor; ERR_CLOSED when it has let us go. */
static err_t
serve_one(struct nursery *n)
{
	union {
		struct cmsghdr head;
		char room[CMSG_SPACE(sizeof(int) * NEWBORN_FDS)];
	} control;
	uint8_t room[FRAME_HEAD + 64];
	struct iovec iov = {.iov_base = room, .iov_len = sizeof(room)};
	struct msghdr msg = {.msg_iov = &iov, .msg_iovlen = 1, .msg_control = control.room,
		.msg_controllen = sizeof(control.room)};
	int fds[NEWBORN_FDS] = {-1, -1, -1, -1, -1};
	struct msg_spawn m;
	unsigned i, n_fds;
	ssize_t got;
	err_t err;

	got = recvmsg(CHILD_CONTROL_FD, &msg, MSG_DONTWAIT | MSG_CMSG_CLOEXEC);
	if (got < 0)
		return errno == EAGAIN || errno == EINTR ? 0 : ERR_SYSTEM;
	if (got == 0)
		return ERR_CLOSED;
	n_fds = take_fds(&msg, fds);
	err = (msg.msg_flags & (MSG_TRUNC | MSG_CTRUNC)) != 0 ? ERR_SYNTAX :
	    read_spawn(span_of(room, (size_t)got), n_fds, &m);
	if (err == 0)
		err = spawn(n, &m, fds);
	for (i = 0; i < NEWBORN_FDS; i++)
		if (fds[i] >= 0)
			(void)close(fds[i]);
	return err;
}

static err_t
serve(struct nursery *n)
{
	struct pollfd p = {.fd = CHILD_CONTROL_FD, .events = POLLIN};
	err_t err = 0;

	while (err == 0) {
		if (poll(&p, 1, -1) < 0 && errno != EINTR)
			return ERR_SYSTEM;
		err = serve_one(n);
	}
	return err == ERR_CLOSED ? 0 : err;
}

/* The first to go when memory runs short is a worker. */
static void
offer_to_oom(void)
{
	int fd = open("/proc/self/oom_score_adj", O_WRONLY | O_CLOEXEC);

	if (fd < 0 || write(fd, OOM_SCORE, strlen(OOM_SCORE)) < 0)
		log_warn("oom_score_not_set");
	if (fd >= 0)
		(void)close(fd);
}

/* What every worker inherits. */
static err_t
limit_self(void)
{
	const struct confine_limits limits = {.data = DATA_BYTES, .addresses = ADDRESSES,
		.files = FILES_MOST, .no_core = true};
	err_t err;

	offer_to_oom();
	err = confine_filters_work() ? confine_limits(&limits) : 0;
	if (err == 0)
		err = confine_no_new_privs();
	if (err == 0)
		err = confine_undumpable();
	if (err == 0 && setpriority(PRIO_PROCESS, 0, NICE) != 0)
		log_warn("nice_not_set");
	return err;
}

static err_t
load_authorities(struct nursery *n)
{
	const char *file = conf_str(&n->conf, "spotify.ca_file");
	err_t err = warm_authorities(file, &n->ca_store);

	if (err == 0)
		return 0;
	log_write(LOG_ERROR, "no_authorities", (const struct log_field[]){LF_STR("file", file),
	    LF_STR("advice", "install ca-certificates or set spotify.ca_file")}, 2);
	/* A stand-in may be plain http, which needs none. */
	return err == ERR_NOTFOUND && conf_bool(&n->conf, "spotify.sandbox") ? 0 : err;
}

static void
go_through(const struct nursery *n)
{
	err_t err = n->rehearse == NULL ? 0 : n->rehearse(&n->conf, n->ca_store);

	if (err != 0)
		log_warn("rehearsal_failed", LF_STR("error", err_text(err)));
}

static err_t
prepare(struct nursery *n)
{
	enum log_level level = LOG_INFO;
	err_t err;

	(void)log_level_parse(conf_str(&n->conf, "log.level"), &level);
	log_open("nursery", level);
	n->explain = conf_bool(&n->conf, "log.refused_calls");
	err = limit_self();
	if (err == 0)
		err = warm_libraries();
	if (err == 0)
		err = load_authorities(n);
	if (err == 0)
		err = warm_tls();
	if (err == 0 && n->explain)
		err = confine_explain();
	if (err == 0)
		err = confine_worker_prepare();
	if (err == 0)
		go_through(n);
	/* All files that it and its workers need are read. */
	if (err == 0)
		err = confine_worker_landlock();
	/* Last: it is the heap as it is now that the workers will share. */
	if (err == 0 && confine_filters_work())
		warm_seal_heap();
	return err;
}

static void
ignore_signals(void)
{
	static const int ignored[] = {SIGPIPE, SIGINT, SIGTERM, SIGHUP};
	size_t i;

	for (i = 0; i < sizeof(ignored) / sizeof(ignored[0]); i++)
		(void)signal(ignored[i], SIG_IGN);
}

int
nursery_main(worker_life life, nursery_rehearsal rehearse)
{
	struct nursery n = {.life = life, .rehearse = rehearse, .supervisor = getppid()};
	err_t err;

	log_open("nursery", LOG_INFO);
	ignore_signals();
	n.null = -1;
	err = close_range(CHILD_CONTROL_FD + 1, ~0U, 0) == 0 ? 0 : ERR_SYSTEM;
	if (err == 0)
		err = child_await_config(&n.conf);
#ifdef TONEARM_FAULTS
	if (err == 0)
		fault_open(conf_str(&n.conf, "faults.file"));
#endif
	if (err == 0) {
		n.null = open("/dev/null", O_RDWR | O_CLOEXEC);
		err = n.null < 0 ? ERR_SYSTEM : prepare(&n);
	}
	if (err == 0)
		err = send_frame(MSG_READY, 0, span_of(NULL, 0));
	if (err == 0)
		err = serve(&n);
	if (err != 0 && err != ERR_CLOSED)
		log_error("nursery_failed", LF_STR("error", err_text(err)));
	warm_authorities_free(n.ca_store);
	conf_values_free(&n.conf);
	return err == 0 || err == ERR_CLOSED ? EXIT_SUCCESS : EXIT_FAILURE;
}
