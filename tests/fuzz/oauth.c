/*
 * What strangers may send on the way to a token: redirect addresses, and whole
 * requests to a portal whose vault knows one client, one request and one person.
 */
#include "config.h"

#include "master/portal/escape.h"
#include "master/portal/portal.h"
#include "shared/http/redirects.h"
#include "shared/ipc/channel.h"
#include "shared/ipc/words.h"
#include "shared/json/json.h"
#include "tests/fuzz/fuzz.h"

#define CLIENT   "client-of-the-fuzzer"
#define WEB      "https://client.example/cb"
#define LOOPBACK "http://127.0.0.1/cb"
#define APP      "cursor://client.example/cb"

/* --- addresses ----------------------------------------------------------------- */

/* The same but for what stands between the host and the path? */
static bool
same_but_port(struct span a, struct span b)
{
	size_t head = 0, tail = 0, i;

	while (head < a.n && head < b.n && a.p[head] == b.p[head])
		head++;
	while (tail < a.n - head && tail < b.n - head &&
	    a.p[a.n - 1 - tail] == b.p[b.n - 1 - tail])
		tail++;
	for (i = head; i < a.n - tail; i++)
		if (a.p[i] != ':' && (a.p[i] < '0' || a.p[i] > '9'))
			return false;
	for (i = head; i < b.n - tail; i++)
		if (b.p[i] != ':' && (b.p[i] < '0' || b.p[i] > '9'))
			return false;
	return span_starts(a, "http://") && span_starts(b, "http://");
}

/* Lines: an address, and those that a client gave. */
FUZZ(redirects)
{
	struct span uri = take_until(&in, '\n'), list = in, line, host;
	enum redirect_kind kind = redirect_kind(uri);
	struct buf source;
	bool found = false;
	size_t i;

	if (redirects_allow(list, uri)) {
		must(kind != REDIRECT_NONE);
		while (in.n > 0) {
			line = take_until(&in, '\n');
			found = found || span_eq(line, uri) ||
			    (kind == REDIRECT_LOOPBACK && same_but_port(line, uri));
		}
		must(found);
	}
	(void)redirects_all_loopback(list);
	host = redirect_host(uri);
	must((host.n > 0) == (kind != REDIRECT_NONE));
	buf_init(&source, 4096);
	must((redirect_source(uri, &source) == 0) == (kind != REDIRECT_NONE));
	/* It becomes part of a header that these would divide. */
	for (i = 0; i < source.len; i++)
		must(source.data[i] > ' ' && source.data[i] < 0x7f &&
		    strchr(";,'\"*", source.data[i]) == NULL);
	buf_free(&source);
	for (i = 0; kind != REDIRECT_NONE && i < uri.n; i++)
		must(uri.p[i] > ' ' && uri.p[i] < 0x7f && strchr("\"<>\\^`{|}#", uri.p[i]) == NULL);
	must(kind == REDIRECT_NONE || (memchr(host.p, '@', host.n) == NULL &&
	    !span_starts(uri, "javascript:") && !span_starts(uri, "data:")));
}

/* --- a portal on its own ----------------------------------------------------------- */

struct stage {
	struct loop *loop;
	struct portal portal;
	struct channel *front, *vault;
	uint8_t fail;             /* enum portal_why for every question, or 0 */
	unsigned answers;
	uint64_t id;
	uint16_t status;
	uint8_t media, cors;
	struct buf head, body;    /* location and cookies, a line each */
	bool begun, kept;
};
static struct stage st;

static bool
failed(struct channel *ch, const struct frame *f)
{
	const struct msg_portal_failed m = {.why = st.fail};

	if (st.fail != 0)
		must(send_portal_failed(ch, f->request, &m) == 0);
	return st.fail != 0;
}

static err_t
on_yes(void *owner, struct channel *ch, const struct frame *f)
{
	const struct msg_portal_ok m = {0};

	(void)owner;
	return failed(ch, f) ? 0 : send_portal_ok(ch, f->request, &m);
}

static err_t
on_login_begin(void *owner, struct channel *ch, const struct frame *f)
{
	const struct msg_login_started m = {.client_id = span_str("0123456789abcdef"),
	    .challenge = span_str("Q2hhbGxlbmdlLW9mLXRoZS10ZXN0LTAwMDAwMDAwMDA")};

	(void)owner;
	return failed(ch, f) ? 0 : send_login_started(ch, f->request, &m);
}

