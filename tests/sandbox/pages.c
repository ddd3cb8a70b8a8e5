/* The pages for people: consent, refusal and the overview of all accounts. */
#include "config.h"

#include "pages.h"

#include "player.h"
#include "text.h"

#include <stdlib.h>
#include <string.h>

enum { ACCOUNTS_SHOWN = 24, PLAYLISTS_SHOWN = 4, REFRESH_S = 3 };

static const char style[] =
	":root{color-scheme:light dark;--back:#f6f3ee;--card:#fffdf9;--ink:#26221d;--soft:#6d655b;--line:#e2dbd0;"
	"--mark:#b4532a;--on:#fff}"
	"@media(prefers-color-scheme:dark){:root{--back:#1b1916;--card:#262320;--ink:#f1ece4;--soft:#aaa194;"
	"--line:#3a3631;--mark:#e58a5c;--on:#1b1916}}"
	"*{box-sizing:border-box}body{margin:0;background:var(--back);color:var(--ink);"
	"font:16px/1.5 system-ui,sans-serif}main{max-width:64rem;margin:0 auto;padding:1.5rem}"
	"main.narrow{max-width:34rem}h1{font-size:1.5rem;margin:.2rem 0 1rem}h2{font-size:1.1rem;margin:0}"
	".flag{display:inline-block;background:var(--mark);color:var(--on);border-radius:1rem;padding:.1rem .8rem;"
	"font-weight:600;font-size:.85rem}"
	".card{background:var(--card);border:1px solid var(--line);border-radius:.8rem;padding:1rem;margin:0 0 1rem}"
	".grid{display:grid;gap:1rem;grid-template-columns:repeat(auto-fill,minmax(18rem,1fr))}.grid .card{margin:0}"
	".soft{color:var(--soft);font-size:.9rem}ul{padding-left:1.2rem;margin:.4rem 0}"
	"button{font:inherit;color:inherit;background:var(--card);border:1px solid var(--line);border-radius:.6rem;"
	"padding:.6rem .9rem;width:100%;text-align:left;cursor:pointer;margin:0 0 .5rem}"
	"button:hover,button:focus-visible{border-color:var(--mark);outline:2px solid var(--mark);outline-offset:1px}"
	"button b{display:block}button.plain{text-align:center}"
	"select{font:inherit;width:100%;padding:.5rem;margin:0 0 .5rem}"
	".row{list-style:none;padding:0}.row li{display:inline-block;margin:0 .8rem 0 0}p{margin:.5rem 0}"
	"progress{width:100%;height:.5rem;accent-color:var(--mark)}.title{font-weight:600;margin:.4rem 0 0}";

static void begin(struct text *page, const char *title, const char *head, const char *main_class)
{
	text_addf(page, "<!doctype html><html lang=\"en\"><head><meta charset=\"utf-8\">"
			"<meta name=\"viewport\" content=\"width=device-width,initial-scale=1\">"
			"<title>%s</title>%s<style>%s</style></head><body><main class=\"%s\">"
			"<p><span class=\"flag\">Sandbox: not Spotify</span></p>",
		  title, head, style, main_class);
}

static void finish(struct request *r, unsigned status, struct text *page)
{
	text_add(page, "</main></body></html>");
	answer_html(r, status, page->data);
	text_free(page);
}

void pages_refusal(struct request *r, const char *message)
{
	struct text page = { 0 };
	begin(&page, "Sandbox: request refused", "", "narrow");
	text_add(&page, "<h1>This request was refused</h1><div class=\"card\"><p>");
	text_add_html(&page, message);
	text_add(&page, "</p><p class=\"soft\">Spotify shows such mistakes to the person and never sends "
			"them back to the application. Check the client id and the exact redirect address.</p></div>");
	finish(r, 400, &page);
}

