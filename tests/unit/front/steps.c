/* Steps of the tests of tonearm-front; see steps.h. */
#include "config.h"

#include <stdio.h>
#include <string.h>

#include "tests/unit/front/steps.h"

struct rig rig;
uint64_t next_worker = 0x10001;

void
copy(char *out, size_t room, struct span s)
{
	assert_true(s.n < room);
	memcpy(out, s.p, s.n);
	out[s.n] = '\0';
}

void
take_request(struct end *w, struct asked *a)
{
	struct msg_req_head head;
	struct msg_req_field field;
	struct msg_req_body body = {.last = 0};
	struct got g;

	memset(a, 0, sizeof(*a));
	buf_init(&a->fields, 65536);
	buf_init(&a->body, 2 << 20);
	do {
		assert_true(end_next(w, &g, RIG_MS));
	} while (g.type == MSG_CREDIT);
	assert_string_equal(msg_name(g.type), "req_head");
	assert_int_equal(msg_get_req_head(g.body, &head), 0);
	a->id = g.request;
	a->method = head.method;
	a->kind = head.cred_kind;
	copy(a->credential, sizeof(a->credential), head.credential);
	while (body.last == 0) {
		assert_true(end_next(w, &g, RIG_MS));
		assert_true(g.request == a->id);
		if (g.type == MSG_REQ_FIELD) {
			assert_int_equal(msg_get_req_field(g.body, &field), 0);
			assert_int_equal(buf_put_span(&a->fields, field.name), 0);
			assert_int_equal(buf_put_str(&a->fields, "="), 0);
			assert_int_equal(buf_put_span(&a->fields, field.value), 0);
			assert_int_equal(buf_put_str(&a->fields, "\n"), 0);
			continue;
		}
		assert_int_equal(g.type, MSG_REQ_BODY);
		assert_int_equal(msg_get_req_body(g.body, &body), 0);
		assert_int_equal(buf_put_span(&a->body, body.data), 0);
	}
	assert_int_equal(a->body.len, head.body_bytes);
	RIG_SEND(w, a->id, REQ_ACK, req_ack, .none = 0);
}

void
free_asked(struct asked *a)
{
	buf_free(&a->fields);
	buf_free(&a->body);
}

/* One packet, as a real worker sends what belongs together. */
void
give_answer(struct end *w, uint64_t id, unsigned status, const char *text)
{
	RIG_PUT(w, id, RES_HEAD, res_head, .status = (uint16_t)status, .media = MEDIA_JSON);
	RIG_SEND(w, id, RES_BODY, res_body, .last = 1, .data = span_str(text));
}

/* Sends a POST of this body to /mcp. */
void
post(int fd, const char *token, const char *more, const char *body)
{
	char text[4096];

	(void)snprintf(text, sizeof(text), "POST /mcp HTTP/1.1\r\nHost: %s\r\n"
	    "Authorization: Bearer %s\r\nContent-Type: application/json\r\n%s"
	    "Content-Length: %zu\r\n\r\n%s", rig.host, token, more, strlen(body), body);
	put_text(fd, text);
}

void
get_path(int fd, const char *path, const char *more)
{
	char text[4096];

	(void)snprintf(text, sizeof(text), "GET %s HTTP/1.1\r\nHost: %s\r\n%s\r\n", path, rig.host, more);
	put_text(fd, text);
}

/* Reads a response and checks status and, if given, body. */
void
expect(int fd, unsigned status, const char *body)
{
	struct response r;

	assert_true(read_response(fd, false, &r));
	if (r.status != status)
		fail_msg("status %u, not %u: %s", r.status, status, buf_cstr(&r.body));
	if (body != NULL)
		assert_string_equal(buf_cstr(&r.body), body);
	assert_false(r.cut);
	free_response(&r);
}

/* The vault says yes to the next question. */
uint64_t
bind_next(struct rig *r)
{
	struct msg_bind m;
	uint64_t id;

	RIG_EXPECT(&r->vault, BIND, bind, &m, &id);
	RIG_SEND(&r->vault, id, BOUND, bound, .worker = m.worker, .fresh = 1);
	return m.worker;
}

/* A worker that is bound to the owner of this token, with one request served
 * on fd. */
void
bound_worker(struct end *w, int fd, const char *token)
{
	struct asked a;

	rig_worker(&rig, w, ++next_worker);
	post(fd, token, "", "{}");
	assert_true(bind_next(&rig) == next_worker);
	take_request(w, &a);
	give_answer(w, a.id, 200, "{\"ok\":1}");
	expect(fd, 200, "{\"ok\":1}");
	free_asked(&a);
}

void
expect_kill(uint64_t worker, uint8_t reason)
{
	struct msg_kill_worker m;
	uint64_t id;

	RIG_EXPECT(&rig.control, KILL_WORKER, kill_worker, &m, &id);
	assert_true(m.worker == worker);
	assert_int_equal(m.reason, reason);
}

void
no_frame(struct end *e)
{
	struct got g;

	if (end_next(e, &g, 150))
		fail_msg("unexpected %s", msg_name(g.type));
}
