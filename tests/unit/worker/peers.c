/* The test in the place of a worker's peers; see peers.h. */
#include "config.h"

#include <errno.h>
#include <fcntl.h>
#include <json-c/linkhash.h>
#include <poll.h>
#include <signal.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/prctl.h>
#include <sys/socket.h>
#include <sys/wait.h>
#include <time.h>
#include <unistd.h>

#include "shared/base/clock.h"
#include "shared/base/log.h"
#include "shared/confine/confine.h"
#include "shared/crypto/token.h"
#include "shared/ipc/channel.h"
#include "tests/unit/worker/peers.h"
#include "worker/rehearsal.h"
#include "worker/run.h"

const uint8_t stage_user[ID_BYTES] = "0123456789abcde";
const uint8_t stage_key[KEY_BYTES] = "a key of thirty-two bytes length";
const char stage_token[] = "tonearm_pt_of_the_stage";

/* The sanitizers' own calls are not in the filter: a build with them leaves it
 * out (linked with --wrap=confine_worker). */
#if defined(__has_feature)
#if __has_feature(address_sanitizer)
#define SANITIZED
#endif
#elif defined(__SANITIZE_ADDRESS__)
#define SANITIZED
#endif

err_t __real_confine_worker(void);
err_t __wrap_confine_worker(void);

err_t
__wrap_confine_worker(void)
{
#ifdef SANITIZED
	return 0;
#else
	return __real_confine_worker();
#endif
}

/* How many descriptors are open. */
static unsigned
count_fds(void)
{
	unsigned n = 0;
	int fd;

	for (fd = 0; fd < 256; fd++)
		n += fcntl(fd, F_GETFD) >= 0;
	return n;
}

/* Do two children draw seeds of their own for json-c's tables?  (Once in 2^32
 * they draw the same.) */
static bool
seeds_differ(void)
{
	unsigned long got[2] = {0, 0};
	int i, fds[2];

	for (i = 0; i < 2; i++) {
		pid_t pid;

		if (pipe(fds) != 0 || (pid = fork()) < 0)
			return false;
		if (pid == 0) {
			struct lh_table *t = lh_kchar_table_new(4, NULL);
			unsigned long hash = t == NULL ? 0 : lh_get_hash(t, "sibling");

			_exit(write(fds[1], &hash, sizeof(hash)) == (ssize_t)sizeof(hash) ? 0 : 1);
		}
		if (read(fds[0], &got[i], sizeof(got[i])) != (ssize_t)sizeof(got[i]) ||
		    waitpid(pid, NULL, 0) != pid)
			return false;
		(void)close(fds[0]);
		(void)close(fds[1]);
	}
	return got[0] != 0 && got[0] != got[1];
}

int
rehearsal_status(void)
{
	int status = 0;
	pid_t pid = fork();

	if (pid == 0) {
		struct conf_values conf;
		unsigned before = count_fds();
		int times;

		if (conf_values_parse(&conf, span_str("spotify.sandbox=yes\n"
		    "spotify.api_url=http://127.0.0.1:9/v1\n"
		    "spotify.accounts_url=http://127.0.0.1:9\n")) != 0)
			_exit(99);
		/* Twice: the second finds what the first left. */
		for (times = 0; times < 2; times++)
			if (rehearse(&conf, NULL) != 0)
				_exit(1);
		if (count_fds() != before)
			_exit(2);
		_exit(seeds_differ() ? 0 : 3);
	}
	if (pid < 0 || waitpid(pid, &status, 0) != pid)
		return -1;
	return status;
}

static void
live(int fds[PEERS], unsigned idle_s)
{
	struct worker_start start = {.id = 7, .control_fd = fds[CONTROL], .front_fd = fds[FRONT],
		.vault_fd = fds[VAULT], .keyring_fd = fds[KEYRING], .egress_fd = fds[EGRESS]};
	struct conf_values conf;
	uint8_t hash[HASH_BYTES];
	char text[256];

	(void)prctl(PR_SET_PDEATHSIG, SIGKILL);
	(void)snprintf(text, sizeof(text), "limits.worker_idle_seconds=%u\n"
	    "server.public_url=http://127.0.0.1:8001\nspotify.sandbox=yes\n"
	    "spotify.api_url=http://127.0.0.1:9/v1\nspotify.accounts_url=http://127.0.0.1:9\n",
	    idle_s);
	log_open("worker", LOG_ERROR);
	if (conf_values_parse(&conf, span_str(text)) != 0)
		_exit(99);
	start.conf = &conf;
	if (confine_worker_prepare() != 0)
		_exit(98);
	/* The nursery's part: OpenSSL reads its files before there is a filter. */
	if (token_hash(span_str("warm"), hash) != 0)
		_exit(2);
	_exit(worker_run(&start) == 0 ? 0 : 1);
}

