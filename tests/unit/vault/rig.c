/* The test at the other end of every channel; see rig.h. */
#include "config.h"

#include <stdlib.h>
#include <string.h>
#include <sys/random.h>
#include <unistd.h>

#include "shared/base/clock.h"
#include "tests/unit/vault/pg.h"
#include "tests/unit/vault/rig.h"

#define PATIENCE_MS 15000

static const struct vault_settings settings = {
	.client_id = "an-application", .mode = "development",
	.redirect_uri = "http://127.0.0.1:8001/callback", .links = true,
	.shared_app = true, .own_apps = true, .allowed = "",
	.probe_ms = 200, .confirm_ms = CONFIRM_MS,
};

/* --- frames ------------------------------------------------------------------- */

static err_t
keep(void *owner, struct channel *ch, const struct frame *f)
{
	struct end *e = owner;
	struct seen *s = calloc(1, sizeof(*s)), **p;

	(void)ch;
	assert_non_null(s);
	s->type = f->type;
	s->request = f->request;
	buf_init(&s->body, FRAME_BODY_MAX);
	assert_ok(buf_put_span(&s->body, f->body));
	for (p = &e->first; *p != NULL; p = &(*p)->next)
		;
	*p = s;
	return 0;
}

/* The keyring answers as its mode says. */
static err_t
keyring_answers(void *owner, struct channel *ch, const struct frame *f)
{
	static const uint8_t wrapped[61] = {1, 2, 3};
	const struct msg_key_sent sent = {.none = 0};
	const struct msg_key_failed failed = {.why = 1};
	const struct msg_key_wrapped made = {.key_id = 1, .wrapped = {wrapped, sizeof(wrapped)}};
	const struct msg_challenge challenge = {
		.challenge = span_str("abcdefghijklmnopqrstuvwxyzabcdefghijklmnopq")};
	struct end *e = owner;

	assert_ok(keep(owner, ch, f));
	if (e->rig->keyring_mode == KEYRING_SILENT)
		return 0;
	if (e->rig->keyring_mode == KEYRING_REFUSES)
		assert_ok(send_key_failed(ch, f->request, &failed));
	else if (f->type == MSG_KEY_NEW)
		assert_ok(send_key_wrapped(ch, f->request, &made));
	else if (f->type == MSG_CHALLENGE_FOR)
		assert_ok(send_challenge(ch, f->request, &challenge));
	else
		assert_ok(send_key_sent(ch, f->request, &sent));
	return 0;
}

#define M_RULE(NAME, name) {.type = MSG_##NAME, .handle = keep},
static const struct channel_rule any_rules[] = {MESSAGES(M_RULE)};
static const struct channel_table any_table = {.peer = "vault", .rules = any_rules,
	.n_rules = COUNT(any_rules), .max_queue = 1 << 20};
#define K_RULE(NAME, name) {.type = MSG_##NAME, .handle = keyring_answers},
static const struct channel_rule keyring_rules[] = {MESSAGES(K_RULE)};
static const struct channel_table keyring_table = {.peer = "vault", .rules = keyring_rules,
	.n_rules = COUNT(keyring_rules), .max_queue = 1 << 20};

static void
end_closed(void *owner, struct channel *ch, enum channel_end why)
{
	struct end *e = owner;

	(void)ch;
	(void)why;
	e->closed = true;
	channel_close(&e->ch);
}

void
rig_open(struct rig *r, struct end *e, int fd)
{
	rig_close(e);
	e->rig = r;
	e->closed = false;
	assert_ok(channel_open(r->loop, fd, e == &r->keyring ? &keyring_table : &any_table,
	    e, end_closed, &e->ch));
}

static void
seen_free(struct seen *s)
{
	buf_free(&s->body);
	free(s);
}

void
rig_close(struct end *e)
{
	while (e->first != NULL) {
		struct seen *s = e->first;

		e->first = s->next;
		seen_free(s);
	}
	channel_close(&e->ch);
}

/* --- the loop --------------------------------------------------------------------- */

static void
on_turn(evutil_socket_t fd, short what, void *arg)
{
	(void)fd;
	(void)what;
	loop_stop(arg);
}

void
rig_turn(struct rig *r)
{
	const struct timeval tv = {.tv_usec = 3000};

	assert_int_equal(event_base_once(loop_base(r->loop), -1, EV_TIMEOUT, on_turn, r->loop, &tv), 0);
	assert_ok(loop_run(r->loop));
}

void
rig_until(struct rig *r, bool (*fn)(void *arg), void *arg)
{
	int64_t end = clock_mono_ms() + PATIENCE_MS;

	while (!fn(arg)) {
		if (clock_mono_ms() > end)
			fail_msg("it did not happen");
		rig_turn(r);
	}
}

static struct seen **
find_seen(struct end *e, uint8_t type, uint64_t request)
{
	struct seen **p;

	for (p = &e->first; *p != NULL; p = &(*p)->next)
		if ((*p)->type == type && (request == ANY_REQUEST || (*p)->request == request))
			return p;
	return NULL;
}

