/* update_playlist and set_playlist_cover: what a playlist says about itself. */
#include "config.h"

#include <stdio.h>
#include <string.h>

#include "shared/crypto/b64.h"
#include "shared/json/json.h"
#include "worker/spotify/field.h"
#include "worker/spotify/text.h"
#include "worker/tools/errand.h"
#include "worker/tools/items.h"
#include "worker/tools/journal.h"
#include "worker/tools/playlist_find.h"
#include "worker/worker.h"

#define NAME_MAX_BYTES 400       /* Spotify takes 100 characters */
#define ABOUT_MAX_BYTES 1200     /* and 300 */
#define SETTLE_MS 700            /* until a change can be read */
#define LOOKS 2                  /* how often it is read back at most */
#define COVER_MAX_BYTES ((size_t)256 * 1024)

#define DETAILS "name,description,public,collaborative,owner(id,display_name)"

struct change {
	struct errand errand;
	struct playlist_find find;
	unsigned looks;
	bool unknown;                /* whether Spotify carried it out is not known */
	const char *trouble;
	const char *why_not;         /* sentence: it could not be recorded */
};

static void
ask_details(struct call *c, errand_answer next)
{
	struct change *t = c->state;

	errand_ask_with(c, SP_OP_PLAYLIST, t->find.found.ref.id, "fields", DETAILS, next);
}

/* Only an owner may; false: the call has failed with a sentence. */
static bool
owned(struct call *c, struct json_object *playlist)
{
	struct json_object *owner = json_get_obj(playlist, "owner");
	struct span id = field_str(owner, "id");
	const char *by;

	if (id.n == 0 || span_is(id, c->worker->who.spotify_id))
		return true;
	by = item_text(c, owner, "display_name", 80);
	call_fail(c, "The playlist \"%s\" belongs to %s; Spotify lets only its owner change this. Nothing "
	    "was changed.", item_text(c, playlist, "name", 100), by[0] != '\0' ? by : "somebody else");
	return false;
}

static err_t
tell_playlist(struct call *c, struct json_object *playlist)
{
	struct change *t = c->state;
	const char *name = item_text(c, playlist, "name", 100);
	char link[ITEM_LINK_MAX];
	err_t err;

	item_link(&t->find.found.ref, link);
	call_line(c, "Playlist \"%s\" %s", name, link);
	err = json_add_text(call_data(c), "url", link);
	return err != 0 ? err : json_add_text(call_data(c), "name", name);
}

/* --- update_playlist ------------------------------------------------------------------- */

static const char *const settable[] = {"name", "description", "public", "collaborative", NULL};

static void update_look(struct call *c);

/* Is this text what was asked for, once both are cleaned alike? */
static bool
same_text(struct call *c, const char *got, const char *name)
{
	struct buf wanted;
	bool same;

	buf_init(&wanted, ABOUT_MAX_BYTES);
	if (text_clean(span_str(call_str(c, name)), ABOUT_MAX_BYTES, &wanted) != 0)
		c->trouble = ERR_NOMEM;
	same = span_is(buf_span(&wanted), got);
	buf_free(&wanted);
	return same;
}

/* Is this setting now as the arguments have it? */
static bool
as_asked(struct call *c, struct json_object *playlist, const char *name)
{
	bool is;

	if (strcmp(name, "name") == 0 || strcmp(name, "description") == 0)
		return same_text(c, item_text(c, playlist, name, ABOUT_MAX_BYTES), name);
	return json_get_bool(playlist, name, &is) && is == call_bool(c, name);
}

static bool
all_as_asked(struct call *c, struct json_object *playlist)
{
	size_t i;

	for (i = 0; settable[i] != NULL; i++)
		if (call_has(c, settable[i]) && !as_asked(c, playlist, settable[i]))
			return false;
	return true;
}

static err_t
tell_settings(struct call *c, struct json_object *playlist)
{
	struct json_object *data = call_data(c);
	const char *about = item_text(c, playlist, "description", 300);
	bool is;
	err_t err = 0;

	if (about[0] != '\0')
		err = json_add_text(data, "description", about);
	if (err == 0 && json_get_bool(playlist, "public", &is)) {
		err = json_add_bool(data, "public", is);
		call_line(c, "%s", is ? "Shown on the owner's profile." : "Not shown on the owner's "
		    "profile, says Spotify; whoever has the link can open it all the same.");
	}
	if (err == 0 && json_get_bool(playlist, "collaborative", &is)) {
		err = json_add_bool(data, "collaborative", is);
		call_line(c, "%s", is ? "Collaborative." : "Not collaborative.");
	}
	return err;
}

