/* undo_change for a playlist's name, description and settings; see undo.h. */
#include "config.h"

#include <stdio.h>
#include <string.h>

#include "shared/json/json.h"
#include "worker/spotify/field.h"
#include "worker/spotify/text.h"
#include "worker/tools/journal.h"
#include "worker/tools/undo.h"

#define DETAILS "name,description,public,collaborative"
#define ABOUT_MAX_BYTES 1200
#define SETTLE_MS 700
#define LOOKS 2

static void look(struct call *c);

static void
ask_details(struct call *c, errand_answer next)
{
	struct undo *t = c->state;

	errand_ask_with(c, SP_OP_PLAYLIST, t->edit.find.found.ref.id, "fields", DETAILS, next);
}

/* As it may be shown. */
static const char *
clean(struct call *c, const char *text)
{
	struct json_object *o = json_object_new_object();
	const char *shown = "";

	if (o != NULL && json_add_text(o, "text", text) == 0)
		shown = item_text(c, o, "text", ABOUT_MAX_BYTES);
	else
		c->trouble = ERR_NOMEM;
	json_object_put(o);
	return shown;
}

/* Spotify writes some characters in descriptions its own way. */
static bool
same(struct call *c, const char *a, const char *b)
{
	return strcmp(clean(c, a), clean(c, b)) == 0;
}

static int
setting(struct json_object *p, const char *name)
{
	bool is;

	return json_get_bool(p, name, &is) ? is : -1;
}

static struct change_details
details_of(struct call *c, struct json_object *p)
{
	return (struct change_details){.name = item_raw(c, p, "name", 400),
	    .description = item_raw(c, p, "description", ABOUT_MAX_BYTES),
	    .is_public = setting(p, "public"), .collaborative = setting(p, "collaborative")};
}

/* A text is set back only where it is still what the change made of it. */
static const char *
text_back(struct call *c, const char *was, const char *became, const char *now, size_t *others)
{
	if (was == NULL || same(c, was, now))
		return NULL;
	if (became != NULL && !same(c, became, now)) {
		(*others)++;
		return NULL;
	}
	return was;
}

static int
setting_back(int was, int now)
{
	return was < 0 || was == now ? -1 : was;
}

static bool
anything(const struct change_details *d)
{
	return d->name != NULL || d->description != NULL || d->is_public >= 0 || d->collaborative >= 0;
}

static err_t
put_body(const struct change_details *d, struct buf *body)
{
	struct json_object *o = json_object_new_object();
	err_t err = o == NULL ? ERR_NOMEM : 0;

	if (err == 0 && d->name != NULL)
		err = json_add_text(o, "name", d->name);
	if (err == 0 && d->description != NULL)
		err = json_add_text(o, "description", d->description);
	if (err == 0 && d->is_public >= 0)
		err = json_add_bool(o, "public", d->is_public > 0);
	if (err == 0 && d->collaborative >= 0)
		err = json_add_bool(o, "collaborative", d->collaborative > 0);
	/* Spotify takes one only with the other. */
	if (err == 0 && d->collaborative > 0 && d->is_public < 0)
		err = json_add_bool(o, "public", false);
	if (err == 0)
		err = json_write(body, o);
	json_object_put(o);
	return err;
}

/* --- the end ------------------------------------------------------------------------------ */

static void
tell(struct call *c, bool whole)
{
	struct undo *t = c->state;
	char link[ITEM_LINK_MAX];
	err_t err;

	if (whole && !t->dry)
		undo_mark(c);
	err = undo_tell(c, whole);
	item_link(&t->edit.find.found.ref, link);
	if (t->want.name != NULL)
		call_line(c, "name: \"%s\"", clean(c, t->want.name));
	if (t->want.description != NULL)
		call_line(c, "description: \"%s\"", clean(c, t->want.description));
	if (t->want.is_public >= 0)
		call_line(c, "public: %s", t->want.is_public > 0 ? "true" : "false");
	if (t->want.collaborative >= 0)
		call_line(c, "collaborative: %s", t->want.collaborative > 0 ? "true" : "false");
	call_line(c, "Playlist %s", link);
	if (t->trouble != NULL)
		call_line(c, "%s", t->trouble);
	if (err == 0)
		err = json_add_text(call_data(c), "url", link);
	if (err == 0)
		err = json_add_bool(call_data(c), "verified", whole && !t->dry);
	if (err == 0)
		err = json_add_bool(call_data(c), "dry_run", t->dry);
	if (err == 0 && t->trouble != NULL)
		err = json_add_text(call_data(c), "problem", t->trouble);
	call_end(c, err);
}

static bool
as_wanted(struct call *c, struct json_object *p)
{
	const struct change_details *want = &((struct undo *)c->state)->want;
	struct change_details now = details_of(c, p);

	return (want->name == NULL || same(c, want->name, now.name)) &&
	    (want->description == NULL || same(c, want->description, now.description)) &&
	    (want->is_public < 0 || want->is_public == now.is_public) &&
	    (want->collaborative < 0 || want->collaborative == now.collaborative);
}

