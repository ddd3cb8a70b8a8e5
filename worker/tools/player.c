/* Commands to the player; see player.h. */
#include "config.h"

#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "shared/json/json.h"
#include "worker/spotify/field.h"
#include "worker/tools/items.h"
#include "worker/tools/playback.h"
#include "worker/tools/player.h"

#define QUERY_MAX 512        /* of one parameter */

static void send_it(struct call *c);

/* --- the device ------------------------------------------------------------------------ */

bool
player_use(struct call *c, struct json_object *d)
{
	struct player *p = c->state;

	if (!device_id(d, p->device))
		return false;
	p->device_name = item_text(c, d, "name", 80);
	return true;
}

/* Notes the device that was named; otherwise the call has failed. */
static bool
use_named(struct call *c, struct json_object *devices)
{
	struct json_object *d = device_find(c, devices, call_str(c, "device"));

	if (d == NULL)
		return false;
	((struct player *)c->state)->named = true;
	return player_use(c, d);
}

static void
on_devices(struct call *c, const struct sp_answer *a)
{
	struct player *p = c->state;

	if (a->error.problem != SP_OK)
		player_fail(c, &a->error);
	else if (use_named(c, json_get_arr(a->json, "devices")))
		p->chosen(c);
}

void
player_choose(struct call *c, errand_step next)
{
	struct player *p = c->state;

	p->chosen = next;
	if (call_has(c, "device"))
		errand_ask(c, SP_OP_DEVICES, NULL, NULL, NULL, on_devices);
	else
		next(c);
}

/* --- sending ----------------------------------------------------------------------------- */

static void
give_refusal(struct call *c)
{
	struct player *p = c->state;
	struct sp_answer a = {.error = p->refusal};

	p->after(c, &a);
}

/* Nothing is active, or the device went: is there one to send it to again? */
static void
on_known(struct call *c, const struct sp_answer *a)
{
	struct player *p = c->state;
	struct json_object *devices = json_get_arr(a->json, "devices"), *d;
	char was[DEVICE_ID_MAX + 1];
	size_t n = 0;

	if (a->error.problem != SP_OK) {
		give_refusal(c);
		return;
	}
	p->known = device_list(c, devices);
	if (p->working || p->again) {
		give_refusal(c);
		return;
	}
	p->again = true;
	if (p->named) {
		memcpy(was, p->device, sizeof(was));
		if (!use_named(c, devices))
			return;
		if (strcmp(was, p->device) != 0)
			send_it(c);
		else
			give_refusal(c);
		return;
	}
	d = device_pick(devices, &n);
	if (d == NULL || p->wake == PLAYER_WAKE_NONE || (p->wake == PLAYER_WAKE_ONLY && n > 1) ||
	    !player_use(c, d)) {
		give_refusal(c);
		return;
	}
	p->woken = true;
	send_it(c);
}

static void
on_sent(struct call *c, const struct sp_answer *a)
{
	struct player *p = c->state;

	if (a->error.problem == SP_OK)
		p->working = true;
	else if ((a->error.problem == SP_NO_DEVICE || a->error.problem == SP_DEVICE_GONE) &&
	    p->known == NULL && (p->named || p->wake != PLAYER_WAKE_NONE) && errand_may(c, 1)) {
		p->refusal = a->error;
		errand_ask(c, SP_OP_DEVICES, NULL, NULL, NULL, on_known);
		return;
	}
	p->after(c, a);
}

static void
send_it(struct call *c)
{
	struct player *p = c->state;
	struct buf query, body;
	err_t err;

	buf_init(&query, 4096);
	buf_init(&body, 65536);
	err = buf_put_str(&query, p->query);
	if (err == 0 && p->device[0] != '\0')
		err = sp_query_put(&query, "device_id", span_str(p->device));
	if (err == 0)
		err = buf_put_str(&body, p->body);
	if (err != 0)
		call_broken(c, err);
	else
		errand_ask(c, p->op, NULL, &query, &body, on_sent);
	buf_free(&query);
	buf_free(&body);
}

void
player_send(struct call *c, enum sp_op op, const struct buf *query, const struct buf *body,
    errand_answer next)
{
	struct player *p = c->state;
	err_t err;

	p->op = op;
	p->after = next;
	err = arena_strdup(&c->arena, query != NULL ? buf_span(query) : span_str(""), &p->query);
	if (err == 0)
		err = arena_strdup(&c->arena, body != NULL ? buf_span(body) : span_str(""), &p->body);
	if (err != 0)
		call_broken(c, err);
	else
		send_it(c);
}

void
player_send_word(struct call *c, enum sp_op op, const char *name, const char *word,
    errand_answer next)
{
	struct buf query;

	buf_init(&query, QUERY_MAX);
	if (sp_query_put(&query, name, span_str(word)) != 0)
		call_broken(c, ERR_NOMEM);
	else
		player_send(c, op, &query, NULL, next);
	buf_free(&query);
}