static err_t
on_login_finish(void *owner, struct channel *ch, const struct frame *f)
{
	const struct msg_login_done m = {.user = "0123456789abcde"};

	(void)owner;
	return failed(ch, f) ? 0 : send_login_done(ch, f->request, &m);
}

static err_t
on_account_get(void *owner, struct channel *ch, const struct frame *f)
{
	const struct msg_account m = {.user = "0123456789abcde",
	    .display_name = span_str("Clara Haskil"), .spotify_id = span_str("clara.h"),
	    .spotify_scopes = span_str("user-read-private"), .authorized_at = 1790000000};

	(void)owner;
	return failed(ch, f) ? 0 : send_account(ch, f->request, &m);
}

static err_t
on_client_get(void *owner, struct channel *ch, const struct frame *f)
{
	const struct msg_portal_failed unknown = {.why = PORTAL_NOT_FOUND};
	const struct msg_client known = {.client_id = span_str(CLIENT),
	    .kind = CLIENT_REGISTERED, .auth_method = CLIENT_AUTH_NONE, .name = span_str("Fuzzer"),
	    .redirects = span_str(WEB "\n" LOOPBACK "\n" APP), .fresh = 1};
	struct msg_client_get m;

	(void)owner;
	must(msg_get_client_get(f->body, &m) == 0);
	if (failed(ch, f))
		return 0;
	return span_is(m.client_id, CLIENT) ? send_client(ch, f->request, &known) :
	    send_portal_failed(ch, f->request, &unknown);
}

/* Nothing is kept of a client that could not be shown or redirected to. */
static err_t
on_client_put(void *owner, struct channel *ch, const struct frame *f)
{
	struct msg_client_put m;
	struct msg_client_kept kept = {.issued_at = 1790000000};
	struct span rest;

	(void)owner;
	must(msg_get_client_put(f->body, &m) == 0);
	must(m.kind == CLIENT_REGISTERED && m.client_id.n > 0 && escape_harmless(m.name));
	must(m.redirects.n > 0);
	for (rest = m.redirects; rest.n > 0;)
		must(redirect_kind(take_until(&rest, '\n')) != REDIRECT_NONE);
	must(m.uri.n == 0 || span_starts(m.uri, "https://") || span_starts(m.uri, "http://"));
	st.kept = true;
	kept.client_id = m.client_id;
	return failed(ch, f) ? 0 : send_client_kept(ch, f->request, &kept);
}

static err_t
on_auth_begin(void *owner, struct channel *ch, const struct frame *f)
{
	static const struct msg_auth_begun begun = {.auth = {0xa1}};
	struct msg_auth_begin m;

	(void)owner;
	must(msg_get_auth_begin(f->body, &m) == 0);
	must(span_is(m.client_id, CLIENT) && m.challenge.n == 43 && m.scopes != 0);
	must(span_is(m.redirect_uri, WEB) || span_is(m.redirect_uri, APP) ||
	    same_but_port(m.redirect_uri, span_str(LOOPBACK)));
	st.begun = true;
	return failed(ch, f) ? 0 : send_auth_begun(ch, f->request, &begun);
}

static err_t
on_auth_get(void *owner, struct channel *ch, const struct frame *f)
{
	const struct msg_auth m = {.client_id = span_str(CLIENT), .kind = CLIENT_REGISTERED,
	    .name = span_str("Fuzzer"), .redirects = span_str(WEB), .redirect_uri = span_str(WEB),
	    .has_state = 1, .state = span_str("s"), .scopes = SCOPE_LIBRARY_READ | SCOPE_PLAYBACK_READ,
	    .expires_at = 1790000600};

	(void)owner;
	return failed(ch, f) ? 0 : send_auth(ch, f->request, &m);
}

static err_t
on_tokens(void *owner, struct channel *ch, const struct frame *f)
{
	const struct msg_tokens m = {.scopes = SCOPE_LIBRARY_READ, .expires_in = 3600};

	(void)owner;
	return failed(ch, f) ? 0 : send_tokens(ch, f->request, &m);
}

static err_t
on_invite_get(void *owner, struct channel *ch, const struct frame *f)
{
	static const struct msg_invite m = {.app = APP_GUEST, .expires_at = 1790000600};

	(void)owner;
	return failed(ch, f) ? 0 : send_invite(ch, f->request, &m);
}