void
start_worker(struct stage *s, unsigned idle_s)
{
	int theirs[PEERS], pair[2], i;

	memset(s, 0, sizeof(*s));
	for (i = 0; i < PEERS; i++) {
		assert_int_equal(channel_pair(pair), 0);
		s->fd[i] = pair[0];
		theirs[i] = pair[1];
	}
	s->pid = fork();
	assert_true(s->pid >= 0);
	if (s->pid == 0) {
		for (i = 0; i < PEERS; i++)
			(void)close(s->fd[i]);
		live(theirs, idle_s);
	}
	for (i = 0; i < PEERS; i++)
		(void)close(theirs[i]);
}

static void
close_all(struct stage *s)
{
	int i;

	for (i = 0; i < PEERS; i++)
		if (s->fd[i] >= 0)
			(void)close(s->fd[i]);
}

int
end_worker(struct stage *s, unsigned ms)
{
	const struct timespec pause = {.tv_nsec = 5000000};
	int64_t until = clock_mono_ms() + ms;
	int status = 0;

	while (waitpid(s->pid, &status, WNOHANG) == 0) {
		if (clock_mono_ms() > until) {
			(void)kill(s->pid, SIGKILL);
			(void)waitpid(s->pid, &status, 0);
			close_all(s);
			fail_msg("the worker did not end");
		}
		(void)nanosleep(&pause, NULL);
	}
	close_all(s);
	if (WIFSIGNALED(status))
		print_message("signal %d\n", WTERMSIG(status));
	return WIFEXITED(status) ? WEXITSTATUS(status) : -1;
}

void
kill_worker(struct stage *s)
{
	/* Alive until now, and not by a refused system call gone. */
	assert_int_equal(waitpid(s->pid, NULL, WNOHANG), 0);
	(void)close(s->fd[CONTROL]);
	s->fd[CONTROL] = -1;
	assert_int_equal(end_worker(s, 3000), 0);
}

static void
put_le(uint8_t *p, uint64_t v, size_t n)
{
	size_t i;

	for (i = 0; i < n; i++)
		p[i] = (uint8_t)(v >> (8 * i));
}

static uint64_t
get_le(const uint8_t *p, size_t n)
{
	uint64_t v = 0;
	size_t i;

	for (i = 0; i < n; i++)
		v |= (uint64_t)p[i] << (8 * i);
	return v;
}

static void
wait_writable(int fd)
{
	struct pollfd p = {.fd = fd, .events = POLLOUT};

	assert_int_equal(poll(&p, 1, 3000), 1);
}

void
send_frame(struct stage *s, enum peer to, uint8_t type, uint64_t request, struct buf *body)
{
	uint8_t packet[FRAME_HEAD + FRAME_BODY_MAX] = {CHANNEL_VERSION, type};

	put_le(packet + 4, body->len, 4);
	put_le(packet + 8, request, 8);
	if (body->len > 0)
		memcpy(packet + FRAME_HEAD, body->data, body->len);
	wait_writable(s->fd[to]);
	assert_int_equal(send(s->fd[to], packet, FRAME_HEAD + body->len, MSG_NOSIGNAL),
	    FRAME_HEAD + body->len);
	buf_free(body);
}

bool
next_frame(struct stage *s, enum peer from, struct got *out, unsigned ms)
{
	struct pollfd p = {.fd = s->fd[from], .events = POLLIN};
	struct inbox *in = &s->inbox[from];
	const uint8_t *f;
	size_t len;
	ssize_t n;

	if (in->at >= in->len) {
		if (poll(&p, 1, (int)ms) != 1)
			return false;
		n = recv(s->fd[from], in->room, sizeof(in->room), 0);
		if (n <= 0)
			return false;
		in->len = (size_t)n;
		in->at = 0;
	}
	f = in->room + in->at;
	len = (size_t)get_le(f + 4, 4);
	assert_true(in->len - in->at >= FRAME_HEAD + len);
	out->type = f[1];
	out->request = get_le(f + 8, 8);
	out->body = span_of(f + FRAME_HEAD, len);
	in->at += FRAME_HEAD + len;
	return true;
}

struct got
expect(struct stage *s, enum peer from, uint8_t type)
{
	struct got g = {0};

	do {
		if (!next_frame(s, from, &g, 5000))
			fail_msg("no %s came", msg_name(type));
	} while (g.type == MSG_WORKER_LOG);
	if (g.type != type)
		fail_msg("%s came instead of %s", msg_name(g.type), msg_name(type));
	return g;
}