void
player_send_number(struct call *c, enum sp_op op, const char *name, int64_t number,
    errand_answer next)
{
	char text[24];

	(void)snprintf(text, sizeof(text), "%lld", (long long)number);
	player_send_word(c, op, name, text, next);
}

/* --- looking -------------------------------------------------------------------------------- */

void
player_state(struct call *c, errand_answer next)
{
	playback_ask(c, next);
}

/* The call has to stop, or may ask no more: what was done is told without a look. */
static void
unseen(struct call *c)
{
	struct player *p = c->state;
	struct sp_answer a = {.error = {.problem = SP_CANCELLED, .op = SP_OP_PLAYER}};

	p->seen(c, &a);
}

static void
look_now(struct call *c)
{
	struct player *p = c->state;

	if (errand_may(c, 1))
		player_state(c, p->seen);
	else
		unseen(c);
}

void
player_look(struct call *c, unsigned ms, errand_answer next)
{
	struct player *p = c->state;

	p->seen = next;
	p->errand.on_stop = unseen;
	errand_pause(c, ms, look_now);
}

void
player_rest(struct call *c, unsigned ms, errand_step next, errand_answer stopped)
{
	struct player *p = c->state;

	p->seen = stopped;
	p->errand.on_stop = unseen;
	errand_pause(c, ms, next);
}

bool
player_maybe(const struct sp_answer *a)
{
	return a->error.problem == SP_OK || a->error.problem == SP_OUTCOME_UNKNOWN;
}

/* --- the end --------------------------------------------------------------------------------- */

const char *
player_sentence(struct call *c, const struct sp_error *e)
{
	const struct player *p = c->state;
	const char *text = errand_sentence(c, e);
	struct buf out;
	char *copy = NULL;

	if ((e->problem != SP_NO_DEVICE && e->problem != SP_DEVICE_GONE) || p->known == NULL)
		return text;
	buf_init(&out, 8192);
	if (buf_printf(&out, "%s Known devices: %s.", text, p->known) == 0)
		(void)!arena_strdup(&c->arena, buf_span(&out), &copy);
	buf_free(&out);
	return copy != NULL ? copy : text;
}

/* Ends the call if the state tells why nothing can be commanded. */
static bool
explain(struct call *c, struct json_object *player, bool ad)
{
	struct json_object *device = json_get_obj(player, "device");

	if (player != NULL && field_bool(device, "is_restricted", false))
		call_fail(c, "It plays on \"%s\", which takes no commands from other applications; use the "
		    "device itself, or transfer_playback to another one.",
		    item_text(c, device, "name", 80));
	else if (ad && span_is(field_str(player, "currently_playing_type"), "ad"))
		call_fail(c, "An advertisement is playing, and Spotify does not allow that during one. Try "
		    "again in half a minute.");
	else
		return false;
	return true;
}

static void
on_explained(struct call *c, const struct sp_answer *a)
{
	const struct player *p = c->state;

	if (a->error.problem == SP_OK && explain(c, a->json, true))
		return;
	call_fail(c, "%s%s%s", errand_sentence(c, &p->refusal), p->hint != NULL ? " " : "",
	    p->hint != NULL ? p->hint : "");
}

void
player_fail(struct call *c, const struct sp_error *e)
{
	struct player *p = c->state;

	if (e->problem == SP_RESTRICTED && errand_may(c, 1)) {
		p->refusal = *e;
		player_state(c, on_explained);
	} else
		call_fail(c, "%s", player_sentence(c, e));
}

bool
player_hopeless(struct call *c, const struct sp_answer *state, bool ad)
{
	if (state->error.problem != SP_OK) {
		player_fail(c, &state->error);
		return true;
	}
	return explain(c, state->json, ad);
}

err_t
player_note(struct call *c, bool verified)
{
	const struct player *p = c->state;
	err_t err = json_add_bool(call_data(c), "verified", verified);

	if (err == 0 && p->woken)
		err = json_add_text(call_data(c), "woken_device", p->device_name);
	if (p->woken)
		call_line(c, "No device was active; it went to %s.", p->device_name);
	return err;
}

void
player_tell(struct call *c, bool verified, const struct sp_answer *state,
    const struct sp_error *doubt)
{
	struct json_object *o;
	err_t err;

	if (doubt != NULL && !verified) {
		call_fail(c, "%s", errand_sentence(c, doubt));
		return;
	}
	if (!verified)
		call_line(c, "Spotify accepted it, but the player's state does not show it%s.",
		    state->error.problem == SP_OK ? " yet" : ", since it could not be read");
	err = player_note(c, verified);
	if (err == 0 && state->error.problem == SP_OK) {
		o = field_add_obj(call_data(c), "player");
		err = o == NULL ? ERR_NOMEM : playback_show(c, state->json, o);
	}
	call_end(c, err);
}
