/*
 * skip: to the next or the previous item, several times if asked.  Its steps:
 * the state -> send, one after the other -> a look after a moment.  A skip
 * whose outcome is unknown is not repeated.
 */
#include "config.h"

#include <string.h>

#include "shared/json/json.h"
#include "worker/spotify/field.h"
#include "worker/tools/items.h"
#include "worker/tools/player.h"

#define SKIP_MAX 10
/* Spotify promises no order of commands; a short rest keeps it from joining them. */
#define BETWEEN_MS 150

struct skip {
	struct player player;
	const char *before;      /* the item's URI; "": not told */
	int64_t was_at;
	int64_t done;
	const char *trouble;     /* what ended it early, or NULL */
	bool doubt;              /* the last one's outcome is unknown */
};

static void send_skip(struct call *c);

/* Does something else play, or the same from its beginning? */
static bool
moved(const struct skip *s, const struct sp_answer *a)
{
	struct span now = field_str(json_get_obj(a->json, "item"), "uri");

	return a->error.problem == SP_OK && now.n > 0 && (!span_is(now, s->before) ||
	    field_int(a->json, "progress_ms", INT64_MAX) < s->was_at);
}

static void
on_look(struct call *c, const struct sp_answer *a)
{
	struct skip *s = c->state;
	bool back = strcmp(call_str(c, "direction"), "previous") == 0;
	err_t err = json_add_int(call_data(c), "skipped", s->done);

	call_line(c, "Skipped %lld of %lld %s.", (long long)s->done, (long long)call_int(c, "count"),
	    back ? "back" : "forward");
	if (err == 0 && s->doubt)
		err = json_add_int(call_data(c), "outcome_unknown", 1);
	if (s->trouble != NULL)
		call_line(c, "It ended early: %s", s->trouble);
	if (err != 0)
		call_broken(c, err);
	else
		player_tell(c, moved(s, a), a, NULL);
}

static void
on_sent(struct call *c, const struct sp_answer *a)
{
	struct skip *s = c->state;

	if (a->error.problem == SP_OK) {
		s->done++;
		if (s->done < call_int(c, "count") && errand_may(c, 2)) {
			player_rest(c, BETWEEN_MS, send_skip, on_look);
			return;
		}
		if (s->done < call_int(c, "count"))
			s->trouble = "the time is used up.";
	} else {
		s->doubt = a->error.problem == SP_OUTCOME_UNKNOWN;
		if (s->done == 0 && !s->doubt) {
			player_fail(c, &a->error);
			return;
		}
		s->trouble = player_sentence(c, &a->error);
	}
	player_look(c, PLAYER_SETTLE_MS, on_look);
}

static void
send_skip(struct call *c)
{
	player_send(c, strcmp(call_str(c, "direction"), "previous") == 0 ? SP_OP_PREVIOUS :
	    SP_OP_NEXT, NULL, NULL, on_sent);
}

static void
on_state(struct call *c, const struct sp_answer *a)
{
	struct skip *s = c->state;

	if (player_hopeless(c, a, true))
		return;
	s->before = item_text(c, json_get_obj(a->json, "item"), "uri", ITEM_LINK_MAX);
	s->was_at = field_int(a->json, "progress_ms", 0);
	send_skip(c);
}

static void
run(struct call *c)
{
	struct skip *s = errand_begin(c, sizeof(*s));

	if (s == NULL)
		return;
	s->player.wake = PLAYER_WAKE_ONLY;
	s->player.hint = "There may be nothing to skip to in that direction; seek with position_ms 0 "
	    "starts the item over.";
	player_state(c, on_state);
}

const struct tool tool_skip = {
	.name = "skip",
	.title = "Skip",
	.about = "Skips to the next or the previous item, several times if asked, and tells what plays "
	    "then.",
	.args = (const struct arg[]){
		{.name = "direction", .type = ARG_STR, .fallback = "next",
		    .words = (const char *const[]){"next", "previous", NULL}},
		{.name = "count", .type = ARG_INT, .min = 1, .max = SKIP_MAX, .fallback = "1"},
		{.name = NULL}},
	.out = (const struct out[]){
		{.name = "skipped", .type = OUT_INT, .always = true},
		{.name = "outcome_unknown", .type = OUT_INT},
		PLAYER_OUT_VERIFIED, PLAYER_OUT_STATE,
		{.name = NULL}},
	.read_only = false, .destructive = true, .idempotent = false, .open_world = true,
	.scope = SCOPE_PLAYBACK_CONTROL,
	.spotify_scopes = PLAYER_SCOPES,
	.max_requests = SKIP_MAX + PLAYER_REQUESTS + 2,
	.run = run,
};
