/* The control interface under /_sandbox/, for tests. */
#include "config.h"

#include "control.h"

#include "accounts.h"
#include "player.h"
#include "player_api.h"
#include "playlists.h"
#include "record.h"
#include "seed.h"
#include "text.h"

#include <ctype.h>
#include <stdlib.h>
#include <string.h>

enum { USERS_MAX = 20000, RECORD_DEFAULT = 10000 };

/* Every switch there is; a name not in this table is refused. */
static const char *const switch_names[] = {
	"rotate_refresh", "owner_premium", "both_names", "old_names", "public_ignored", "snapshot_lag",
	"entries_lag_ms", "ad_playing",
	"rate_limit_30s", "daily_quota", "auto_approve", "auto_deny",
};

static bool is_post(const struct request *r)
{
	return strcmp(r->method, "POST") == 0;
}

void control_clock(struct request *r)
{
	js *o = text_must(json_object_new_object());
	char now[40];
	if (is_post(r)) {
		js *body = request_json(r, false);
		if (body == NULL) {
			json_object_put(o);
			return;
		}
		int64_t offset = js_int(r->box->doc, "clock_offset_ms", 0);
		if (js_bool(body, "reset", false))
			offset = 0;
		offset += js_int(body, "advance_seconds", 0) * 1000;
		js_put_int(r->box->doc, "clock_offset_ms", offset);
		state_changed(r->box);
		json_object_put(body);
	}
	state_iso_ms(state_now_ms(r->box), now);
	js_put_str(o, "now", now);
	js_put_int(o, "offset_seconds", js_int(r->box->doc, "clock_offset_ms", 0) / 1000);
	answer_json(r, 200, o);
}

static bool known_switch(const char *name)
{
	for (size_t i = 0; i < sizeof switch_names / sizeof switch_names[0]; i++)
		if (strcmp(switch_names[i], name) == 0)
			return true;
	return false;
}

void control_switches(struct request *r)
{
	js *switches = js_object_in(r->box->doc, "switches");
	js *body = NULL;
	if (is_post(r)) {
		body = request_json(r, false);
		if (body == NULL)
			return;
		json_object_object_foreach(body, name, value) {
			(void)value;
			if (!known_switch(name)) {
				answer_error(r, 400, "No such switch", NULL);
				json_object_put(body);
				return;
			}
		}
		json_object_object_foreach(body, key, setting) {
			js_put(switches, key, json_object_get(setting));
		}
		state_changed(r->box);
		json_object_put(body);
	}
	js *o = text_must(json_object_new_object());
	for (size_t i = 0; i < sizeof switch_names / sizeof switch_names[0]; i++) {
		js *value = js_get(switches, switch_names[i]);
		js_put(o, switch_names[i], value == NULL ? json_object_new_boolean(0) : json_object_get(value));
	}
	answer_json(r, 200, o);
}

/* As if the person had removed the app: refresh tokens die at once, access
 * tokens live on for their hour unless access is true. */
void control_revoke(struct request *r)
{
	js *body = request_json(r, false);
	if (body == NULL)
		return;
	const char *id = js_str(body, "user");
	js *o = text_must(json_object_new_object());
	int64_t count = 0;
	if (state_user(r->box, id) == NULL) {
		answer_error(r, 404, "No such user", NULL);
		json_object_put(o);
		json_object_put(body);
		return;
	}
	json_object_object_foreach(js_object_in(r->box->doc, "refresh"), token, entry) {
		(void)token;
		if (strcmp(js_str(entry, "user"), id) == 0 && !js_bool(entry, "dead", false)) {
			js_put_bool(entry, "dead", true);
			count++;
		}
	}
	if (js_bool(body, "access", false)) {
		json_object_object_foreach(js_object_in(r->box->doc, "access"), text, access) {
			(void)text;
			if (strcmp(js_str(access, "user"), id) == 0)
				js_put_int(access, "expires_ms", 0);
		}
	}
	json_object_object_foreach(js_object_in(r->box->doc, "grants"), app, grants) {
		(void)app;
		json_object_object_del(grants, id);
	}
	state_changed(r->box);
	js_put_int(o, "revoked", count);
	json_object_put(body);
	answer_json(r, 200, o);
}

static js *user_json(js *user)
{
	js *o = text_must(json_object_new_object());
	js_put_str(o, "id", js_str(user, "id"));
	js_put_str(o, "account_id", js_str(user, "account_id"));
	js_put_str(o, "display_name", js_str(user, "display_name"));
	js_put_bool(o, "premium", js_bool(user, "premium", false));
	return o;
}

void control_users(struct request *r)
{
	js *o = text_must(json_object_new_object());
	js *list = js_array_in(o, "users");
	js *app = state_app(r->box, SEED_CLIENT);
	json_object_object_foreach(js_get(r->box->doc, "users"), id, user) {
		js *one = user_json(user);
		js_put_bool(one, "allowlisted", state_allowlisted(app, id));
		js_add(list, one);
	}
	answer_json(r, 200, o);
}

