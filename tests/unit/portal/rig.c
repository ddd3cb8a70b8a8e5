#include "config.h"

#include <stdio.h>
#include <string.h>
#include <sys/wait.h>
#include <unistd.h>

#include "master/portal/csrf.h"
#include "tests/unit/portal/rig.h"
#include "tests/unit/unit.h"

const char rig_session[] = "c2Vzc2lvbi1jb29raWUtb2YtdGhlLXRlc3QtMDAwMDA";

const uint8_t rig_auth_id[ID_BYTES] = {0xa1, 0xb2, 0xc3, 0xd4, 0xe5, 0xf6, 0x07, 0x18, 0x29,
    0x3a, 0x4b, 0x5c, 0x6d, 0x7e, 0x8f, 0x90};
const uint8_t rig_check_key[KEY_BYTES] = "check key of the portal's tests";

/* --- the vault's part ------------------------------------------------------------ */

void
rig_note(struct rig *r, const struct frame *f)
{
	if (r->questions < sizeof(r->asked))
		r->asked[r->questions] = f->type;
	r->questions++;
	loop_stop(r->loop);
}

/* True if this question is answered with a failure, or never. */
bool
rig_failed(struct rig *r, struct channel *ch, const struct frame *f)
{
	struct msg_portal_failed m = {.why = r->fail};

	if (f->type == MSG_CRED_NEW && r->fail_new != 0)
		m.why = r->fail_new;
	if (r->fail_type != 0 && f->type == r->fail_type)
		m.why = r->fail_typed;
	if (m.why == 0 || r->silent)
		return r->silent;
	assert_ok(send_portal_failed(ch, f->request, &m));
	return true;
}

static void
copy(char *to, size_t room, struct span from)
{
	assert_true(from.n < room);
	if (from.n > 0)
		memcpy(to, from.p, from.n);
	to[from.n] = '\0';
}

static err_t
on_login_begin(void *owner, struct channel *ch, const struct frame *f)
{
	const struct msg_login_started m = {
	    .challenge = span_str("Q2hhbGxlbmdlLW9mLXRoZS10ZXN0LTAwMDAwMDAwMDA"),
	    .client_id = span_str("0123456789abcdef0123456789abcdef")};
	struct rig *r = owner;

	rig_note(r, f);
	assert_ok(msg_get_login_begin(f->body, &r->login_begin));
	copy(r->login_client, sizeof(r->login_client), r->login_begin.client_id);
	return rig_failed(r, ch, f) ? 0 : send_login_started(ch, f->request, &m);
}

static err_t
on_login_finish(void *owner, struct channel *ch, const struct frame *f)
{
	struct rig *r = owner;

	rig_note(r, f);
	assert_ok(msg_get_login_finish(f->body, &r->login_finish));
	copy(r->code, sizeof(r->code), r->login_finish.code);
	return rig_failed(r, ch, f) ? 0 : send_login_done(ch, f->request, &r->login_done);
}

static err_t
answer_ok(struct rig *r, struct channel *ch, const struct frame *f)
{
	const struct msg_portal_ok m = {0};

	return rig_failed(r, ch, f) ? 0 : send_portal_ok(ch, f->request, &m);
}

static err_t
on_login_cancel(void *owner, struct channel *ch, const struct frame *f)
{
	struct rig *r = owner;

	rig_note(r, f);
	assert_ok(msg_get_login_cancel(f->body, &r->login_cancel));
	return answer_ok(r, ch, f);
}

static err_t
on_account_get(void *owner, struct channel *ch, const struct frame *f)
{
	struct msg_account_get m;
	struct rig *r = owner;
	uint32_t i;

	rig_note(r, f);
	assert_ok(msg_get_account_get(f->body, &m));
	if (rig_failed(r, ch, f))
		return 0;
	assert_ok(send_account(ch, f->request, &r->account));
	for (i = 0; i < r->account.credentials; i++)
		assert_ok(send_account_cred(ch, f->request, &r->creds[i]));
	return 0;
}

static err_t
on_quota_get(void *owner, struct channel *ch, const struct frame *f)
{
	const struct msg_quota nothing = {.last = 1, .family = SP_FAMILY_COUNT};
	struct msg_quota_get m;
	struct rig *r = owner;
	uint32_t i;

	assert_ok(msg_get_quota_get(f->body, &m));
	/* A page is shown without it, too: it counts for no question. */
	if (r->n_quota == 0 || rig_failed(r, ch, f))
		return r->n_quota == 0 ? send_quota(ch, f->request, &nothing) : 0;
	for (i = 0; i < r->n_quota; i++)
		assert_ok(send_quota(ch, f->request, &r->quota[i]));
	return 0;
}

