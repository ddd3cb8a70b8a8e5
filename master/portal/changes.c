/* The record of changes as a page; see changes.h. */
#include "config.h"

#include <inttypes.h>
#include <stdlib.h>
#include <string.h>

#include "master/portal/changes.h"
#include "master/portal/csrf.h"
#include "master/portal/form.h"
#include "master/portal/show.h"
#include "master/portal/ticket.h"
#include "shared/base/log.h"
#include "shared/crypto/hash.h"
#include "shared/ipc/words.h"
#include "shared/json/json.h"

#define SHOWN_MAX 50
#define SCOPES (SCOPE_LIBRARY_WRITE | SCOPE_PLAYLISTS_WRITE)

static const struct json_limits limits = {.bytes = WORKER_BYTES_MAX, .nodes = 4096,
    .members = 32, .string = 65536};

/* Text of a member, copied. */
static struct span
text(struct page *page, struct json_object *o, const char *name)
{
	struct span s = span_str("");

	(void)json_get_str(o, name, &s);
	return page_copy(page, s);
}

static bool
truth(struct json_object *o, const char *name)
{
	bool is = false;

	return json_get_bool(o, name, &is) && is;
}

static void
view_change(struct page *page, struct view *v, struct json_object *o)
{
	v->n = 0;
	v->full = false;
	view_text(v, "id", text(page, o, "id"));
	view_text(v, "what", text(page, o, "what"));
	view_text(v, "when", text(page, o, "when"));
	view_text(v, "client", text(page, o, "client"));
	view_text(v, "link", text(page, o, "link"));
	view_text(v, "note", text(page, o, "note"));
	view_flag(v, "undone", truth(o, "undone"));
	view_flag(v, "can_undo", truth(o, "can_undo"));
	view_flag(v, "can_finish", truth(o, "can_finish"));
}

static err_t
view_list_of(struct page *page, struct view *v, struct json_object *data)
{
	struct json_object *list = json_get_arr(data, "changes");
	size_t i, n = list == NULL ? 0 : json_object_array_length(list);
	struct view *items;
	void *room;
	err_t err;

	if (n > SHOWN_MAX)
		n = SHOWN_MAX;
	err = arena_alloc(&page->arena, sizeof(*items) * (n + 1), &room);
	if (err != 0)
		return err;
	items = room;
	for (i = 0; i < n; i++)
		view_change(page, &items[i], json_object_array_get_idx(list, i));
	view_list(v, "changes", items, n);
	view_flag(v, "has_changes", n > 0);
	return 0;
}

static void
show(struct page *page, struct json_object *data)
{
	const struct reply r = {.status = 200};
	char field[CSRF_CHARS + 1];
	struct view v;

	show_common(page, &v);
	if (csrf_make(page->portal->form_key, page->session, field) != 0 ||
	    view_list_of(page, &v, data) != 0)
		page->broken = true;
	view_text(&v, "csrf", page_copy(page, span_str(field)));
	view_text(&v, "said", text(page, data, "said"));
	view_flag(&v, "failed", truth(data, "failed"));
	view_text(&v, "trouble", text(page, data, "trouble"));
	view_text(&v, "older", text(page, data, "older"));
	show_page(page, "changes.html", &v, &r);
}

static void
on_data(struct page *page)
{
	struct json_object *data = NULL;

	if (page->data_status == 401) {
		page_fail(page, PORTAL_NO_SESSION, 0);
		return;
	}
	if (page->data_status != 200 ||
	    json_parse(buf_span(&page->data), &limits, &data) != 0) {
		page_fail(page, PORTAL_UNAVAILABLE, page->data_retry);
		return;
	}
	show(page, data);
	json_object_put(data);
}

/* --- the list ------------------------------------------------------------------------ */

static void
on_ticket_to_list(struct page *page)
{
	struct span before = {0};
	struct span ask = span_str("{\"do\":\"list\"}");
	size_t i;

	if (form_get(&page->arena, page->query, "before", &before) == 0 && before.n > 0 &&
	    before.n <= 16) {
		for (i = 0; i < before.n && before.p[i] >= '0' && before.p[i] <= '9'; i++)
			;
		if (i == before.n)
			ask = page_text(page, "{\"do\":\"list\",\"before\":\"%.*s\"}", (int)before.n,
			    (const char *)before.p);
	}
	page_ask_worker(page, span_str(page->secret), ask, on_data);
}

void
changes_show(struct page *page)
{
	ticket_get(page, SCOPES, on_ticket_to_list);
}

/* --- undoing ------------------------------------------------------------------------- */

/* The fields were read before the ticket was asked for. */
static void
on_ticket_to_undo(struct page *page)
{
	log_info("undo_asked_for");
	page_ask_worker(page, span_str(page->secret), page->label, on_data);
}

void
changes_undo(struct page *page)
{
	struct span id = {0}, finish = {0};
	uint8_t bytes[ID_BYTES];

	if (form_get(&page->arena, buf_span(&page->body), "change", &id) != 0 ||
	    form_id(id, bytes) != 0) {
		show_message(page, MESSAGE_FORM_WRONG, 0, span_str(""), span_str(""));
		return;
	}
	(void)!form_get(&page->arena, buf_span(&page->body), "finish", &finish);
	page->label = page_text(page, "{\"do\":\"undo\",\"change\":\"%.*s\",\"finish\":%s}", (int)id.n,
	    (const char *)id.p, span_is(finish, "yes") ? "true" : "false");
	ticket_get(page, SCOPES, on_ticket_to_undo);
}
