/* The accounts service: authorization page, decision, tokens. Public clients
 * with PKCE only, as the product uses it. Everything that Spotify would show
 * as a page is a page here and never a redirect. */
#include "config.h"

#include "accounts.h"

#include "pages.h"
#include "seed.h"
#include "text.h"

#include <ctype.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

enum { CODE_LIFE_MS = 600000, ACCESS_LIFE_S = 3600, SECRET_LENGTH = 120 };

static const char *const known_scopes[] = {
	"app-remote-control", "streaming", "playlist-read-private", "playlist-read-collaborative",
	"playlist-modify-public", "playlist-modify-private", "user-library-read", "user-library-modify",
	"user-follow-read", "user-follow-modify", "user-top-read", "user-read-recently-played",
	"user-read-playback-position", "user-read-playback-state", "user-read-currently-playing",
	"user-modify-playback-state", "user-read-private", "user-read-email", "ugc-image-upload",
};

/* An authorization request as it stands in a query or a form. */
struct wish {
	js *app;
	const char *client_id;
	const char *redirect_uri;
	const char *scope; /* "" when none */
	const char *state; /* null when none */
	const char *challenge;
	const char *error; /* to be sent back to the client, or null */
};

static bool redirect_registered(js *app, const char *uri)
{
	js *list = js_get(app, "redirects");
	for (size_t i = 0; uri != NULL && i < js_len(list); i++)
		if (strcmp(js_at_str(list, i), uri) == 0)
			return true;
	return false;
}

static bool scopes_known(const char *list)
{
	while (*list != '\0') {
		bool found = false;
		size_t n = strcspn(list, " ");
		for (size_t i = 0; n > 0 && i < sizeof known_scopes / sizeof known_scopes[0]; i++)
			found = found || (strlen(known_scopes[i]) == n && memcmp(known_scopes[i], list, n) == 0);
		if (n > 0 && !found)
			return false;
		list += n;
		list += strspn(list, " ");
	}
	return true;
}

/* What is wrong with the app is shown to people, who have to log in first. */
static void show_wrong(struct request *r, const char *message, bool logged_in)
{
	if (logged_in)
		pages_refusal(r, message);
	else
		pages_login(r);
}

/* Reads and checks; false after answering with a page. */
static bool read_wish(struct request *r, const struct params *p, struct wish *w, bool logged_in)
{
	const char *type = params_get(p, "response_type");
	const char *method = params_get(p, "code_challenge_method");
	w->client_id = params_get(p, "client_id");
	w->app = state_app(r->box, w->client_id);
	w->redirect_uri = params_get(p, "redirect_uri");
	w->scope = params_get(p, "scope") == NULL ? "" : params_get(p, "scope");
	w->state = params_get(p, "state");
	w->challenge = params_get(p, "code_challenge");
	w->error = NULL;
	if (w->app == NULL) {
		show_wrong(r, "INVALID_CLIENT: Invalid client", logged_in);
		return false;
	}
	if (!redirect_registered(w->app, w->redirect_uri)) {
		show_wrong(r, "INVALID_CLIENT: Invalid redirect URI", logged_in);
		return false;
	}
	if (type == NULL || strcmp(type, "code") != 0)
		w->error = "unsupported_response_type";
	else if (method == NULL || strcmp(method, "S256") != 0 || w->challenge == NULL || strlen(w->challenge) != 43)
		w->error = "invalid_request";
	else if (!scopes_known(w->scope))
		w->error = "invalid_scope";
	return true;
}

static void send_back(struct request *r, const struct wish *w, const char *name, const char *value)
{
	struct text to = { 0 };
	text_add(&to, w->redirect_uri);
	text_addf(&to, "%c%s=", strchr(w->redirect_uri, '?') == NULL ? '?' : '&', name);
	text_add_query(&to, value);
	if (w->state != NULL) {
		text_add(&to, "&state=");
		text_add_query(&to, w->state);
	}
	answer_redirect(r, to.data);
	text_free(&to);
}

/* What the user already granted this app: a list of scopes, or null. */
static const char *granted(struct request *r, const char *client_id, const char *user_id)
{
	return js_str(js_get(js_get(r->box->doc, "grants"), client_id), user_id);
}