static err_t
on_cred_new(void *owner, struct channel *ch, const struct frame *f)
{
	struct rig *r = owner;

	rig_note(r, f);
	assert_ok(msg_get_cred_new(f->body, &r->cred_new));
	copy(r->label, sizeof(r->label), r->cred_new.label);
	return answer_ok(r, ch, f);
}

static err_t
on_cred_revoke(void *owner, struct channel *ch, const struct frame *f)
{
	struct rig *r = owner;

	rig_note(r, f);
	assert_ok(msg_get_cred_revoke(f->body, &r->cred_revoke));
	return answer_ok(r, ch, f);
}

static err_t
on_session_end(void *owner, struct channel *ch, const struct frame *f)
{
	struct rig *r = owner;

	rig_note(r, f);
	assert_ok(msg_get_session_end(f->body, &r->session_end));
	return answer_ok(r, ch, f);
}

static err_t
on_account_delete(void *owner, struct channel *ch, const struct frame *f)
{
	rig_note(owner, f);
	return answer_ok(owner, ch, f);
}

static const struct channel_rule own_rules[] = {
	{.type = MSG_LOGIN_BEGIN, .handle = on_login_begin},
	{.type = MSG_LOGIN_FINISH, .handle = on_login_finish},
	{.type = MSG_LOGIN_CANCEL, .handle = on_login_cancel},
	{.type = MSG_ACCOUNT_GET, .handle = on_account_get},
	{.type = MSG_QUOTA_GET, .handle = on_quota_get},
	{.type = MSG_CRED_NEW, .handle = on_cred_new},
	{.type = MSG_CRED_REVOKE, .handle = on_cred_revoke},
	{.type = MSG_SESSION_END, .handle = on_session_end},
	{.type = MSG_ACCOUNT_DELETE, .handle = on_account_delete},
};
#define OWN_RULES (sizeof(own_rules) / sizeof(own_rules[0]))

static struct channel_rule vault_rules[OWN_RULES + RIG_OAUTH_RULES + RIG_APPS_RULES];
static const struct channel_table vault_table = {.peer = "portal", .rules = vault_rules,
	.n_rules = sizeof(vault_rules) / sizeof(vault_rules[0]), .max_queue = 1 << 20};

/* --- front's part ------------------------------------------------------------------ */

static err_t
on_page_res(void *owner, struct channel *ch, const struct frame *f)
{
	struct rig *r = owner;
	struct msg_page_res m;

	(void)ch;
	assert_ok(msg_get_page_res(f->body, &m));
	assert_int_equal(f->request, r->last_id);
	assert_int_equal(r->status, 0);
	r->status = m.status;
	r->media = m.media;
	r->cache = m.cache;
	r->retry_after = m.retry_after;
	copy(r->location, sizeof(r->location), m.location);
	copy(r->cookie1, sizeof(r->cookie1), m.cookie1);
	copy(r->cookie2, sizeof(r->cookie2), m.cookie2);
	copy(r->form_action, sizeof(r->form_action), m.form_action);
	r->cors = m.cors;
	r->basic = m.basic;
	r->allow = m.allow;
	return 0;
}

static err_t
on_res_body(void *owner, struct channel *ch, const struct frame *f)
{
	struct rig *r = owner;
	struct msg_res_body m;

	(void)ch;
	assert_ok(msg_get_res_body(f->body, &m));
	assert_ok(buf_put_span(&r->body, m.data));
	if (m.last != 0) {
		r->answered = true;
		loop_stop(r->loop);
	}
	return 0;
}

static err_t
on_page_hand(void *owner, struct channel *ch, const struct frame *f)
{
	struct rig *r = owner;
	struct msg_page_hand m;

	(void)ch;
	assert_ok(msg_get_page_hand(f->body, &m));
	assert_int_equal(f->request, r->last_id);
	copy(r->ticket, sizeof(r->ticket), m.ticket);
	r->answered = true;
	loop_stop(r->loop);
	return 0;
}

static const struct channel_rule front_rules[] = {
	{.type = MSG_PAGE_HAND, .handle = on_page_hand},
	{.type = MSG_PAGE_RES, .handle = on_page_res},
	{.type = MSG_RES_BODY, .handle = on_res_body},
};
static const struct channel_table front_table = {.peer = "portal", .rules = front_rules,
	.n_rules = sizeof(front_rules) / sizeof(front_rules[0]), .max_queue = 1 << 20};

/* --- the rig --------------------------------------------------------------------------- */

