/* get_queue: what plays now and what comes next. */
#include "config.h"

#include "shared/json/json.h"
#include "worker/spotify/field.h"
#include "worker/tools/errand.h"
#include "worker/tools/items.h"

#define SHOWN_MAX 20     /* Spotify tells no more */

static err_t
show_now(struct call *c, struct json_object *item)
{
	struct json_object *o;
	char line[1024];
	err_t err;

	if (item == NULL) {
		call_line(c, "Now: nothing, or something that Spotify does not tell (an advertisement "
		    "perhaps).");
		return 0;
	}
	o = field_add_obj(call_data(c), "now");
	if (o == NULL)
		return ERR_NOMEM;
	err = item_describe(item, o, line, sizeof(line));
	call_line(c, "Now: %s", line);
	return err;
}

static void
on_queue(struct call *c, const struct sp_answer *a)
{
	struct json_object *queue = json_get_arr(a->json, "queue");
	struct item_page page = {.bytes = 0};
	size_t limit = (size_t)call_int(c, "limit"), i;
	err_t err;

	if (a->error.problem != SP_OK) {
		errand_fail(c, &a->error);
		return;
	}
	err = show_now(c, json_get_obj(a->json, "currently_playing"));
	page.array = field_add_arr(call_data(c), "items");
	if (page.array == NULL)
		err = ERR_NOMEM;
	for (i = 0; i < field_len(queue) && i < limit && err == 0; i++)
		if (!item_show(c, &page, i + 1, json_object_array_get_idx(queue, i), span_str("")))
			break;
	if (err == 0)
		err = json_add_int(call_data(c), "total", (int64_t)field_len(queue));
	if (err == 0)
		err = json_add_int(call_data(c), "returned", (int64_t)page.shown);
	if (err != 0) {
		call_broken(c, err);
		return;
	}
	if (field_len(queue) == 0)
		call_line(c, "Nothing comes next.");
	else
		call_line(c, "%zu of the next %zu; Spotify tells no further, and lets nobody reorder or "
		    "empty the queue.", page.shown, field_len(queue));
	call_done(c);
}

static void
run(struct call *c)
{
	if (errand_begin(c, sizeof(struct errand)) != NULL)
		errand_ask(c, SP_OP_QUEUE, NULL, NULL, NULL, on_queue);
}

const struct tool tool_get_queue = {
	.name = "get_queue",
	.title = "What comes next",
	.about = "Tells what plays now and what comes next: queued items first, then the rest of the "
	    "album or playlist. Spotify tells about 20 at most.",
	.args = (const struct arg[]){
		{.name = "limit", .type = ARG_INT, .min = 1, .max = SHOWN_MAX, .fallback = "20"},
		{.name = NULL}},
	.out = (const struct out[]){
		{.name = "now", .type = OUT_OBJ},
		{.name = "items", .type = OUT_OBJS, .always = true},
		{.name = "total", .type = OUT_INT, .always = true, .about = "As far as Spotify tells"},
		{.name = "returned", .type = OUT_INT, .always = true},
		{.name = NULL}},
	.read_only = true, .idempotent = true, .open_world = true,
	.scope = SCOPE_PLAYBACK_READ,
	.spotify_scopes = "user-read-playback-state user-read-currently-playing",
	.max_requests = 1,
	.run = run,
};
