/* What a signed-in browser sees and does, and what forms must prove. */
#include "config.h"

#include <stdio.h>
#include <string.h>

#include "shared/base/clock.h"
#include "shared/crypto/token.h"
#include "tests/unit/portal/rig.h"
#include "tests/unit/unit.h"

#define DAY (24 * 3600)
#define TOKEN_FORM "label=Laptop&" RIG_ALL "&days=180"

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
	assert_true(rig_shows(r, "Replace it by a new one"));
	assert_true(rig_shows(r, "Laptop"));
	assert_true(rig_shows(r, "Sees what you have saved."));
	assert_true(rig_shows(r, "May do everything"));
	assert_true(rig_shows(r, "Sees what you have saved; changes what you have saved."));
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
	rig_secret(rig_session, 43);
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
what_spotify_and_the_application_allow_is_said(void **state)
{
	struct rig *r = *state;

	r->account.spotify_scopes = span_str("user-read-private playlist-read-private "
	    "playlist-read-collaborative user-modify-playback-state");
	rig_get(r, "/account", true);
	assert_true(rig_shows(r, "<li class=\"yes\">See your playlists</li>"));
	assert_true(rig_shows(r, "<li>Change your playlists<span class=\"soft\">: not allowed so far"));
	assert_true(rig_shows(r, "href=\"/login?scopes=all\""));
	assert_true(rig_shows(r, "You use the application of <bdi>The Listening Room</bdi>."));
	assert_true(rig_shows(r, "Only five people can use it"));
	r->account.mode = 1;
	r->account.app = APP_OWN;
	r->account.client_id = span_str("0123456789abcdef0123456789abcdef");
	r->account.spotify_scopes = span_str("user-read-private user-library-read user-follow-read "
	    "user-read-playback-position user-library-modify user-follow-modify playlist-read-private "
	    "playlist-read-collaborative playlist-modify-public playlist-modify-private "
	    "ugc-image-upload user-read-playback-state user-read-currently-playing "
	    "user-modify-playback-state user-top-read user-read-recently-played");
	rig_get(r, "/account", true);
	assert_false(rig_shows(r, "/login?scopes=all"));
	assert_true(rig_shows(r, "an application of your own: <code>0123456789abcdef"));
	assert_false(rig_shows(r, "Only five people"));
	assert_true(rig_shows(r, "granted it extended access"));
	r->account.app = APP_GUEST;
	rig_get(r, "/account", true);
	assert_true(rig_shows(r, "somebody shares with you"));
}

static void
what_is_left_today_is_shown(void **state)
{
	struct rig *r = *state;

	rig_get(r, "/account", true);
	assert_true(rig_shows(r, "Not known at the moment"));
	r->n_quota = 3;
	r->quota[0] = (struct msg_quota){.family = SP_FAMILY_PROFILE, .allowed = 500};
	r->quota[1] = (struct msg_quota){.family = SP_FAMILY_SEARCH, .used = 488, .allowed = 500};
	r->quota[2] = (struct msg_quota){.family = SP_FAMILY_PLAYLISTS, .used = 700, .allowed = 500,
	    .until = clock_wall_s() + 2 * DAY, .last = 1};
	rig_get(r, "/account", true);
	assert_int_equal(r->status, 200);
	assert_true(rig_shows(r, "<dt>search</dt>"));
	assert_true(rig_shows(r, "<strong>12</strong> of 500 left</dd>"));
	assert_true(rig_shows(r, "<strong>0</strong> of 500 left <span class=\"bad-text\">Closed until "));
	assert_false(rig_shows(r, "<dt>profile</dt>"));
	assert_true(rig_shows(r, "at most 500 requests of a kind"));
	r->account.mode = 1;
	r->quota[1].allowed = 0;
	r->quota[0].allowed = r->quota[2].allowed = 0;
	rig_get(r, "/account", true);
	assert_true(rig_shows(r, "<strong>488</strong> requests in the last 24 hours</dd>"));
	assert_false(rig_shows(r, "at most"));
	/* Without an answer the page is there all the same. */
	r->fail_type = MSG_QUOTA_GET;
	r->fail_typed = PORTAL_UNAVAILABLE;
	rig_get(r, "/account", true);
	assert_int_equal(r->status, 200);
	assert_true(rig_shows(r, "Not known at the moment"));
}

