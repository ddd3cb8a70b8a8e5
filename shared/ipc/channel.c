/*
 * Channels over SEQPACKET sockets; see channel.h.  Knows frames and tables,
 * nothing of what a message means.
 */
#include "config.h"

#include <errno.h>
#include <stdlib.h>
#include <string.h>
#include <sys/socket.h>
#include <unistd.h>

#include "shared/base/log.h"
#include "shared/ipc/channel.h"
#include "shared/ipc/packet.h"
#include "shared/ipc/room.h"

#define PACKETS_A_TURN 8
/* After a packet of this size another is likely to wait.  After a smaller one
 * asking would mostly be a call for nothing, and the loop tells anyway. */
#define PACKET_LARGE   32768
/* A packet with less room than this gets no further frame. */
#define FRAME_SMALL    256
#define FRAME_LONG     8192
/* A packet has room for 4096 empty frames, far dearer to handle than to send:
 * no peer may keep us that long from the others. */
#define PACKET_FRAMES  256

struct channel {
	struct loop *loop;
	const struct channel_table *table;
	void *owner;
	channel_ended ended;
	int fd;                         /* -1 once ended */
	struct event *readable, *writable;
	bool write_armed;
	bool reported;                  /* ended() was called */
	uint32_t state;
	uint8_t seen[(MSG_COUNT + 7) / 8];
	struct packet *first, *last;
	size_t queued;
	unsigned frames_read;           /* in this turn */
	/* The frame being built stands at the end of this packet, which is the
	 * queue's last or not yet in the queue; NULL: none. */
	struct packet *building;
	size_t built_from;
	struct deferred flush, end, release;
	enum channel_end why;
};

/* Does the loss of a vital channel end the program? */
static bool vital_ends;

static void
drop_queue(struct channel *ch)
{
	while (ch->first != NULL) {
		struct packet *p = ch->first;

		ch->first = p->next;
		packet_free(p);
	}
	ch->last = NULL;
	ch->queued = 0;
}

static void
shut(struct channel *ch)
{
	if (ch->fd < 0)
		return;
	(void)event_del(ch->readable);
	(void)event_del(ch->writable);
	(void)close(ch->fd);
	ch->fd = -1;
	channel_abort(ch);
	drop_queue(ch);
}

void
channel_vital_ends(void)
{
	vital_ends = true;
}

static void
end_program(const struct channel *ch, const char *why)
{
	if (!vital_ends || !ch->table->vital)
		return;
	log_error("vital_channel_lost", LF_STR("peer", ch->table->peer), LF_STR("why", why));
	_exit(1);
}

void
channel_lost_message(const struct channel *ch)
{
	if (ch != NULL)
		end_program(ch, "out of memory");
}

static void
report_end(void *arg)
{
	struct channel *ch = arg;

	if (ch->reported)
		return;
	ch->reported = true;
	if (ch->why == CHANNEL_FAILED)
		end_program(ch, "failed");
	ch->ended(ch->owner, ch, ch->why);
}

/* Ends the channel; the owner hears of it at the end of the turn. */
static void
end(struct channel *ch, enum channel_end why)
{
	if (ch->fd < 0)
		return;
	shut(ch);
	ch->why = why;
	loop_defer(ch->loop, &ch->end, report_end, ch);
}

static err_t
send_packet(struct channel *ch, struct packet *p)
{
	struct iovec iov = {.iov_base = p->data.data, .iov_len = p->data.len};
	union {
		struct cmsghdr head;
		char room[CMSG_SPACE(sizeof(int) * CHANNEL_FDS_MAX)];
	} control;
	struct msghdr msg = {.msg_iov = &iov, .msg_iovlen = 1};
	ssize_t n;

	if (p->n_fds == 0) {
		/* send, not sendmsg: a worker's filter has no sendmsg. */
		n = send(ch->fd, p->data.data, p->data.len, MSG_DONTWAIT | MSG_NOSIGNAL);
	} else {
		memset(&control, 0, sizeof(control));
		msg.msg_control = control.room;
		msg.msg_controllen = CMSG_SPACE(sizeof(int) * p->n_fds);
		control.head.cmsg_level = SOL_SOCKET;
		control.head.cmsg_type = SCM_RIGHTS;
		control.head.cmsg_len = CMSG_LEN(sizeof(int) * p->n_fds);
		memcpy(CMSG_DATA(&control.head), p->fds, sizeof(int) * p->n_fds);
		n = sendmsg(ch->fd, &msg, MSG_DONTWAIT | MSG_NOSIGNAL);
	}
	if (n >= 0)
		return 0;
	if (errno == EAGAIN || errno == EINTR || errno == ENOBUFS)
		return ERR_AGAIN;
	return errno == EPIPE || errno == ECONNRESET ? ERR_CLOSED : ERR_SYSTEM;
}

