/* What a fresh sandbox begins with. Ids of seeded things never change. */
#include "config.h"

#include "seed.h"

#include "library.h"
#include "player.h"
#include "playlists.h"
#include "text.h"

#include <stdio.h>
#include <stdlib.h>
#include <string.h>

enum { LONG_ENTRIES = 1204, MIDDLE_ENTRIES = 128, DAY_S = 86400, LONG_AGO_S = 200 * DAY_S, OLD_S = 40 * DAY_S, RECENT_S = 9 * DAY_S };

struct seed_user {
	const char *id;
	const char *name;
	const char *about;
	const char *country;
	bool premium;
	bool allowed; /* on the allowlist of the development app */
};

static const struct seed_user users[] = {
	{ "juniper", "Juniper", "Premium, music is playing on the desk laptop", "IE", true, true },
	{ "marlow", "Marlow", "Premium, several devices, none of them active", "DE", true, true },
	{ "wren", "Wren", "Premium, one speaker that takes no commands, a playlist of 1,204 entries", "PL", true, true },
	{ "saffron", "Saffron", "no Premium: playing can be seen but not controlled", "GB", false, true },
	{ "otter", "Otter", "Premium, but no device anywhere", "NZ", true, true },
	{ "quill", "Quill", "not on the application's list of users", "CA", true, false },
};

js *seed_app(struct sandbox *box, const char *id, const char *name, bool extended)
{
	js *app = js_object_in(js_object_in(box->doc, "apps"), id);
	js_put_str(app, "id", id);
	js_put_str(app, "name", name);
	js_put_bool(app, "extended", extended);
	js_object_in(app, "allowlist");
	js_add_str(js_array_in(app, "redirects"), "http://127.0.0.1:8001/callback");
	return app;
}

void seed_allow_redirect(struct sandbox *box, const char *uri)
{
	json_object_object_foreach(js_object_in(box->doc, "apps"), id, app) {
		js *list = js_array_in(app, "redirects");
		bool there = false;
		(void)id;
		for (size_t i = 0; i < js_len(list); i++)
			there = there || strcmp(js_at_str(list, i), uri) == 0;
		if (!there) {
			js_add_str(list, uri);
			state_changed(box);
		}
	}
}

static void allow(struct sandbox *box, const char *id)
{
	js_put_bool(js_get(state_app(box, SEED_CLIENT), "allowlist"), id, true);
}

static js *add_user(struct sandbox *box, const char *id, const char *name, const char *about, const char *country,
		    bool premium)
{
	static const char *const lists[] = { "playlists", "tracks", "albums", "shows", "episodes", "artists", "audiobooks",
					     "users" };
	js *user = js_object_in(js_object_in(box->doc, "users"), id);
	char account[ID_SIZE];
	char *seed = text_format("account:%s", id);
	char *email = text_format("%s@sandbox.invalid", id);
	digest_id(seed, account);
	js_put_str(user, "id", id);
	js_put_str(user, "account_id", account);
	js_put_str(user, "display_name", name);
	js_put_str(user, "about", about);
	js_put_str(user, "country", country);
	js_put_str(user, "email", email);
	js_put_bool(user, "premium", premium);
	for (size_t i = 0; i < sizeof lists / sizeof lists[0]; i++)
		js_array_in(user, lists[i]);
	player_init(user);
	free(seed);
	free(email);
	return user;
}

static js *add_playlist(struct sandbox *box, const char *owner, const char *name, const char *about, bool is_public)
{
	char id[ID_SIZE];
	char *seed = text_format("playlist:%s:%s", owner, name);
	digest_id(seed, id);
	free(seed);
	return playlists_new(box, id, owner, name, about, is_public, false);
}

static void track_uri(const struct sandbox *box, size_t track, char uri[64])
{
	snprintf(uri, 64, "spotify:track:%s", box->catalogue->tracks[track % box->catalogue->track_count].id);
}

/* Entries taken from the catalogue at a distance of step. */
static void fill(struct sandbox *box, js *playlist, size_t first, size_t step, size_t count)
{
	int64_t when = state_now_ms(box) / 1000 - (int64_t)count * DAY_S / 8;
	char uri[64];
	for (size_t i = 0; i < count; i++) {
		track_uri(box, first + i * step, uri);
		js_add(js_get(playlist, "entries"),
		       playlists_entry(uri, when + (int64_t)i * DAY_S / 8, js_str(playlist, "owner")));
	}
}

/* Entries whose title holds the word: playlists that keep what they promise. */
static void fill_by_word(struct sandbox *box, js *playlist, const char *word, size_t max)
{
	const struct catalogue *c = box->catalogue;
	int64_t when = state_now_ms(box) / 1000 - OLD_S;
	char uri[64];
	for (size_t i = 0; i < c->track_count && js_len(js_get(playlist, "entries")) < max; i++) {
		if (strcasestr(c->tracks[i].name, word) == NULL)
			continue;
		track_uri(box, i, uri);
		js_add(js_get(playlist, "entries"), playlists_entry(uri, when + (int64_t)i * 60, js_str(playlist, "owner")));
	}
}