/* What was said instead, for whoever reads the failure. */
static void
print_seen(const struct end *e)
{
	const struct seen *s;

	for (s = e->first; s != NULL; s = s->next)
		print_message("  said: %s request %llu first byte %u\n", msg_name(s->type),
		    (unsigned long long)s->request, s->body.len > 0 ? s->body.data[0] : 0);
}

struct span
rig_take(struct end *e, uint8_t type, uint64_t request)
{
	static struct seen *last;
	int64_t limit = clock_mono_ms() + PATIENCE_MS;
	struct seen **p;

	while ((p = find_seen(e, type, request)) == NULL) {
		if (e->closed || clock_mono_ms() > limit) {
			print_seen(e);
			fail_msg("the vault did not say %s%s", msg_name(type),
			    e->closed ? " (and closed)" : "");
		}
		rig_turn(e->rig);
	}
	if (last != NULL)
		seen_free(last);
	last = *p;
	*p = last->next;
	return buf_span(&last->body);
}

bool
rig_has(const struct end *e, uint8_t type)
{
	const struct seen *s;

	for (s = e->first; s != NULL; s = s->next)
		if (s->type == type)
			return true;
	return false;
}

static bool
is_closed(void *arg)
{
	return ((struct end *)arg)->closed;
}

void
rig_until_closed(struct end *e)
{
	rig_until(e->rig, is_closed, e);
}

void
rig_settle(struct rig *r)
{
	const struct msg_status_ask ask = {.none = 0};
	static uint64_t request = 1u << 30;
	uint8_t hash[HASH_BYTES];

	random_bytes(hash, sizeof(hash));
	(void)rig_take(&r->front, MSG_BIND_REFUSED, front_bind(r, hash, CRED_PERSONAL, 0));
	assert_ok(send_status_ask(r->supervisor.ch, ++request, &ask));
	(void)rig_take(&r->supervisor, MSG_STATUS, request);
}

/* --- joining ------------------------------------------------------------------------ */

static void
join(struct rig *r, struct end *e, const struct msg_peer *m)
{
	int fds[2];

	assert_ok(channel_pair(fds));
	assert_ok(send_peer_fd(r->supervisor.ch, m, fds[1]));
	(void)close(fds[1]);
	rig_open(r, e, fds[0]);
}

void
rig_join(struct rig *r, struct end *e, uint8_t kind, uint64_t worker)
{
	const struct msg_peer m = {.kind = kind, .worker = worker};

	join(r, e, &m);
	(void)rig_take(&r->supervisor, MSG_PEER_OK, ANY_REQUEST);
}

void
rig_join_bound(struct rig *r, struct end *e, uint64_t worker)
{
	const struct msg_peer m = {.kind = PEER_WORKER, .worker = worker, .bound = 1};

	join(r, e, &m);
	(void)rig_take(&r->supervisor, MSG_PEER_OK, ANY_REQUEST);
}

int
rig_join_raw(struct rig *r, uint64_t worker)
{
	const struct msg_peer m = {.kind = PEER_WORKER, .worker = worker};
	int fds[2];

	assert_ok(channel_pair(fds));
	assert_ok(send_peer_fd(r->supervisor.ch, &m, fds[1]));
	(void)close(fds[1]);
	(void)rig_take(&r->supervisor, MSG_PEER_OK, ANY_REQUEST);
	return fds[0];
}

uint64_t
rig_worker(struct rig *r, struct end *e)
{
	uint64_t id = ++r->next_worker;

	rig_join(r, e, PEER_WORKER, id);
	return id;
}

void
rig_gone(struct rig *r, uint64_t worker)
{
	const struct msg_worker_gone m = {.worker = worker, .cause = GONE_KILLED};

	assert_ok(send_worker_gone(r->supervisor.ch, 0, &m));
}

static void
control_closed(void *owner, struct channel *ch, enum channel_end why)
{
	(void)owner;
	(void)ch;
	fail_msg("the vault's control channel ended: %d", (int)why);
}

static bool
is_ready(void *arg)
{
	struct rig *r = arg;

	return db_is_up(r->root.vault->db) && listen_is_up(r->root.vault->listen);
}

static void
start_vault(struct rig *r)
{
	struct vault_settings set = settings;
	int fds[2];

	set.conninfo = pg_conninfo();
	assert_ok(channel_pair(fds));
	assert_ok(channel_open(r->loop, fds[0], &vault_control_table, &r->root, control_closed,
	    &r->control));
	rig_open(r, &r->supervisor, fds[1]);
	assert_ok(vault_create(r->loop, r->control, &set, &r->root.vault));
	rig_join(r, &r->keyring, PEER_KEYRING, 0);
	rig_join(r, &r->portal, PEER_PORTAL, 0);
	rig_join(r, &r->front, PEER_FRONT, 0);
	rig_until(r, is_ready, r);
}

static void
stop_vault(struct rig *r)
{
	vault_destroy(&r->root.vault);
	channel_close(&r->control);
	rig_close(&r->supervisor);
	rig_close(&r->front);
	rig_close(&r->portal);
	rig_close(&r->keyring);
}

