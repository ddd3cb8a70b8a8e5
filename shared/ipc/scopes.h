/*
 * The own scopes: their names for clients, which implies which, and what each
 * needs of Spotify.  One table, for the consent page, the metadata and the tools
 * (docs/tools.md).
 */
#ifndef TONEARM_IPC_SCOPES_H
#define TONEARM_IPC_SCOPES_H

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

#include "shared/base/buf.h"
#include "shared/base/err.h"
#include "shared/base/span.h"

/* What a client gets that names no scopes: enough to look and to play; changing
 * things is added by the person (docs/protocol.md A-9). */
#define SCOPE_PRESET (SCOPE_LIBRARY_READ | SCOPE_PLAYLISTS_READ | SCOPE_PLAYBACK_READ | \
	SCOPE_PLAYBACK_CONTROL | SCOPE_HISTORY_READ)

struct scope {
	uint32_t bit, implies;
	const char *name;      /* as clients write it: "library:read" */
	const char *spotify;   /* Spotify's scopes, separated by spaces */
};

#define SCOPES_N 7
extern const struct scope own_scopes[SCOPES_N];

/* What these allow, with all that they imply. */
uint32_t scopes_whole(uint32_t bits);

/* Appends the names, separated by spaces.  Errors of buf_put. */
err_t scopes_put_names(uint32_t bits, struct buf *out) MUST_CHECK;

/*
 * The bits of names separated by spaces (RFC 6749 section 3.3).  Names that are
 * not ours are passed over: *foreign, if not NULL, says whether there were any.
 */
uint32_t scopes_read(struct span names, bool *foreign);

/* Appends what Spotify must be asked for: for these bits and what they imply,
 * what every sign-in needs, and what is in `also` (may be empty); each once,
 * separated by spaces.  Errors of buf_put. */
err_t scopes_put_spotify(uint32_t bits, struct span also, struct buf *out) MUST_CHECK;

/* Are all words of `needed` among those of `granted`? */
bool scopes_covered(struct span needed, struct span granted);

#endif