static void
on_read_back(struct call *c, const struct sp_answer *a)
{
	struct undo *t = c->state;
	bool right = a->error.problem == SP_OK && as_wanted(c, a->json);

	if (a->error.problem == SP_OK && !right && ++t->looks < LOOKS && errand_may(c, 1)) {
		errand_pause(c, SETTLE_MS * 2, look);
		return;
	}
	if (t->unknown)
		journal_outcome(c, right ? STEP_DONE : STEP_UNKNOWN);
	if (t->unknown && !right) {
		call_fail(c, a->error.problem != SP_OK ? "%s" : "%s The playlist does not show it.",
		    t->trouble);
		return;
	}
	if (right)
		t->trouble = NULL;
	else
		t->trouble = a->error.problem != SP_OK ? errand_sentence(c, &a->error) :
		    "Spotify kept another value although it was asked for the old one.";
	tell(c, right);
}

static void
look(struct call *c)
{
	ask_details(c, on_read_back);
}

/* --- setting back ------------------------------------------------------------------------- */

static void
stopped(struct call *c)
{
	struct undo *t = c->state;

	if (t->unknown) {
		call_fail(c, "%s", t->trouble);
		return;
	}
	t->trouble = "There was no time to read the playlist back.";
	tell(c, false);
}

static void
on_set(struct call *c, const struct sp_answer *a)
{
	struct undo *t = c->state;

	t->unknown = a->error.problem == SP_OUTCOME_UNKNOWN;
	if (a->error.problem == SP_OK || t->unknown) {
		if (t->unknown)
			t->trouble = errand_sentence(c, &a->error);
		else
			journal_outcome(c, STEP_DONE);
		t->edit.errand.on_stop = stopped;
		errand_pause(c, SETTLE_MS, look);
		return;
	}
	journal_outcome(c, STEP_NOT_DONE);
	errand_fail(c, &a->error);
}

static void
send_details(struct call *c)
{
	struct undo *t = c->state;
	struct buf body;

	buf_init(&body, 16384);
	if (put_body(&t->want, &body) != 0)
		call_broken(c, ERR_NOMEM);
	else
		errand_ask(c, SP_OP_PLAYLIST_CHANGE, t->edit.find.found.ref.id, NULL, &body, on_set);
	buf_free(&body);
}

static void
refused(struct call *c)
{
	const struct undo *t = c->state;

	call_fail(c, "%s Nothing was changed.", t->trouble != NULL ? t->trouble :
	    "The call was stopped.");
}

/* Only what is set back is part of the change: what others alter later stays when this
 * is undone in its turn. */
static struct change_details
part_of(const struct change_details *now, const struct change_details *want)
{
	return (struct change_details){.name = want->name != NULL ? now->name : NULL,
	    .description = want->description != NULL ? now->description : NULL,
	    .is_public = want->is_public >= 0 ? now->is_public : -1,
	    .collaborative = want->collaborative >= 0 ? now->collaborative : -1};
}

static void
on_now(struct call *c, const struct sp_answer *a)
{
	struct undo *t = c->state;
	const struct change_details *was = &t->r->details_before, *became = &t->r->details_after;
	struct change_details now;
	size_t others = 0;

	if (a->error.problem != SP_OK) {
		errand_fail(c, &a->error);
		return;
	}
	now = details_of(c, a->json);
	t->want = (struct change_details){
	    .name = text_back(c, was->name, became->name, now.name, &others),
	    .description = text_back(c, was->description, became->description, now.description, &others),
	    .is_public = setting_back(was->is_public, now.is_public),
	    .collaborative = setting_back(was->collaborative, now.collaborative)};
	/* Spotify takes one only with the other. */
	if (t->want.collaborative > 0 && now.is_public > 0)
		t->want.is_public = 0;
	if (others > 0)
		call_line(c, "%zu of its texts were changed again since, and stay.", others);
	if (t->dry || !anything(&t->want)) {
		tell(c, true);
		return;
	}
	journal_begin(c, &(struct change_about){.kind = CHANGE_DETAILS, .thing = t->r->thing,
	    .name = clean(c, now.name), .planned = 1, .position = -1, .total = -1,
	    .details_before = part_of(&now, &t->want),
	    .details_after = t->want});
	journal_intent(c, &(struct change_step){.kind = STEP_DETAILS}, 1, send_details, refused, &t->trouble);
}

void
undo_details(struct call *c)
{
	struct undo *t = c->state;

	if (item_parse(t->r->thing, ITEM_NONE, &t->edit.find.found.ref) != 0)
		call_fail(c, "The record does not say which playlist it was. Nothing was changed.");
	else
		ask_details(c, on_now);
}