static bool all_granted(const char *had, const char *wanted)
{
	char word[64];
	if (had == NULL)
		return false;
	while (*wanted != '\0') {
		size_t n = strcspn(wanted, " ");
		if (n >= sizeof word)
			return false;
		memcpy(word, wanted, n);
		word[n] = '\0';
		if (n > 0 && !text_has_word(had, word))
			return false;
		wanted += n;
		wanted += strspn(wanted, " ");
	}
	return true;
}

/* Adds the wanted scopes to what was granted before. */
static void remember_grant(struct request *r, const struct wish *w, const char *user_id)
{
	js *app = js_object_in(js_object_in(r->box->doc, "grants"), w->client_id);
	const char *had = js_str(app, user_id);
	char *both = had == NULL || *had == '\0' ? text_copy(w->scope) : text_format("%s %s", had, w->scope);
	if (!all_granted(had, w->scope))
		js_put_str(app, user_id, both);
	free(both);
}

static void give_code(struct request *r, const struct wish *w, const char *user_id)
{
	js *entry = text_must(json_object_new_object());
	char *code = digest_secret("AC", SECRET_LENGTH);
	remember_grant(r, w, user_id);
	js_put_str(entry, "app", w->client_id);
	js_put_str(entry, "user", user_id);
	js_put_str(entry, "redirect_uri", w->redirect_uri);
	js_put_str(entry, "scope", w->scope);
	js_put_str(entry, "challenge", w->challenge);
	js_put_int(entry, "expires_ms", state_now_ms(r->box) + CODE_LIFE_MS);
	js_put(js_object_in(r->box->doc, "codes"), code, entry);
	state_changed(r->box);
	send_back(r, w, "code", code);
	free(code);
}

/* The account chosen last time in this browser; null when unknown. */
static const char *remembered_account(const struct request *r)
{
	const char *at = r->cookie == NULL ? NULL : strstr(r->cookie, PAGES_COOKIE "=");
	if (at == NULL)
		return NULL;
	char *id = text_must(strndup(at + strlen(PAGES_COOKIE "="), strcspn(at + strlen(PAGES_COOKIE "="), "; ")));
	const char *known = js_str(state_user(r->box, id), "id");
	free(id);
	return known;
}

void accounts_authorize(struct request *r)
{
	struct wish w;
	const char *dialog = params_get(&r->query, "show_dialog");
	const char *account = remembered_account(r);
	const char *at_once = js_str(state_user(r->box, js_str(js_get(r->box->doc, "switches"), "auto_approve")), "id");
	if (!read_wish(r, &r->query, &w, account != NULL || at_once != NULL))
		return;
	if (w.error != NULL) {
		send_back(r, &w, "error", w.error);
		return;
	}
	bool ask = dialog != NULL && strcmp(dialog, "true") == 0;
	if (state_switch(r->box, "auto_deny"))
		send_back(r, &w, "error", "access_denied");
	else if (at_once != NULL)
		give_code(r, &w, at_once);
	else if (!ask && account != NULL && all_granted(granted(r, w.client_id, account), w.scope))
		give_code(r, &w, account);
	else
		pages_authorize(r, w.app, w.scope, account);
}

static void decide(struct request *r, const struct params *form)
{
	struct wish w;
	const char *decision = params_get(form, "decision");
	const char *user = js_str(state_user(r->box, params_get(form, "user")), "id");
	if (!read_wish(r, form, &w, true)) {
		/* Answered. */
	} else if (w.error != NULL) {
		send_back(r, &w, "error", w.error);
	} else if (decision != NULL && strcmp(decision, "cancel") == 0) {
		send_back(r, &w, "error", "access_denied");
	} else if (user == NULL) {
		pages_refusal(r, "No such account in this sandbox");
	} else {
		give_code(r, &w, user);
	}
	/* Whoever chose an account is logged in, whatever came of it. */
	if (user != NULL) {
		char *cookie = text_format(PAGES_COOKIE "=%s; Path=/; HttpOnly; SameSite=Lax", user);
		answer_header(r, "Set-Cookie", cookie);
		free(cookie);
	}
}

