/*
 * What a worker must not say on its channels, and floods of what it may.
 * After a frame that must cost the worker its life it waits, serving nothing;
 * if it then still can, it answers "alive".
 */
#include "config.h"

#include <errno.h>
#include <poll.h>
#include <stdlib.h>
#include <string.h>
#include <sys/socket.h>
#include <unistd.h>

#include <event2/event.h>

#include "shared/base/clock.h"
#include "shared/crypto/token.h"
#include "shared/ipc/channel.h"
#include "shared/ipc/families.h"
#include "tests/attack/attack.h"
#include "worker/worker.h"

#define BLOW_MS     8000
#define PACKET_ROOM 65536
#define FRAMES_EACH 200      /* in a packet of a flood: what a channel takes at once */

static uint8_t room[2 * PACKET_ROOM];

int
attack_packet(int fd, const void *p, size_t n)
{
	struct pollfd ready = {.fd = fd, .events = POLLOUT};

	while (send(fd, p, n, MSG_DONTWAIT | MSG_NOSIGNAL) < 0) {
		if (errno != EAGAIN && errno != EINTR)
			return errno;
		(void)poll(&ready, 1, 100);
	}
	return 0;
}

/* Writes a frame to p; its length. */
static size_t
put_frame(uint8_t *p, uint8_t type, uint64_t request, struct span body)
{
	size_t i;

	memset(p, 0, FRAME_HEAD);
	p[0] = CHANNEL_VERSION;
	p[1] = type;
	for (i = 0; i < 4; i++)
		p[4 + i] = (uint8_t)(body.n >> (8 * i));
	for (i = 0; i < 8; i++)
		p[8 + i] = (uint8_t)(request >> (8 * i));
	if (body.n > 0)
		memcpy(p + FRAME_HEAD, body.p, body.n);
	return FRAME_HEAD + body.n;
}

int
attack_send(int fd, uint8_t type, uint64_t request, struct span body)
{
	return attack_packet(fd, room, put_frame(room, type, request, body));
}

/* Head and body in one packet of n bytes at p. */
static size_t
put_reply(uint8_t *p, uint64_t request, const struct msg_res_head *head,
    const struct msg_res_body *body)
{
	struct buf b;
	size_t n = 0;

	buf_init(&b, PACKET_ROOM);
	if (msg_put_res_head(&b, head) == 0)
		n = put_frame(p, MSG_RES_HEAD, request, buf_span(&b));
	buf_clear(&b);
	if (body != NULL && msg_put_res_body(&b, body) == 0)
		n += put_frame(p + n, MSG_RES_BODY, request, buf_span(&b));
	buf_free(&b);
	return n;
}

int
attack_reply(uint64_t request, uint16_t status, uint8_t media, const char *session,
    struct span body, uint8_t last)
{
	const struct msg_res_head head = {.status = status, .media = media,
		.session = span_str(session)};
	const struct msg_res_body part = {.last = last, .data = body};

	return attack_packet(FD_FRONT, room, put_reply(room, request, &head, &part));
}

/* --- answers that front must not take -------------------------------------------- */

static const struct bad_head {
	const char *name;
	struct msg_res_head head;
} bad_heads[] = {
	{"status_302", {.status = 302, .media = MEDIA_JSON}},
	{"status_204", {.status = 204}},
	{"status_101", {.status = 101}},
	{"status_0", {.status = 0}},
	{"media_html", {.status = 200, .media = MEDIA_HTML}},
	{"media_255", {.status = 200, .media = 255}},
	{"auth_255", {.status = 401, .auth_error = 255}},
	{"stream_400", {.status = 400, .media = MEDIA_SSE}},
	{"retry_huge", {.status = 503, .retry_after = UINT32_MAX}},
	{"session_injection", {.status = 200, .media = MEDIA_JSON,
	    .session = {(const uint8_t *)"x\r\nSet-Cookie: planted=1", 24}}},
	{"session_nul", {.status = 200, .media = MEDIA_JSON, .session = {(const uint8_t *)"a\0b", 3}}},
	{"session_blank", {.status = 200, .media = MEDIA_JSON, .session = {(const uint8_t *)"a b", 3}}},
};