void
reconnect(struct stage *s, enum peer which, uint8_t kind)
{
	const struct msg_peer m = {.kind = kind, .worker = 7};
	uint8_t packet[FRAME_HEAD + 64] = {CHANNEL_VERSION, MSG_PEER};
	struct iovec iov = {.iov_base = packet};
	union {
		struct cmsghdr head;
		char room[CMSG_SPACE(sizeof(int))];
	} control;
	struct msghdr msg = {.msg_iov = &iov, .msg_iovlen = 1, .msg_control = control.room,
		.msg_controllen = sizeof(control.room)};
	struct msg_peer_ok ok;
	struct got g;
	struct buf body;
	int pair[2];

	assert_int_equal(channel_pair(pair), 0);
	buf_init(&body, 64);
	assert_int_equal(msg_put_peer(&body, &m), 0);
	put_le(packet + 4, body.len, 4);
	memcpy(packet + FRAME_HEAD, body.data, body.len);
	iov.iov_len = FRAME_HEAD + body.len;
	buf_free(&body);
	memset(&control, 0, sizeof(control));
	control.head.cmsg_level = SOL_SOCKET;
	control.head.cmsg_type = SCM_RIGHTS;
	control.head.cmsg_len = CMSG_LEN(sizeof(int));
	memcpy(CMSG_DATA(&control.head), &pair[1], sizeof(int));
	assert_true(sendmsg(s->fd[CONTROL], &msg, MSG_NOSIGNAL) > 0);
	(void)close(pair[1]);
	if (s->fd[which] >= 0)
		(void)close(s->fd[which]);
	s->fd[which] = pair[0];
	memset(&s->inbox[which], 0, sizeof(s->inbox[which]));
	g = expect(s, CONTROL, MSG_PEER_OK);
	assert_int_equal(msg_get_peer_ok(g.body, &ok), 0);
	assert_int_equal(ok.kind, kind);
	assert_int_equal(ok.worker, 7);
}

void
give_keys(struct stage *s, const uint8_t user[ID_BYTES])
{
	struct msg_keys m;
	struct buf b;

	memcpy(m.user, user, ID_BYTES);
	memcpy(m.key, stage_key, KEY_BYTES);
	buf_init(&b, 1000);
	assert_int_equal(msg_put_keys(&b, &m), 0);
	send_frame(s, KEYRING, MSG_KEYS, 0, &b);
}

void
give_identity(struct stage *s)
{
	struct msg_identity m = {.display_name = span_str("Somebody"), .spotify_id = span_str("u"),
		.client_id = span_str("c"), .spotify_scopes = span_str(""), .authorized_at = 1};
	struct buf b;

	memcpy(m.user, stage_user, ID_BYTES);
	buf_init(&b, 4000);
	assert_int_equal(msg_put_identity(&b, &m), 0);
	send_frame(s, VAULT, MSG_IDENTITY, 0, &b);
}

void
give_credential(struct stage *s, const char *token, uint8_t kind, int64_t expires)
{
	struct msg_credential m = {.cred_kind = kind,
	    .scopes = kind == CRED_TICKET ? 0 : SCOPE_ALL, .expires_at = expires};
	struct buf b;

	assert_int_equal(token_hash(span_str(token), m.hash), 0);
	buf_init(&b, 1000);
	assert_int_equal(msg_put_credential(&b, &m), 0);
	send_frame(s, VAULT, MSG_CREDENTIAL, 0, &b);
}

void
give_end(struct stage *s)
{
	SEND(s, VAULT, IDENTITY_END, identity_end, 0, .none = 0);
}

void
bind_worker(struct stage *s)
{
	give_keys(s, stage_user);
	give_identity(s);
	give_credential(s, stage_token, CRED_PERSONAL, 0);
	give_end(s);
}

void
request(struct stage *s, uint64_t id, const char *token, const char *const *fields,
    const char *body)
{
	SEND(s, FRONT, REQ_HEAD, req_head, id, .method = METHOD_POST, .cred_kind = CRED_PERSONAL,
	    .credential = span_str(token), .body_bytes = (uint32_t)strlen(body));
	SEND(s, FRONT, REQ_FIELD, req_field, id, .name = span_str("content-type"),
	    .value = span_str("application/json"));
	SEND(s, FRONT, REQ_FIELD, req_field, id, .name = span_str("accept"),
	    .value = span_str("application/json, text/event-stream"));
	for (; fields != NULL && *fields != NULL; fields += 2)
		SEND(s, FRONT, REQ_FIELD, req_field, id, .name = span_str(fields[0]),
		    .value = span_str(fields[1]));
	/* In two parts, the last one perhaps empty. */
	SEND(s, FRONT, REQ_BODY, req_body, id, .data = span_str(body));
	SEND(s, FRONT, REQ_BODY, req_body, id, .last = 1);
}

struct msg_res_head
answer(struct stage *s, uint64_t id, struct buf *out, char session[200])
{
	struct msg_res_head head;
	struct msg_res_body part;
	struct got g;

	g = expect(s, FRONT, MSG_REQ_ACK);
	assert_int_equal(g.request, id);
	g = expect(s, FRONT, MSG_RES_HEAD);
	assert_int_equal(g.request, id);
	assert_int_equal(msg_get_res_head(g.body, &head), 0);
	if (session != NULL)
		(void)snprintf(session, 200, "%.*s", (int)head.session.n, (const char *)head.session.p);
	head.session = span_of(NULL, 0);
	do {
		g = expect(s, FRONT, MSG_RES_BODY);
		assert_int_equal(g.request, id);
		assert_int_equal(msg_get_res_body(g.body, &part), 0);
		if (out != NULL)
			assert_int_equal(buf_put_span(out, part.data), 0);
	} while (part.last == 0);
	return head;
}