/* Everything of the authorization request goes along as hidden fields. */
static void add_hidden(struct text *page, const struct params *query)
{
	static const char *const names[] = { "client_id", "response_type", "redirect_uri", "scope",
					     "state", "code_challenge", "code_challenge_method" };
	for (size_t i = 0; i < sizeof names / sizeof names[0]; i++) {
		const char *value = params_get(query, names[i]);
		if (value == NULL)
			continue;
		text_addf(page, "<input type=\"hidden\" name=\"%s\" value=\"", names[i]);
		text_add_html(page, value);
		text_add(page, "\">");
	}
}

static void add_scopes(struct text *page, const char *scope)
{
	if (*scope == '\0') {
		text_add(page, "<p>It asks for nothing but to know who you are.</p>");
		return;
	}
	text_add(page, "<p>It asks for these permissions, all or none:</p><ul class=\"row\">");
	while (*scope != '\0') {
		size_t n = strcspn(scope, " ");
		char *one = text_must(strndup(scope, n));
		if (n > 0) {
			text_add(page, "<li><code>");
			text_add_html(page, one);
			text_add(page, "</code></li>");
		}
		free(one);
		scope += n;
		scope += strspn(scope, " ");
	}
	text_add(page, "</ul>");
}

static void add_account_button(struct text *page, js *user, bool last)
{
	text_add(page, "<button type=\"submit\" name=\"user\" value=\"");
	text_add_html(page, js_str(user, "id"));
	text_add(page, "\"><b>");
	text_add_html(page, js_str(user, "display_name"));
	text_add(page, last ? " (chosen last time)</b><span class=\"soft\">" : "</b><span class=\"soft\">");
	text_add_html(page, js_str(user, "about"));
	text_add(page, "</span></button>");
}

static void add_accounts(struct text *page, const struct request *r, const char *account)
{
	size_t shown = 0;
	if (account != NULL)
		add_account_button(page, state_user(r->box, account), true);
	json_object_object_foreach(js_get(r->box->doc, "users"), id, user) {
		if (account != NULL && strcmp(id, account) == 0)
			continue;
		if (++shown <= ACCOUNTS_SHOWN)
			add_account_button(page, user, false);
	}
	if (shown > ACCOUNTS_SHOWN)
		text_addf(page, "<p class=\"soft\">and %zu more made for tests</p>", shown - ACCOUNTS_SHOWN);
}

void pages_authorize(struct request *r, js *app, const char *scope, const char *account)
{
	struct text page = { 0 };
	begin(&page, "Sandbox: choose an account", "", "narrow");
	text_add(&page, "<h1>Connect an account</h1><div class=\"card\"><p><b>");
	text_add_html(&page, js_str(app, "name"));
	text_add(&page, "</b> would like to use one of the invented accounts of this sandbox. "
			"No real account is involved.</p>");
	add_scopes(&page, scope);
	text_add(&page, "</div><form method=\"post\" action=\"/authorize/decide\">");
	add_hidden(&page, &r->query);
	text_add(&page, "<h2>Agree and connect as</h2><br>");
	add_accounts(&page, r, account);
	/* A form of its own: whoever fills in every field of a form must not cancel by accident. */
	text_add(&page, "</form><form method=\"post\" action=\"/authorize/decide\">");
	add_hidden(&page, &r->query);
	text_add(&page, "<button type=\"submit\" class=\"plain\" name=\"decision\" value=\"cancel\">"
			"Cancel: connect nothing</button></form>");
	finish(r, 200, &page);
}

void pages_login(struct request *r)
{
	struct text page = { 0 };
	begin(&page, "Sandbox: log in", "", "narrow");
	text_add(&page, "<h1>Log in</h1><form method=\"post\" action=\"/authorize/decide\">");
	add_hidden(&page, &r->query);
	add_accounts(&page, r, NULL);
	text_add(&page, "</form>");
	finish(r, 200, &page);
}

/* --- overview --- */