static void
connected_clients_are_shown_with_what_they_may_do(void **state)
{
	struct rig *r = *state;

	rig_get(r, "/account", true);
	assert_true(rig_shows(r, "None yet."));
	assert_false(rig_shows(r, "Revoke all of them"));
	credential(r, CRED_OAUTH, "Claude", SCOPE_LIBRARY_READ | SCOPE_PLAYLISTS_WRITE |
	    SCOPE_PLAYBACK_CONTROL | SCOPE_HISTORY_READ, 0);
	r->creds[0].client = span_str("https://claude.ai/oauth/client.json");
	rig_get(r, "/account", true);
	assert_true(rig_shows(r, "Sees what you have saved, your playlists, what is playing and what "
	    "you have listened to; changes your playlists; controls playback."));
	assert_true(rig_shows(r, "<span class=\"host\">claude.ai</span>"));
	assert_true(rig_shows(r, "aria-label=\"Disconnect Claude\""));
	assert_true(rig_shows(r, "Revoke all of them"));
	r->creds[0].scopes = 0;
	rig_get(r, "/account", true);
	assert_true(rig_shows(r, "May search, and nothing else."));
}

static void
the_end_of_the_permission_is_announced(void **state)
{
	struct rig *r = *state;

	r->account.authorized_at = clock_wall_s() - 175 * DAY;
	rig_get(r, "/account", true);
	assert_true(rig_shows(r, "Your sign-in with Spotify ends on"));
	r->account.authorized_at = clock_wall_s() - 190 * DAY;
	rig_get(r, "/account", true);
	assert_true(rig_shows(r, "Your sign-in with Spotify ended on"));
	r->account.authorized_at = clock_wall_s() - 150 * DAY;
	rig_get(r, "/account", true);
	assert_false(rig_shows(r, "Your sign-in with Spotify end"));
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
	rig_secret(out, TOKEN_CHARS);
}

static void
a_token_is_shown_once_and_stored_as_hash(void **state)
{
	struct rig *r = *state;
	enum cred_kind kind = CRED_NONE;
	char token[TOKEN_CHARS + 1], text[300];
	uint8_t hash[HASH_BYTES];

	rig_post(r, "/account/token", "label=+Bj%C3%B6rk's+laptop+&" RIG_ALL "&days=30");
	assert_int_equal(r->status, 200);
	assert_int_equal(r->cache, 0);
	assert_string_equal(r->location, "");
	shown_token(r, "tonearm_pt_", token);
	assert_ok(token_check(span_str(token), r->portal.check_key, &kind));
	assert_int_equal(kind, CRED_PERSONAL);
	rig_hash(token, TOKEN_CHARS, hash);
	assert_memory_equal(hash, r->cred_new.hash, HASH_BYTES);
	assert_int_equal(r->cred_new.cred_kind, CRED_PERSONAL);
	assert_int_equal(r->cred_new.scopes, SCOPE_ALL);
	assert_in_range(r->cred_new.expires_at, clock_wall_s() + 29 * DAY, clock_wall_s() + 31 * DAY);
	assert_string_equal(r->label, "Bj\xc3\xb6rk's laptop");
	rig_hash(rig_session, 43, hash);
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

	rig_post(r, "/account/link", RIG_READING);
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
	assert_true(rig_shows(r, "Sees what you have saved, your playlists, what is playing and what "
	    "you have listened to."));
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
	rig_post(r, "/account/link", RIG_ALL);
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
	rig_post(r, "/account/link", RIG_ALL);
	assert_int_equal(r->status, 429);
	assert_false(rig_shows(r, "tonearm_pl_"));
}