static bool
bad_answer(const struct order *o)
{
	const struct msg_res_body body = {.last = 1, .data = span_str("PLANTED")};
	size_t i;

	for (i = 0; i < sizeof(bad_heads) / sizeof(bad_heads[0]); i++) {
		if (strcmp(bad_heads[i].name, o->what) != 0)
			continue;
		(void)attack_packet(FD_FRONT, room, put_reply(room, o->rq->id, &bad_heads[i].head, &body));
		return true;
	}
	return false;
}

/* Frames in the wrong order or for the wrong request. */
static bool
bad_order(const struct order *o)
{
	const struct msg_res_head head = {.status = 200, .media = MEDIA_JSON};
	const struct msg_res_body last = {.last = 1, .data = span_str("PLANTED")},
	    odd = {.last = 2, .data = span_str("PLANTED")};
	const uint64_t id = o->rq->id;
	size_t n = 0;

	if (strcmp(o->what, "unknown_request") == 0)
		n = put_reply(room, id + 1000000, &head, &last);
	else if (strcmp(o->what, "request_zero") == 0)
		n = put_reply(room, 0, &head, &last);
	else if (strcmp(o->what, "two_heads") == 0)
		n = put_reply(room, id, &head, NULL);
	else if (strcmp(o->what, "odd_last") == 0)
		n = put_reply(room, id, &head, &odd);
	else if (strcmp(o->what, "answer_twice") == 0)
		n = put_reply(room, id, &head, &last);
	else if (strcmp(o->what, "ack_twice") == 0)
		n = put_frame(room, MSG_REQ_ACK, id, span_of(NULL, 0));
	else if (strcmp(o->what, "body_first") == 0)
		n = put_frame(room, MSG_RES_BODY, id, span_of("\1\7\0\0\0PLANTED", 12));
	else
		return false;
	if (strcmp(o->what, "two_heads") == 0 || strcmp(o->what, "answer_twice") == 0)
		n += put_reply(room + n, id, &head, &last);
	(void)attack_packet(FD_FRONT, room, n);
	return true;
}

/* --- frames that are none ------------------------------------------------------------ */

static int
channel_of(const struct order *o)
{
	static const char *const names[] = {"control", "front", "vault", "keyring", "egress"};
	size_t i;

	for (i = 0; i < sizeof(names) / sizeof(names[0]); i++)
		if (strcmp(names[i], o->text) == 0)
			return FD_CONTROL + (int)i;
	return FD_FRONT;
}

static const struct broken {
	const char *name;
	uint8_t head[FRAME_HEAD];
	size_t bytes;
} broken[] = {
	{"version_2", {2, MSG_WORKER_LOG}, 16},
	{"type_zero", {1, 0}, 16},
	{"type_255", {1, 255}, 16},
	{"reserved", {1, MSG_IDLE, 1, 1}, 16},
	{"short_head", {1, MSG_IDLE}, 8},
	{"length_lies", {1, MSG_WORKER_LOG, 0, 0, 34}, 16},
	{"length_less", {1, MSG_WORKER_LOG, 0, 0, 3}, 16 + 34},
	{"length_huge", {1, MSG_WORKER_LOG, 0, 0, 255, 255, 255, 255}, 16},
	{"packet_huge", {1, MSG_WORKER_LOG, 0, 0, 34}, 70000},
	{"packet_of_4096", {1, MSG_IDLE}, 16 * 4096},
	{"log_zero", {1, MSG_WORKER_LOG, 0, 0, 34}, 16 + 34},
	{"string_lies", {1, MSG_RES_BODY, 0, 0, 5}, 16 + 5},
};

