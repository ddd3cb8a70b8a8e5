/*
 * What one program reads from another: bodies of messages, and packets through
 * a channel with any table of permissions.
 */
#include "config.h"

#include <fcntl.h>
#include <sys/socket.h>
#include <unistd.h>

#include "shared/ipc/channel.h"
#include "shared/loop/loop.h"
#include "tests/fuzz/fuzz.h"

/* A body that is read is written as the same bytes. */
static err_t
read_body(uint8_t type, struct span body)
{
	struct buf again;
	err_t err = ERR_SYNTAX;

	buf_init(&again, FRAME_BODY_MAX);
	switch (type) {
#define M_CASE(NAME, name) \
	case MSG_##NAME: { \
		struct msg_##name m; \
		err = msg_get_##name(body, &m); \
		if (err == 0) { \
			must(msg_put_##name(&again, &m) == 0); \
			must(span_eq(buf_span(&again), body)); \
		} \
		break; \
	}
	MESSAGES(M_CASE)
#undef M_CASE
	default:
		break;
	}
	must(err == 0 || err == ERR_SYNTAX);
	buf_free(&again);
	return err;
}

FUZZ(messages)
{
	uint8_t type = (uint8_t)(take_byte(&in) % MSG_COUNT);

	(void)read_body(type, in);
}

/* One channel; its permissions are made from `style`. */
struct reader {
	struct loop *loop;
	struct channel *ch;
	struct channel_rule rules[MSG_COUNT];
	unsigned seen[MSG_COUNT], handled, ends;
	enum channel_end why;
	uint8_t style;
};

static err_t
on_frame(void *owner, struct channel *ch, const struct frame *f)
{
	struct reader *r = owner;
	const struct channel_rule *rule = NULL;
	size_t i;

	for (i = 0; i < MSG_COUNT && rule == NULL; i++)
		if (r->rules[i].type == f->type)
			rule = &r->rules[i];
	must(f->type != MSG_NONE && f->type < MSG_COUNT && rule != NULL);
	must(r->ends == 0 && ch == r->ch);
	must(f->n_fds == rule->fds);
	must(rule->when == 0 || (rule->when & channel_state(ch)) != 0);
	must(!rule->once || r->seen[f->type] == 0);
	must(f->body.n <= FRAME_BODY_MAX);
	r->seen[f->type]++;
	r->handled++;
	if (f->n_fds > 0 && (f->request & 1) != 0) {
		must(close(f->fds[0]) == 0);
		f->fds[0] = -1;
	}
	if ((f->request & 2) != 0)
		channel_set_state(ch, channel_state(ch) == 1 ? 2 : 1);
	if ((f->request & 4) != 0)
		channel_close(&r->ch);
	/* Programs read the body and call a wrong one a violation. */
	return (f->request & 8) != 0 ? 0 : read_body(f->type, f->body);
}

static void
on_end(void *owner, struct channel *ch, enum channel_end why)
{
	struct reader *r = owner;

	must(ch == r->ch && r->ends++ == 0);
	r->why = why;
	channel_close(&r->ch);
}

/* What the programs' tables do: messages that are not named, named once, only
 * in one state, with descriptors. */
static void
make_table(struct reader *r, struct channel_table *t)
{
	uint8_t i, n = 0, kind;

	for (i = 1; i < MSG_COUNT; i++) {
		kind = (uint8_t)(((i * 37u) ^ (r->style * 11u)) & 7u);
		if (kind == 0 || (kind == 7 && (r->style & 1) == 0))
			continue;
		r->rules[n++] = (struct channel_rule){.type = i, .once = kind == 2 || kind == 3,
		    .when = kind == 4 ? 1 : kind == 5 ? 2 : 0,
		    .fds = kind == 6 ? 1 : kind == 7 ? 5 : 0, .handle = on_frame};
	}
	*t = (struct channel_table){.peer = "fuzz", .rules = r->rules, .n_rules = n,
	    .max_fds = (r->style & 1) != 0 ? CHANNEL_FDS_MAX : 0, .max_queue = 1 << 20};
}

static bool
send_packet(int fd, struct span packet, unsigned n_fds)
{
	struct iovec iov = {.iov_len = packet.n};
	union {
		struct cmsghdr head;
		char room[CMSG_SPACE(sizeof(int) * 8)];
	} control;
	struct msghdr msg = {.msg_iov = &iov, .msg_iovlen = 1};
	int fds[8];
	unsigned i;

	iov.iov_base = (void *)(uintptr_t)packet.p;
	if (n_fds > 0) {
		for (i = 0; i < n_fds; i++)
			fds[i] = fd;
		memset(&control, 0, sizeof(control));
		msg.msg_control = control.room;
		msg.msg_controllen = CMSG_SPACE(sizeof(int) * n_fds);
		control.head.cmsg_level = SOL_SOCKET;
		control.head.cmsg_type = SCM_RIGHTS;
		control.head.cmsg_len = CMSG_LEN(sizeof(int) * n_fds);
		memcpy(CMSG_DATA(&control.head), fds, sizeof(int) * n_fds);
	}
	return sendmsg(fd, &msg, MSG_DONTWAIT | MSG_NOSIGNAL) >= 0;
}

static void
stop(evutil_socket_t fd, short what, void *loop)
{
	(void)fd;
	(void)what;
	loop_stop(loop);
}

static void
turn(struct loop *loop)
{
	const struct timeval now = {0};

	must(event_base_once(loop_base(loop), -1, EV_TIMEOUT, stop, loop, &now) == 0);
	must(loop_run(loop) == 0);
}

static int
open_files(void)
{
	int fd, n = 0;

	for (fd = 0; fd < 64; fd++)
		n += fcntl(fd, F_GETFD) >= 0;
	return n;
}

/* First byte: the style.  Then packets: how many descriptors, two bytes of
 * length, the bytes. */
FUZZ(channel)
{
	static struct loop *loop;
	struct reader r = {.style = take_byte(&in)};
	struct channel_table table;
	int fds[2], files, i;
	bool open = true;

	/* Always the same one: a loop is dear. */
	if (loop == NULL)
		must(loop_create(&loop) == 0);
	r.loop = loop;
	make_table(&r, &table);
	files = open_files();
	must(channel_pair(fds) == 0);
	must(channel_open(loop, fds[0], &table, &r, on_end, &r.ch) == 0);
	while (open && in.n > 0) {
		unsigned n_fds = take_byte(&in) % 16;
		size_t low = take_byte(&in), high = take_byte(&in);

		open = send_packet(fds[1], take_bytes(&in, low | high << 8), n_fds > 8 ? 0 : n_fds);
		turn(loop);
	}
	(void)close(fds[1]);
	for (i = 0; i < 40 && r.ch != NULL; i++)
		turn(loop);
	must(r.ch == NULL);
	turn(loop);
	must(r.ends <= 1 && (r.ends == 0 || r.why != CHANNEL_FAILED));
	/* Nothing that came stays open. */
	must(open_files() == files);
}
