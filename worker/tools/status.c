/* get_status: who is signed in, what is possible, what is in the way. */
#include "config.h"

#include <stdio.h>
#include <string.h>
#include <time.h>

#include "shared/base/clock.h"
#include "shared/json/json.h"
#include "worker/spotify/field.h"
#include "worker/spotify/governor.h"
#include "worker/spotify/spotify.h"
#include "worker/spotify/text.h"
#include "worker/tools/errand.h"
#include "worker/tools/items.h"
#include "worker/worker.h"

#define WARN_S (14 * 86400)

struct status {
	struct errand errand;
	bool asking;             /* the vault is asked what is left */
};

/* "2026-11-22" */
static void
date_of(int64_t when, char out[16])
{
	time_t t = (time_t)when;
	struct tm tm;

	if (gmtime_r(&t, &tm) == NULL || strftime(out, 16, "%Y-%m-%d", &tm) == 0)
		out[0] = '\0';
}

/* Adds text that may hold foreign characters. */
static err_t
put_clean(struct json_object *o, const char *name, const char *text)
{
	struct buf clean;
	err_t err;

	buf_init(&clean, 400);
	err = text_clean(span_str(text), 300, &clean);
	if (err == 0)
		err = json_add_str(o, name, buf_span(&clean));
	buf_free(&clean);
	return err;
}

static err_t
put_words(struct json_object *o, const char *name, const char *words)
{
	struct json_object *list = field_add_arr(o, name);
	err_t err = list == NULL ? ERR_NOMEM : 0;

	while (*words != '\0' && err == 0) {
		size_t n = strcspn(words, " ");

		if (n > 0)
			err = json_append(list, json_new_str(span_of(words, n)));
		words += n + (words[n] == ' ');
	}
	return err;
}

static err_t
tell_person(struct call *c, const struct spotify_state *s)
{
	const struct identity *who = &c->worker->who;
	struct json_object *data = call_data(c);
	char scopes[256];
	err_t err = put_clean(data, "display_name", who->display_name);

	if (err == 0)
		err = put_clean(data, "spotify_id", who->spotify_id);
	if (err == 0)
		err = put_words(data, "tonearm_scopes", scope_names(c->scopes, scopes, sizeof(scopes)));
	if (err == 0)
		err = put_words(data, "spotify_scopes", s->scope);
	call_line(c, "Signed in with Spotify: %s", item_text(c, data, "display_name", 100));
	call_line(c, "This connection may: %s", scopes);
	call_line(c, "Spotify permissions: %s", s->scope);
	return err;
}

static err_t
tell_sign_in(struct call *c, const struct spotify_state *s)
{
	struct json_object *data = call_data(c);
	int64_t left = s->ends_at - clock_wall_s();
	char date[16];
	err_t err = json_add_text(data, "sign_in", s->over != SP_OK ? sp_problem_word(s->over) :
	    "valid");

	if (err != 0 || s->ends_at == 0)
		return err;
	date_of(s->ends_at, date);
	err = json_add_text(data, "sign_in_ends", date);
	call_line(c, "The Spotify sign-in ends on %s, six months after it was given.", date);
	if (left < WARN_S)
		call_line(c, "That is soon: sign in again at %s", s->login_url);
	return err;
}

static err_t
tell_mode(struct call *c)
{
	bool extended = c->worker->who.extended;
	err_t err = json_add_text(call_data(c), "mode", extended ? "extended" : "development");

	call_line(c, extended ?
	    "The Spotify application has extended quota: every documented endpoint is open." :
	    "The Spotify application is in Development Mode: at most five allow-listed users, search "
	    "pages of ten, no recommendations, audio features, top tracks of an artist, other users' "
	    "profiles or Spotify's own playlists; contents of playlists only if the user owns or "
	    "shares them; a few hundred requests a day for each kind of endpoint, all users "
	    "together.");
	return err;
}

static err_t
tell_limits(struct call *c, const struct spotify_state *s)
{
	struct json_object *list = field_add_arr(call_data(c), "blocked"), *o;
	struct buf wait;
	unsigned i;
	err_t err = list == NULL ? ERR_NOMEM : 0;

	for (i = 0; i < SP_FAMILY_COUNT && err == 0; i++) {
		if (s->quota_s[i] == 0)
			continue;
		o = field_append_obj(list);
		err = json_add_text(o, "family", sp_family_name(i));
		if (err == 0)
			err = json_add_int(o, "seconds", s->quota_s[i]);
		buf_init(&wait, 128);
		if (err == 0)
			err = sp_wait_text(s->quota_s[i], clock_wall_s(), &wait);
		call_line(c, "Today's allowance for %s is used up; it comes back %s.", sp_family_name(i),
		    buf_cstr(&wait));
		buf_free(&wait);
	}
	if (err == 0 && s->pause_s > 0) {
		err = json_add_int(call_data(c), "pause_seconds", s->pause_s);
		call_line(c, "Spotify asked for a pause of %lld more seconds.", (long long)s->pause_s);
	}
	if (err == 0 && s->no_premium) {
		err = json_add_bool(call_data(c), "premium", false);
		call_line(c, "Spotify refused playback commands: the account has no Premium.");
	}
	return err;
}

