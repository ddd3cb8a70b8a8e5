/* The portal as a browser sees it, between a front and a vault of our own. */
#include "config.h"

#include <fcntl.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <unistd.h>

#include "shared/base/clock.h"
#include "shared/crypto/hash.h"
#include "shared/crypto/token.h"
#include "tests/unit/portal/rig.h"
#include "tests/unit/unit.h"

#define DAY (24 * 3600)
#define TOKEN_FORM "label=Laptop&access=all&days=180"

/* Everything that was a secret in some test; none may be in the log. */
static char secrets[64][128];
static size_t n_secrets;

static void
remember(const char *text, size_t n)
{
	assert_true(n_secrets < sizeof(secrets) / sizeof(secrets[0]));
	assert_true(n < sizeof(secrets[0]));
	memcpy(secrets[n_secrets], text, n);
	secrets[n_secrets++][n] = '\0';
}

static int
setup(void **state)
{
	struct rig *r = malloc(sizeof(*r));

	if (r == NULL)
		return -1;
	rig_open(r, true);
	*state = r;
	return 0;
}

static int
teardown(void **state)
{
	int status = rig_close(*state);

	free(*state);
	return status;
}

static void
hash_of(const char *text, size_t n, uint8_t out[HASH_BYTES])
{
	assert_ok(sha256(span_of(text, n), out));
}

/* --- pages for everybody -------------------------------------------------------- */

static void
the_first_page_needs_nobody(void **state)
{
	struct rig *r = *state;

	rig_vault_away(r);
	rig_get(r, "/", false);
	assert_int_equal(r->status, 200);
	assert_int_equal(r->media, MEDIA_HTML);
	assert_int_equal(r->cache, 0);
	assert_true(rig_shows(r, "href=\"/login\""));
	assert_true(rig_shows(r, "Spotify’s terms"));
	assert_true(rig_shows(r, "Development Mode"));
	assert_false(rig_shows(r, "Practice mode"));
	rig_get(r, "/privacy", false);
	assert_int_equal(r->status, 200);
	assert_true(rig_shows(r, "The Listening Room"));
	assert_true(rig_shows(r, "href=\"mailto:desk@tonearm.example\""));
	rig_get(r, "/terms", false);
	assert_int_equal(r->status, 200);
	assert_true(rig_shows(r, "third-party beneficiary"));
}

static void
an_operator_without_name_or_with_a_web_address_is_shown_well(void **state)
{
	struct rig *r = *state;

	r->portal.conf.operator_name = "";
	r->portal.conf.operator_contact = "https://desk.example/?a&b";
	r->portal.conf.sandbox = true;
	rig_get(r, "/privacy", false);
	assert_true(rig_shows(r, "href=\"https://desk.example/?a&amp;b\""));
	assert_true(rig_shows(r, "Practice mode"));
	r->portal.conf.operator_contact = "";
	rig_get(r, "/terms", false);
	assert_false(rig_shows(r, "Questions"));
}

static void
files_have_their_types_and_may_be_kept(void **state)
{
	struct rig *r = *state;

	rig_get(r, "/style.css?v=1", false);
	assert_int_equal(r->status, 200);
	assert_int_equal(r->media, MEDIA_CSS);
	assert_int_equal(r->cache, 1);
	assert_true(rig_shows(r, "--paper"));
	rig_get(r, "/favicon.svg", false);
	assert_int_equal(r->media, MEDIA_SVG);
	rig_get(r, "/robots.txt", false);
	assert_int_equal(r->media, MEDIA_TEXT);
}

static void
pages_have_no_script_and_nothing_from_elsewhere(void **state)
{
	static const char *const targets[] = {"/", "/privacy", "/terms", "/account",
	    "/account/delete", "/nowhere"};
	static const char *const unwanted[] = {"<script", " style=", "<style", " onclick",
	    "<iframe", " src=", "javascript:", "{{", "}}"};
	struct rig *r = *state;
	size_t i, j;

	for (i = 0; i < sizeof(targets) / sizeof(targets[0]); i++) {
		rig_get(r, targets[i], true);
		for (j = 0; j < sizeof(unwanted) / sizeof(unwanted[0]); j++)
			if (rig_shows(r, unwanted[j]))
				fail_msg("%s shows %s", targets[i], unwanted[j]);
		assert_true(rig_shows(r, "<!doctype html>"));
		assert_true(rig_shows(r, "not made,"));
	}
	rig_get(r, "/style.css", false);
	assert_false(rig_shows(r, "url("));
	assert_false(rig_shows(r, "@import"));
}