/* A playlist with everything that is awkward in one. */
static void fill_awkward(struct sandbox *box, js *playlist)
{
	js *entries = js_get(playlist, "entries");
	const char *owner = js_str(playlist, "owner");
	int64_t when = state_now_ms(box) / 1000 - RECENT_S;
	char uri[64];
	track_uri(box, 3, uri);
	js_add(entries, playlists_entry(uri, when, owner));
	js_add(entries, playlists_entry("spotify:local:Cellar+Tapes:Rehearsal:Home+Demo:215", when + 60, owner));
	js_add(entries, playlists_entry(NULL, when + 120, owner));
	snprintf(uri, sizeof uri, "spotify:episode:%s", box->catalogue->episodes[1].id);
	js_add(entries, playlists_entry(uri, when + 180, owner));
	track_uri(box, 3, uri);
	js_add(entries, playlists_entry(uri, when + 240, owner));
	track_uri(box, 77, uri);
	js_add(entries, playlists_entry(uri, 0, NULL));
}

static void save_some(struct sandbox *box, js *user, size_t first, size_t tracks)
{
	const struct catalogue *c = box->catalogue;
	int64_t when = state_now_ms(box) / 1000 - LONG_AGO_S;
	char uri[64];
	for (size_t i = 0; i < tracks; i++) {
		track_uri(box, first + i * 17, uri);
		library_add(user, uri, when + (int64_t)i * DAY_S);
	}
	for (size_t i = 0; i < 6; i++) {
		snprintf(uri, sizeof uri, "spotify:album:%s", c->albums[(first + i * 13) % c->album_count].id);
		library_add(user, uri, when + (int64_t)i * 7 * DAY_S);
		snprintf(uri, sizeof uri, "spotify:artist:%s", c->artists[(first + i * 5) % c->artist_count].id);
		library_add(user, uri, when);
	}
	snprintf(uri, sizeof uri, "spotify:show:%s", c->shows[first % CATALOGUE_SHORT_SHOWS].id);
	library_add(user, uri, when);
	snprintf(uri, sizeof uri, "spotify:episode:%s", c->episodes[first % CATALOGUE_SHORT_EPISODES].id);
	library_add(user, uri, when);
}

/* Books, a show that has ended, what was followed and what was heard. */
static void save_spoken(struct sandbox *box, js *user, size_t books, size_t episodes)
{
	const struct catalogue *c = box->catalogue;
	int64_t when = state_now_ms(box) / 1000 - OLD_S;
	char uri[64];
	for (size_t i = 0; i < books; i++) {
		snprintf(uri, sizeof uri, "spotify:audiobook:%s", c->books[i].id);
		library_add(user, uri, when + (int64_t)i * DAY_S);
	}
	for (size_t i = 0; i < episodes; i++) {
		if (i == episodes / 2)
			library_put(user, "episodes", NULL, when);
		snprintf(uri, sizeof uri, "spotify:episode:%s", c->episodes[CATALOGUE_SHORT_EPISODES + i].id);
		library_add(user, uri, when + (int64_t)i * 3600);
	}
}

static void follow_all(struct sandbox *box, js *user)
{
	char uri[64];
	for (size_t i = 0; i < box->catalogue->artist_count; i++) {
		snprintf(uri, sizeof uri, "spotify:artist:%s", box->catalogue->artists[i].id);
		library_add(user, uri, 0);
	}
}

/* The last plays, some of an album, some of the saved tracks, some of nothing
 * Spotify would name; every tenth an episode, which the list leaves out. */
static void play_before(struct sandbox *box, js *user, size_t first, size_t count)
{
	const struct catalogue *c = box->catalogue;
	int64_t now = state_now_ms(box);
	char uri[64];
	char context[64];
	for (size_t i = count; i > 0; i--) {
		size_t track = (first + i * 23) % c->track_count;
		track_uri(box, track, uri);
		if (i % 10 == 0)
			snprintf(uri, sizeof uri, "spotify:episode:%s", c->episodes[i].id);
		snprintf(context, sizeof context, "spotify:album:%s", c->albums[c->tracks[track].album].id);
		player_past(user, uri, i % 3 == 0 ? NULL : i % 3 == 1 ? context : "spotify:user:x:collection",
			    now - (int64_t)i * 241017);
	}
}

static void device_id(const char *owner, const char *name, char id[41])
{
	char sum[65];
	char *seed = text_format("device:%s:%s", owner, name);
	digest_hex(seed, sum);
	memcpy(id, sum, 40);
	id[40] = '\0';
	free(seed);
}

static void add_device(js *user, const char *name, const char *type, int volume, bool volume_works)
{
	char id[41];
	device_id(js_str(user, "id"), name, id);
	player_add_device(user, id, name, type, volume, volume_works, false);
}

static void start_playing(struct sandbox *box, js *user, const char *device, js *playlist, size_t index)
{
	char id[41];
	char *uri = text_format("spotify:playlist:%s", js_str(playlist, "id"));
	device_id(js_str(user, "id"), device, id);
	player_activate(box, user, id);
	js_put_str(js_get(user, "player"), "repeat", "context");
	player_start(box, user, uri, player_context(box, user, uri), index, 15000);
	free(uri);
}