static bool
broken_frame(const struct order *o)
{
	size_t i, k;

	for (i = 0; i < sizeof(broken) / sizeof(broken[0]); i++) {
		if (strcmp(broken[i].name, o->what) != 0)
			continue;
		memset(room, 0, sizeof(room));
		memcpy(room, broken[i].head, FRAME_HEAD);
		if (broken[i].head[1] == MSG_RES_BODY)
			memset(room + FRAME_HEAD, 0xff, 5);
		for (k = FRAME_HEAD; broken[i].head[1] == MSG_IDLE && k < PACKET_ROOM; k += FRAME_HEAD)
			memcpy(room + k, broken[i].head, FRAME_HEAD);
		(void)attack_packet(channel_of(o), room, broken[i].bytes);
		return true;
	}
	return false;
}

/* A message that exists but that this channel does not have. */
static bool
forbidden(const struct order *o)
{
	static const uint8_t body[64];
	int why;

	if (strcmp(o->what, "say") != 0)
		return false;
	why = attack_send(channel_of(o), (uint8_t)o->n, o->rq->id, span_of(body, sizeof(body)));
	if (why != 0)
		attack_answer(o, "not sent: %s", strerrorname_np(why));
	return true;
}

/* --- vault and egress -------------------------------------------------------------------- */

static int
store(uint64_t request, uint8_t kind, uint64_t version, size_t bytes)
{
	static uint8_t sealed[16384];
	const struct msg_store m = {.kind = kind, .version = version, .sealed = {sealed, bytes}};
	struct buf b;
	int why = ENOMEM;

	buf_init(&b, PACKET_ROOM);
	if (msg_put_store(&b, &m) == 0)
		why = attack_send(FD_VAULT, MSG_STORE, request, buf_span(&b));
	buf_free(&b);
	return why;
}

/* How many frames a packet holds. */
static unsigned long
frames_in(const uint8_t *p, ssize_t n)
{
	unsigned long frames = 0;
	uint32_t body;

	while (n >= FRAME_HEAD) {
		memcpy(&body, p + 4, sizeof(body));
		p += FRAME_HEAD + body;
		n -= FRAME_HEAD + (ssize_t)body;
		frames++;
	}
	return frames;
}

/* Six questions open, again and again for n milliseconds. */
static void
ask_rows(const struct order *o)
{
	struct pollfd answer = {.fd = FD_VAULT, .events = POLLIN};
	int64_t end = clock_mono_ms() + o->n;
	unsigned long asked = 0, open = 0;
	static uint8_t answers[PACKET_ROOM];
	ssize_t got;

	while (clock_mono_ms() < end) {
		for (; open < 6; open++, asked++)
			(void)attack_send(FD_VAULT, MSG_REREAD, 1, span_of("\1", 1));
		if (poll(&answer, 1, 1000) <= 0)
			break;
		got = recv(FD_VAULT, answers, sizeof(answers), MSG_DONTWAIT);
		if (got <= 0)
			break;
		open -= frames_in(answers, got);
	}
	attack_answer(o, "sent %lu questions", asked);
}

/* The first EXPORT in a packet: bytes of its text, or -1. */
static int64_t
export_in(const uint8_t *p, ssize_t n)
{
	uint32_t body, text;

	while (n >= FRAME_HEAD) {
		memcpy(&body, p + 4, sizeof(body));
		memcpy(&text, p + FRAME_HEAD + 1, sizeof(text));
		if (p[1] == MSG_EXPORT)
			return text;
		p += FRAME_HEAD + body;
		n -= FRAME_HEAD + (ssize_t)body;
	}
	return -1;
}

/* Asks for a download with somebody's ticket; how much comes. */
static void
ask_export(const struct order *o)
{
	struct pollfd answer = {.fd = FD_VAULT, .events = POLLIN};
	static uint8_t answers[PACKET_ROOM + 8];
	uint8_t ticket[HASH_BYTES];
	int64_t text = -1;

	if (token_hash(span_str(o->text), ticket) == 0)
		(void)attack_send(FD_VAULT, MSG_EXPORT_ASK, 77, span_of(ticket, sizeof(ticket)));
	/* Other words of the vault may come before. */
	while (text < 0 && poll(&answer, 1, 3000) == 1)
		text = export_in(answers, recv(FD_VAULT, answers, PACKET_ROOM, MSG_DONTWAIT));
	attack_answer(o, "got %lld bytes", (long long)text);
}