/* Nothing came for too long: the loop stops and the test fails. */
static void
on_watchdog(evutil_socket_t fd, short what, void *arg)
{
	struct rig *r = arg;

	(void)fd;
	(void)what;
	r->stuck = true;
	loop_stop(r->loop);
}

static void
turn(struct rig *r)
{
	assert_int_equal(event_add(r->watchdog, &(struct timeval){.tv_sec = 5}), 0);
	assert_ok(loop_run(r->loop));
	assert_false(r->stuck);
}

static void
on_ended(void *owner, struct channel *ch, enum channel_end why)
{
	struct rig *r = owner;

	(void)ch;
	(void)why;
	loop_stop(r->loop);
}

static err_t
on_ready(void *owner, struct channel *ch, const struct frame *f)
{
	struct rig *r = owner;

	(void)ch;
	(void)f;
	r->ready = true;
	loop_stop(r->loop);
	return 0;
}

static err_t
on_peer_ok(void *owner, struct channel *ch, const struct frame *f)
{
	struct rig *r = owner;
	struct msg_peer_ok m;

	(void)ch;
	r->peers_ok++;
	loop_stop(r->loop);
	return msg_get_peer_ok(f->body, &m);
}

static const struct channel_rule control_rules[] = {
	{.type = MSG_READY, .once = true, .handle = on_ready},
	{.type = MSG_PEER_OK, .handle = on_peer_ok},
};
static const struct channel_table control_table = {.peer = "portal", .rules = control_rules,
	.n_rules = sizeof(control_rules) / sizeof(control_rules[0]), .max_queue = 1 << 20};

/* Gives the portal its end of a new channel. */
static void
join(struct rig *r, uint8_t kind, int fd)
{
	const struct msg_peer m = {.kind = kind};
	unsigned before = r->peers_ok;

	if (r->control == NULL) {
		assert_ok(portal_peer(&r->portal, kind, fd));
		return;
	}
	assert_ok(send_peer_fd(r->control, &m, fd));
	(void)close(fd);
	while (r->peers_ok == before)
		turn(r);
}

void
rig_vault_back(struct rig *r)
{
	struct msg_check_key m;
	int fds[2];

	memcpy(vault_rules, own_rules, sizeof(own_rules));
	memcpy(vault_rules + OWN_RULES, rig_oauth_rules, sizeof(rig_oauth_rules));
	memcpy(vault_rules + OWN_RULES + RIG_OAUTH_RULES, rig_apps_rules, sizeof(rig_apps_rules));
	assert_ok(channel_pair(fds));
	join(r, PEER_VAULT, fds[0]);
	assert_ok(channel_open(r->loop, fds[1], &vault_table, r, on_ended, &r->vault));
	memcpy(m.key, rig_check_key, sizeof(m.key));
	assert_ok(send_check_key(r->vault, 0, &m));
}

void
rig_vault_away(struct rig *r)
{
	channel_close(&r->vault);
}

static void
prepare(struct rig *r, bool https)
{
	const struct portal_conf conf = {
		.public_url = https ? "https://tonearm.example" : "http://127.0.0.1:8001",
		.accounts_url = "https://accounts.spotify.com",
		.operator_name = "The Listening Room", .operator_contact = "desk@tonearm.example",
		.https = https, .links = true, .shared_app = true, .own_apps = true, .development = true, .registration = true,
		.documents = true,
	};

	memset(r, 0, sizeof(*r));
	buf_init(&r->body, 1 << 20);
	assert_ok(loop_create(&r->loop));
	r->watchdog = event_new(loop_base(r->loop), -1, 0, on_watchdog, r);
	assert_non_null(r->watchdog);
	portal_init(&r->portal, r->loop, &conf);
	memcpy(r->login_done.user, "0123456789abcde", ID_BYTES);
	r->account = (struct msg_account){.user = "0123456789abcde",
	    .display_name = span_str("Clara Haskil"), .spotify_id = span_str("clara.h"),
	    .authorized_at = 1790000000, .signed_in_at = 1790000000};
}

static void
join_both(struct rig *r)
{
	int fds[2];

	assert_ok(channel_pair(fds));
	join(r, PEER_FRONT, fds[0]);
	assert_ok(channel_open(r->loop, fds[1], &front_table, r, on_ended, &r->front));
	rig_vault_back(r);
}

void
rig_open(struct rig *r, bool https)
{
	prepare(r, https);
	join_both(r);
}