static void
unknown_addresses_and_wrong_methods_have_a_page(void **state)
{
	const struct ask post = {.method = METHOD_POST, .target = "/", .body = ""};
	const struct ask head = {.method = METHOD_HEAD, .target = "/login"};
	const struct ask get = {.method = METHOD_GET, .target = "/account/link"};
	const struct ask none = {.method = METHOD_OPTIONS, .target = "/"};
	struct rig *r = *state;

	rig_get(r, "/account/../login", false);
	assert_int_equal(r->status, 404);
	rig_get(r, "/%3Cscript%3E?<script>", false);
	assert_int_equal(r->status, 404);
	assert_false(rig_shows(r, "script"));
	rig_ask(r, &post);
	assert_int_equal(r->status, 405);
	rig_ask(r, &head);
	assert_int_equal(r->status, 405);
	rig_ask(r, &get);
	assert_int_equal(r->status, 405);
	rig_ask(r, &none);
	assert_int_equal(r->status, 405);
}

/* --- signing in --------------------------------------------------------------------- */

static void
param(const char *url, const char *name, char *out, size_t room)
{
	const char *p = strstr(url, name);
	size_t n;

	assert_non_null(p);
	p += strlen(name);
	n = strcspn(p, "&");
	assert_true(n < room);
	memcpy(out, p, n);
	out[n] = '\0';
}

static void
sign_in_leads_to_spotify_with_a_bound_state(void **state)
{
	struct rig *r = *state;
	uint8_t hash[HASH_BYTES];
	const char *cookie;
	char value[128];

	rig_get(r, "/login", false);
	assert_int_equal(r->status, 303);
	assert_ptr_equal(strstr(r->location, "https://accounts.spotify.com/authorize?"), r->location);
	assert_non_null(strstr(r->location, "&code_challenge_method=S256&"));
	assert_non_null(strstr(r->location, "&client_id=0123456789abcdef0123456789abcdef&"));
	assert_non_null(strstr(r->location,
	    "&redirect_uri=https%3A%2F%2Ftonearm.example%2Fcallback&"));
	assert_non_null(strstr(r->location, "&scope=playlist-read-private%20"));
	assert_null(strstr(r->location, "show_dialog"));
	param(r->location, "&state=", value, sizeof(value));
	assert_int_equal(strlen(value), 43);
	hash_of(value, 43, hash);
	assert_memory_equal(hash, r->login_begin.state, HASH_BYTES);
	cookie = rig_cookie(r, "__Secure-tonearm_login");
	assert_non_null(cookie);
	remember(cookie, 43);
	remember(value, 43);
	hash_of(cookie, 43, hash);
	assert_memory_equal(hash, r->login_begin.cookie, HASH_BYTES);
	assert_string_equal(cookie + 43,
	    "; Path=/callback; Max-Age=600; HttpOnly; SameSite=Lax; Secure");
	/* The cookie itself stays between browser and portal. */
	memcpy(value, cookie, 43);
	assert_null(strstr(r->location, value));
	rig_get(r, "/login?switch=1", false);
	assert_non_null(strstr(r->location, "&show_dialog=true"));
}

static void
without_https_cookies_have_plain_names(void **state)
{
	struct rig r;

	(void)state;
	rig_open(&r, false);
	rig_get(&r, "/login", false);
	assert_non_null(rig_cookie(&r, "tonearm_login"));
	assert_null(strstr(r.cookie1, "Secure"));
	rig_get(&r, "/account", true);
	assert_int_equal(r.status, 200);
	assert_int_equal(rig_close(&r), 0);
}

#define LOGIN_COOKIE "bG9naW4tY29va2llLW9mLXRoZS10ZXN0LTAwMDAwMDA"
#define CALLBACK "/callback?code=AQsecretCode%2D1&state=c29tZS1zdGF0ZQ"

static void
callback(struct rig *r, const char *target, const char *cookie)
{
	const struct ask a = {.method = METHOD_GET, .target = target, .cookie = cookie,
	    .fetch_site = "cross-site"};

	rig_ask(r, &a);
}