void
channel_flush(struct channel *ch)
{
	err_t err = 0;

	while (ch->fd >= 0 && ch->first != NULL) {
		struct packet *p = ch->first;

		err = send_packet(ch, p);
		if (err != 0)
			break;
		ch->first = p->next;
		if (ch->first == NULL)
			ch->last = NULL;
		ch->queued -= p->data.len;
		packet_free(p);
	}
	if (ch->fd < 0)
		return;
	if (err == ERR_AGAIN && !ch->write_armed) {
		ch->write_armed = event_add(ch->writable, NULL) == 0;
	} else if (err == ERR_SYSTEM) {
		end(ch, CHANNEL_FAILED);
	}
	/* ERR_CLOSED: what the peer sent before it went is still to be read;
	 * the end comes from there. */
	if (err == ERR_CLOSED)
		drop_queue(ch);
}

static void
on_writable(evutil_socket_t fd, short what, void *arg)
{
	struct channel *ch = arg;

	(void)fd;
	(void)what;
	ch->write_armed = false;
	channel_flush(ch);
}

static void
flush_later(void *arg)
{
	channel_flush(arg);
}

static const struct channel_rule *
find_rule(const struct channel *ch, uint8_t type)
{
	unsigned i;

	for (i = 0; i < ch->table->n_rules; i++)
		if (ch->table->rules[i].type == type)
			return &ch->table->rules[i];
	return NULL;
}

/* Checks one frame against the table and hands it on. */
static err_t
dispatch(struct channel *ch, struct frame *f)
{
	const struct channel_rule *rule = find_rule(ch, f->type);
	uint8_t bit = (uint8_t)(1u << (f->type % 8));

	if (rule == NULL || rule->fds != f->n_fds)
		return ERR_DENIED;
	if (rule->when != 0 && (rule->when & ch->state) == 0)
		return ERR_STATE;
	if (rule->once && (ch->seen[f->type / 8] & bit) != 0)
		return ERR_STATE;
	ch->seen[f->type / 8] |= bit;
	return rule->handle(ch->owner, ch, f);
}

/* Takes the packet apart.  Descriptors belong to its only frame. */
static err_t
read_frames(struct channel *ch, struct span packet, int *fds, unsigned n_fds, uint8_t *type)
{
	unsigned n = 0;
	err_t err = 0;

	while (err == 0 && packet.n > 0 && ch->fd >= 0) {
		struct frame f = {.fds = fds, .n_fds = n_fds};
		size_t len;

		if (++n > PACKET_FRAMES)
			return ERR_LIMIT;
		ch->frames_read++;
		if (packet.n < FRAME_HEAD || packet.p[0] != CHANNEL_VERSION ||
		    packet.p[2] != 0 || packet.p[3] != 0)
			return ERR_SYNTAX;
		f.type = *type = packet.p[1];
		len = (size_t)get_le(packet.p + 4, 4);
		f.request = get_le(packet.p + 8, 8);
		if (len > FRAME_BODY_MAX || len > packet.n - FRAME_HEAD ||
		    f.type == MSG_NONE || f.type >= MSG_COUNT)
			return ERR_SYNTAX;
		f.body = span_of(packet.p + FRAME_HEAD, len);
		packet = span_of(packet.p + FRAME_HEAD + len, packet.n - FRAME_HEAD - len);
		if (n_fds > 0 && packet.n > 0)
			return ERR_SYNTAX;
		err = dispatch(ch, &f);
	}
	return err;
}

/* Collects every descriptor that came; false if there were too many. */
static bool
collect_fds(struct msghdr *msg, int fds[CHANNEL_FDS_MAX], unsigned *n_fds)
{
	struct cmsghdr *c;
	bool ok = true;

	*n_fds = 0;
	for (c = CMSG_FIRSTHDR(msg); c != NULL; c = CMSG_NXTHDR(msg, c)) {
		size_t i, n;

		if (c->cmsg_level != SOL_SOCKET || c->cmsg_type != SCM_RIGHTS)
			continue;
		n = (c->cmsg_len - CMSG_LEN(0)) / sizeof(int);
		for (i = 0; i < n; i++) {
			int fd;

			memcpy(&fd, CMSG_DATA(c) + i * sizeof(int), sizeof(fd));
			if (*n_fds < CHANNEL_FDS_MAX) {
				fds[(*n_fds)++] = fd;
			} else {
				(void)close(fd);
				ok = false;
			}
		}
	}
	return ok;
}

