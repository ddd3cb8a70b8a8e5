/* What each user's devices play: a state that moves with the sandbox's clock.
 *
 * player: devices[], active (device id), context, list[] (order of play),
 * base[] (order without shuffle), pos (in list), queue[], current (uri),
 * playing, progress_ms as it was at since_ms, shuffle, repeat, history[]. */
#include "config.h"

#include "player.h"

#include "text.h"

#include <stdio.h>
#include <stdlib.h>
#include <string.h>

enum { IDLE_MS = 600000, HISTORY_MAX = 50, ARTIST_TOP = 10, STEPS_MAX = 2000, UNKNOWN_MS = 180000 };

void player_init(js *user)
{
	js *p = js_object_in(user, "player");
	js_array_in(p, "devices");
	js_put_str(p, "active", NULL);
	js_put_str(p, "context", NULL);
	js_array_in(p, "list");
	js_array_in(p, "base");
	js_put_int(p, "pos", 0);
	js_array_in(p, "queue");
	js_put_str(p, "current", NULL);
	js_put_bool(p, "playing", false);
	js_put_int(p, "progress_ms", 0);
	js_put_int(p, "since_ms", 0);
	js_put_bool(p, "shuffle", false);
	js_put_str(p, "repeat", "off");
	js_array_in(p, "history");
}

js *player_add_device(js *user, const char *id, const char *name, const char *type, int volume, bool volume_works,
		      bool restricted)
{
	js *device = text_must(json_object_new_object());
	js_put_str(device, "id", id);
	js_put_str(device, "name", name);
	js_put_str(device, "type", type);
	js_put_int(device, "volume", volume);
	js_put_bool(device, "supports_volume", volume_works);
	js_put_bool(device, "restricted", restricted);
	js_add(js_get(js_get(user, "player"), "devices"), device);
	return device;
}

js *player_device(js *user, const char *id)
{
	js *p = js_get(user, "player");
	js *devices = js_get(p, "devices");
	if (id == NULL)
		id = js_str(p, "active");
	for (size_t i = 0; id != NULL && i < js_len(devices); i++) {
		const char *one = js_str(js_at(devices, i), "id");
		if (one != NULL && strcmp(one, id) == 0)
			return js_at(devices, i);
	}
	return NULL;
}

static void remember(js *p, const char *uri, int64_t at_ms)
{
	js *history = js_get(p, "history");
	js *one = text_must(json_object_new_object());
	js_put_str(one, "u", uri);
	js_put_int(one, "t", at_ms);
	js_put_str(one, "c", js_str(p, "context"));
	js_insert(history, 0, one);
	if (js_len(history) > HISTORY_MAX)
		json_object_array_del_idx(history, HISTORY_MAX, js_len(history) - HISTORY_MAX);
}

void player_past(js *user, const char *uri, const char *context, int64_t at_ms)
{
	js *p = js_get(user, "player");
	js_put_str(p, "context", context);
	remember(p, uri, at_ms);
	js_put_str(p, "context", NULL);
}

/* Writes down up to where what plays was heard, if it is something spoken. */
static void note_place(js *user, js *p, int64_t ms, bool heard)
{
	const char *uri = js_str(p, "current");
	if (uri == NULL || !text_begins(uri, "spotify:episode:"))
		return;
	js *place = js_object_in(js_object_in(user, "resume"), uri + strlen("spotify:episode:"));
	js_put_int(place, "ms", ms);
	js_put_bool(place, "heard", heard);
}

/* What nobody has played here was partly heard before: every fourth to the end,
 * every third for a while, and one carries a negative number as Spotify's do. */
void player_resume_point(struct sandbox *box, js *user, const char *id, int64_t *ms, bool *heard)
{
	size_t i = 1;
	js *p = player_settle(box, user);
	const char *uri = js_str(p, "current");
	if (uri != NULL && text_begins(uri, "spotify:episode:") && strcmp(uri + strlen("spotify:episode:"), id) == 0)
		note_place(user, p, js_int(p, "progress_ms", 0), false);
	js *place = js_get(js_get(user, "resume"), id);
	if (!catalogue_find(box->catalogue, KIND_EPISODE, id, &i))
		(void)catalogue_find(box->catalogue, KIND_CHAPTER, id, &i);
	*heard = js_bool(place, "heard", i % 4 == 0);
	*ms = js_int(place, "ms", i == 7 ? -1 : i % 3 == 0 ? 90000 : 0);
}

static void go_to(js *p, size_t pos)
{
	char *uri = text_copy(js_at_str(js_get(p, "list"), pos));
	js_put_int(p, "pos", (int64_t)pos);
	js_put_str(p, "current", uri);
	free(uri);
}

