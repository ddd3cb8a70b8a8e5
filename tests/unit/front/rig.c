/* The stand-in; see rig.h. */
#include "config.h"

#include <arpa/inet.h>
#include <errno.h>
#include <fcntl.h>
#include <netinet/in.h>
#include <poll.h>
#include <signal.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <strings.h>
#include <sys/resource.h>
#include <sys/socket.h>
#include <sys/un.h>
#include <sys/wait.h>
#include <time.h>
#include <unistd.h>

#include "tests/unit/front/rig.h"

#define TOKENS_MAX 64

static char tokens[TOKENS_MAX][TOKEN_CHARS + 1];
static unsigned n_tokens;

static void
put_le(uint8_t *p, uint64_t v, size_t bytes)
{
	size_t i;

	for (i = 0; i < bytes; i++)
		p[i] = (uint8_t)(v >> (8 * i));
}

static uint64_t
get_le(const uint8_t *p, size_t bytes)
{
	uint64_t v = 0;
	size_t i;

	for (i = 0; i < bytes; i++)
		v |= (uint64_t)p[i] << (8 * i);
	return v;
}

static bool
ready(int fd, short what, int ms)
{
	struct pollfd p = {.fd = fd, .events = what};

	return poll(&p, 1, ms) == 1;
}

void
end_put(struct end *e, uint8_t type, uint64_t request, struct span body)
{
	uint8_t *head = e->out + e->out_n;

	assert_true(e->out_n + FRAME_HEAD + body.n <= sizeof(e->out));
	memset(head, 0, FRAME_HEAD);
	head[0] = CHANNEL_VERSION;
	head[1] = type;
	put_le(head + 4, body.n, 4);
	put_le(head + 8, request, 8);
	if (body.n > 0)
		memcpy(head + FRAME_HEAD, body.p, body.n);
	e->out_n += FRAME_HEAD + body.n;
}

void
end_flush(struct end *e, int fd)
{
	struct iovec iov = {.iov_base = e->out, .iov_len = e->out_n};
	union {
		struct cmsghdr head;
		char room[CMSG_SPACE(sizeof(int))];
	} control;
	struct msghdr msg = {.msg_iov = &iov, .msg_iovlen = 1};

	if (fd >= 0) {
		memset(&control, 0, sizeof(control));
		msg.msg_control = control.room;
		msg.msg_controllen = sizeof(control.room);
		control.head.cmsg_level = SOL_SOCKET;
		control.head.cmsg_type = SCM_RIGHTS;
		control.head.cmsg_len = CMSG_LEN(sizeof(int));
		memcpy(CMSG_DATA(&control.head), &fd, sizeof(int));
	}
	e->out_n = 0;
	while (sendmsg(e->fd, &msg, MSG_NOSIGNAL) < 0) {
		/* Whoever is being killed does not listen any more. */
		if (errno == EPIPE || errno == ECONNRESET)
			return;
		assert_int_equal(errno, EAGAIN);
		assert_true(ready(e->fd, POLLOUT, RIG_MS));
	}
}

void
end_send(struct end *e, uint8_t type, uint64_t request, struct span body, int fd)
{
	end_put(e, type, request, body);
	end_flush(e, fd);
}

bool
end_next(struct end *e, struct got *out, int ms)
{
	ssize_t n;

	if (e->at == e->n) {
		if (!ready(e->fd, POLLIN, ms))
			return false;
		n = recv(e->fd, e->packet, sizeof(e->packet), 0);
		if (n <= 0)
			return false;
		e->at = 0;
		e->n = (size_t)n;
	}
	assert_true(e->n - e->at >= FRAME_HEAD);
	out->type = e->packet[e->at + 1];
	out->request = get_le(e->packet + e->at + 8, 8);
	out->body = span_of(e->packet + e->at + FRAME_HEAD, (size_t)get_le(e->packet + e->at + 4, 4));
	e->at += FRAME_HEAD + out->body.n;
	return true;
}

void
end_close(struct end *e)
{
	if (e->fd >= 0)
		(void)close(e->fd);
	e->fd = -1;
}

bool
end_closed(struct end *e)
{
	struct got g;

	while (end_next(e, &g, RIG_MS))
		;
	return recv(e->fd, e->packet, 1, MSG_DONTWAIT) == 0;
}

static void
pair(struct end *ours, int *theirs)
{
	int fds[2];

	memset(ours, 0, sizeof(*ours));
	assert_int_equal(channel_pair(fds), 0);
	ours->fd = fds[0];
	*theirs = fds[1];
}