static bool read_form(const struct request *r, struct params *form)
{
	if (r->content_type == NULL || !text_begins(r->content_type, "application/x-www-form-urlencoded"))
		return false;
	params_parse(form, r->body == NULL ? "" : r->body, r->length);
	return true;
}

void accounts_decide(struct request *r)
{
	struct params form = { 0 };
	(void)read_form(r, &form);
	decide(r, &form);
	params_free(&form);
}

/* --- tokens --- */

static void refuse(struct request *r, const char *error, const char *description)
{
	js *body = text_must(json_object_new_object());
	js_put_str(body, "error", error);
	if (description != NULL)
		js_put_str(body, "error_description", description);
	free(r->note_outcome);
	r->note_outcome = text_format("%s%s%s", error, description == NULL ? "" : ": ",
				      description == NULL ? "" : description);
	answer_json(r, 400, body);
}

static void note_user(struct request *r, const char *user)
{
	free(r->note_user);
	r->note_user = text_copy(user);
}

static char *new_refresh_token(struct request *r, js *from, int64_t authorized_ms)
{
	js *entry = text_must(json_object_new_object());
	char *token = digest_secret("AQ", SECRET_LENGTH);
	js_put_str(entry, "app", js_str(from, "app"));
	js_put_str(entry, "user", js_str(from, "user"));
	js_put_str(entry, "scope", js_str(from, "scope"));
	js_put_int(entry, "authorized_ms", authorized_ms);
	js_put_bool(entry, "dead", false);
	js_put(js_object_in(r->box->doc, "refresh"), token, entry);
	return token;
}

/* Answers with a new access token and, unless null, that refresh token. */
static void grant_tokens(struct request *r, js *from, const char *refresh)
{
	js *entry = text_must(json_object_new_object());
	js *body = text_must(json_object_new_object());
	char *token = digest_secret("BQ", SECRET_LENGTH);
	js_put_str(entry, "app", js_str(from, "app"));
	js_put_str(entry, "user", js_str(from, "user"));
	js_put_str(entry, "scope", js_str(from, "scope"));
	js_put_int(entry, "expires_ms", state_now_ms(r->box) + INT64_C(1000) * ACCESS_LIFE_S);
	js_put_str(body, "access_token", token);
	js_put_str(body, "token_type", "Bearer");
	js_put_int(body, "expires_in", ACCESS_LIFE_S);
	if (refresh != NULL)
		js_put_str(body, "refresh_token", refresh);
	js_put_str(body, "scope", js_str(from, "scope"));
	note_user(r, js_str(from, "user"));
	js_put(js_object_in(r->box->doc, "access"), token, entry);
	free(token);
	free(r->note_outcome);
	r->note_outcome = text_copy(refresh == NULL ? "ok" : "ok with refresh token");
	state_changed(r->box);
	answer_json(r, 200, body);
	answer_header(r, "Cache-Control", "no-store");
}

js *accounts_sign_in(struct request *r, js *user, const char *client_id, const char *scope)
{
	js *from = text_must(json_object_new_object());
	js *entry = text_must(json_object_new_object());
	js *made = text_must(json_object_new_object());
	char *access = digest_secret("BQ", SECRET_LENGTH);
	js_put_str(from, "app", client_id);
	js_put_str(from, "user", js_str(user, "id"));
	js_put_str(from, "scope", scope);
	char *refresh = new_refresh_token(r, from, state_now_ms(r->box));
	js_put_str(entry, "app", client_id);
	js_put_str(entry, "user", js_str(user, "id"));
	js_put_str(entry, "scope", scope);
	js_put_int(entry, "expires_ms", state_now_ms(r->box) + INT64_C(1000) * ACCESS_LIFE_S);
	js_put(js_object_in(r->box->doc, "access"), access, entry);
	js_put_str(js_object_in(js_object_in(r->box->doc, "grants"), client_id), js_str(user, "id"), scope);
	js_put_str(made, "access", access);
	js_put_str(made, "refresh", refresh);
	js_put_str(made, "scope", scope);
	js_put_int(made, "expires_in", ACCESS_LIFE_S);
	state_changed(r->box);
	free(access);
	free(refresh);
	json_object_put(from);
	return made;
}

bool accounts_scopes_known(const char *list)
{
	return scopes_known(list);
}