/* Moves on; by_itself: the track ended, so repeating it counts. */
static void step(js *p, int64_t now, bool by_itself)
{
	js *list = js_get(p, "list");
	js *queue = js_get(p, "queue");
	size_t pos = (size_t)js_int(p, "pos", 0);
	const char *repeat = js_str(p, "repeat");
	if (by_itself && strcmp(repeat, "track") == 0)
		return;
	if (js_len(queue) > 0) {
		char *uri = text_copy(js_at_str(queue, 0));
		json_object_array_del_idx(queue, 0, 1);
		js_put_str(p, "current", uri);
		free(uri);
	} else if (pos + 1 < js_len(list)) {
		go_to(p, pos + 1);
	} else {
		if (js_len(list) > 0)
			go_to(p, 0);
		if (strcmp(repeat, "off") == 0) {
			js_put_bool(p, "playing", false);
			js_put_int(p, "since_ms", now);
		}
	}
}

static void set_progress(js *p, int64_t progress_ms, int64_t now)
{
	js_put_int(p, "progress_ms", progress_ms);
	js_put_int(p, "since_ms", now);
}

static int64_t duration(const struct sandbox *box, js *p)
{
	const char *uri = js_str(p, "current");
	int64_t ms = uri == NULL ? 0 : catalogue_duration(box->catalogue, uri);
	return ms == 0 ? UNKNOWN_MS : ms;
}

js *player_settle(struct sandbox *box, js *user)
{
	js *p = js_get(user, "player");
	int64_t now = state_now_ms(box);
	int64_t since = js_int(p, "since_ms", now);
	if (!js_bool(p, "playing", false)) {
		if (js_str(p, "active") != NULL && now - since > IDLE_MS)
			js_put_str(p, "active", NULL);
		return p;
	}
	int64_t at = js_int(p, "progress_ms", 0) + (now > since ? now - since : 0);
	int steps = 0;
	while (js_bool(p, "playing", false) && at >= duration(box, p)) {
		at -= duration(box, p);
		remember(p, js_str(p, "current"), now - at);
		note_place(user, p, duration(box, p), true);
		step(p, now - at, true);
		if (++steps == STEPS_MAX)
			at = 0; /* the clock jumped by days: the place in the list no longer matters */
	}
	if (steps > 0)
		state_changed(box);
	if (js_bool(p, "playing", false))
		set_progress(p, at, now);
	else
		js_put_int(p, "progress_ms", 0);
	return p;
}

void player_activate(struct sandbox *box, js *user, const char *device_id)
{
	js *p = js_get(user, "player");
	char *id = text_copy(device_id);
	js_put_str(p, "active", id);
	if (!js_bool(p, "playing", false))
		js_put_int(p, "since_ms", state_now_ms(box));
	free(id);
	state_changed(box);
}

static void add_catalogue(js *list, const struct catalogue *c, enum kind kind, size_t index)
{
	char uri[64];
	const char *id = kind == KIND_TRACK	? c->tracks[index].id
			 : kind == KIND_CHAPTER ? c->chapters[index].id
						: c->episodes[index].id;
	snprintf(uri, sizeof uri, "spotify:%s:%s", kind == KIND_TRACK ? "track" : "episode", id);
	js_add_str(list, uri);
}

static void add_saved(js *list, js *saved)
{
	for (size_t i = 0; i < js_len(saved); i++)
		if (js_str(js_at(saved, i), "u") != NULL)
			js_add_str(list, js_str(js_at(saved, i), "u"));
}

js *player_context(struct sandbox *box, js *user, const char *uri)
{
	const struct catalogue *c = box->catalogue;
	js *list = text_must(json_object_new_array());
	enum kind kind;
	size_t index;
	size_t first = 0;
	size_t n = 0;
	enum kind part = KIND_TRACK;
	if (text_begins(uri, "spotify:playlist:")) {
		add_saved(list, js_get(state_playlist(box, uri + strlen("spotify:playlist:")), "entries"));
	} else if (strstr(uri, ":collection") != NULL) {
		add_saved(list, js_get(user, "tracks"));
	} else if (catalogue_find_uri(c, uri, &kind, &index)) {
		if (kind == KIND_ALBUM) {
			first = c->albums[index].first_track;
			n = c->albums[index].tracks;
		} else if (kind == KIND_ARTIST) {
			first = c->albums[c->artists[index].first_album].first_track;
			n = ARTIST_TOP;
		} else if (kind == KIND_SHOW) {
			first = c->shows[index].first_episode;
			n = c->shows[index].episodes;
			part = KIND_EPISODE;
		} else if (kind == KIND_AUDIOBOOK) {
			first = c->books[index].first_chapter;
			n = c->books[index].chapters;
			part = KIND_CHAPTER;
		}
		for (size_t i = first; i < first + n; i++)
			add_catalogue(list, c, part, i);
	}
	if (js_len(list) == 0) {
		json_object_put(list);
		return NULL;
	}
	return list;
}