static void seed_juniper(struct sandbox *box)
{
	js *user = state_user(box, "juniper");
	fill_awkward(box, add_playlist(box, "juniper", "Odds and Ends", "Local files, a podcast and a gap", true));
	fill_by_word(box, add_playlist(box, "juniper", "Blue Hour", "Everything blue &amp; quiet", true), "blue", 25);
	js *morning = add_playlist(box, "juniper", "Morning Coffee", "For the first cup", true);
	fill_by_word(box, morning, "coffee", 30);
	fill_by_word(box, morning, "morning", 40);
	js *rain = add_playlist(box, "juniper", "Rainy Day Window", "It&#39;s better with rain", true);
	fill_by_word(box, rain, "rain", 40);
	save_some(box, user, 5, 64);
	save_spoken(box, user, 2, 3);
	play_before(box, user, 40, 50);
	add_device(user, "Desk Laptop", "Computer", 60, true);
	add_device(user, "Kitchen Speaker", "Speaker", 35, true);
	add_device(user, "Pocket Phone", "Smartphone", 80, false);
	start_playing(box, user, "Desk Laptop", rain, 0);
}

static void seed_others(struct sandbox *box)
{
	js *marlow = state_user(box, "marlow");
	js *wren = state_user(box, "wren");
	js *saffron = state_user(box, "saffron");
	fill(box, add_playlist(box, "marlow", "Long Drive", "128 songs without a stop", true), 11, 7, MIDDLE_ENTRIES);
	js *shared = add_playlist(box, "marlow", "Flat Party", "Everybody adds one", false);
	js_put_bool(shared, "collaborative", true);
	js_add_str(js_array_in(shared, "collaborators"), "juniper");
	fill(box, shared, 200, 31, 12);
	js_insert(js_get(state_user(box, "juniper"), "playlists"), 1, js_text(js_str(shared, "id")));
	save_some(box, marlow, 40, 30);
	save_spoken(box, marlow, 1, 0);
	play_before(box, marlow, 90, 12);
	add_device(marlow, "Living Room", "Speaker", 45, true);
	add_device(marlow, "Work Computer", "Computer", 70, true);

	js *all = add_playlist(box, "wren", "Everything Ever", "More than a thousand", true);
	fill(box, all, 0, 1, LONG_ENTRIES);
	js_insert(js_get(marlow, "playlists"), 1, js_text(js_str(all, "id")));
	js_put_int(all, "followers", 1);
	save_some(box, wren, 90, 120);
	save_spoken(box, wren, 1, 60);
	follow_all(box, wren);
	player_add_device(wren, NULL, "Museum Loudspeaker", "Speaker", 50, true, true);
	add_device(wren, "Garden Radio", "CastAudio", 50, true);

	fill(box, add_playlist(box, "saffron", "Walking Home", "", true), 300, 19, 20);
	save_some(box, saffron, 9, 10);
	save_spoken(box, saffron, 3, 0);
	add_device(saffron, "Old Phone", "Smartphone", 55, false);
	start_playing(box, saffron, "Old Phone", state_playlist(box, js_at_str(js_get(saffron, "playlists"), 0)), 3);

	fill(box, add_playlist(box, "otter", "Sleep, Otter", "", false), 500, 3, 15);
	save_some(box, state_user(box, "otter"), 60, 5);
	fill(box, add_playlist(box, "quill", "Drafts", "", true), 700, 3, 9);
}

void seed_all(struct sandbox *box)
{
	js_object_in(box->doc, "switches");
	js_put_int(box->doc, "version", 1);
	js_put_bool(js_get(box->doc, "switches"), "owner_premium", true);
	js_object_in(box->doc, "playlists");
	(void)seed_app(box, SEED_CLIENT, "Tonearm (sandbox, development mode)", false);
	(void)seed_app(box, SEED_CLIENT_EXTENDED, "Tonearm (sandbox, extended mode)", true);
	for (size_t i = 0; i < sizeof users / sizeof users[0]; i++) {
		add_user(box, users[i].id, users[i].name, users[i].about, users[i].country, users[i].premium);
		if (users[i].allowed)
			allow(box, users[i].id);
	}
	seed_juniper(box);
	seed_others(box);
	state_changed(box);
}

js *seed_test_user(struct sandbox *box, const char *prefix, size_t number)
{
	char *id = text_format("%s%03zu", prefix, number);
	char *name = text_format("Test %s", id);
	js *user = state_user(box, id);
	if (user == NULL) {
		user = add_user(box, id, name, "made for tests", "SE", true);
		allow(box, id);
		for (size_t n = 2; n > 0; n--) {
			char *title = text_format("%s list %zu", id, n);
			fill(box, add_playlist(box, id, title, "marked with its owner", false), number * 13 + n, 29, 6 + n);
			free(title);
		}
		save_some(box, user, number * 3, 8);
		add_device(user, "Test Device", "Computer", 50, true);
		state_changed(box);
	}
	free(id);
	free(name);
	return user;
}
