/* Everything the sandbox remembers, as one JSON document that is written to a
 * file: clock offset, switches, apps, users, playlists, codes, tokens. Knows
 * how to find and keep these; knows no HTTP. */
#ifndef SANDBOX_STATE_H
#define SANDBOX_STATE_H

#include "catalogue.h"
#include "err.h"
#include "js.h"

#include <stdbool.h>
#include <stdint.h>

struct record;
struct faults;

struct sandbox {
	js *doc;
	struct catalogue *catalogue;
	struct record *record;
	struct faults *faults;
	const char *file;	  /* where doc is kept; null: nowhere */
	bool dirty;
	int64_t save_at_ms;	  /* real time of the next write when dirty */
	int64_t last_save_took_ms;
	uint64_t commands;	  /* player commands answered, to alternate 200 and 204 */
};

/* Reads the document from file, or starts with an empty one (fresh set true)
 * when there is no such file. ERR_FAILED when the file is there but unusable. */
err_t state_open(struct sandbox *box, const char *file, bool *fresh);

/* Frees the document. */
void state_close(struct sandbox *box);

/* Says that the document changed: it is written about half a second later. */
void state_changed(struct sandbox *box);

/* Writes the document beside the file and renames it over. */
err_t state_save(struct sandbox *box);

/* Writes when a change is due. */
void state_tick(struct sandbox *box);

/* Real time and the sandbox's own movable time, milliseconds since 1970. */
int64_t state_real_ms(void);
int64_t state_now_ms(const struct sandbox *box);

/* 2026-11-22T09:30:00Z for seconds since 1970; with milliseconds in the second. */
void state_iso(int64_t seconds, char out[32]);
void state_iso_ms(int64_t milliseconds, char out[40]);

/* Six calendar months after a time in milliseconds. */
int64_t state_six_months_after(int64_t ms);

/* A switch of the control interface. */
bool state_switch(const struct sandbox *box, const char *name);
int64_t state_switch_number(const struct sandbox *box, const char *name);

/* Borrowed objects of the document; null when there is none. */
js *state_app(const struct sandbox *box, const char *client_id);
js *state_user(const struct sandbox *box, const char *user_id);
js *state_playlist(const struct sandbox *box, const char *id);

/* Whether the owner of a development app has Premium: the person that it names,
 * or for the seeded one the switch. */
bool state_owner_premium(const struct sandbox *box, js *app);

/* Whether the app may use /v1 for that user (development mode: allowlist). */
bool state_allowlisted(js *app, const char *user_id);

#endif