void
rig_open_program(struct rig *r, const char *path)
{
	const struct msg_config m = {.text = span_str("server.public_url=https://tonearm.example\n"
	    "spotify.accounts_url=https://accounts.spotify.com\nspotify.mode=development\n"
	    "links.enabled=yes\noauth.registration=yes\n"
	    "apps.shared=yes\napps.own=yes\noperator.name=The Listening Room\n"
	    "operator.contact=desk@tonearm.example\nlog.level=info\n")};
	int fds[2];

	prepare(r, true);
	assert_ok(channel_pair(fds));
	r->pid = fork();
	assert_true(r->pid >= 0);
	if (r->pid == 0) {
		if (dup2(fds[0], 3) == 3)
			(void)execl(path, path, (char *)NULL);
		_exit(127);
	}
	(void)close(fds[0]);
	assert_ok(channel_open(r->loop, fds[1], &control_table, r, on_ended, &r->control));
	assert_ok(send_config(r->control, 0, &m));
	while (!r->ready)
		turn(r);
	join_both(r);
}

int
rig_close(struct rig *r)
{
	int status = 0;

	channel_close(&r->front);
	channel_close(&r->vault);
	channel_close(&r->control);
	portal_end(&r->portal);
	/* One more turn, for what waits for the end of this one. */
	assert_int_equal(event_add(r->watchdog, &(struct timeval){0}), 0);
	assert_ok(loop_run(r->loop));
	event_free(r->watchdog);
	loop_destroy(&r->loop);
	buf_free(&r->body);
	if (r->pid > 0)
		assert_int_equal(waitpid(r->pid, &status, 0), r->pid);
	return status;
}

static void
send_request(struct rig *r, const struct ask *a)
{
	const struct msg_page_req m = {.method = a->method, .target = span_str(a->target),
	    .cookie = span_str(a->cookie), .content_type = span_str(a->content_type),
	    .origin = span_str(a->origin), .fetch_site = span_str(a->fetch_site),
	    .authorization = span_str(a->authorization),
	    .client = span_str(a->client == NULL ? "127.0.0.1" : a->client),
	    .body_bytes = a->body == NULL ? 0 : (uint32_t)strlen(a->body)};
	struct span body = span_str(a->body);
	struct msg_res_body part;

	r->answered = false;
	r->status = 0;
	r->questions = 0;
	buf_clear(&r->body);
	assert_ok(send_page_req(r->front, ++r->last_id, &m));
	do {
		size_t n = body.n < BODY_PART ? body.n : BODY_PART;
		struct msg_req_body b;

		part.last = n == body.n;
		b = (struct msg_req_body){.last = part.last, .data = span_of(body.p, n)};
		assert_ok(send_req_body(r->front, r->last_id, &b));
		body = span_of(n == 0 ? body.p : body.p + n, body.n - n);
	} while (part.last == 0);
}

void
rig_wait(struct rig *r)
{
	while (!r->answered)
		turn(r);
}

void
rig_ask(struct rig *r, const struct ask *a)
{
	send_request(r, a);
	rig_wait(r);
}

void
rig_ask_only(struct rig *r, const struct ask *a)
{
	send_request(r, a);
	while (r->questions == 0)
		turn(r);
}

static const char *
session_cookie_text(struct rig *r)
{
	static char text[128];

	(void)snprintf(text, sizeof(text), "theme=x; %stonearm_session=%s",
	    r->portal.conf.https ? "__Host-" : "", rig_session);
	return text;
}

void
rig_get(struct rig *r, const char *target, bool signed_in)
{
	const struct ask a = {.method = METHOD_GET, .target = target,
	    .cookie = signed_in ? session_cookie_text(r) : NULL};

	rig_ask(r, &a);
}

void
rig_post(struct rig *r, const char *target, const char *fields)
{
	uint8_t key[KEY_BYTES];
	char field[CSRF_CHARS + 1], body[4096];
	const struct ask a = {.method = METHOD_POST, .target = target,
	    .cookie = session_cookie_text(r), .body = body,
	    .content_type = "application/x-www-form-urlencoded",
	    .origin = r->portal.conf.public_url, .fetch_site = "same-origin"};

	assert_ok(csrf_key(rig_check_key, key));
	assert_ok(csrf_make(key, span_str(rig_session), field));
	(void)snprintf(body, sizeof(body), "csrf=%s&%s", field, fields);
	rig_ask(r, &a);
}

bool
rig_shows(const struct rig *r, const char *text)
{
	return r->body.len > 0 && memmem(r->body.data, r->body.len, text, strlen(text)) != NULL;
}

const char *
rig_cookie(const struct rig *r, const char *name)
{
	size_t n = strlen(name);

	if (strncmp(r->cookie1, name, n) == 0 && r->cookie1[n] == '=')
		return r->cookie1 + n + 1;
	if (strncmp(r->cookie2, name, n) == 0 && r->cookie2[n] == '=')
		return r->cookie2 + n + 1;
	return NULL;
}