/* More questions than a worker may have open, in one packet: so they are there
 * together, however slowly this program gets on. */
static void
flood_at_once(uint8_t type, struct span body)
{
	size_t n = 0;
	unsigned i;

	for (i = 1; i <= FRAMES_EACH; i++)
		n += put_frame(room + n, type, i, body);
	(void)attack_packet(FD_VAULT, room, n);
}

/* What no worker says of Spotify's limits. */
static bool
on_limits(const struct order *o)
{
	static const struct {
		const char *name;
		uint8_t type, body[6];
		size_t bytes;
	} wrong[] = {
		{"permit_family", MSG_PERMIT_ASK, {SP_FAMILY_COUNT, 1, 0}, 3},
		{"permit_none", MSG_PERMIT_ASK, {0, 0, 0}, 3},
		{"permit_many", MSG_PERMIT_ASK, {0, 101, 0}, 3},
		{"limit_kind", MSG_LIMIT_SEEN, {LIMIT_COUNT, 0, 1}, 6},
		{"limit_family", MSG_LIMIT_SEEN, {LIMIT_QUOTA, SP_FAMILY_COUNT, 1}, 6},
		{"grant_why", MSG_GRANT_OVER, {GRANT_OVER_COUNT}, 1},
	};
	size_t i;

	for (i = 0; i < sizeof(wrong) / sizeof(wrong[0]); i++)
		if (strcmp(o->what, wrong[i].name) == 0) {
			(void)attack_send(FD_VAULT, wrong[i].type, 1,
			    span_of(wrong[i].body, wrong[i].bytes));
			return true;
		}
	return false;
}

static bool
on_rows(const struct order *o)
{
	static const uint8_t ticket[HASH_BYTES];
	uint64_t i;

	if (strcmp(o->what, "store_kind") == 0)
		(void)store(1, ROW_COUNT, 1, 64);
	else if (strcmp(o->what, "store_none") == 0)
		(void)store(1, ROW_NONE, 1, 64);
	else if (strcmp(o->what, "store_version") == 0)
		(void)store(1, ROW_TOKENS, UINT64_MAX, 64);
	else if (strcmp(o->what, "store_short") == 0)
		(void)store(1, ROW_TOKENS, 1, 5);
	else if (strcmp(o->what, "reread_kind") == 0)
		(void)attack_send(FD_VAULT, MSG_REREAD, 1, span_of("\377", 1));
	else if (strcmp(o->what, "export_short") == 0)
		(void)attack_send(FD_VAULT, MSG_EXPORT_ASK, 1, span_of(ticket, HASH_BYTES - 1));
	else if (strcmp(o->what, "export_flood") == 0)
		flood_at_once(MSG_EXPORT_ASK, span_of(ticket, HASH_BYTES));
	else if (strcmp(o->what, "export_ask") == 0)
		ask_export(o);
	else if (strcmp(o->what, "lease_flood") == 0)
		flood_at_once(MSG_LEASE, span_of("\1\1\0\0\0\0\0\0\0", 9));
	else if (strcmp(o->what, "store_stale") == 0) {
		(void)store(1, ROW_TOKENS, 999, 64);
		attack_answer(o, "sent");
	} else if (strcmp(o->what, "lease_again") == 0) {
		for (i = 0; i < 4; i++)
			(void)attack_send(FD_VAULT, MSG_LEASE, i, span_of("\1\1\0\0\0\0\0\0\0", 9));
		attack_answer(o, "sent");
	} else if (strcmp(o->what, "dial_unknown") == 0)
		(void)attack_send(FD_EGRESS, MSG_DIAL, 1, span_of("\3", 1));
	else if (strcmp(o->what, "dial_zero") == 0)
		(void)attack_send(FD_EGRESS, MSG_DIAL, 1, span_of("\0", 1));
	else
		return on_limits(o);
	return true;
}