static void
coming_back_opens_a_session(void **state)
{
	struct rig *r = *state;
	uint8_t hash[HASH_BYTES];
	const char *cookie;

	callback(r, CALLBACK, "__Secure-tonearm_login=" LOGIN_COOKIE);
	assert_int_equal(r->status, 303);
	assert_string_equal(r->location, "/account");
	assert_string_equal(r->code, "AQsecretCode-1");
	remember("AQsecretCode", 12);
	hash_of("c29tZS1zdGF0ZQ", 14, hash);
	assert_memory_equal(hash, r->login_finish.state, HASH_BYTES);
	hash_of(LOGIN_COOKIE, 43, hash);
	assert_memory_equal(hash, r->login_finish.cookie, HASH_BYTES);
	cookie = rig_cookie(r, "__Host-tonearm_session");
	assert_non_null(cookie);
	remember(cookie, 43);
	hash_of(cookie, 43, hash);
	assert_memory_equal(hash, r->login_finish.session, HASH_BYTES);
	assert_string_equal(cookie + 43,
	    "; Path=/; Max-Age=2592000; HttpOnly; SameSite=Lax; Secure");
	cookie = rig_cookie(r, "__Secure-tonearm_login");
	assert_non_null(cookie);
	assert_non_null(strstr(cookie, "Max-Age=0"));
	assert_int_equal(r->questions, 1);
}

static void
the_session_before_is_ended(void **state)
{
	struct rig *r = *state;
	uint8_t hash[HASH_BYTES];
	char cookie[256];

	(void)snprintf(cookie, sizeof(cookie),
	    "__Secure-tonearm_login=" LOGIN_COOKIE "; __Host-tonearm_session=%s", rig_session);
	callback(r, CALLBACK, cookie);
	assert_int_equal(r->status, 303);
	assert_int_equal(r->questions, 2);
	assert_int_equal(r->asked[1], MSG_SESSION_END);
	hash_of(rig_session, 43, hash);
	assert_memory_equal(hash, r->session_end.session, HASH_BYTES);
}

static void
a_callback_without_this_browsers_cookie_is_refused(void **state)
{
	struct rig *r = *state;

	callback(r, CALLBACK, NULL);
	assert_int_equal(r->status, 400);
	assert_int_equal(r->questions, 0);
	assert_null(rig_cookie(r, "__Host-tonearm_session"));
	assert_true(rig_shows(r, "does not fit"));
	callback(r, CALLBACK, "__Secure-tonearm_login=short");
	assert_int_equal(r->status, 400);
	callback(r, CALLBACK, "__Secure-tonearm_login=" LOGIN_COOKIE
	    "; __Secure-tonearm_login=" LOGIN_COOKIE);
	assert_int_equal(r->status, 400);
	assert_int_equal(r->questions, 0);
}

static void
a_malformed_callback_is_refused(void **state)
{
	static const char *const bad[] = {"/callback", "/callback?code=x", "/callback?state=x",
	    "/callback?code=x&state=%zz", "/callback?code=x&error=y&state=z",
	    "/callback?code=x&code=y&state=z", "/callback?code=x&state=z&state=z"};
	struct rig *r = *state;
	size_t i;

	for (i = 0; i < sizeof(bad) / sizeof(bad[0]); i++) {
		callback(r, bad[i], "__Secure-tonearm_login=" LOGIN_COOKIE);
		assert_int_equal(r->status, 400);
		assert_int_equal(r->questions, 0);
	}
}

static void
saying_no_at_spotify_is_no_error(void **state)
{
	struct rig *r = *state;

	callback(r, "/callback?error=access_denied&state=x",
	    "__Secure-tonearm_login=" LOGIN_COOKIE);
	assert_int_equal(r->status, 200);
	assert_int_equal(r->asked[0], MSG_LOGIN_CANCEL);
	assert_true(rig_shows(r, "You said no"));
	assert_non_null(strstr(r->cookie1, "Max-Age=0"));
}

static void
an_error_from_spotify_is_shown_as_text(void **state)
{
	struct rig *r = *state;

	callback(r, "/callback?error=%3Cscript%3Ealert(1)%3C/script%3E&state=x",
	    "__Secure-tonearm_login=" LOGIN_COOKIE);
	assert_int_equal(r->status, 502);
	assert_true(rig_shows(r, "&lt;script&gt;alert(1)&lt;/script&gt;"));
	assert_false(rig_shows(r, "<script"));
}