/* Which settings are as asked for, and which Spotify did not take. */
static err_t
tell_outcome(struct call *c, struct json_object *playlist)
{
	struct json_object *taken = field_add_arr(call_data(c), "changed");
	struct json_object *refused = field_add_arr(call_data(c), "not_taken");
	size_t i;
	err_t err = 0;

	for (i = 0; settable[i] != NULL && err == 0; i++) {
		bool ok;

		if (!call_has(c, settable[i]))
			continue;
		ok = as_asked(c, playlist, settable[i]);
		err = json_append(ok ? taken : refused, json_new_str(span_str(settable[i])));
		call_line(c, "%s: %s.", settable[i],
		    ok ? "as asked for" : "Spotify kept another value although it took the change");
	}
	return err;
}

static void
on_read_back(struct call *c, const struct sp_answer *a)
{
	struct change *t = c->state;
	err_t err;

	if (a->error.problem != SP_OK) {
		call_fail(c, "%s, but reading it back failed. %s Look at the playlist before "
		    "changing it again.", t->unknown ? "Whether the change was made is not known"
		    : "Spotify took the change", errand_sentence(c, &a->error));
		return;
	}
	if (!all_as_asked(c, a->json) && ++t->looks < LOOKS && errand_may(c, 1)) {
		errand_pause(c, SETTLE_MS * 2, update_look);
		return;
	}
	if (t->unknown)
		journal_outcome(c, all_as_asked(c, a->json) ? STEP_DONE : STEP_UNKNOWN);
	if (t->unknown && !all_as_asked(c, a->json)) {
		call_fail(c, "%s The playlist does not show the change.", t->trouble);
		return;
	}
	err = tell_playlist(c, a->json);
	if (err == 0)
		err = tell_outcome(c, a->json);
	if (err == 0)
		err = tell_settings(c, a->json);
	call_end(c, err);
}

static void
update_look(struct call *c)
{
	ask_details(c, on_read_back);
}

static void
update_stopped(struct call *c)
{
	call_fail(c, "Spotify was asked for the change, but there was no time to read it back. Look at the "
	    "playlist.");
}

static void
on_updated(struct call *c, const struct sp_answer *a)
{
	struct change *t = c->state;

	if (a->error.problem != SP_OK && a->error.problem != SP_OUTCOME_UNKNOWN) {
		journal_outcome(c, STEP_NOT_DONE);
		errand_fail(c, &a->error);
		return;
	}
	t->unknown = a->error.problem == SP_OUTCOME_UNKNOWN;
	if (!t->unknown)
		journal_outcome(c, STEP_DONE);
	t->trouble = t->unknown ? errand_sentence(c, &a->error) : "";
	t->errand.on_stop = update_stopped;
	errand_pause(c, SETTLE_MS, update_look);
}

static err_t
update_body(struct call *c, struct buf *body)
{
	struct json_object *o = json_object_new_object();
	err_t err = o == NULL ? ERR_NOMEM : 0;
	size_t i;

	for (i = 0; settable[i] != NULL && err == 0; i++)
		if (call_has(c, settable[i]))
			err = i < 2 ? json_add_text(o, settable[i], call_str(c, settable[i])) :
			    json_add_bool(o, settable[i], call_bool(c, settable[i]));
	/* Spotify takes one only with the other. */
	if (err == 0 && call_bool(c, "collaborative") && !call_has(c, "public"))
		err = json_add_bool(o, "public", false);
	if (err == 0)
		err = json_write(body, o);
	json_object_put(o);
	return err;
}

static void
send_update(struct call *c)
{
	struct change *t = c->state;
	struct buf body;

	buf_init(&body, 16384);
	if (update_body(c, &body) != 0)
		call_broken(c, ERR_NOMEM);
	else
		errand_ask(c, SP_OP_PLAYLIST_CHANGE, t->find.found.ref.id, NULL, &body, on_updated);
	buf_free(&body);
}

/* There is no record of it, so it was not sent. */
static void
unrecorded(struct call *c)
{
	struct change *t = c->state;

	if (t->why_not == NULL)
		errand_end(c);
	else
		call_fail(c, "Nothing was changed. %s", t->why_not);
}

static int
setting(struct json_object *playlist, const char *name)
{
	bool is = false;

	return json_get_bool(playlist, name, &is) ? is : -1;
}

