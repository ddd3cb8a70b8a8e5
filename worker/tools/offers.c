/* Completion from what the person has; see offers.h. */
#include "config.h"

#include <string.h>

#include "shared/json/json.h"
#include "worker/spotify/field.h"
#include "worker/tools/devices.h"
#include "worker/tools/errand.h"
#include "worker/tools/items.h"
#include "worker/tools/names.h"
#include "worker/tools/offers.h"
#include "worker/tools/playlist_find.h"

#define PAGE 50
#define NAME_BYTES 400        /* whole: it is given to a tool again */

/* Where the things of a type stand, and who may see them. */
struct shelf {
	enum item_kind kind;
	enum sp_op op;
	uint32_t scope;
};

static const struct shelf shelves[] = {
	{ITEM_PLAYLIST, SP_OP_MY_PLAYLISTS, SCOPE_PLAYLISTS_READ},
	{ITEM_TRACK, SP_OP_SAVED_TRACKS, SCOPE_LIBRARY_READ},
	{ITEM_ALBUM, SP_OP_SAVED_ALBUMS, SCOPE_LIBRARY_READ},
	{ITEM_ARTIST, SP_OP_FOLLOWED_ARTISTS, SCOPE_LIBRARY_READ},
	{ITEM_SHOW, SP_OP_SAVED_SHOWS, SCOPE_LIBRARY_READ},
	{ITEM_EPISODE, SP_OP_SAVED_EPISODES, SCOPE_LIBRARY_READ},
	{ITEM_AUDIOBOOK, SP_OP_SAVED_AUDIOBOOKS, SCOPE_LIBRARY_READ},
};

struct offering {
	struct errand errand;
	const struct shelf *shelf;
	bool ids;
	uint32_t at;
};

static void ask_page(struct call *c);

bool
offer_fits(const char *name, const char *typed)
{
	err_t trouble = 0;

	return names_hold(span_str(name), typed, &trouble);
}

static void
offer_one(struct call *c, struct json_object *entry)
{
	const struct offering *t = c->state;
	struct json_object *item = t->shelf->kind == ITEM_PLAYLIST ? entry : item_of_entry(entry);
	const char *name = item_text(c, item, "name", NAME_BYTES);
	struct item_ref ref;

	if (name[0] == '\0')
		return;
	if (!t->ids)
		call_offer(c, name, name);
	else if (item_parse(item_text(c, item, "uri", ITEM_LINK_MAX - 1), ITEM_NONE, &ref) == 0 &&
	    ref.kind == t->shelf->kind)
		call_offer(c, ref.id, name);
}

static void
on_page(struct call *c, const struct sp_answer *a)
{
	struct offering *t = c->state;
	struct json_object *page = t->shelf->kind == ITEM_ARTIST ? json_get_obj(a->json, "artists") :
	    a->json, *items = json_get_arr(page, "items");
	size_t i, n = field_len(items);

	if (a->error.problem != SP_OK) {
		errand_fail(c, &a->error);
		return;
	}
	for (i = 0; i < n; i++)
		offer_one(c, json_object_array_get_idx(items, i));
	t->at += PAGE;
	/* Of a library the newest are enough. */
	if (t->shelf->kind == ITEM_PLAYLIST && n > 0 && t->at < field_int(page, "total", 0) &&
	    errand_may(c, 1))
		ask_page(c);
	else
		call_done(c);
}

static void
ask_page(struct call *c)
{
	const struct offering *t = c->state;
	struct buf query;
	err_t err;

	buf_init(&query, 256);
	if (t->shelf->kind == ITEM_ARTIST) {
		err = sp_query_put(&query, "type", span_str("artist"));
		if (err == 0)
			err = sp_query_num(&query, "limit", PAGE);
	} else
		err = playlist_page_query(&query, t->at, PAGE);
	if (err != 0)
		call_broken(c, err);
	else
		errand_ask(c, t->shelf->op, NULL, &query, NULL, on_page);
	buf_free(&query);
}

static void
begin(struct call *c, enum item_kind kind, bool ids)
{
	struct offering *t = errand_begin(c, sizeof(*t));
	size_t i;

	if (t == NULL)
		return;
	for (i = 0; i < sizeof(shelves) / sizeof(shelves[0]); i++)
		if (shelves[i].kind == kind && scope_allows(shelves[i].scope, c->scopes)) {
			t->shelf = &shelves[i];
			t->ids = ids;
			ask_page(c);
			return;
		}
	call_done(c);
}

void
offer_playlists(struct call *c)
{
	begin(c, ITEM_PLAYLIST, false);
}

void
offer_ids(struct call *c)
{
	const char *type = call_other(c, "type");

	begin(c, type[0] == '\0' ? ITEM_PLAYLIST : item_kind_of(span_str(type)), true);
}

static void
on_devices(struct call *c, const struct sp_answer *a)
{
	struct json_object *devices = json_get_arr(a->json, "devices");
	size_t i;

	if (a->error.problem != SP_OK) {
		errand_fail(c, &a->error);
		return;
	}
	for (i = 0; i < field_len(devices); i++) {
		const char *name = item_text(c, json_object_array_get_idx(devices, i), "name",
		    NAME_BYTES);

		if (name[0] != '\0')
			call_offer(c, name, name);
	}
	call_done(c);
}

void
offer_devices(struct call *c)
{
	if (errand_begin(c, sizeof(struct errand)) == NULL)
		return;
	if (scope_allows(SCOPE_PLAYBACK_READ, c->scopes))
		errand_ask(c, SP_OP_DEVICES, NULL, NULL, NULL, on_devices);
	else
		call_done(c);
}