static void
every_way_a_sign_in_can_fail_has_its_page(void **state)
{
	static const struct { uint8_t why; uint16_t status; const char *says; } cases[] = {
		{PORTAL_BAD_STATE, 400, "does not fit"},
		{PORTAL_DENIED, 400, "Spotify refused the sign-in"},
		{PORTAL_NOT_ALLOWED, 403, "href=\"/login?switch=1\""},
		{PORTAL_OWNER_PREMIUM, 502, "Premium"},
		{PORTAL_SPOTIFY_DOWN, 502, "Spotify is not answering"},
		{PORTAL_LIMIT, 429, "as many as there can be"},
		{PORTAL_UNAVAILABLE, 503, "One moment"},
		{99, 500, "broke"},
	};
	struct rig *r = *state;
	size_t i;

	for (i = 0; i < sizeof(cases) / sizeof(cases[0]); i++) {
		r->fail = cases[i].why;
		callback(r, CALLBACK, "__Secure-tonearm_login=" LOGIN_COOKIE);
		assert_int_equal(r->status, cases[i].status);
		assert_true(rig_shows(r, cases[i].says));
		assert_null(rig_cookie(r, "__Host-tonearm_session"));
		assert_non_null(rig_cookie(r, "__Secure-tonearm_login"));
		assert_false(rig_shows(r, "AQsecretCode"));
	}
}

/* --- the account page ----------------------------------------------------------------- */

static void
credential(struct rig *r, uint8_t kind, const char *label, uint32_t scopes, int64_t expires_at)
{
	uint32_t i = r->account.credentials++;

	r->creds[i] = (struct msg_account_cred){.cred_kind = kind, .scopes = scopes,
	    .created_at = 1790000000, .last_used_at = i == 0 ? 0 : clock_wall_s() - 3 * DAY,
	    .expires_at = expires_at, .label = span_str(label)};
	memset(r->creds[i].grant, (int)(0xa0 + i), ID_BYTES);
}

static void
the_account_page_shows_whose_it_is(void **state)
{
	struct rig *r = *state;

	r->account.authorized_at = clock_wall_s() - 20 * DAY;
	credential(r, CRED_LINK, "Personal link", SCOPE_ALL, 0);
	credential(r, CRED_PERSONAL, "Laptop", SCOPE_LIBRARY_READ, clock_wall_s() + DAY);
	credential(r, CRED_PERSONAL, "Old", SCOPE_ALL, clock_wall_s() - DAY);
	credential(r, CRED_OAUTH, "Some client", SCOPE_LIBRARY_WRITE, 0);
	rig_get(r, "/account", true);
	assert_int_equal(r->status, 200);
	assert_int_equal(r->cache, 0);
	assert_true(rig_shows(r, "<bdi>Clara Haskil</bdi>"));
	assert_true(rig_shows(r, "https://open.spotify.com/user/clara.h\""));
	assert_true(rig_shows(r, "Make it anew"));
	assert_true(rig_shows(r, "Laptop"));
	assert_true(rig_shows(r, "Reading only"));
	assert_true(rig_shows(r, "Part of it"));
	assert_true(rig_shows(r, "expired on"));
	assert_true(rig_shows(r, "3 days ago"));
	assert_true(rig_shows(r, "Some client"));
	assert_true(rig_shows(r, "value=\"a1a1a1a1a1a1a1a1a1a1a1a1a1a1a1a1\""));
	assert_true(rig_shows(r, "asleep"));
	assert_false(rig_shows(r, "class=\"notice"));
	r->account.live_worker = 1;
	rig_get(r, "/account", true);
	assert_true(rig_shows(r, "running"));
	assert_false(rig_shows(r, rig_session));
	remember(rig_session, 43);
}

static void
names_and_labels_cannot_become_markup(void **state)
{
	struct rig *r = *state;

	r->account.display_name = span_str("<img src=x onerror=alert(1)>");
	r->account.spotify_id = span_str("\"><script>/../");
	credential(r, CRED_PERSONAL, "\"><b onmouseover=\"x", SCOPE_ALL, 0);
	rig_get(r, "/account", true);
	assert_int_equal(r->status, 200);
	assert_false(rig_shows(r, "<img"));
	assert_false(rig_shows(r, "<script"));
	assert_false(rig_shows(r, "<b onm"));
	assert_true(rig_shows(r, "&lt;img src=x"));
	assert_true(rig_shows(r, "aria-label=\"Revoke &quot;&gt;&lt;b onmouseover=&quot;x\""));
	assert_true(rig_shows(r, "/user/%22%3E%3Cscript%3E%2F..%2F\""));
	rig_get(r, "/account/delete", true);
	assert_false(rig_shows(r, "<img"));
}