static bool good_prefix(const char *s)
{
	size_t n = 0;
	for (; s != NULL && s[n] != '\0'; n++)
		if (!islower((unsigned char)s[n]) && !isdigit((unsigned char)s[n]))
			return false;
	return n > 0 && n <= 20;
}

void control_users_add(struct request *r)
{
	js *body = request_json(r, false);
	if (body == NULL)
		return;
	const char *prefix = js_str(body, "prefix");
	int64_t count = js_int(body, "count", 1);
	if (!good_prefix(prefix) || count < 1 || count > USERS_MAX) {
		answer_error(r, 400, "prefix (lower-case letters and digits) and count are needed", NULL);
	} else {
		js *o = text_must(json_object_new_object());
		js *list = js_array_in(o, "users");
		for (int64_t i = 1; i <= count; i++) {
			js *user = seed_test_user(r->box, prefix, (size_t)i);
			js *one = user_json(user);
			js_put(one, "playlists", json_object_get(js_get(user, "playlists")));
			js_add(list, one);
		}
		answer_json(r, 201, o);
	}
	json_object_put(body);
}

/* POST {count, prefix, scope}: accounts that have signed in already, in numbers
 * that no browser could bring. */
void control_people(struct request *r)
{
	js *body = request_json(r, false);
	if (body == NULL)
		return;
	const char *prefix = js_str(body, "prefix");
	const char *scope = js_str(body, "scope");
	const char *client_id = js_str(body, "client_id") == NULL ? SEED_CLIENT : js_str(body, "client_id");
	int64_t count = js_int(body, "count", 1);
	if (!good_prefix(prefix) || scope == NULL || !accounts_scopes_known(scope) || count < 1 || count > USERS_MAX ||
	    state_app(r->box, client_id) == NULL) {
		answer_error(r, 400, "prefix, count, known scopes and a known client are needed", NULL);
	} else {
		js *o = text_must(json_object_new_object());
		js *list = js_array_in(o, "people");
		for (int64_t i = 1; i <= count; i++) {
			js *user = seed_test_user(r->box, prefix, (size_t)i);
			js *one = accounts_sign_in(r, user, client_id, scope);
			js_put_str(one, "id", js_str(user, "id"));
			js_put_str(one, "account_id", js_str(user, "account_id"));
			js_put_str(one, "display_name", js_str(user, "display_name"));
			js_add(list, one);
		}
		answer_json(r, 201, o);
	}
	json_object_put(body);
}

/* One name, or several. */
static void each_name(js *names, js *allowlist, bool allow)
{
	size_t n = json_object_is_type(names, json_type_array) ? js_len(names) : names == NULL ? 0 : 1;
	for (size_t i = 0; i < n; i++) {
		const char *id = json_object_is_type(names, json_type_array) ? js_at_str(names, i) : json_object_get_string(names);
		if (allow)
			js_put_bool(allowlist, id, true);
		else
			json_object_object_del(allowlist, id);
	}
}

/* POST {client_id, create?, name?, owner?: user, redirects?: [...], allow?, disallow?: user or users} */
void control_apps(struct request *r)
{
	if (is_post(r)) {
		js *body = request_json(r, false);
		if (body == NULL)
			return;
		const char *name = js_str(body, "name");
		js *app = state_app(r->box, js_str(body, "client_id"));
		if (app == NULL && js_bool(body, "create", false) && js_str(body, "client_id") != NULL)
			app = seed_app(r->box, js_str(body, "client_id"), name == NULL ? "Somebody's application" : name, false);
		if (app == NULL) {
			answer_error(r, 404, "No such app", NULL);
			json_object_put(body);
			return;
		}
		if (json_object_is_type(js_get(body, "redirects"), json_type_array))
			js_put(app, "redirects", json_object_get(js_get(body, "redirects")));
		if (js_str(body, "owner") != NULL)
			js_put_str(app, "owner", js_str(body, "owner"));
		each_name(js_get(body, "allow"), js_get(app, "allowlist"), true);
		each_name(js_get(body, "disallow"), js_get(app, "allowlist"), false);
		state_changed(r->box);
		json_object_put(body);
	}
	answer_json(r, 200, json_object_get(js_get(r->box->doc, "apps")));
}

void control_record(struct request *r)
{
	long long since = 0;
	long long limit = RECORD_DEFAULT;
	(void)text_number(params_get(&r->query, "since"), &since);
	(void)text_number(params_get(&r->query, "limit"), &limit);
	if (since < 0 || limit < 1 || limit > RECORD_ROOM)
		answer_error(r, 400, "Bad since or limit", NULL);
	else
		answer_json(r, 200, record_list(r->box->record, (uint64_t)since, (size_t)limit));
}

void control_record_clear(struct request *r)
{
	record_clear(r->box->record);
	answer_empty(r, 204);
}

static void add_tokens(js *list, js *table, const char *user)
{
	json_object_object_foreach(table, token, entry) {
		if (user == NULL || strcmp(js_str(entry, "user"), user) == 0)
			js_add_str(list, token);
	}
}