/* Hands over the other end and waits for the word that it is in place. */
static void
introduce(struct rig *r, struct end *e, uint8_t kind, uint64_t id, bool bound)
{
	const struct msg_peer m = {.kind = kind, .worker = id, .bound = bound};
	struct msg_peer_ok ok;
	uint64_t request;
	struct buf b;
	int theirs;

	pair(e, &theirs);
	buf_init(&b, 64);
	assert_int_equal(msg_put_peer(&b, &m), 0);
	end_send(&r->control, MSG_PEER, 0, buf_span(&b), theirs);
	buf_free(&b);
	(void)close(theirs);
	RIG_EXPECT(&r->control, PEER_OK, peer_ok, &ok, &request);
	assert_int_equal(ok.kind, kind);
	assert_true(ok.worker == id);
}

void
rig_vault(struct rig *r)
{
	struct msg_check_key key;
	struct buf b;

	introduce(r, &r->vault, PEER_VAULT, 0, false);
	memcpy(key.key, r->key, sizeof(key.key));
	buf_init(&b, 64);
	assert_int_equal(msg_put_check_key(&b, &key), 0);
	end_send(&r->vault, MSG_CHECK_KEY, 0, buf_span(&b), -1);
	buf_free(&b);
	RIG_SEND(&r->vault, 0, HEALTH, health, .database = 1, .keyring = 1);
}

void
rig_portal(struct rig *r)
{
	introduce(r, &r->portal, PEER_PORTAL, 0, false);
}

void
rig_worker(struct rig *r, struct end *w, uint64_t id)
{
	introduce(r, w, PEER_WORKER, id, false);
}

void
rig_bound_worker(struct rig *r, struct end *w, uint64_t id)
{
	introduce(r, w, PEER_WORKER, id, true);
}

static void
give_listener(struct rig *r, uint8_t kind, int fd)
{
	const struct msg_listener m = {.kind = kind};
	struct buf b;

	buf_init(&b, 64);
	assert_int_equal(msg_put_listener(&b, &m), 0);
	end_send(&r->control, MSG_LISTENER, 0, buf_span(&b), fd);
	buf_free(&b);
	(void)close(fd);
}

static int
listen_tcp(struct rig *r)
{
	struct sockaddr_in a = {.sin_family = AF_INET, .sin_addr.s_addr = htonl(INADDR_LOOPBACK)};
	socklen_t n = sizeof(a);
	int fd = socket(AF_INET, SOCK_STREAM | SOCK_CLOEXEC, 0);

	assert_true(fd >= 0);
	assert_int_equal(bind(fd, (struct sockaddr *)&a, sizeof(a)), 0);
	assert_int_equal(listen(fd, 128), 0);
	assert_int_equal(getsockname(fd, (struct sockaddr *)&a, &n), 0);
	r->port = ntohs(a.sin_port);
	(void)snprintf(r->host, sizeof(r->host), "127.0.0.1:%u", r->port);
	return fd;
}

static void
unix_address(const struct rig *r, struct sockaddr_un *a)
{
	memset(a, 0, sizeof(*a));
	a->sun_family = AF_UNIX;
	(void)snprintf(a->sun_path, sizeof(a->sun_path), "%s", r->unix_path);
}

static int
listen_unix(struct rig *r)
{
	struct sockaddr_un a;
	int fd = socket(AF_UNIX, SOCK_STREAM | SOCK_CLOEXEC, 0);

	(void)snprintf(r->unix_path, sizeof(r->unix_path), "/tmp/front-%d.sock", (int)getpid());
	(void)unlink(r->unix_path);
	unix_address(r, &a);
	assert_int_equal(bind(fd, (struct sockaddr *)&a, sizeof(a)), 0);
	assert_int_equal(listen(fd, 128), 0);
	return fd;
}

/* In the child: descriptor 3 is the control channel, 2 the log. */
static void
become_front(int control, int log, unsigned files)
{
	const struct rlimit l = {.rlim_cur = files, .rlim_max = files};
	const char *program = getenv("TONEARM_FRONT");

	(void)dup2(log, 2);
	(void)dup2(log, 1);
	if (control != CHANNEL_FDS_MAX - 2 && dup2(control, 3) != 3)
		_exit(126);
	(void)fcntl(3, F_SETFD, 0);
	if (files > 0 && setrlimit(RLIMIT_NOFILE, &l) != 0)
		_exit(125);
	program = program == NULL ? "./tonearm-front" : program;
	if (getenv("TONEARM_FRONT_PRELOAD") != NULL)
		(void)setenv("LD_PRELOAD", getenv("TONEARM_FRONT_PRELOAD"), 1);
	(void)execl(program, "tonearm-front", (char *)NULL);
	_exit(127);
}