static void
the_end_of_the_permission_is_announced(void **state)
{
	struct rig *r = *state;

	r->account.authorized_at = clock_wall_s() - 175 * DAY;
	rig_get(r, "/account", true);
	assert_true(rig_shows(r, "Your permission at Spotify ends on"));
	r->account.authorized_at = clock_wall_s() - 190 * DAY;
	rig_get(r, "/account", true);
	assert_true(rig_shows(r, "Your permission at Spotify ended on"));
	r->account.authorized_at = clock_wall_s() - 150 * DAY;
	rig_get(r, "/account", true);
	assert_false(rig_shows(r, "Your permission at Spotify end"));
}

static void
more_credentials_than_a_page_holds_do_no_harm(void **state)
{
	struct rig *r = *state;
	unsigned i;

	for (i = 0; i < RIG_CREDS_MAX; i++)
		credential(r, CRED_PERSONAL, "Laptop", SCOPE_ALL, 0);
	rig_get(r, "/account", true);
	assert_int_equal(r->status, 200);
}

static void
strangers_are_asked_to_sign_in(void **state)
{
	const struct ask odd = {.method = METHOD_GET, .target = "/account",
	    .cookie = "__Host-tonearm_session=rubbish"};
	struct rig *r = *state;

	rig_get(r, "/account", false);
	assert_int_equal(r->status, 403);
	assert_int_equal(r->questions, 0);
	assert_true(rig_shows(r, "href=\"/login\""));
	rig_ask(r, &odd);
	assert_int_equal(r->status, 403);
	assert_int_equal(r->questions, 0);
	r->fail = PORTAL_NO_SESSION;
	rig_get(r, "/account", true);
	assert_int_equal(r->status, 403);
	assert_non_null(strstr(rig_cookie(r, "__Host-tonearm_session"), "Max-Age=0"));
	assert_true(rig_shows(r, ">Sign in</a>"));
}

/* --- making and revoking ----------------------------------------------------------------- */

/* The first token of this prefix in the page. */
static void
shown_token(const struct rig *r, const char *prefix, char out[TOKEN_CHARS + 1])
{
	const char *p = strstr(buf_cstr(&r->body), prefix);

	assert_non_null(p);
	memcpy(out, p, TOKEN_CHARS);
	out[TOKEN_CHARS] = '\0';
	remember(out, TOKEN_CHARS);
}

static void
a_token_is_shown_once_and_stored_as_hash(void **state)
{
	struct rig *r = *state;
	enum cred_kind kind = CRED_NONE;
	char token[TOKEN_CHARS + 1], text[300];
	uint8_t hash[HASH_BYTES];

	rig_post(r, "/account/token", "label=+Bj%C3%B6rk's+laptop+&access=all&days=30");
	assert_int_equal(r->status, 200);
	assert_int_equal(r->cache, 0);
	assert_string_equal(r->location, "");
	shown_token(r, "tonearm_pt_", token);
	assert_ok(token_check(span_str(token), r->portal.check_key, &kind));
	assert_int_equal(kind, CRED_PERSONAL);
	hash_of(token, TOKEN_CHARS, hash);
	assert_memory_equal(hash, r->cred_new.hash, HASH_BYTES);
	assert_int_equal(r->cred_new.cred_kind, CRED_PERSONAL);
	assert_int_equal(r->cred_new.scopes, SCOPE_ALL);
	assert_in_range(r->cred_new.expires_at, clock_wall_s() + 29 * DAY, clock_wall_s() + 31 * DAY);
	assert_string_equal(r->label, "Bj\xc3\xb6rk's laptop");
	hash_of(rig_session, 43, hash);
	assert_memory_equal(hash, r->cred_new.session, HASH_BYTES);
	(void)snprintf(text, sizeof(text), "claude mcp add --transport http tonearm "
	    "https://tonearm.example/mcp <span class=\"keep\">--header</span> "
	    "\"Authorization: Bearer %s\"", token);
	assert_true(rig_shows(r, text));
	assert_true(rig_shows(r, "mcp-remote"));
	assert_true(rig_shows(r, "@modelcontextprotocol/inspector"));
	rig_get(r, "/account", true);
	assert_false(rig_shows(r, token));
}