/* The file itself never comes through the portal. */
static void
a_download_is_a_ticket_for_the_persons_worker(void **state)
{
	struct rig *r = *state;
	uint8_t hash[HASH_BYTES];
	enum cred_kind kind;

	rig_post(r, "/account/download", "");
	assert_int_equal(r->status, 0);
	assert_int_equal(r->cred_new.cred_kind, CRED_TICKET);
	assert_int_equal(r->cred_new.scopes, 0);
	assert_true(r->cred_new.expires_at <= clock_wall_s() + 30);
	assert_ok(token_check(span_str(r->ticket), rig_check_key, &kind));
	assert_int_equal(kind, CRED_TICKET);
	assert_ok(token_hash(span_str(r->ticket), hash));
	assert_memory_equal(r->cred_new.hash, hash, HASH_BYTES);
	/* Without a fresh sign-in there is none, but a page that says so. */
	r->ticket[0] = '\0';
	r->fail_new = PORTAL_STALE;
	rig_post(r, "/account/download", "");
	assert_int_equal(r->status, 403);
	assert_true(rig_shows(r, "href=\"/login\""));
	assert_string_equal(r->ticket, "");
}

static void
wrong_fields_make_nothing(void **state)
{
	static const char *const bad[] = {"", RIG_ALL "&days=30", "label=x&" RIG_ALL,
	    "label=x&days=30", "label=x&history:read=no&days=30",
	    "label=x&history:read=yes&history%3Aread=yes&days=30",
	    "label=x&" RIG_ALL "&days=31", "label=%FF&" RIG_ALL "&days=30",
	    "label=a%0Ab&" RIG_ALL "&days=30", "label=x&label=y&" RIG_ALL "&days=30",
	    RIG_ALL "&days=30&label=aaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaa"};
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
	/* All zero stands for all of them, and is not what this button says. */
	rig_post(r, "/account/revoke", "kind=token&grant=00000000000000000000000000000000");
	assert_int_equal(r->status, 400);
	rig_post(r, "/account/revoke", "kind=everything");
	assert_int_equal(r->status, 400);
	assert_int_equal(r->questions, 0);
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
	rig_post(r, "/account/revoke", "kind=all&grant=00112233445566778899aabbccddeeff");
	assert_int_equal(r->status, 303);
	assert_int_equal(r->cred_revoke.grant[15], 0);
	assert_int_equal(*rig_cookie(r, "tonearm_notice"), '4');
	rig_post(r, "/account/revoke", "kind=client&grant=00112233445566778899aabbccddeeff");
	assert_int_equal(*rig_cookie(r, "tonearm_notice"), '3');
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

/* --- the log ---------------------------------------------------------------------------- */

static void
no_secret_is_in_the_log(void **state)
{
	(void)state;
	rig_check_log("token_made", 3);
}

#define RIGGED(name) cmocka_unit_test_setup_teardown(name, rig_setup, rig_teardown)

int
main(void)
{
	const struct CMUnitTest tests[] = {
		RIGGED(the_account_page_shows_whose_it_is),
		RIGGED(names_and_labels_cannot_become_markup),
		RIGGED(what_spotify_and_the_application_allow_is_said),
		RIGGED(what_is_left_today_is_shown),
		RIGGED(connected_clients_are_shown_with_what_they_may_do),
		RIGGED(the_end_of_the_permission_is_announced),
		RIGGED(more_credentials_than_a_page_holds_do_no_harm),
		RIGGED(strangers_are_asked_to_sign_in),
		RIGGED(a_token_is_shown_once_and_stored_as_hash),
		RIGGED(a_link_is_shown_once_and_replaces_the_other),
		RIGGED(links_can_be_switched_off_by_the_operator),
		RIGGED(an_old_sign_in_must_be_renewed_first),
		RIGGED(a_download_is_a_ticket_for_the_persons_worker),
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

	return cmocka_run_group_tests(tests, rig_log_to_file, NULL);
}