static void
spawn(struct rig *r, unsigned files)
{
	int theirs, log;

	(void)snprintf(r->log_path, sizeof(r->log_path), "/tmp/front-%d.log", (int)getpid());
	log = open(r->log_path, O_CREAT | O_TRUNC | O_WRONLY | O_APPEND | O_CLOEXEC, 0600);
	assert_true(log >= 0);
	pair(&r->control, &theirs);
	r->pid = fork();
	assert_true(r->pid >= 0);
	if (r->pid == 0)
		become_front(theirs, log, files);
	(void)close(theirs);
	(void)close(log);
}

void
rig_start_with_files(struct rig *r, const char *options, unsigned files)
{
	struct msg_config config;
	struct msg_ready is_ready;
	uint64_t id;
	struct buf b, text;
	int tcp;

	memset(r, 0, sizeof(*r));
	n_tokens = 0;
	memset(r->key, 0x5a, sizeof(r->key));
	tcp = listen_tcp(r);
	spawn(r, files);
	buf_init(&text, 8192);
	buf_init(&b, 8192);
	assert_int_equal(buf_printf(&text, "server.public_url=http://127.0.0.1:%u\n%s",
	    r->port, options), 0);
	config.text = buf_span(&text);
	assert_int_equal(msg_put_config(&b, &config), 0);
	end_send(&r->control, MSG_CONFIG, 0, buf_span(&b), -1);
	RIG_EXPECT(&r->control, READY, ready, &is_ready, &id);
	rig_vault(r);
	rig_portal(r);
	give_listener(r, LISTENER_TCP, tcp);
	give_listener(r, LISTENER_UNIX, listen_unix(r));
	buf_free(&text);
	buf_free(&b);
}

void
rig_start(struct rig *r, const char *options)
{
	rig_start_with_files(r, options, 0);
}

static void
read_log(const struct rig *r, struct buf *out)
{
	int fd = open(r->log_path, O_RDONLY | O_CLOEXEC);
	uint8_t *place;
	ssize_t n = 1;

	assert_true(fd >= 0);
	buf_clear(out);
	while (n > 0) {
		assert_int_equal(buf_room(out, 4096, &place), 0);
		n = read(fd, place, 4096);
		if (n > 0)
			buf_added(out, (size_t)n);
	}
	(void)close(fd);
}

bool
rig_logged(const struct rig *r, const char *text)
{
	struct buf log;
	bool found = false;
	int i;

	buf_init(&log, 16 << 20);
	for (i = 0; !found && i < RIG_MS / 20; i++) {
		if (i > 0)
			(void)ready(-1, 0, 20);
		read_log(r, &log);
		found = strstr(buf_cstr(&log), text) != NULL;
	}
	buf_free(&log);
	return found;
}

void
rig_stop(struct rig *r)
{
	struct buf log;
	int status;
	unsigned i;

	end_close(&r->control);
	assert_int_equal(waitpid(r->pid, &status, 0), r->pid);
	if (!WIFEXITED(status) || WEXITSTATUS(status) != 0)
		fail_msg("the program ended with status %x", (unsigned)status);
	end_close(&r->vault);
	end_close(&r->portal);
	buf_init(&log, 16 << 20);
	read_log(r, &log);
	for (i = 0; i < n_tokens; i++)
		assert_null(strstr(buf_cstr(&log), tokens[i] + 20));
	assert_null(strstr(buf_cstr(&log), "runtime error"));
	buf_free(&log);
	(void)unlink(r->log_path);
	(void)unlink(r->unix_path);
}

const char *
rig_token(struct rig *r, enum cred_kind kind, uint8_t n)
{
	uint8_t user[UUID_BYTES] = {n};

	assert_true(n_tokens < TOKENS_MAX);
	assert_int_equal(token_make(kind, user, r->key, tokens[n_tokens]), 0);
	return tokens[n_tokens++];
}

int
dial(const struct rig *r)
{
	struct sockaddr_in a = {.sin_family = AF_INET, .sin_port = htons(r->port),
	    .sin_addr.s_addr = htonl(INADDR_LOOPBACK)};
	int fd = socket(AF_INET, SOCK_STREAM | SOCK_CLOEXEC, 0);

	assert_int_equal(connect(fd, (struct sockaddr *)&a, sizeof(a)), 0);
	return fd;
}

