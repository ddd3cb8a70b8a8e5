/* Finding a playlist; see playlist_find.h. */
#include "config.h"

#include <stdio.h>
#include <string.h>

#include "shared/json/json.h"
#include "worker/spotify/field.h"
#include "worker/tools/playlist_find.h"

#define PAGE 50

static void ask_page(struct call *c);

static struct playlist_find *
find_of(struct call *c)
{
	return ((struct errand *)c->state)->sub;
}

int64_t
playlist_total(struct json_object *playlist)
{
	int64_t n = field_int(json_get_obj(playlist, "items"), "total", -1);

	return n >= 0 ? n : field_int(json_get_obj(playlist, "tracks"), "total", -1);
}

err_t
playlist_page_query(struct buf *query, uint32_t offset, unsigned limit)
{
	err_t err = sp_query_num(query, "limit", limit);

	if (err == 0)
		err = sp_query_num(query, "offset", offset);
	return err;
}

static void
fail_several(struct call *c, const struct playlist_find *f)
{
	char link[ITEM_LINK_MAX];
	struct buf list;
	size_t i;
	err_t err = 0;

	buf_init(&list, PLAYLIST_FIND_SHOWN * (PLAYLIST_NAME_BYTES + ITEM_LINK_MAX + 8));
	for (i = 0; i < f->n && err == 0; i++)
		if (names_among(&f->finder, span_str(f->seen[i].name))) {
			item_link(&f->seen[i].ref, link);
			err = buf_printf(&list, "%s\"%s\" %s", list.len > 0 ? ", " : "",
			    f->seen[i].name, link);
		}
	call_fail(c, "Several of your playlists fit \"%.100s\": %s. Give the link of the one that is "
	    "meant.", f->text, buf_cstr(&list));
	buf_free(&list);
}

static void
conclude(struct call *c)
{
	struct playlist_find *f = find_of(c);
	size_t i = 0;

	switch (names_end(&f->finder, &i)) {
	case NAME_ONE:
		f->found = f->seen[i];
		f->next(c);
		break;
	case NAME_SEVERAL:
		fail_several(c, f);
		break;
	case NAME_NONE:
		call_fail(c, "None of %syour playlists is called \"%.100s\". List the playlists to see "
		    "their names, or give a link.", f->more ? "the first 300 of " : "", f->text);
		break;
	}
}

static err_t
consider(struct call *c, struct playlist_find *f, struct json_object *playlist)
{
	struct playlist_found p = {.name = item_text(c, playlist, "name", PLAYLIST_NAME_BYTES)};
	size_t before = f->finder.exact.n + f->finder.folded.n + f->finder.prefix.n;
	err_t err;

	if (f->n == PLAYLIST_FIND_SHOWN ||
	    item_parse(item_text(c, playlist, "uri", ITEM_LINK_MAX), ITEM_NONE, &p.ref) != 0)
		return 0;
	err = names_try(&f->finder, f->n, span_str(p.name));
	if (err == 0 && f->finder.exact.n + f->finder.folded.n + f->finder.prefix.n > before)
		f->seen[f->n++] = p;
	return err;
}

static void
on_page(struct call *c, const struct sp_answer *a)
{
	struct playlist_find *f = find_of(c);
	struct json_object *items = json_get_arr(a->json, "items");
	size_t i, n = field_len(items);
	err_t err = 0;

	if (a->error.problem != SP_OK) {
		errand_fail(c, &a->error);
		return;
	}
	for (i = 0; i < n && err == 0; i++)
		err = consider(c, f, json_object_array_get_idx(items, i));
	if (err != 0) {
		call_broken(c, err);
		return;
	}
	f->offset += PAGE;
	f->more = n > 0 && f->offset < field_int(a->json, "total", 0);
	if (f->more && f->offset < PLAYLIST_FIND_PAGES * PAGE)
		ask_page(c);
	else
		conclude(c);
}

static void
ask_page(struct call *c)
{
	struct playlist_find *f = find_of(c);
	struct buf query;
	err_t err;

	buf_init(&query, 256);
	err = playlist_page_query(&query, f->offset, PAGE);
	if (err != 0)
		call_broken(c, err);
	else
		errand_ask(c, SP_OP_MY_PLAYLISTS, NULL, &query, NULL, on_page);
	buf_free(&query);
}

void
playlist_find(struct call *c, struct playlist_find *f, const char *text, errand_step next)
{
	((struct errand *)c->state)->sub = f;
	f->text = text;
	f->next = next;
	f->found.name = "";
	if (item_parse(text, ITEM_PLAYLIST, &f->found.ref) == 0) {
		if (f->found.ref.kind == ITEM_PLAYLIST)
			next(c);
		else
			call_fail(c, "\"%.100s\" is a link to a %s, not to a playlist.", text,
			    item_kind_name(f->found.ref.kind));
		return;
	}
	names_begin(&f->finder, f->text);
	ask_page(c);
}