static void
a_link_is_shown_once_and_replaces_the_other(void **state)
{
	struct rig *r = *state;
	enum cred_kind kind = CRED_NONE;
	char token[TOKEN_CHARS + 1], text[300];

	rig_post(r, "/account/link", "access=read");
	assert_int_equal(r->status, 200);
	shown_token(r, "tonearm_pl_", token);
	assert_ok(token_check(span_str(token), r->portal.check_key, &kind));
	assert_int_equal(kind, CRED_LINK);
	assert_int_equal(r->cred_new.cred_kind, CRED_LINK);
	assert_int_equal(r->cred_new.expires_at, 0);
	assert_int_equal(r->cred_new.scopes & (SCOPE_LIBRARY_WRITE | SCOPE_PLAYLISTS_WRITE |
	    SCOPE_PLAYBACK_CONTROL), 0);
	(void)snprintf(text, sizeof(text), "https://tonearm.example/claude-mcp?token=%s", token);
	assert_true(rig_shows(r, text));
	assert_true(rig_shows(r, "for reading only"));
	assert_null(strstr(r->location, "tonearm_pl_"));
	assert_null(strstr(r->cookie1, "tonearm_pl_"));
}

static void
links_can_be_switched_off_by_the_operator(void **state)
{
	struct rig *r = *state;

	r->portal.conf.links = false;
	rig_get(r, "/account", true);
	assert_false(rig_shows(r, "Personal link"));
	rig_post(r, "/account/link", "access=all");
	assert_int_equal(r->status, 404);
	assert_int_equal(r->questions, 0);
}

static void
an_old_sign_in_must_be_renewed_first(void **state)
{
	struct rig *r = *state;

	r->fail_new = PORTAL_STALE;
	rig_post(r, "/account/token", TOKEN_FORM);
	assert_int_equal(r->status, 403);
	assert_true(rig_shows(r, "href=\"/login\""));
	assert_false(rig_shows(r, "tonearm_pt_"));
	r->fail_new = PORTAL_LIMIT;
	rig_post(r, "/account/link", "access=all");
	assert_int_equal(r->status, 429);
	assert_false(rig_shows(r, "tonearm_pl_"));
}

static void
wrong_fields_make_nothing(void **state)
{
	static const char *const bad[] = {"", "access=all&days=30", "label=x&access=all",
	    "label=x&access=root&days=30", "label=x&access=all&days=31", "label=%FF&access=all&days=30",
	    "label=a%0Ab&access=all&days=30", "label=x&label=y&access=all&days=30",
	    "label=aaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaa"
	    "&access=all&days=30"};
	struct rig *r = *state;
	size_t i;

	for (i = 0; i < sizeof(bad) / sizeof(bad[0]); i++) {
		rig_post(r, "/account/token", bad[i]);
		assert_int_equal(r->status, 400);
		assert_int_equal(r->questions, 0);
	}
	rig_post(r, "/account/revoke", "kind=token&grant=12");
	assert_int_equal(r->status, 400);
	rig_post(r, "/account/revoke", "kind=token&grant=zza1a1a1a1a1a1a1a1a1a1a1a1a1a1a1");
	assert_int_equal(r->status, 400);
}

static void
revoking_says_so_once(void **state)
{
	struct ask again = {.method = METHOD_GET, .target = "/account"};
	char cookie[200];
	struct rig *r = *state;

	rig_post(r, "/account/revoke", "kind=token&grant=00112233445566778899aabbccddeeff");
	assert_int_equal(r->status, 303);
	assert_string_equal(r->location, "/account");
	assert_int_equal(r->cred_revoke.grant[0], 0x00);
	assert_int_equal(r->cred_revoke.grant[1], 0x11);
	assert_int_equal(r->cred_revoke.grant[15], 0xff);
	assert_non_null(rig_cookie(r, "tonearm_notice"));
	(void)snprintf(cookie, sizeof(cookie), "__Host-tonearm_session=%s; tonearm_notice=%c",
	    rig_session, *rig_cookie(r, "tonearm_notice"));
	again.cookie = cookie;
	rig_ask(r, &again);
	assert_true(rig_shows(r, "The token is revoked"));
	assert_non_null(strstr(rig_cookie(r, "tonearm_notice"), "Max-Age=0"));
	r->fail = PORTAL_NOT_FOUND;
	rig_post(r, "/account/revoke", "kind=link&grant=00112233445566778899aabbccddeeff");
	assert_int_equal(r->status, 404);
}