static bool verifier_fits(const char *verifier, const char *challenge)
{
	char made[44];
	size_t n = verifier == NULL ? 0 : strlen(verifier);
	if (n < 43 || n > 128)
		return false;
	for (size_t i = 0; i < n; i++)
		if (!isalnum((unsigned char)verifier[i]) && strchr("-._~", verifier[i]) == NULL)
			return false;
	digest_challenge(verifier, made);
	return strcmp(made, challenge) == 0;
}

static void token_for_code(struct request *r, const struct params *form)
{
	const char *code = params_get(form, "code");
	const char *redirect = params_get(form, "redirect_uri");
	const char *verifier = params_get(form, "code_verifier");
	js *codes = js_object_in(r->box->doc, "codes");
	js *entry = code == NULL ? NULL : js_get(codes, code);
	if (entry == NULL || strcmp(js_str(entry, "app"), params_get(form, "client_id")) != 0) {
		refuse(r, "invalid_grant", "Invalid authorization code");
		return;
	}
	/* Whatever comes of it, the code is used up now. */
	json_object_get(entry);
	json_object_object_del(codes, code);
	state_changed(r->box);
	note_user(r, js_str(entry, "user"));
	if (js_int(entry, "expires_ms", 0) <= state_now_ms(r->box)) {
		refuse(r, "invalid_grant", "Authorization code expired");
	} else if (redirect == NULL || strcmp(redirect, js_str(entry, "redirect_uri")) != 0) {
		refuse(r, "invalid_grant", "Invalid redirect URI");
	} else if (verifier == NULL) {
		refuse(r, "invalid_request", "code_verifier required");
	} else if (!verifier_fits(verifier, js_str(entry, "challenge"))) {
		refuse(r, "invalid_grant", "code_verifier was incorrect");
	} else {
		char *refresh = new_refresh_token(r, entry, state_now_ms(r->box));
		grant_tokens(r, entry, refresh);
		free(refresh);
	}
	json_object_put(entry);
}

static void token_for_refresh(struct request *r, const struct params *form)
{
	const char *token = params_get(form, "refresh_token");
	js *entry = token == NULL ? NULL : js_get(js_get(r->box->doc, "refresh"), token);
	if (entry == NULL || strcmp(js_str(entry, "app"), params_get(form, "client_id")) != 0) {
		refuse(r, "invalid_grant", "Invalid refresh token");
		return;
	}
	int64_t authorized_ms = js_int(entry, "authorized_ms", 0);
	note_user(r, js_str(entry, "user"));
	if (js_bool(entry, "dead", false)) {
		refuse(r, "invalid_grant", "Refresh token revoked");
	} else if (state_six_months_after(authorized_ms) <= state_now_ms(r->box)) {
		refuse(r, "invalid_grant", "Refresh token expired");
	} else if (state_switch(r->box, "rotate_refresh")) {
		char *next = new_refresh_token(r, entry, authorized_ms);
		js_put_bool(entry, "dead", true);
		grant_tokens(r, entry, next);
		free(next);
	} else {
		grant_tokens(r, entry, NULL);
	}
}

static void token(struct request *r, const struct params *form)
{
	const char *grant = params_get(form, "grant_type");
	const char *client = params_get(form, "client_id");
	if (grant != NULL)
		r->note_grant = text_must(strndup(grant, 40));
	if (r->authorization != NULL && text_begins(r->authorization, "Basic "))
		refuse(r, "invalid_client", "Invalid client secret");
	else if (client == NULL)
		refuse(r, "invalid_client", NULL);
	else if (state_app(r->box, client) == NULL)
		refuse(r, "invalid_client", "Invalid client");
	else if (grant == NULL)
		refuse(r, "unsupported_grant_type", "grant_type parameter is missing");
	else if (strcmp(grant, "authorization_code") == 0)
		token_for_code(r, form);
	else if (strcmp(grant, "refresh_token") == 0)
		token_for_refresh(r, form);
	else
		refuse(r, "unsupported_grant_type", "grant_type must be authorization_code or refresh_token");
}

void accounts_token(struct request *r)
{
	struct params form = { 0 };
	if (!read_form(r, &form))
		refuse(r, "unsupported_grant_type", "grant_type parameter is missing");
	else
		token(r, &form);
	params_free(&form);
}
