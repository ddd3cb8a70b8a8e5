/* The keyring's surroundings; see players.h. */
#include "config.h"

#include <sys/mman.h>
#include <unistd.h>

#include "tests/unit/keyring/players.h"

#include "shared/base/log.h"

#define WAIT_S 5

struct fixture t;

static err_t
on_any(void *owner, struct channel *ch, const struct frame *f)
{
	struct side *s = owner;

	(void)ch;
	assert_true(s->n_heard < HEARD_MAX);
	assert_true(f->body.n <= sizeof(s->heard[0].body));
	s->heard[s->n_heard].type = f->type;
	s->heard[s->n_heard].request = f->request;
	memcpy(s->heard[s->n_heard].body, f->body.p, f->body.n);
	s->heard[s->n_heard++].n = f->body.n;
	loop_stop(t.loop);
	return 0;
}

static void
on_over(void *owner, struct channel *ch, enum channel_end why)
{
	struct side *s = owner;

	(void)ch;
	assert_int_equal(why, CHANNEL_EOF);
	s->over = true;
	channel_close(&s->ch);
	loop_stop(t.loop);
}

#define ANY(NAME, name) {.type = MSG_##NAME, .handle = on_any},
static const struct channel_rule any_rules[] = {MESSAGES(ANY)};
static const struct channel_table any_table = {.peer = "keyring", .rules = any_rules,
	.n_rules = sizeof(any_rules) / sizeof(any_rules[0]), .max_queue = 1024 * 1024};

static void
on_control_over(void *owner, struct channel *ch, enum channel_end why)
{
	(void)owner;
	(void)ch;
	t.violated = why == CHANNEL_VIOLATION;
	t.keyring.control = NULL;
	channel_close(&t.control);
	loop_stop(t.loop);
}

static err_t
on_keys(struct keyring *k, struct channel *control)
{
	const struct msg_ready m = {.none = 0};

	(void)k;
	t.ready++;
	return send_ready(control, 0, &m);
}

static void
stop(evutil_socket_t fd, short what, void *arg)
{
	(void)fd;
	(void)what;
	*(bool *)arg = true;
	loop_stop(t.loop);
}

void
turn(void)
{
	const struct timeval wait = {.tv_sec = WAIT_S};
	bool late = false;
	struct event *e = evtimer_new(loop_base(t.loop), stop, &late);

	assert_int_equal(evtimer_add(e, &wait), 0);
	assert_int_equal(loop_run(t.loop), 0);
	event_free(e);
	assert_false(late);
}

struct span
hear(struct side *s, uint8_t type, uint64_t request)
{
	unsigned i;

	while (s->n_taken == s->n_heard) {
		assert_false(s->over);
		turn();
	}
	i = s->n_taken++;
	assert_string_equal(msg_name(s->heard[i].type), msg_name(type));
	assert_int_equal(s->heard[i].request, request);
	return span_of(s->heard[i].body, s->heard[i].n);
}

void
hear_failed(uint64_t request, unsigned why)
{
	struct msg_key_failed m;

	assert_int_equal(msg_get_key_failed(hear(&t.vault, MSG_KEY_FAILED, request), &m), 0);
	assert_int_equal(m.why, why);
}

void
await_over(struct side *s)
{
	while (!s->over)
		turn();
	assert_int_equal(s->n_taken, s->n_heard);
}

static void
reset(struct side *s)
{
	channel_close(&s->ch);
	memset(s, 0, sizeof(*s));
}

void
join_bound(struct side *s, uint8_t kind, uint64_t id, uint8_t bound)
{
	const struct msg_peer m = {.kind = kind, .worker = id, .bound = bound};
	struct msg_peer_ok ok;
	int fds[2];

	reset(s);
	assert_int_equal(channel_pair(fds), 0);
	assert_int_equal(channel_open(t.loop, fds[0], &any_table, s, on_over, &s->ch), 0);
	assert_int_equal(send_peer_fd(t.supervisor.ch, &m, fds[1]), 0);
	(void)close(fds[1]);
	assert_int_equal(msg_get_peer_ok(hear(&t.supervisor, MSG_PEER_OK, 0), &ok), 0);
	assert_int_equal(ok.kind, kind);
	assert_int_equal(ok.worker, id);
	t.supervisor.n_heard = t.supervisor.n_taken = 0;
}