static ssize_t
receive(struct channel *ch, int fds[CHANNEL_FDS_MAX], unsigned *n_fds, bool *cut)
{
	struct iovec iov = {.iov_base = packet_room, .iov_len = sizeof(packet_room)};
	union {
		struct cmsghdr head;
		char room[CMSG_SPACE(sizeof(int) * CHANNEL_FDS_MAX)];
	} control;
	struct msghdr msg = {.msg_iov = &iov, .msg_iovlen = 1};
	ssize_t n;

	*n_fds = 0;
	*cut = false;
	if (ch->table->max_fds == 0) {
		/* MSG_TRUNC: the packet's true length, so that a cut shows. */
		n = recv(ch->fd, packet_room, sizeof(packet_room), MSG_DONTWAIT | MSG_TRUNC);
		*cut = n > (ssize_t)sizeof(packet_room);
		return n;
	}
	msg.msg_control = control.room;
	msg.msg_controllen = sizeof(control.room);
	n = recvmsg(ch->fd, &msg, MSG_DONTWAIT | MSG_CMSG_CLOEXEC);
	if (n >= 0) {
		*cut = !collect_fds(&msg, fds, n_fds);
		if ((msg.msg_flags & (MSG_TRUNC | MSG_CTRUNC)) != 0 ||
		    *n_fds > ch->table->max_fds)
			*cut = true;
	}
	return n;
}

/* Reads one packet; false when no other is to be read in this turn. */
static bool
read_packet(struct channel *ch)
{
	int fds[CHANNEL_FDS_MAX];
	unsigned i, n_fds;
	uint8_t type = MSG_NONE;
	bool cut;
	err_t err;
	ssize_t n;

	n = receive(ch, fds, &n_fds, &cut);
	if (n < 0) {
		if (errno != EAGAIN && errno != EINTR)
			end(ch, errno == ECONNRESET ? CHANNEL_EOF : CHANNEL_FAILED);
		return false;
	}
	/* A packet without bytes may still bring descriptors: it is no end. */
	if (n == 0 && n_fds == 0 && !cut) {
		end(ch, CHANNEL_EOF);
		return false;
	}
	err = cut ? ERR_LIMIT : n == 0 ? ERR_SYNTAX :
	    read_frames(ch, span_of(packet_room, (size_t)n), fds, n_fds, &type);
	/* It may hold a key. */
	explicit_bzero(packet_room, (size_t)n < sizeof(packet_room) ? (size_t)n : sizeof(packet_room));
	for (i = 0; i < n_fds; i++)
		if (fds[i] >= 0)
			(void)close(fds[i]);
	if (err != 0 && ch->fd >= 0) {
		log_warn("channel_violation", LF_STR("peer", ch->table->peer),
		    LF_STR("message", msg_name(type)), LF_STR("error", err_text(err)));
		end(ch, CHANNEL_VIOLATION);
	}
	return ch->fd >= 0 && n >= PACKET_LARGE;
}

static void
on_readable(evutil_socket_t fd, short what, void *arg)
{
	struct channel *ch = arg;
	int i;

	(void)fd;
	(void)what;
	ch->frames_read = 0;
	for (i = 0; i < PACKETS_A_TURN && ch->fd >= 0 && ch->frames_read < PACKET_FRAMES; i++)
		if (!read_packet(ch))
			break;
}

err_t
channel_open(struct loop *loop, int fd, const struct channel_table *table,
    void *owner, channel_ended ended, struct channel **out)
{
	struct channel *ch = calloc(1, sizeof(*ch));
	err_t err = ERR_NOMEM;

	if (ch == NULL)
		goto fail;
	ch->loop = loop;
	ch->table = table;
	ch->owner = owner;
	ch->ended = ended;
	ch->fd = fd;
	ch->state = 1;
	ch->readable = event_new(loop_base(loop), fd, EV_READ | EV_PERSIST, on_readable, ch);
	ch->writable = event_new(loop_base(loop), fd, EV_WRITE, on_writable, ch);
	if (ch->readable == NULL || ch->writable == NULL)
		goto fail;
	if (event_add(ch->readable, NULL) != 0) {
		err = ERR_SYSTEM;
		goto fail;
	}
	*out = ch;
	return 0;
fail:
	if (ch != NULL) {
		if (ch->readable != NULL)
			event_free(ch->readable);
		if (ch->writable != NULL)
			event_free(ch->writable);
		free(ch);
	}
	(void)close(fd);
	return err;
}

static void
release(void *arg)
{
	struct channel *ch = arg;

	event_free(ch->readable);
	event_free(ch->writable);
	free(ch);
}

void
channel_close(struct channel **chp)
{
	struct channel *ch = *chp;

	if (ch == NULL)
		return;
	*chp = NULL;
	channel_flush(ch);
	shut(ch);
	ch->reported = true;
	loop_defer_cancel(ch->loop, &ch->end);
	loop_defer_cancel(ch->loop, &ch->flush);
	loop_defer(ch->loop, &ch->release, release, ch);
}