/* --- floods of what is allowed ------------------------------------------------------------ */

static const struct flood {
	const char *name;
	int fd;
	uint8_t type, body[40];
	size_t bytes;
} floods[] = {
	{"flood_late", FD_FRONT, MSG_RES_BODY, {1}, 5},
	{"flood_idle", FD_FRONT, MSG_IDLE, {0}, 0},
	{"flood_log", FD_FRONT, MSG_WORKER_LOG, {WEV_tool_called}, 34},
	{"flood_words", FD_CONTROL, MSG_PEER_OK, {PEER_FRONT}, 9},
	{"flood_dials", FD_EGRESS, MSG_DIAL, {DIAL_API}, 1},
};

/* The one flood of this worker, when it has begun. */
static struct {
	const struct flood *kind;
	struct order order;
} under_way;

/* Packets of many frames for n milliseconds. */
static void
on_flood(evutil_socket_t fd, short what, void *arg)
{
	const struct flood *f = under_way.kind;
	int64_t end = clock_mono_ms() + under_way.order.n;
	unsigned long packets = 0;
	size_t i, n = 0;

	(void)fd;
	(void)what;
	(void)arg;
	/* Of a request that is over. */
	for (i = 0; i < FRAMES_EACH; i++)
		n += put_frame(room + n, f->type, 1, span_of(f->body, f->bytes));
	while (clock_mono_ms() < end && attack_packet(f->fd, room, n) == 0)
		packets++;
	attack_answer(&under_way.order, "sent %lu packets of %zu bytes", packets, n);
}

/* Begins when front has the word that the request was taken up. */
static bool
flood(const struct order *o)
{
	const struct timeval soon = {.tv_usec = 1000};
	size_t i;

	for (i = 0; i < sizeof(floods) / sizeof(floods[0]); i++)
		if (strcmp(floods[i].name, o->what) == 0)
			under_way.kind = &floods[i];
	if (under_way.kind == NULL)
		return false;
	under_way.order = *o;
	under_way.order.text = "";
	return event_base_once(loop_base(o->rq->worker->loop), -1, EV_TIMEOUT, on_flood, NULL,
	    &soon) == 0;
}

bool
attack_frame(const struct order *o)
{
	if (strcmp(o->what, "flood_rows") == 0) {
		ask_rows(o);
		return true;
	}
	if (flood(o))
		return true;
	if (!bad_answer(o) && !bad_order(o) && !broken_frame(o) && !forbidden(o) && !on_rows(o))
		return false;
	if (o->rq->ended)
		return true;
	attack_wait(BLOW_MS);
	attack_answer(o, "alive");
	return true;
}

/* Each of the first workers says something before it may. */
void
attack_at_birth(unsigned n)
{
	const struct msg_res_head head = {.status = 200, .media = MEDIA_JSON};

	switch (n) {
	case 1:
		(void)attack_send(FD_KEYRING, MSG_KEY_NEW, 1, span_of(room + PACKET_ROOM, ID_BYTES));
		break;
	case 2:
		(void)attack_send(FD_KEYRING, MSG_KEY_FOR, 1, span_of(room + PACKET_ROOM, 64));
		break;
	case 3:
		(void)store(1, ROW_TOKENS, 1, 64);
		break;
	case 4:
		(void)attack_packet(FD_FRONT, room, put_reply(room, 1, &head, NULL));
		break;
	case 5:
		(void)attack_send(FD_FRONT, MSG_IDLE, 0, span_of(NULL, 0));
		break;
	case 6:
		(void)attack_send(FD_CONTROL, MSG_KILL_WORKER, 0, span_of(room + PACKET_ROOM, 9));
		break;
	default:
		break;
	}
}