/* What is about to be changed, and what it was. */
static void
record_update(struct call *c, struct json_object *was)
{
	struct change *t = c->state;
	struct change_about about = {.kind = CHANGE_DETAILS, .planned = 1, .position = -1, .total = -1,
	    .details_before = {.is_public = -1, .collaborative = -1},
	    .details_after = {.is_public = -1, .collaborative = -1}};
	struct change_details *before = &about.details_before, *after = &about.details_after;
	char uri[ITEM_LINK_MAX];

	item_uri(&t->find.found.ref, uri);
	about.thing = uri;
	about.name = item_text(c, was, "name", NAME_MAX_BYTES);
	if (call_has(c, "name")) {
		before->name = item_raw(c, was, "name", NAME_MAX_BYTES);
		after->name = call_str(c, "name");
	}
	if (call_has(c, "description")) {
		before->description = item_raw(c, was, "description", ABOUT_MAX_BYTES);
		after->description = call_str(c, "description");
	}
	/* Spotify takes collaborative only with public false. */
	if (call_has(c, "public") || call_bool(c, "collaborative")) {
		before->is_public = setting(was, "public");
		after->is_public = call_bool(c, "public");
	}
	if (call_has(c, "collaborative")) {
		before->collaborative = setting(was, "collaborative");
		after->collaborative = call_bool(c, "collaborative");
	}
	journal_begin(c, &about);
	journal_intent(c, &(struct change_step){.kind = STEP_DETAILS}, 1, send_update, unrecorded,
	    &t->why_not);
}

static void
on_before_update(struct call *c, const struct sp_answer *a)
{
	if (a->error.problem != SP_OK) {
		errand_fail(c, &a->error);
		return;
	}
	if (owned(c, a->json))
		record_update(c, a->json);
}

static void
update_found(struct call *c)
{
	ask_details(c, on_before_update);
}

static void
run_update(struct call *c)
{
	struct change *t = errand_begin(c, sizeof(*t));
	size_t i, n = 0;

	if (t == NULL)
		return;
	for (i = 0; settable[i] != NULL; i++)
		n += call_has(c, settable[i]);
	if (n == 0)
		call_fail(c, "Nothing to change was given: name, description, public or collaborative.");
	else if (call_has(c, "name") && call_str(c, "name")[strspn(call_str(c, "name"), " \t\r\n")] == '\0')
		call_fail(c, "A playlist's name cannot be empty. Nothing was changed.");
	else if (call_bool(c, "collaborative") && call_bool(c, "public"))
		call_fail(c, "A collaborative playlist cannot be public. Nothing was changed.");
	else
		playlist_find(c, &t->find, call_str(c, "playlist"), update_found);
}

const struct tool tool_update_playlist = {
	.name = "update_playlist",
	.title = "Rename or describe a playlist",
	.about = "Changes a playlist's name, description, public or collaborative setting and reads back "
	    "what Spotify made of it. public false only keeps it off the profile and is at times "
	    "ignored by Spotify: never tell the user that a playlist is private.",
	.args = (const struct arg[]){
		{.name = "playlist", .type = ARG_STR, .required = true, .max_bytes = 300,
		    .about = "Link, URI, id or name"},
		{.name = "name", .type = ARG_STR, .max_bytes = NAME_MAX_BYTES},
		{.name = "description", .type = ARG_STR, .max_bytes = ABOUT_MAX_BYTES},
		{.name = "public", .type = ARG_BOOL, .about = "Show it on the profile"},
		{.name = "collaborative", .type = ARG_BOOL, .about = "Others may edit; not with public"},
		JOURNAL_ARG,
		{.name = NULL}},
	.out = (const struct out[]){
		{.name = "url", .type = OUT_STR, .always = true},
		{.name = "name", .type = OUT_STR, .always = true},
		{.name = "description", .type = OUT_STR},
		{.name = "public", .type = OUT_BOOL},
		{.name = "collaborative", .type = OUT_BOOL},
		{.name = "changed", .type = OUT_STRS, .always = true, .about = "As asked for now"},
		{.name = "not_taken", .type = OUT_STRS, .always = true, .about = "Kept otherwise by Spotify"},
		{.name = NULL}},
	.read_only = false, .destructive = true, .idempotent = true, .open_world = true,
	.scope = SCOPE_PLAYLISTS_WRITE,
	.spotify_scopes = PLAYLIST_SCOPES_EDIT,
	.max_requests = PLAYLIST_FIND_PAGES + 2 + LOOKS,
	.run = run_update,
};

/* --- set_playlist_cover ------------------------------------------------------------------ */

/* Whether text, Base64 of a JPEG as it should be, begins and ends like one.  The
 * picture itself is never decoded. */
static bool
looks_like_jpeg(const uint8_t *p, size_t n)
{
	return n > 4 && p[0] == 0xff && p[1] == 0xd8 && p[2] == 0xff && p[3] >= 0xc0;
}

/* The Base64 text of the argument, behind "data:image/jpeg;base64,". */
static const char *
cover_text(struct call *c)
{
	static const char *const heads[] = {"data:image/jpeg;base64,", "data:image/jpg;base64,"};
	const char *text = call_str(c, "image");
	size_t i;

	for (i = 0; i < sizeof(heads) / sizeof(heads[0]); i++)
		if (strncmp(text, heads[i], strlen(heads[i])) == 0)
			return text + strlen(heads[i]);
	return text;
}

