/* Lists of items; see uris.h. */
#include "config.h"

#include <stdio.h>
#include <string.h>

#include "worker/tools/uris.h"

#define BAD_SHOWN 5

bool
uris_read(struct call *c, const char *name, struct uri_list *out)
{
	return uris_read_kinds(c, name, ITEM_BIT(ITEM_TRACK) | ITEM_BIT(ITEM_EPISODE),
	    "tracks or episodes", false, out);
}

static bool
is_in(const struct uri_list *list, const struct item_ref *ref)
{
	size_t i;

	for (i = 0; i < list->n; i++)
		if (list->refs[i].kind == ref->kind && strcmp(list->refs[i].id, ref->id) == 0)
			return true;
	return false;
}

bool
uris_read_kinds(struct call *c, const char *name, unsigned kinds, const char *words,
    bool once, struct uri_list *out)
{
	size_t n = call_items(c, name), i, bad = 0;
	struct buf list;
	void *refs = NULL;
	err_t err = 0;

	out->n = 0;
	out->refs = NULL;
	if (n == 0)
		return true;
	err = arena_alloc(&c->arena, n * sizeof(*out->refs), &refs);
	if (err != 0) {
		call_broken(c, err);
		return false;
	}
	out->refs = refs;
	buf_init(&list, 4096);
	for (i = 0; i < n; i++) {
		const char *text = call_item(c, name, i);
		struct item_ref *ref = &out->refs[out->n];

		if (item_parse(text, ITEM_TRACK, ref) == 0 && (kinds & ITEM_BIT(ref->kind)) != 0)
			out->n += once && is_in(out, ref) ? 0 : 1;
		else if (bad++ < BAD_SHOWN && err == 0)
			err = buf_printf(&list, "%s\"%.80s\" (number %zu)", list.len > 0 ? ", " : "",
			    text, i + 1);
	}
	if (bad > 0)
		call_fail(c, "%zu of %zu entries of %s are not links or URIs of %s: %s%s. "
		    "%sUse links as they stand in answers.", bad, n, name, words, buf_cstr(&list),
		    bad > BAD_SHOWN ? ", ..." : "", c->tool->read_only ? "" : "Nothing was changed. ");
	buf_free(&list);
	return bad == 0;
}

err_t
uris_put(const struct uri_list *list, size_t from, size_t n, struct buf *out)
{
	char uri[ITEM_LINK_MAX];
	size_t i;
	err_t err = buf_put_str(out, "\"uris\":[");

	for (i = from; i < from + n && i < list->n && err == 0; i++) {
		item_uri(&list->refs[i], uri);
		err = buf_printf(out, "%s\"%s\"", i > from ? "," : "", uri);
	}
	return err != 0 ? err : buf_put_byte(out, ']');
}

bool
uris_is(const struct uri_list *list, size_t i, struct span uri)
{
	char ours[ITEM_LINK_MAX];

	item_uri(&list->refs[i], ours);
	return span_is(uri, ours);
}