static void
leaving_takes_the_cookie_back(void **state)
{
	struct rig *r = *state;

	rig_post(r, "/account/sign-out", "");
	assert_int_equal(r->status, 303);
	assert_string_equal(r->location, "/");
	assert_non_null(strstr(rig_cookie(r, "__Host-tonearm_session"), "Max-Age=0"));
	r->fail = PORTAL_NO_SESSION;
	rig_post(r, "/account/sign-out", "");
	assert_int_equal(r->status, 303);
	r->fail = PORTAL_UNAVAILABLE;
	rig_post(r, "/account/sign-out", "");
	assert_int_equal(r->status, 503);
	assert_null(rig_cookie(r, "__Host-tonearm_session"));
}

static void
deletion_asks_first(void **state)
{
	struct rig *r = *state;

	rig_get(r, "/account/delete", true);
	assert_int_equal(r->status, 200);
	assert_true(rig_shows(r, "https://www.spotify.com/account/apps/"));
	rig_post(r, "/account/delete", "");
	assert_int_equal(r->status, 400);
	assert_int_equal(r->questions, 0);
	rig_post(r, "/account/delete", "sure=yes");
	assert_int_equal(r->status, 200);
	assert_int_equal(r->asked[0], MSG_ACCOUNT_DELETE);
	assert_true(rig_shows(r, "Everything is deleted"));
	assert_true(rig_shows(r, "https://www.spotify.com/account/apps/"));
	assert_true(rig_shows(r, ">Sign in</a>"));
	assert_non_null(strstr(rig_cookie(r, "__Host-tonearm_session"), "Max-Age=0"));
}

/* --- forms that are not ours --------------------------------------------------------------- */

static void
a_form_from_elsewhere_does_nothing(void **state)
{
	struct rig *r = *state;
	char cookie[100];
	struct ask a = {.method = METHOD_POST, .target = "/account/token", .cookie = cookie,
	    .content_type = "application/x-www-form-urlencoded", .body = TOKEN_FORM,
	    .origin = "https://tonearm.example", .fetch_site = "same-origin"};

	(void)snprintf(cookie, sizeof(cookie), "__Host-tonearm_session=%s", rig_session);
	rig_ask(r, &a);                         /* no csrf field */
	assert_int_equal(r->status, 403);
	assert_true(rig_shows(r, "expired"));
	a.body = "csrf=AAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAA&" TOKEN_FORM;
	rig_ask(r, &a);
	assert_int_equal(r->status, 403);
	a.origin = "https://evil.example";
	a.fetch_site = "cross-site";
	rig_ask(r, &a);
	assert_int_equal(r->status, 403);
	assert_true(rig_shows(r, "did not come from here"));
	a.origin = a.fetch_site = NULL;
	rig_ask(r, &a);
	assert_int_equal(r->status, 403);
	a.origin = "https://tonearm.example";
	a.content_type = "text/plain";
	rig_ask(r, &a);
	assert_int_equal(r->status, 400);
	a.cookie = NULL;
	rig_ask(r, &a);
	assert_int_equal(r->status, 403);
	assert_int_equal(r->questions, 0);
}

static void
a_form_that_is_too_long_is_refused(void **state)
{
	static char big[FRAME_BODY_MAX + 40000];
	struct rig *r = *state;
	char cookie[100];
	struct ask a = {.method = METHOD_POST, .target = "/account/token", .cookie = cookie,
	    .content_type = "application/x-www-form-urlencoded", .body = big,
	    .origin = "https://tonearm.example"};

	(void)snprintf(cookie, sizeof(cookie), "__Host-tonearm_session=%s", rig_session);
	memset(big, 'a', sizeof(big) - 1);
	rig_ask(r, &a);
	assert_int_equal(r->status, 400);
	/* The rest of that form, which comes after the answer, harms nobody. */
	rig_get(r, "/", false);
	assert_int_equal(r->status, 200);
}

/* --- others away ----------------------------------------------------------------------------- */

static void
without_the_vault_there_is_a_calm_page(void **state)
{
	struct rig *r = *state;

	rig_vault_away(r);
	rig_get(r, "/account", true);
	assert_int_equal(r->status, 503);
	assert_in_range(r->retry_after, 1, 60);
	assert_true(rig_shows(r, "One moment"));
	rig_get(r, "/login", false);
	assert_int_equal(r->status, 503);
	rig_vault_back(r);
	rig_get(r, "/account", true);
	assert_int_equal(r->status, 200);
}

