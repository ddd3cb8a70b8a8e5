/*
 * What every command to the player needs: the device that was named, an idle
 * one to be woken, a refusal explained, and a look at the state a moment after
 * the command.  Must not know what any tool is for.
 */
#ifndef TONEARM_TOOLS_PLAYER_H
#define TONEARM_TOOLS_PLAYER_H

#include <stdbool.h>

#include <json-c/json.h>

#include "shared/base/buf.h"
#include "worker/tools/devices.h"
#include "worker/tools/errand.h"
#include "worker/tools/tool.h"

/* Spotify needs a moment until its state follows a command. */
#define PLAYER_SETTLE_MS 400
/* Spotify's scopes for a command and the look behind it. */
#define PLAYER_SCOPES "user-modify-playback-state user-read-playback-state"
/* Requests that a named device, waking one and explaining a refusal cost at
 * most, beyond the command itself and the look. */
#define PLAYER_REQUESTS 4

/* Which idle device a command may wake when none is active. */
enum player_wake {
	PLAYER_WAKE_NONE,
	PLAYER_WAKE_ONLY,     /* the only one that takes commands */
	PLAYER_WAKE_ANY       /* the first one, if there are several */
};

/* First member of the state of a tool that sends commands. */
struct player {
	struct errand errand;
	enum player_wake wake;          /* set by the tool */
	const char *hint;               /* said behind a refusal, or NULL; set by the tool */
	char device[DEVICE_ID_MAX + 1]; /* where commands go; "": the active device */
	const char *device_name;        /* its name, or NULL */
	bool named;                     /* the person named it */
	bool woken;                     /* it was chosen for lack of an active one */
	bool working;                   /* a command was accepted */

	/* player.c's own. */
	bool again;                     /* the command was sent once more */
	const char *known;              /* the devices there are, or NULL */
	enum sp_op op;
	char *query, *body;
	struct sp_error refusal;
	errand_step chosen;
	errand_answer after, seen;
};

/* The members that player_tell adds. */
#define PLAYER_OUT_VERIFIED \
	{.name = "verified", .type = OUT_BOOL, .always = true, .about = "The state shows it"}
#define PLAYER_OUT_STATE \
	{.name = "woken_device", .type = OUT_STR}, \
	{.name = "player", .type = OUT_OBJ, .about = "As get_playback"}

/* The argument that player_choose reads. */
#define PLAYER_ARG_DEVICE \
	{.name = "device", .type = ARG_STR, .max_bytes = 200, \
	    .about = "Name or id; absent: the active one"}

/* Finds the device that the argument "device" names, if there is one, and goes
 * on with next; otherwise the call fails with the devices listed. */
void player_choose(struct call *c, errand_step next);

/* Notes device d, of a list, as the one that commands go to.  false: it has no
 * id that can be used. */
bool player_use(struct call *c, struct json_object *d);

/*
 * Sends a command to the chosen or the active device and goes on with next.
 * Where Spotify says that no device is active or knows the device no more,
 * nothing was done: one is woken (p->wake), or the named one is looked up
 * again, and the command is sent once more.  query and body may be NULL; the
 * device is added to the query.
 */
void player_send(struct call *c, enum sp_op op, const struct buf *query, const struct buf *body,
    errand_answer next);
/* The same with one parameter in the query, a word or a number, and without a body. */
void player_send_word(struct call *c, enum sp_op op, const char *name, const char *word,
    errand_answer next);
void player_send_number(struct call *c, enum sp_op op, const char *name, int64_t number,
    errand_answer next);

/* Reads the state and goes on; and the same a moment later (ms), where next is
 * called in any case: with SP_CANCELLED when the call had to stop. */
void player_state(struct call *c, errand_answer next);
void player_look(struct call *c, unsigned ms, errand_answer next);

/* Goes on with next after ms; with stopped and SP_CANCELLED when the call had to
 * stop, now or in later steps. */
void player_rest(struct call *c, unsigned ms, errand_step next, errand_answer stopped);

/* Was the command carried out, or perhaps?  Then a look tells. */
bool player_maybe(const struct sp_answer *a);

/* The sentence of an error, with the devices where that helps. */
const char *player_sentence(struct call *c, const struct sp_error *e);

/* Ends the call with that sentence; a refusal is explained by the player's
 * state first. */
void player_fail(struct call *c, const struct sp_error *e);

/* Ends the call with a sentence if the state could not be read or shows that no
 * command can work: the device takes none, or (where ad is set) an advertisement
 * plays.  true: the call is over. */
bool player_hopeless(struct call *c, const struct sp_answer *state, bool ad);

/*
 * Ends a call that went well: verified, the woken device, the state as seen.
 * Lines that say what was done come before.  doubt: the error of a command
 * whose outcome was unknown (NULL: none was); unless verified the call fails
 * with it.
 */
void player_tell(struct call *c, bool verified, const struct sp_answer *state,
    const struct sp_error *doubt);

/* Adds verified and woken_device to the data and a line on the latter.
 * ERR_NOMEM. */
err_t player_note(struct call *c, bool verified) MUST_CHECK;

#endif