void
channel_set_state(struct channel *ch, uint32_t state)
{
	ch->state = state;
}

uint32_t
channel_state(const struct channel *ch)
{
	return ch->state;
}

bool
channel_is_open(const struct channel *ch)
{
	return ch->fd >= 0;
}

bool
channel_drained(const struct channel *ch)
{
	return ch->first == NULL;
}

size_t
channel_queued(const struct channel *ch)
{
	return ch->queued;
}

/* The packet that a frame without descriptors, of so many bytes at least, may join.
 * Two long ones stay apart: the first would be copied to make room for the second. */
static struct packet *
packet_with_room(const struct channel *ch, size_t bytes)
{
	struct packet *p = ch->last;

	return p != NULL && p->n_fds == 0 && p->n_frames < PACKET_FRAMES &&
	    (bytes < FRAME_LONG || p->data.len < FRAME_LONG) &&
	    p->data.len + FRAME_HEAD + bytes <= PACKET_BYTES ? p : NULL;
}

err_t
channel_begin(struct channel *ch, uint8_t type, uint64_t request, struct buf **body)
{
	return channel_begin_sized(ch, type, request, FRAME_SMALL, body);
}

err_t
channel_begin_sized(struct channel *ch, uint8_t type, uint64_t request, size_t bytes,
    struct buf **body)
{
	uint8_t head[FRAME_HEAD] = {CHANNEL_VERSION, type};
	struct packet *p;
	err_t err;

	if (ch == NULL || ch->fd < 0)
		return ERR_CLOSED;
	if (ch->building != NULL)
		return ERR_STATE;
	if (ch->queued > ch->table->max_queue)
		return ERR_AGAIN;
	p = packet_with_room(ch, bytes);
	if (p == NULL) {
		err = packet_create(&p);
		if (err != 0)
			return err;
	}
	put_le(head + 8, request, 8);
	ch->building = p;
	ch->built_from = p->data.len;
	/* It is built where it will be sent from, however long it gets; whether
	 * it may stay there is seen when it is complete. */
	p->data.max = ch->built_from + FRAME_HEAD + FRAME_BODY_MAX;
	*body = &p->data;
	return buf_put(&p->data, head, sizeof(head));
}

void
channel_abort(struct channel *ch)
{
	struct packet *p = ch == NULL ? NULL : ch->building;

	if (p == NULL)
		return;
	ch->building = NULL;
	if (ch->built_from == 0)
		packet_free(p);
	else
		buf_cut(&p->data, ch->built_from);
}

/* Gives the frame a packet of its own. */
static err_t
move_frame(struct channel *ch)
{
	struct packet *p = ch->building, *own;
	err_t err = packet_create(&own);

	if (err != 0)
		return err;
	err = buf_put(&own->data, p->data.data + ch->built_from, p->data.len - ch->built_from);
	if (err != 0) {
		packet_free(own);
		return err;
	}
	buf_cut(&p->data, ch->built_from);
	ch->building = own;
	ch->built_from = 0;
	return 0;
}

err_t
channel_commit(struct channel *ch, const int *fds, unsigned n_fds)
{
	err_t err = n_fds > CHANNEL_FDS_MAX ? ERR_LIMIT : 0;
	struct packet *p;

	if (ch->building == NULL)
		return ERR_STATE;
	/* Descriptors travel with their frame alone. */
	if (err == 0 && ch->built_from > 0 &&
	    (n_fds > 0 || ch->building->data.len > PACKET_BYTES))
		err = move_frame(ch);
	p = ch->building;
	if (err == 0)
		err = packet_add_fds(p, fds, n_fds);
	if (err != 0) {
		channel_abort(ch);
		return err;
	}
	put_le(p->data.data + ch->built_from + 4,
	    p->data.len - ch->built_from - FRAME_HEAD, 4);
	if (ch->built_from == 0) {
		if (ch->last == NULL)
			ch->first = p;
		else
			ch->last->next = p;
		ch->last = p;
	}
	p->n_frames++;
	ch->queued += p->data.len - ch->built_from;
	ch->building = NULL;
	/* Last: what else is done in this turn may have more to say, and each packet
	 * costs both sides three system calls. */
	loop_defer_last(ch->loop, &ch->flush, flush_later, ch);
	return 0;
}

err_t
channel_pair(int fds[2])
{
	return socketpair(AF_UNIX, SOCK_SEQPACKET | SOCK_CLOEXEC | SOCK_NONBLOCK, 0, fds) == 0 ?
	    0 : ERR_SYSTEM;
}