int
dial_unix(const struct rig *r)
{
	struct sockaddr_un a;
	int fd = socket(AF_UNIX, SOCK_STREAM | SOCK_CLOEXEC, 0);

	unix_address(r, &a);
	assert_int_equal(connect(fd, (struct sockaddr *)&a, sizeof(a)), 0);
	return fd;
}

void
put_bytes(int fd, struct span bytes)
{
	while (bytes.n > 0) {
		ssize_t n = send(fd, bytes.p, bytes.n, MSG_NOSIGNAL);

		if (n < 0 && (errno == EPIPE || errno == ECONNRESET))
			return;
		assert_true(n > 0);
		bytes = span_of(bytes.p + n, bytes.n - (size_t)n);
	}
}

void
put_text(int fd, const char *text)
{
	put_bytes(fd, span_str(text));
}

/* One byte, so that nothing of the next response is taken. */
static bool
read_byte(int fd, struct buf *out)
{
	uint8_t c;

	if (!ready(fd, POLLIN, RIG_MS))
		fail_msg("nothing came for %d ms after: %.300s", RIG_MS, buf_cstr(out));
	if (recv(fd, &c, 1, 0) != 1)
		return false;
	assert_int_equal(buf_put_byte(out, c), 0);
	return true;
}

static bool
ends_with(const struct buf *b, const char *text)
{
	size_t n = strlen(text);

	return b->len >= n && memcmp(b->data + b->len - n, text, n) == 0;
}

void
read_until(int fd, const char *text, struct buf *out)
{
	while (!ends_with(out, text))
		if (!read_byte(fd, out))
			fail_msg("the connection ended before \"%s\"", text);
}

const char *
field_of(const struct response *r, const char *name)
{
	static char value[2048];
	const char *line = buf_cstr(&r->head);
	size_t n = strlen(name);

	for (line = strstr(line, "\r\n"); line != NULL; line = strstr(line + 2, "\r\n")) {
		if (strncasecmp(line + 2, name, n) != 0 || line[2 + n] != ':')
			continue;
		(void)snprintf(value, sizeof(value), "%.*s",
		    (int)strcspn(line + 4 + n, "\r"), line + 4 + n);
		return value;
	}
	return NULL;
}

static bool
read_chunks(int fd, struct buf *body)
{
	struct buf line;
	unsigned long n = 1;
	bool ok = true;

	buf_init(&line, 1024);
	while (ok && n > 0) {
		buf_clear(&line);
		while (ok && !ends_with(&line, "\r\n"))
			ok = read_byte(fd, &line);
		n = strtoul(buf_cstr(&line), NULL, 16);
		while (ok && n > 0 && n-- > 0)
			ok = read_byte(fd, body);
		n = strtoul(buf_cstr(&line), NULL, 16);
		buf_clear(&line);
		while (ok && line.len < 2)
			ok = read_byte(fd, &line);
	}
	buf_free(&line);
	return ok;
}

bool
read_response(int fd, bool head_only, struct response *out)
{
	const char *length, *coding;
	size_t n;
	bool ok = true;

	memset(out, 0, sizeof(*out));
	buf_init(&out->head, 65536);
	buf_init(&out->body, 8 << 20);
	while (!ends_with(&out->head, "\r\n\r\n"))
		if (!read_byte(fd, &out->head))
			return false;
	out->status = (unsigned)strtoul(buf_cstr(&out->head) + 9, NULL, 10);
	if (out->status == 100) {
		free_response(out);
		return read_response(fd, head_only, out);
	}
	coding = field_of(out, "Transfer-Encoding");
	if (coding != NULL && !head_only) {
		ok = read_chunks(fd, &out->body);
	} else if ((length = field_of(out, "Content-Length")) != NULL && !head_only) {
		for (n = strtoul(length, NULL, 10); ok && n > 0; n--)
			ok = read_byte(fd, &out->body);
	} else if (!head_only && out->status != 204) {
		while (read_byte(fd, &out->body))
			;
	}
	out->cut = !ok;
	return true;
}

void
free_response(struct response *r)
{
	buf_free(&r->head);
	buf_free(&r->body);
}

bool
closed(int fd)
{
	char c;

	return ready(fd, POLLIN, RIG_MS) && recv(fd, &c, 1, 0) <= 0;
}
