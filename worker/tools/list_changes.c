/* list_changes: what was changed at Spotify through this server, newest first. */
#include "config.h"

#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "shared/json/json.h"
#include "worker/spotify/field.h"
#include "worker/tools/change_words.h"
#include "worker/tools/cursor.h"
#include "worker/tools/errand.h"
#include "worker/worker.h"

#define LIMIT_DEFAULT "20"

static const char *const bound_to[] = {NULL};

struct listing {
	struct errand errand;
	struct changes_ask *ask;
	struct json_object *list;
	int64_t looked;          /* at of the last one looked at; 0: none yet */
	size_t shown;
	char before[24];         /* at of the last one shown, as text */
};

static void ask(struct call *c);

static void
on_stop(struct call *c)
{
	struct listing *t = c->state;

	if (t->ask != NULL)
		changes_drop(&t->ask);
	call_fail(c, "The record of changes could not be read in time. Try again in a minute.");
}

/* May this connection see it? */
static bool
shown(const struct call *c, const struct change_record *r)
{
	return scope_allows(change_of_library(r) ? SCOPE_LIBRARY_READ : SCOPE_PLAYLISTS_READ, c->scopes);
}

static err_t
put_texts(struct json_object *o, const struct change_record *r, const char *what, const char *id)
{
	const char *note = change_note(r);
	char when[32], link[160];
	err_t err = json_add_text(o, "change_id", id);

	change_time(r->at, when);
	if (err == 0)
		err = json_add_text(o, "at", when);
	if (err == 0)
		err = json_add_text(o, "what", what);
	if (err == 0 && change_link(r, link, sizeof(link)))
		err = json_add_text(o, "url", link);
	if (err == 0 && r->client[0] != '\0')
		err = json_add_text(o, "client", r->client);
	if (err == 0)
		err = json_add_text(o, "state", change_state_word(r));
	if (err == 0 && note[0] != '\0')
		err = json_add_text(o, "note", note);
	return err;
}

static err_t
put_record(struct call *c, struct json_object *list, const struct change_record *r)
{
	struct json_object *o = field_append_obj(list);
	char what[200], id[CHANGE_ID_TEXT], when[32], link[160];
	const char *note = change_note(r);
	err_t err;

	if (o == NULL)
		return ERR_NOMEM;
	change_what(r, what, sizeof(what));
	change_id_text(r->id, id);
	change_time(r->at, when);
	err = put_texts(o, r, what, id);
	if (err == 0)
		err = json_add_bool(o, "can_undo", change_can_undo(r));
	if (err == 0 && change_can_finish(r))
		err = json_add_bool(o, "can_finish", true);
	if (!change_link(r, link, sizeof(link)))
		link[0] = '\0';
	call_line(c, "- %s: %s %s%s%s (%s). %s%schange_id %s", when, what, link,
	    r->client[0] != '\0' ? ", by " : "", r->client, change_state_word(r), note,
	    note[0] != '\0' ? " " : "", id);
	return err;
}

static void
end(struct call *c, bool more)
{
	struct listing *t = c->state;
	bool from_start = call_str(c, "cursor")[0] == '\0';
	err_t err = json_add_int(call_data(c), "returned", (int64_t)t->shown);

	if (t->shown == 0)
		call_line(c, "No changes%s.", from_start ? " in the last 30 days" : " before these");
	else
		call_line(c, "Undo one with undo_change.");
	if (err == 0 && more)
		cursor_give_id(c, bound_to, 0, t->before);
	call_end(c, err);
}

/* Whether there is more is known only when another one was seen that is shown. */
static void
on_records(void *arg, enum change_word word, const struct change_record *records, size_t n,
    bool more, uint32_t retry_s)
{
	struct call *c = arg;
	struct listing *t = c->state;
	bool full = false;
	size_t i;
	err_t err = 0;

	t->ask = NULL;
	if (word != CHANGE_STORED) {
		call_fail(c, "The record of changes cannot be read just now. Try again in %u seconds.",
		    retry_s > 0 ? retry_s : 10);
		return;
	}
	for (i = 0; i < n && err == 0; i++) {
		t->looked = records[i].at;
		if (!shown(c, &records[i]))
			continue;
		full = t->shown == (size_t)call_int(c, "limit");
		if (full)
			break;
		err = put_record(c, t->list, &records[i]);
		t->shown++;
		(void)snprintf(t->before, sizeof(t->before), "%lld", (long long)t->looked);
	}
	if (err != 0)
		call_broken(c, err);
	else if (!full && more && n > 0)
		ask(c);
	else
		end(c, full);
}

static void
ask(struct call *c)
{
	struct listing *t = c->state;
	err_t err = changes_list(c->worker, t->looked, CHANGES_PAGE, &c->arena, on_records, c, &t->ask);

	if (err != 0)
		call_broken(c, err);
}

static void
run(struct call *c)
{
	struct listing *t = errand_begin(c, sizeof(*t));
	uint32_t none;

	if (t == NULL || !cursor_read_id(c, bound_to, &none, t->before, sizeof(t->before)))
		return;
	t->errand.on_stop = on_stop;
	t->looked = strtoll(t->before, NULL, 10);
	t->list = field_add_arr(call_data(c), "changes");
	if (t->list == NULL)
		call_broken(c, ERR_NOMEM);
	else
		ask(c);
}

static const struct out change_out[] = {
	{.name = "change_id", .type = OUT_STR, .always = true},
	{.name = "at", .type = OUT_STR, .always = true},
	{.name = "what", .type = OUT_STR, .always = true},
	{.name = "url", .type = OUT_STR},
	{.name = "client", .type = OUT_STR},
	{.name = "state", .type = OUT_STR, .always = true},
	{.name = "note", .type = OUT_STR},
	{.name = "can_undo", .type = OUT_BOOL, .always = true},
	{.name = "can_finish", .type = OUT_BOOL},
	{.name = NULL}
};

const struct tool tool_list_changes = {
	.name = "list_changes",
	.title = "Changes made through Tonearm",
	.about = "What was changed in the library and playlists, newest first, with the ids that "
	    "undo_change takes. Kept for 30 days.",
	.args = (const struct arg[]){
		{.name = "limit", .type = ARG_INT, .min = 1, .max = CHANGES_PAGE,
		    .fallback = LIMIT_DEFAULT},
		{.name = "cursor", .type = ARG_STR, .max_bytes = 64},
		{.name = NULL}},
	.out = (const struct out[]){
		{.name = "changes", .type = OUT_OBJS, .always = true, .fields = change_out},
		{.name = "returned", .type = OUT_INT, .always = true},
		{.name = "cursor", .type = OUT_STR},
		{.name = NULL}},
	.read_only = true, .idempotent = true, .open_world = false,
	.scope = SCOPE_PLAYLISTS_READ, .scope_or = SCOPE_LIBRARY_READ,
	.max_requests = 0,
	.run = run,
};