void
join(struct side *s, uint8_t kind, uint64_t id)
{
	join_bound(s, kind, id, 0);
	if (kind == PEER_VAULT)
		(void)hear(s, MSG_CHECK_KEY, 0);
}

void
give_file(const char *text)
{
	int fd = memfd_create("keys", MFD_CLOEXEC);

	assert_true(fd >= 0);
	assert_int_equal(write(fd, text, strlen(text)), strlen(text));
	assert_int_equal(lseek(fd, 0, SEEK_SET), 0);
	assert_int_equal(send_keyfile_fd(t.supervisor.ch, fd), 0);
	(void)close(fd);
}

int
set_up_blank(void **state)
{
	int fds[2];

	(void)state;
	memset(&t, 0, sizeof(t));
	log_open("test", LOG_ERROR);
	assert_int_equal(loop_create(&t.loop), 0);
	keyring_init(&t.keyring, t.loop, on_keys);
	assert_int_equal(channel_pair(fds), 0);
	assert_int_equal(channel_open(t.loop, fds[0], &keyring_control_table, &t.keyring,
	    on_control_over, &t.control), 0);
	assert_int_equal(channel_open(t.loop, fds[1], &any_table, &t.supervisor, on_over,
	    &t.supervisor.ch), 0);
	return 0;
}

int
set_up(void **state)
{
	(void)set_up_blank(state);
	give_file(KEYS);
	(void)hear(&t.supervisor, MSG_READY, 0);
	join(&t.vault, PEER_VAULT, 0);
	return 0;
}

static void
stop_now(void *arg)
{
	loop_stop(arg);
}

int
tear_down(void **state)
{
	struct deferred last = {.queued = false};

	(void)state;
	keyring_end(&t.keyring);
	channel_close(&t.control);
	reset(&t.supervisor);
	reset(&t.vault);
	reset(&t.worker);
	reset(&t.other);
	/* Channels give their memory back at the end of a turn. */
	loop_defer(t.loop, &last, stop_now, t.loop);
	assert_int_equal(loop_run(t.loop), 0);
	loop_destroy(&t.loop);
	return 0;
}

const uint8_t user_a[ID_BYTES] = {1, 2, 3}, user_b[ID_BYTES] = {1, 2, 4};
const uint8_t login_a[ID_BYTES] = {9, 9};

struct wrapped
new_key(const uint8_t user[ID_BYTES])
{
	struct msg_key_new ask = {.none = 0};
	struct msg_key_wrapped m;
	struct wrapped w;

	memcpy(ask.user, user, ID_BYTES);
	assert_int_equal(send_key_new(t.vault.ch, 5, &ask), 0);
	assert_int_equal(msg_get_key_wrapped(hear(&t.vault, MSG_KEY_WRAPPED, 5), &m), 0);
	assert_int_equal(m.wrapped.n, sizeof(w.bytes));
	w.key_id = m.key_id;
	memcpy(w.bytes, m.wrapped.p, sizeof(w.bytes));
	return w;
}

void
ask_key(uint64_t request, uint64_t worker, const uint8_t user[ID_BYTES], const struct wrapped *w)
{
	struct msg_key_for m = {.worker = worker, .key_id = w->key_id,
		.wrapped = span_of(w->bytes, sizeof(w->bytes))};

	memcpy(m.user, user, ID_BYTES);
	assert_int_equal(send_key_for(t.vault.ch, request, &m), 0);
}

void
ask_login_key(uint64_t request, uint64_t worker)
{
	struct msg_login_key_for m = {.worker = worker};

	memcpy(m.login, login_a, ID_BYTES);
	assert_int_equal(send_login_key_for(t.vault.ch, request, &m), 0);
}

void
ask_enroll_keys(uint64_t request, uint64_t worker)
{
	struct msg_enroll_keys_for m = {.worker = worker};

	memcpy(m.login, login_a, ID_BYTES);
	assert_int_equal(send_enroll_keys_for(t.vault.ch, request, &m), 0);
}

void
say_gone(uint64_t worker)
{
	const struct msg_worker_gone m = {.worker = worker, .cause = GONE_EXIT};

	assert_int_equal(send_worker_gone(t.supervisor.ch, 0, &m), 0);
}