void
rig_begin(struct rig *r)
{
	memset(r, 0, sizeof(*r));
	assert_ok(loop_create(&r->loop));
	start_vault(r);
}

void
rig_restart_vault(struct rig *r)
{
	stop_vault(r);
	start_vault(r);
}

void
rig_end(struct rig *r)
{
	stop_vault(r);
	/* What was closed is freed at the end of a turn. */
	rig_turn(r);
	loop_destroy(&r->loop);
}

int
rig_setup(void **state)
{
	struct rig *r = calloc(1, sizeof(*r));

	assert_non_null(r);
	rig_begin(r);
	*state = r;
	return 0;
}

int
rig_teardown(void **state)
{
	rig_end(*state);
	free(*state);
	return 0;
}

/* --- people ---------------------------------------------------------------------------- */

void
random_bytes(void *p, size_t n)
{
	assert_int_equal(getrandom(p, n, 0), (ssize_t)n);
}

void
person_make(struct person *p)
{
	static unsigned n;
	uint8_t state[HASH_BYTES];

	random_bytes(p->login, sizeof(p->login));
	random_bytes(p->id, sizeof(p->id));
	random_bytes(p->session, sizeof(p->session));
	random_bytes(state, sizeof(state));
	n++;
	pg_run("SELECT * FROM tonearm.login_begin('%s', '\\x%s', '\\x%s', 'an-application', "
	    "'development')", pg_hex(p->login, ID_BYTES), pg_hex(state, HASH_BYTES),
	    pg_hex(state, HASH_BYTES));
	pg_run("SELECT * FROM tonearm.login_consume('\\x%s', '\\x%s')", pg_hex(state, HASH_BYTES),
	    pg_hex(state, HASH_BYTES));
	pg_run("SELECT * FROM tonearm.enroll('%s', '%s', 1, '\\x010203', 'account-%u-%s', 'spotify-%u', "
	    "'Person %u', 'playlist-read-private', '\\x%064d', '\\x%s')",
	    pg_hex(p->login, ID_BYTES), pg_hex(p->id, ID_BYTES), n, pg_hex(p->id, 4), n, n, 7,
	    pg_hex(p->session, HASH_BYTES));
}

void
person_credential(const struct person *p, int kind, uint8_t hash[HASH_BYTES])
{
	random_bytes(hash, HASH_BYTES);
	assert_int_equal(pg_number("SELECT outcome FROM tonearm.credential_create('\\x%s', '\\x%s', "
	    "%d::smallint, %d, 'a label', 0)", pg_hex(p->session, HASH_BYTES),
	    pg_hex(hash, HASH_BYTES), kind, kind == CRED_TICKET ? 0 : 127), 0);
}

uint64_t
front_bind(struct rig *r, const uint8_t hash[HASH_BYTES], int kind, uint64_t worker)
{
	struct msg_bind m = {.cred_kind = (uint8_t)kind, .worker = worker};
	static uint64_t request;

	memcpy(m.hash, hash, HASH_BYTES);
	assert_ok(send_bind(r->front.ch, ++request, &m));
	return request;
}

uint64_t
bind_person(struct rig *r, struct person *p, uint8_t hash[HASH_BYTES], struct end *worker)
{
	uint64_t id = rig_worker(r, worker);
	struct msg_bound m;

	person_make(p);
	person_credential(p, CRED_PERSONAL, hash);
	assert_ok(msg_get_bound(rig_take(&r->front, MSG_BOUND,
	    front_bind(r, hash, CRED_PERSONAL, id)), &m));
	assert_int_equal(m.worker, id);
	assert_int_equal(m.fresh, 1);
	(void)rig_take(worker, MSG_IDENTITY_END, ANY_REQUEST);
	(void)rig_take(worker, MSG_CREDENTIAL, ANY_REQUEST);
	(void)rig_take(worker, MSG_ROW, ANY_REQUEST);
	(void)rig_take(&r->supervisor, MSG_WORKER_BOUND, ANY_REQUEST);
	return id;
}

void
rig_hear_all(const struct person *p, struct end *worker)
{
	/* Notifications arrive in their order; one transaction tells a thing once. */
	pg_run("UPDATE tonearm.person SET authorized_at = authorized_at + interval '1 minute' "
	    "WHERE id = '%s'; SELECT pg_notify('tonearm', 'person ' || '%s'::uuid)",
	    pg_hex(p->id, ID_BYTES), pg_hex(p->id, ID_BYTES));
	(void)rig_take(worker, MSG_REFRESHED, ANY_REQUEST);
}

void
expect_refused(struct rig *r, uint64_t request, enum bind_why why)
{
	struct msg_bind_refused m;

	assert_ok(msg_get_bind_refused(rig_take(&r->front, MSG_BIND_REFUSED, request), &m));
	assert_int_equal(m.why, why);
}

void
expect_killed(struct rig *r, uint64_t worker, enum kill_reason why)
{
	struct msg_kill_worker m;

	assert_ok(msg_get_kill_worker(rig_take(&r->supervisor, MSG_KILL_WORKER, ANY_REQUEST), &m));
	assert_int_equal(m.worker, worker);
	assert_int_equal(m.reason, why);
}