static void
who_waited_for_a_vault_that_died_is_told(void **state)
{
	const struct ask a = {.method = METHOD_GET, .target = "/login"};
	struct rig *r = *state;

	r->silent = true;
	rig_ask_only(r, &a);
	assert_false(r->answered);
	rig_vault_away(r);
	rig_wait(r);
	assert_int_equal(r->status, 503);
	assert_int_equal(r->portal.n_pages, 0);
}

static void
the_portal_keeps_nothing_of_a_page(void **state)
{
	struct rig *r = *state;

	rig_get(r, "/account", true);
	rig_post(r, "/account/token", TOKEN_FORM);
	assert_int_equal(r->portal.n_pages, 0);
	assert_null(r->portal.pages);
}

/* --- the log ---------------------------------------------------------------------------------- */

static char log_path[] = "/tmp/tonearm-portal-log-XXXXXX";
static int real_stderr = -1;

static int
log_to_file(void **state)
{
	int fd = mkstemp(log_path);

	(void)state;
	real_stderr = dup(STDERR_FILENO);
	if (fd < 0 || real_stderr < 0 || dup2(fd, STDERR_FILENO) < 0)
		return -1;
	/* cmocka's own words still go where they should. */
	stderr = fdopen(real_stderr, "w");
	return stderr == NULL ? -1 : 0;
}

static void
no_secret_is_in_the_log(void **state)
{
	static char text[1 << 20];
	int fd = open(log_path, O_RDONLY | O_CLOEXEC);
	ssize_t n;
	size_t i;

	(void)state;
	assert_true(fd >= 0);
	n = read(fd, text, sizeof(text) - 1);
	(void)close(fd);
	(void)unlink(log_path);
	assert_true(n > 0);
	/* Proof that the file is the log. */
	assert_non_null(strstr(text, "token_made"));
	assert_true(n_secrets >= 6);
	for (i = 0; i < n_secrets; i++)
		if (strstr(text, secrets[i]) != NULL)
			fail_msg("secret %zu is in the log", i);
}

#define RIGGED(name) cmocka_unit_test_setup_teardown(name, setup, teardown)

int
main(void)
{
	const struct CMUnitTest tests[] = {
		RIGGED(the_first_page_needs_nobody),
		RIGGED(an_operator_without_name_or_with_a_web_address_is_shown_well),
		RIGGED(files_have_their_types_and_may_be_kept),
		RIGGED(pages_have_no_script_and_nothing_from_elsewhere),
		RIGGED(unknown_addresses_and_wrong_methods_have_a_page),
		RIGGED(sign_in_leads_to_spotify_with_a_bound_state),
		cmocka_unit_test(without_https_cookies_have_plain_names),
		RIGGED(coming_back_opens_a_session),
		RIGGED(the_session_before_is_ended),
		RIGGED(a_callback_without_this_browsers_cookie_is_refused),
		RIGGED(a_malformed_callback_is_refused),
		RIGGED(saying_no_at_spotify_is_no_error),
		RIGGED(an_error_from_spotify_is_shown_as_text),
		RIGGED(every_way_a_sign_in_can_fail_has_its_page),
		RIGGED(the_account_page_shows_whose_it_is),
		RIGGED(names_and_labels_cannot_become_markup),
		RIGGED(the_end_of_the_permission_is_announced),
		RIGGED(more_credentials_than_a_page_holds_do_no_harm),
		RIGGED(strangers_are_asked_to_sign_in),
		RIGGED(a_token_is_shown_once_and_stored_as_hash),
		RIGGED(a_link_is_shown_once_and_replaces_the_other),
		RIGGED(links_can_be_switched_off_by_the_operator),
		RIGGED(an_old_sign_in_must_be_renewed_first),
		RIGGED(wrong_fields_make_nothing),
		RIGGED(revoking_says_so_once),
		RIGGED(leaving_takes_the_cookie_back),
		RIGGED(deletion_asks_first),
		RIGGED(a_form_from_elsewhere_does_nothing),
		RIGGED(a_form_that_is_too_long_is_refused),
		RIGGED(without_the_vault_there_is_a_calm_page),
		RIGGED(who_waited_for_a_vault_that_died_is_told),
		RIGGED(the_portal_keeps_nothing_of_a_page),
		cmocka_unit_test(no_secret_is_in_the_log),
	};

	return cmocka_run_group_tests(tests, log_to_file, NULL);
}