/* Why the picture cannot be sent, or NULL. */
static const char *
cover_fault(struct call *c, const char *text)
{
	size_t n = strlen(text), bytes = 0;
	void *room = NULL;

	if (n > COVER_MAX_BYTES)
		return "The picture is too large: Spotify takes at most 256 KB, counted as Base64. Make it "
		    "smaller, for example 640 x 640 pixels, and try again.";
	if (arena_alloc(&c->arena, n + 1, &room) != 0)
		return "The picture does not fit into memory now; try again later.";
	if (b64std_decode(span_of(text, n), room, n + 1, &bytes) != 0)
		return "The picture is not Base64: only A-Z a-z 0-9 + / with = at the end, without "
		    "line breaks.";
	if (!looks_like_jpeg(room, bytes))
		return "The picture is not a JPEG by its first bytes; Spotify takes nothing else. "
		    "Convert it to JPEG.";
	return NULL;
}

static void
cover_stopped(struct call *c)
{
	call_fail(c, "This took too long and was given up; the cover was not changed.");
}

static void
on_cover(struct call *c, const struct sp_answer *a)
{
	journal_outcome(c, a->error.problem == SP_OK ? STEP_DONE :
	    a->error.problem == SP_OUTCOME_UNKNOWN ? STEP_UNKNOWN : STEP_NOT_DONE);
	if (a->error.problem != SP_OK) {
		errand_fail(c, &a->error);
		return;
	}
	call_line(c, "Spotify took the picture; it may be some minutes before it is shown.");
	if (json_add_bool(call_data(c), "accepted", true) != 0 ||
	    json_add_int(call_data(c), "bytes", (int64_t)strlen(cover_text(c))) != 0)
		call_broken(c, ERR_NOMEM);
	else
		call_done(c);
}

static void
send_cover(struct call *c)
{
	struct change *t = c->state;
	struct buf body;

	buf_init(&body, COVER_MAX_BYTES + 1);
	if (buf_put_str(&body, cover_text(c)) != 0)
		call_broken(c, ERR_NOMEM);
	else
		errand_ask(c, SP_OP_PLAYLIST_COVER, t->find.found.ref.id, NULL, &body, on_cover);
	buf_free(&body);
}

static void
on_before_cover(struct call *c, const struct sp_answer *a)
{
	struct change *t = c->state;
	char uri[ITEM_LINK_MAX];

	if (a->error.problem != SP_OK) {
		errand_fail(c, &a->error);
		return;
	}
	if (!owned(c, a->json))
		return;
	if (tell_playlist(c, a->json) != 0) {
		call_broken(c, ERR_NOMEM);
		return;
	}
	item_uri(&t->find.found.ref, uri);
	journal_begin(c, &(struct change_about){.kind = CHANGE_COVER, .thing = uri, .planned = 1,
	    .name = item_text(c, a->json, "name", NAME_MAX_BYTES), .position = -1, .total = -1});
	journal_intent(c, &(struct change_step){.kind = STEP_COVER}, 1, send_cover, unrecorded,
	    &t->why_not);
}

static void
cover_found(struct call *c)
{
	ask_details(c, on_before_cover);
}

static void
run_cover(struct call *c)
{
	struct change *t = errand_begin(c, sizeof(*t));
	const char *fault;

	if (t == NULL)
		return;
	t->errand.on_stop = cover_stopped;
	fault = cover_fault(c, cover_text(c));
	if (fault != NULL)
		call_fail(c, "%s The cover was not changed.", fault);
	else
		playlist_find(c, &t->find, call_str(c, "playlist"), cover_found);
}

const struct tool tool_set_playlist_cover = {
	.name = "set_playlist_cover",
	.title = "Set a playlist's cover",
	.about = "Gives a playlist that the user owns another cover: a JPEG as Base64, at most 256 KB of "
	    "Base64 text. The old cover cannot be brought back.",
	.args = (const struct arg[]){
		{.name = "playlist", .type = ARG_STR, .required = true, .max_bytes = 300,
		    .about = "Link, URI, id or name"},
		{.name = "image", .type = ARG_STR, .required = true, .max_bytes = 400000,
		    .about = "JPEG as Base64"},
		JOURNAL_ARG,
		{.name = NULL}},
	.out = (const struct out[]){
		{.name = "url", .type = OUT_STR, .always = true},
		{.name = "name", .type = OUT_STR, .always = true},
		{.name = "accepted", .type = OUT_BOOL, .always = true},
		{.name = "bytes", .type = OUT_INT, .always = true, .about = "Base64 characters sent"},
		{.name = NULL}},
	.read_only = false, .destructive = true, .idempotent = true, .open_world = true,
	.scope = SCOPE_PLAYLISTS_WRITE,
	.spotify_scopes = "ugc-image-upload " PLAYLIST_SCOPES_EDIT,
	.max_requests = PLAYLIST_FIND_PAGES + 2,
	.run = run_cover,
};
