/* check_library: which of these are saved. */
#include "config.h"

#include "shared/json/json.h"
#include "worker/spotify/field.h"
#include "worker/tools/saving.h"

struct check {
	struct errand errand;
	struct saving saving;
};

static err_t
tell_one(struct call *c, const struct saving *s, size_t i, struct json_object *list)
{
	struct json_object *o = field_append_obj(list);
	char link[ITEM_LINK_MAX];
	err_t err = o == NULL ? ERR_NOMEM : 0;

	item_link(&s->list.refs[i], link);
	if (err == 0)
		err = json_add_text(o, "url", link);
	if (s->state[i] == SAVED_FAILED)
		return err;
	call_line(c, "%zu. %s %s", i + 1, s->state[i] == SAVED_YES ? "saved:" : "not saved:", link);
	return err != 0 ? err : json_add_bool(o, "saved", s->state[i] == SAVED_YES);
}

static void
on_checked(struct call *c)
{
	const struct saving *s = &((struct check *)c->state)->saving;
	struct json_object *data = call_data(c), *list = field_add_arr(data, "items");
	size_t i, failed = saving_count(s, SAVED_FAILED);
	err_t err = list == NULL ? ERR_NOMEM : 0;

	if (failed == s->list.n) {
		call_fail(c, "%s", saving_trouble(s));
		return;
	}
	for (i = 0; i < s->list.n && err == 0; i++)
		err = tell_one(c, s, i, list);
	if (err == 0)
		err = json_add_int(data, "saved", (int64_t)saving_count(s, SAVED_YES));
	if (err == 0)
		err = json_add_int(data, "not_saved", (int64_t)saving_count(s, SAVED_NO));
	call_line(c, "%zu of %zu are saved.", saving_count(s, SAVED_YES), s->list.n);
	if (failed > 0)
		call_line(c, "Of %zu it could not be found out:", failed);
	if (err == 0)
		err = saving_failures(c, s);
	call_end(c, err);
}

static void
run(struct call *c)
{
	struct check *t = errand_begin(c, sizeof(*t));

	if (t != NULL && saving_read(c, &t->saving))
		saving_start(c, &t->saving, SP_OP_LIBRARY_CONTAINS, on_checked);
}

static const struct out check_out[] = {
	{.name = "url", .type = OUT_STR, .always = true},
	{.name = "saved", .type = OUT_BOOL, .about = "Absent: it could not be found out"},
	{.name = NULL},
};

const struct tool tool_check_library = {
	.name = "check_library",
	.title = "Is it saved?",
	.about = "Tells of up to 200 tracks, albums, shows, episodes and audiobooks which are in the "
	    "user's library, and of artists and playlists which the user follows.",
	.args = (const struct arg[]){
		{.name = "uris", .type = ARG_STRS, .required = true, .min_items = 1,
		    .max_items = SAVING_MAX, .max_bytes = 300,
		    .about = "Links, URIs; bare ids are tracks"},
		{.name = NULL}},
	.out = (const struct out[]){
		{.name = "items", .type = OUT_OBJS, .always = true, .fields = check_out},
		{.name = "saved", .type = OUT_INT, .always = true},
		{.name = "not_saved", .type = OUT_INT, .always = true},
		{.name = "failures", .type = OUT_OBJS, .fields = saving_failure_out},
		{.name = NULL}},
	.read_only = true, .idempotent = true, .open_world = true,
	.scope = SCOPE_LIBRARY_READ,
	.spotify_scopes = "user-library-read user-follow-read playlist-read-private",
	.max_requests = SAVING_PARTS,
	.run = run,
};