static const struct channel_rule vault_rules[] = {
	{.type = MSG_LOGIN_BEGIN, .handle = on_login_begin},
	{.type = MSG_LOGIN_FINISH, .handle = on_login_finish},
	{.type = MSG_LOGIN_CANCEL, .handle = on_yes},
	{.type = MSG_ACCOUNT_GET, .handle = on_account_get},
	{.type = MSG_SESSION_END, .handle = on_yes},
	{.type = MSG_CLIENT_GET, .handle = on_client_get},
	{.type = MSG_CLIENT_PUT, .handle = on_client_put},
	{.type = MSG_AUTH_BEGIN, .handle = on_auth_begin},
	{.type = MSG_AUTH_GET, .handle = on_auth_get},
	{.type = MSG_AUTH_CONSENT, .handle = on_yes},
	{.type = MSG_AUTH_GRANT, .handle = on_yes},
	{.type = MSG_AUTH_END, .handle = on_yes},
	{.type = MSG_CODE_REDEEM, .handle = on_tokens},
	{.type = MSG_TOKEN_REFRESH, .handle = on_tokens},
	{.type = MSG_TOKEN_REVOKE, .handle = on_yes},
	{.type = MSG_INVITE_GET, .handle = on_invite_get},
};
static const struct channel_table vault_table = {.peer = "portal", .rules = vault_rules,
	.n_rules = sizeof(vault_rules) / sizeof(vault_rules[0]), .max_queue = 1 << 20};

static err_t
on_page_res(void *owner, struct channel *ch, const struct frame *f)
{
	struct msg_page_res m;
	const struct span *const lines[] = {&m.location, &m.cookie1, &m.cookie2, &m.form_action};
	size_t i;

	(void)owner;
	(void)ch;
	must(msg_get_page_res(f->body, &m) == 0 && f->request == st.id && st.status == 0);
	st.status = m.status;
	st.media = m.media;
	st.cors = m.cors;
	for (i = 0; i < sizeof(lines) / sizeof(lines[0]); i++)
		must(buf_put_span(&st.head, *lines[i]) == 0 && buf_put_str(&st.head, "\n") == 0);
	return 0;
}

static err_t
on_res_body(void *owner, struct channel *ch, const struct frame *f)
{
	struct msg_res_body m;

	(void)owner;
	(void)ch;
	must(msg_get_res_body(f->body, &m) == 0 && st.status != 0);
	must(buf_put_span(&st.body, m.data) == 0);
	if (m.last != 0) {
		st.answers++;
		loop_stop(st.loop);
	}
	return 0;
}

static const struct channel_rule front_rules[] = {
	{.type = MSG_PAGE_RES, .handle = on_page_res},
	{.type = MSG_RES_BODY, .handle = on_res_body},
};
static const struct channel_table front_table = {.peer = "portal", .rules = front_rules,
	.n_rules = sizeof(front_rules) / sizeof(front_rules[0]), .max_queue = 1 << 20};

static void
on_ended(void *owner, struct channel *ch, enum channel_end why)
{
	(void)owner;
	(void)ch;
	must(why == CHANNEL_EOF);
}

static struct channel *
join(uint8_t kind, const struct channel_table *table)
{
	struct channel *ch;
	int fds[2];

	must(channel_pair(fds) == 0);
	must(portal_peer(&st.portal, kind, fds[0]) == 0);
	must(channel_open(st.loop, fds[1], table, NULL, on_ended, &ch) == 0);
	return ch;
}

/* Once, for all inputs. */
static void
set_up(void)
{
	static const struct portal_conf conf = {.public_url = "https://tonearm.example",
	    .accounts_url = "https://accounts.spotify.com", .operator_name = "Room",
	    .operator_contact = "desk@tonearm.example", .https = true, .links = true,
	    .shared_app = true, .own_apps = true, .development = true, .registration = true};
	const struct msg_check_key key = {.key = {9}};

	must(loop_create(&st.loop) == 0);
	portal_init(&st.portal, st.loop, &conf);
	st.front = join(PEER_FRONT, &front_table);
	st.vault = join(PEER_VAULT, &vault_table);
	must(send_check_key(st.vault, 0, &key) == 0);
	buf_init(&st.head, 16384);
	buf_init(&st.body, 1 << 20);
}

/* --- what it answers -------------------------------------------------------------------- */

