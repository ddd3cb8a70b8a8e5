/* Steps of the tests of streams; see stream_steps.h. */
#include "config.h"

#include <poll.h>
#include <string.h>

#include "tests/unit/front/stream_steps.h"

uint64_t last_id;

void
next_frame(struct end *e, struct got *g)
{
	do {
		assert_true(end_next(e, g, RIG_MS));
	} while (g->type == MSG_CREDIT);
}

void
quiet(struct end *e)
{
	struct got g;

	while (end_next(e, &g, 150))
		if (g.type != MSG_CREDIT)
			fail_msg("unexpected %s", msg_name(g.type));
}

void
say_stream(struct end *w, uint64_t id, bool parked, uint32_t expires)
{
	RIG_SEND(w, id, STREAM, stream, .parked = parked, .expires = expires,
	    .farewell = span_str(BYE), .note = span_str("a note"));
}

void
read_text(int fd, const char *text)
{
	struct buf b;

	buf_init(&b, 65536);
	read_until(fd, text, &b);
	buf_free(&b);
}

void
stays_open(int fd, int ms)
{
	struct pollfd p = {.fd = fd, .events = POLLIN};

	if (poll(&p, 1, ms) != 0)
		fail_msg("something came, or the connection ended");
}

uint64_t
begin_stream(struct end *w, int fd, const char *token)
{
	struct asked a;
	uint64_t id;

	post(fd, token, "", "{\"listen\":1}");
	take_request(w, &a);
	id = a.id;
	free_asked(&a);
	RIG_PUT(w, id, RES_HEAD, res_head, .status = 200, .media = MEDIA_SSE);
	RIG_SEND(w, id, RES_BODY, res_body, .data = span_str(HELLO));
	read_text(fd, HELLO "\r\n");
	return id;
}

uint64_t
parked_stream(struct end *w, int fd, const char *token)
{
	uint64_t id = begin_stream(w, fd, token);

	say_stream(w, id, true, 0);
	return id;
}

void
expect_retire(struct end *w)
{
	struct msg_retire m;

	RIG_SEND(w, 0, IDLE, idle, .none = 0);
	EXPECT(w, RETIRE, retire, &m);
}

void
retire(struct end *w)
{
	expect_retire(w);
	end_close(w);
	expect_kill(next_worker, KILL_LEFT);
}

void
drop(const char *token)
{
	struct msg_route_drop m;
	struct buf b;

	assert_int_equal(token_hash(span_str(token), m.hash), 0);
	buf_init(&b, 64);
	assert_int_equal(msg_put_route_drop(&b, &m), 0);
	end_send(&rig.vault, MSG_ROUTE_DROP, 0, buf_span(&b), -1);
	buf_free(&b);
}

void
expect_cancel(struct end *w, uint64_t of)
{
	struct msg_req_cancel m;

	EXPECT(w, REQ_CANCEL, req_cancel, &m);
	assert_true(last_id == of);
}

void
expect_back(struct end *w, uint64_t of, const char *token)
{
	uint8_t hash[HASH_BYTES];
	struct msg_stream_back m;

	EXPECT(w, STREAM_BACK, stream_back, &m);
	assert_true(last_id == of);
	assert_int_equal(token_hash(span_str(token), hash), 0);
	assert_memory_equal(m.hash, hash, HASH_BYTES);
	assert_int_equal(m.cred_kind, CRED_PERSONAL);
	assert_true(span_is(m.note, "a note"));
}