/* "search 480 of 500, player 2 asked" */
static err_t
tell_family(struct buf *line, struct json_object *list, unsigned family,
    const struct left_family *f)
{
	const uint32_t left = f->allowed > f->used ? f->allowed - f->used : 0;
	struct json_object *o = field_append_obj(list);
	err_t err = json_add_text(o, "family", sp_family_name((enum sp_family)family));

	if (err == 0)
		err = json_add_int(o, "used", f->used);
	if (err == 0 && f->allowed > 0)
		err = json_add_int(o, "left", left);
	if (err == 0)
		err = buf_printf(line, "%s%s ", line->len > 0 ? ", " : "",
		    sp_family_name((enum sp_family)family));
	if (err == 0 && f->allowed > 0)
		return buf_printf(line, "%u of %u", (unsigned)left, (unsigned)f->allowed);
	return err != 0 ? err : buf_printf(line, "%u used", (unsigned)f->used);
}

/* What is left today, of all families that were used. */
static err_t
tell_left(struct call *c, const struct left *left)
{
	struct json_object *list = field_add_arr(call_data(c), "today");
	struct buf line;
	uint32_t each = 0;
	unsigned i;
	err_t err = list == NULL ? ERR_NOMEM : 0;

	buf_init(&line, 1024);
	for (i = 0; i < SP_FAMILY_COUNT && err == 0; i++) {
		if (left->family[i].allowed > each)
			each = left->family[i].allowed;
		if (left->family[i].used > 0)
			err = tell_family(&line, list, i, &left->family[i]);
	}
	if (err == 0 && line.len > 0)
		call_line(c, "Requests of the last 24 hours, all users of the application together: %s.",
		    buf_cstr(&line));
	if (err == 0 && each > 0) {
		err = json_add_int(call_data(c), "daily_bound", each);
		call_line(c, "Bound for each kind of request in 24 hours: %u.", (unsigned)each);
	}
	buf_free(&line);
	return err;
}

static void
on_left(void *arg, const struct left *left)
{
	struct status *s = arg;
	struct call *c = s->errand.call;
	err_t err;

	s->asking = false;
	err = left->known ? tell_left(c, left) : 0;
	call_end(c, err);
}

static void
on_stop(struct call *c)
{
	struct status *s = c->state;

	if (s->asking)
		governor_left_drop(spotify_governor(c->worker->spotify));
	s->asking = false;
	call_done(c);
}

/* The last step: what the application has left, if the vault says so. */
static void
ask_left(struct call *c)
{
	struct status *s = c->state;

	s->errand.on_stop = on_stop;
	s->asking = governor_left(spotify_governor(c->worker->spotify), on_left, s) == 0;
	if (!s->asking)
		call_done(c);
}

static void
on_me(struct call *c, const struct sp_answer *a)
{
	struct spotify_state state;
	bool works = a->error.problem == SP_OK;
	const char *sentence;
	err_t err;

	spotify_state(c->worker->spotify, &state);
	err = tell_person(c, &state);
	if (err == 0)
		err = tell_sign_in(c, &state);
	if (err == 0)
		err = json_add_bool(call_data(c), "spotify_answers", works);
	if (err == 0 && works)
		call_line(c, "Spotify answers.");
	else if (err == 0) {
		sentence = errand_sentence(c, &a->error);
		err = json_add_text(call_data(c), "problem", sentence);
		call_line(c, "Problem: %s", sentence);
	}
	if (err == 0)
		err = tell_mode(c);
	if (err == 0)
		err = tell_limits(c, &state);
	if (err != 0)
		call_broken(c, err);
	else
		ask_left(c);
}

static void
run(struct call *c)
{
	if (errand_begin(c, sizeof(struct status)) != NULL)
		errand_ask(c, SP_OP_ME, NULL, NULL, NULL, on_me);
}

static const struct out today_out[] = {
	{.name = "family", .type = OUT_STR, .always = true},
	{.name = "used", .type = OUT_INT, .always = true},
	{.name = "left", .type = OUT_INT},
	{.name = NULL},
};

static const struct out blocked_out[] = {
	{.name = "family", .type = OUT_STR, .always = true},
	{.name = "seconds", .type = OUT_INT, .always = true},
	{.name = NULL},
};

const struct tool tool_get_status = {
	.name = "get_status",
	.title = "Status",
	.about = "Tells who is signed in, permissions, what the Spotify application may call, "
	    "when the sign-in ends, whether Spotify answers and what is left of the limits. Use "
	    "it when another tool fails for no clear reason.",
	.out = (const struct out[]){
		{.name = "display_name", .type = OUT_STR, .always = true},
		{.name = "spotify_id", .type = OUT_STR, .always = true},
		{.name = "tonearm_scopes", .type = OUT_STRS, .always = true,
		    .about = "What this connection may do"},
		{.name = "spotify_scopes", .type = OUT_STRS, .always = true,
		    .about = "What Spotify was asked for and granted"},
		{.name = "mode", .type = OUT_STR, .always = true, .about = "development or extended"},
		{.name = "sign_in", .type = OUT_STR, .always = true,
		    .about = "valid, or why it has ended"},
		{.name = "sign_in_ends", .type = OUT_STR, .about = "Date"},
		{.name = "spotify_answers", .type = OUT_BOOL, .always = true},
		{.name = "problem", .type = OUT_STR, .about = "What is in the way, if anything"},
		{.name = "blocked", .type = OUT_OBJS, .always = true, .fields = blocked_out,
		    .about = "Kinds of endpoints whose daily allowance is used up"},
		{.name = "pause_seconds", .type = OUT_INT},
		{.name = "today", .type = OUT_OBJS, .fields = today_out,
		    .about = "Requests of 24 hours, all users together"},
		{.name = "daily_bound", .type = OUT_INT},
		{.name = "premium", .type = OUT_BOOL, .about = "Only present when known to be false"},
		{.name = NULL}},
	.read_only = true, .idempotent = true, .open_world = true,
	.scope = 0,
	.max_requests = 1,
	.run = run,
};