void control_tokens(struct request *r)
{
	const char *user = params_get(&r->query, "user");
	js *o = text_must(json_object_new_object());
	js_put_str(o, "user", user);
	add_tokens(js_array_in(o, "access"), js_object_in(r->box->doc, "access"), user);
	add_tokens(js_array_in(o, "refresh"), js_object_in(r->box->doc, "refresh"), user);
	answer_json(r, 200, o);
}

void control_player(struct request *r)
{
	js *user = state_user(r->box, params_get(&r->query, "user"));
	if (user == NULL) {
		answer_error(r, 404, "No such user", NULL);
		return;
	}
	js *o = text_must(json_object_new_object());
	js_put(o, "state", player_api_state_json(r, user, true, true));
	js *p = js_get(user, "player");
	js_put(o, "devices", json_object_get(js_get(p, "devices")));
	js_put(o, "queue", json_object_get(js_get(p, "queue")));
	js_put_int(o, "history", (int64_t)js_len(js_get(p, "history")));
	answer_json(r, 200, o);
}

/* Entries as tests want them: local files and gaps too, which no call can add. */
static void set_entries(struct request *r, js *playlist, js *uris)
{
	/* An hour ago, so that they can be told from what a call adds. */
	int64_t now = state_now_ms(r->box) / 1000 - 3600;
	js *entries = text_must(json_object_new_array());
	for (size_t i = 0; i < js_len(uris); i++)
		js_add(entries, playlists_entry(js_at_str(uris, i), now - (int64_t)(js_len(uris) - i) * 60,
						js_str(playlist, "owner")));
	js_put(playlist, "entries", entries);
	json_object_object_del(playlist, "entries_old");
	playlists_touch(r->box, playlist);
}

/* GET ?id=: as it is stored. POST {id, or owner and name; uris, collaborators, public,
 * gone}. */
void control_playlist(struct request *r)
{
	js *body = is_post(r) ? request_json(r, false) : NULL;
	if (is_post(r) && body == NULL)
		return;
	const char *id = body == NULL ? params_get(&r->query, "id") : js_str(body, "id");
	js *playlist = state_playlist(r->box, id);
	if (playlist == NULL && id == NULL && state_user(r->box, js_str(body, "owner")) != NULL &&
	    js_str(body, "name") != NULL)
		playlist = playlists_new(r->box, NULL, js_str(body, "owner"), js_str(body, "name"),
					 js_str(body, "description"), js_bool(body, "public", true), false);
	if (playlist == NULL) {
		answer_error(r, 404, "No such playlist; to make one, owner and name are needed", NULL);
		json_object_put(body);
		return;
	}
	if (js_get(body, "uris") != NULL)
		set_entries(r, playlist, js_get(body, "uris"));
	if (js_get(body, "collaborators") != NULL)
		js_put(playlist, "collaborators", json_object_get(js_get(body, "collaborators")));
	if (js_get(body, "public") != NULL)
		js_put_bool(playlist, "public", js_bool(body, "public", true));
	json_object_get(playlist);
	if (js_bool(body, "gone", false))
		json_object_object_del(js_get(r->box->doc, "playlists"), js_str(playlist, "id"));
	state_changed(r->box);
	json_object_put(body);
	answer_json(r, 200, playlist);
}

static void change_device(js *device, js *body)
{
	js_put_bool(device, "restricted", js_bool(body, "restricted", js_bool(device, "restricted", false)));
	js_put_bool(device, "supports_volume",
		    js_bool(body, "supports_volume", js_bool(device, "supports_volume", true)));
	js_put_int(device, "volume", js_int(body, "volume", js_int(device, "volume", 50)));
}

/* POST {user, name, gone?, restricted?, supports_volume?, volume?, type?}: changes
 * the device of that name, takes it away, or puts a new one there. */
void control_device(struct request *r)
{
	js *body = request_json(r, false);
	if (body == NULL)
		return;
	js *user = state_user(r->box, js_str(body, "user"));
	const char *name = js_str(body, "name");
	const char *type = js_str(body, "type");
	js *devices = js_get(js_get(user, "player"), "devices");
	size_t at = 0;
	if (user == NULL || name == NULL) {
		answer_error(r, 400, "user and name are needed", NULL);
		json_object_put(body);
		return;
	}
	while (at < js_len(devices) && strcmp(js_str(js_at(devices, at), "name"), name) != 0)
		at++;
	if (js_bool(body, "gone", false)) {
		if (at < js_len(devices))
			json_object_array_del_idx(devices, at, 1);
	} else if (at < js_len(devices)) {
		change_device(js_at(devices, at), body);
	} else {
		char id[41];
		char sum[65];
		char *seed = text_format("device:%s:%s", js_str(user, "id"), name);
		digest_hex(seed, sum);
		memcpy(id, sum, 40);
		id[40] = '\0';
		free(seed);
		change_device(player_add_device(user, id, name, type == NULL ? "Speaker" : type, 50, true, false), body);
	}
	state_changed(r->box);
	json_object_put(body);
	answer_json(r, 200, json_object_get(devices));
}

void control_save(struct request *r)
{
	if (state_save(r->box) == ERR_OK)
		answer_empty(r, 204);
	else
		answer_error(r, 500, "The state could not be written", NULL);
}