static void
check_location(struct span to)
{
	static const char *const places[] = {WEB "?", "/consent?request=", "/login", "/account", "/app",
	    "https://accounts.spotify.com/authorize?"};
	struct span address = to;
	bool ours = to.n == 0;
	size_t i;

	for (i = 0; i < to.n; i++)
		must(to.p[i] > ' ' && to.p[i] < 0x7f && strchr("\"<>\\", to.p[i]) == NULL);
	for (i = 0; i < sizeof(places) / sizeof(places[0]); i++)
		ours = ours || span_starts(to, places[i]);
	address = take_until(&to, '?');
	must(ours || same_but_port(address, span_str(LOOPBACK)));
}

static void
check_answer(bool program, bool registered)
{
	struct span head = buf_span(&st.head), location = take_until(&head, '\n');
	static const struct json_limits limits = {.bytes = 65536, .nodes = 512, .members = 64,
	    .string = 4096, .nul = false};
	struct json_object *json = NULL;
	struct span error;
	size_t i;

	must(st.answers == 1 && st.status >= 200 && st.status < 600);
	/* Nothing that a stranger sends breaks it; a vault that talks nonsense may. */
	must(st.status != 500 || st.fail != 0);
	check_location(location);
	for (i = 0; i < head.n; i++)
		must(head.p[i] == '\n' || (head.p[i] >= ' ' && head.p[i] < 0x7f));
	if (!program) {
		must(st.cors == 0);
		must(location.n == 0 || st.status == 303 || st.status == 302);
		return;
	}
	must(st.cors == 1 && location.n == 0 && span_is(head, "\n\n\n"));
	if (st.body.len == 0)
		return;
	must(st.media == MEDIA_JSON && json_parse(buf_span(&st.body), &limits, &json) == 0);
	must((st.status >= 400) == json_get_str(json, "error", &error));
	must(!registered || st.status != 201 || st.kept);
	json_object_put(json);
}

/* A byte: where to, a byte: what the vault says; lines: query, cookie,
 * authorization, content type; then the body. */
FUZZ(portal_oauth)
{
	static const struct { const char *path; uint8_t method; bool program; } places[] = {
		{"/authorize", METHOD_GET, false}, {"/token", METHOD_POST, true},
		{"/register", METHOD_POST, true}, {"/revoke", METHOD_POST, true},
		{"/consent", METHOD_GET, false}, {"/consent", METHOD_POST, false},
		{"/login", METHOD_GET, false}, {"/callback", METHOD_GET, false},
		{"/app", METHOD_GET, false}, {"/invite", METHOD_GET, false},
	};
	static const uint8_t whys[] = {0, 0, 0, PORTAL_NO_SESSION, PORTAL_UNAVAILABLE,
	    PORTAL_BAD_STATE, PORTAL_NOT_FOUND, PORTAL_LIMIT, PORTAL_OTHER_PERSON,
	    PORTAL_OAUTH_CLIENT, PORTAL_OAUTH_GRANT, PORTAL_OAUTH_SCOPE, PORTAL_STALE};
	const size_t place = take_byte(&in) % (sizeof(places) / sizeof(places[0]));
	struct msg_page_req m = {.method = places[place].method,
	    .origin = span_str("https://tonearm.example"), .client = span_str("127.0.0.1"),
	    .fetch_site = span_str("same-origin")};
	struct msg_req_body body = {.last = 1};
	struct buf target;

	if (st.loop == NULL)
		set_up();
	st.fail = whys[take_byte(&in) % sizeof(whys)];
	st.answers = 0;
	st.status = 0;
	st.begun = st.kept = false;
	buf_clear(&st.head);
	buf_clear(&st.body);
	buf_init(&target, 8192);
	must(buf_put_str(&target, places[place].path) == 0 && buf_put_str(&target, "?") == 0 &&
	    buf_put_span(&target, take_until(&in, '\n')) == 0);
	m.target = buf_span(&target);
	m.cookie = take_until(&in, '\n');
	m.authorization = take_until(&in, '\n');
	m.content_type = take_until(&in, '\n');
	if (m.content_type.n == 0)
		m.content_type = span_str(place == 2 ? "application/json" :
		    "application/x-www-form-urlencoded");
	body.data = m.method == METHOD_POST ? in : span_str("");
	m.body_bytes = (uint32_t)body.data.n;
	if (m.cookie.n <= 4096 && m.authorization.n <= 4096 && m.content_type.n <= 256) {
		must(send_page_req(st.front, ++st.id, &m) == 0);
		must(send_req_body(st.front, st.id, &body) == 0);
		while (st.answers == 0)
			must(loop_run(st.loop) == 0);
		check_answer(places[place].program, place == 2);
	}
	buf_free(&target);
}