static void add_media_name(struct text *page, const struct catalogue *c, const char *uri)
{
	enum kind kind;
	size_t i;
	if (uri == NULL || !catalogue_find_uri(c, uri, &kind, &i)) {
		text_add(page, "<p class=\"title\">Something from far away</p>");
		return;
	}
	const char *name = kind == KIND_TRACK	  ? c->tracks[i].name
			   : kind == KIND_CHAPTER ? c->chapters[i].name
						  : c->episodes[i].name;
	const char *by = kind == KIND_TRACK	? c->artists[catalogue_track_artist(c, i)].name
			 : kind == KIND_CHAPTER ? c->books[c->chapters[i].book].name
						: c->shows[c->episodes[i].show].name;
	text_add(page, "<p class=\"title\">");
	text_add_html(page, name);
	text_add(page, "</p><p class=\"soft\">");
	text_add_html(page, by);
	text_add(page, "</p>");
}

static void add_clock(struct text *page, int64_t ms)
{
	text_addf(page, "%lld:%02lld", (long long)(ms / 60000), (long long)(ms / 1000 % 60));
}

static void add_now_playing(struct text *page, struct request *r, js *user)
{
	js *p = player_settle(r->box, user);
	js *device = player_device(user, NULL);
	const char *uri = js_str(p, "current");
	int64_t at = js_int(p, "progress_ms", 0);
	if (device == NULL || uri == NULL) {
		text_add(page, js_len(js_get(p, "devices")) == 0 ? "<p class=\"soft\">No device anywhere</p>"
								 : "<p class=\"soft\">Silence: no device is active</p>");
		return;
	}
	uint32_t length = catalogue_duration(r->box->catalogue, uri);
	add_media_name(page, r->box->catalogue, uri);
	text_addf(page, "<progress max=\"%u\" value=\"%lld\"></progress><p class=\"soft\">", length, (long long)at);
	text_add(page, js_bool(p, "playing", false) ? "&#9654; " : "&#10074;&#10074; ");
	add_clock(page, at);
	text_add(page, " of ");
	add_clock(page, length);
	text_add(page, " on ");
	text_add_html(page, js_str(device, "name"));
	if (js_len(js_get(p, "queue")) > 0)
		text_addf(page, ", %zu queued", js_len(js_get(p, "queue")));
	text_add(page, "</p>");
}

static void add_playlists(struct text *page, const struct request *r, js *user)
{
	js *ids = js_get(user, "playlists");
	text_addf(page, "<p class=\"soft\">Playlists: %zu, liked tracks: %zu</p><ul>", js_len(ids),
		  js_len(js_get(user, "tracks")));
	for (size_t i = 0; i < js_len(ids) && i < PLAYLISTS_SHOWN; i++) {
		js *playlist = state_playlist(r->box, js_at_str(ids, i));
		if (playlist == NULL)
			continue;
		text_add(page, "<li>");
		text_add_html(page, js_str(playlist, "name"));
		text_addf(page, " <span class=\"soft\">(%zu)</span></li>", js_len(js_get(playlist, "entries")));
	}
	text_add(page, "</ul>");
}

void pages_overview(struct request *r)
{
	struct text page = { 0 };
	char *refresh = text_format("<meta http-equiv=\"refresh\" content=\"%d\">", REFRESH_S);
	size_t shown = 0;
	size_t total = 0;
	begin(&page, "Sandbox: what is playing", refresh, "wide");
	text_add(&page, "<h1>What is playing in the sandbox</h1><div class=\"grid\">");
	json_object_object_foreach(js_get(r->box->doc, "users"), id, user) {
		(void)id;
		if (++total > ACCOUNTS_SHOWN)
			continue;
		shown++;
		text_add(&page, "<section class=\"card\"><h2>");
		text_add_html(&page, js_str(user, "display_name"));
		text_add(&page, "</h2>");
		add_now_playing(&page, r, user);
		add_playlists(&page, r, user);
		text_add(&page, "</section>");
	}
	text_addf(&page, "</div><p class=\"soft\">%zu of %zu accounts. All music and people here are invented. "
			 "The page renews itself every %d seconds.</p>",
		  shown, total, REFRESH_S);
	free(refresh);
	finish(r, 200, &page);
}