static js *copy_list(js *list)
{
	js *copy = text_must(json_object_new_array());
	for (size_t i = 0; i < js_len(list); i++)
		js_add_str(copy, js_at_str(list, i));
	return copy;
}

/* Mixes what comes after pos, by a fixed rule: tests want the same again. */
static void mix_rest(js *list, size_t pos)
{
	size_t n = js_len(list);
	uint64_t seed = digest_number(js_at_str(list, pos));
	for (size_t i = n; i > pos + 2; i--) {
		seed = seed * UINT64_C(6364136223846793005) + UINT64_C(1442695040888963407);
		size_t other = pos + 1 + (size_t)((seed >> 33) % (i - pos - 1));
		js *a = json_object_get(js_at(list, i - 1));
		js *b = json_object_get(js_at(list, other));
		json_object_array_put_idx(list, i - 1, b);
		json_object_array_put_idx(list, other, a);
	}
}

void player_start(struct sandbox *box, js *user, const char *context, js *list, size_t index, int64_t position_ms)
{
	js *p = js_get(user, "player");
	int64_t now = state_now_ms(box);
	if (js_str(p, "current") != NULL && js_bool(p, "playing", false))
		remember(p, js_str(p, "current"), now);
	note_place(user, p, js_int(p, "progress_ms", 0), false);
	js_put(p, "base", copy_list(list));
	js_put(p, "list", list);
	js_put_str(p, "context", context);
	go_to(p, index);
	if (js_bool(p, "shuffle", false))
		mix_rest(list, index);
	js_put_bool(p, "playing", true);
	set_progress(p, 0, now);
	state_changed(box);
	if (position_ms > 0)
		player_seek(box, user, position_ms);
}

void player_set_playing(struct sandbox *box, js *user, bool playing)
{
	js *p = js_get(user, "player");
	js_put_bool(p, "playing", playing);
	js_put_int(p, "since_ms", state_now_ms(box));
	note_place(user, p, js_int(p, "progress_ms", 0), false);
	state_changed(box);
}

void player_next(struct sandbox *box, js *user)
{
	js *p = js_get(user, "player");
	int64_t now = state_now_ms(box);
	if (js_str(p, "current") != NULL)
		remember(p, js_str(p, "current"), now);
	note_place(user, p, js_int(p, "progress_ms", 0), false);
	step(p, now, false);
	set_progress(p, 0, now);
	state_changed(box);
}

bool player_previous(struct sandbox *box, js *user)
{
	js *p = js_get(user, "player");
	size_t pos = (size_t)js_int(p, "pos", 0);
	if (pos == 0 || js_len(js_get(p, "list")) == 0)
		return false;
	remember(p, js_str(p, "current"), state_now_ms(box));
	go_to(p, pos - 1);
	set_progress(p, 0, state_now_ms(box));
	state_changed(box);
	return true;
}

void player_seek(struct sandbox *box, js *user, int64_t position_ms)
{
	js *p = js_get(user, "player");
	if (position_ms >= duration(box, p)) {
		player_next(box, user);
		return;
	}
	set_progress(p, position_ms, state_now_ms(box));
	state_changed(box);
}

void player_set_shuffle(struct sandbox *box, js *user, bool on)
{
	js *p = js_get(user, "player");
	js *list = js_get(p, "list");
	size_t pos = (size_t)js_int(p, "pos", 0);
	bool was = js_bool(p, "shuffle", false);
	js_put_bool(p, "shuffle", on);
	state_changed(box);
	if (was == on || js_len(list) == 0)
		return;
	if (on) {
		mix_rest(list, pos);
		return;
	}
	/* Back to the plain order, at the place of what plays now. */
	char *here = text_copy(js_at_str(list, pos));
	js *plain = copy_list(js_get(p, "base"));
	js_put(p, "list", plain);
	for (size_t i = 0; i < js_len(plain); i++) {
		if (strcmp(js_at_str(plain, i), here) == 0) {
			js_put_int(p, "pos", (int64_t)i);
			break;
		}
	}
	free(here);
}

void player_enqueue(struct sandbox *box, js *user, const char *uri)
{
	js_add_str(js_get(js_get(user, "player"), "queue"), uri);
	state_changed(box);
}

js *player_coming(js *user, size_t max)
{
	js *p = js_get(user, "player");
	js *queue = js_get(p, "queue");
	js *list = js_get(p, "list");
	js *coming = text_must(json_object_new_array());
	for (size_t i = 0; i < js_len(queue) && js_len(coming) < max; i++)
		js_add_str(coming, js_at_str(queue, i));
	for (size_t i = (size_t)js_int(p, "pos", 0) + 1; i < js_len(list) && js_len(coming) < max; i++)
		js_add_str(coming, js_at_str(list, i));
	return coming;
}
