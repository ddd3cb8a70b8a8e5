/*
 * Cursors: where a list goes on.  To a client they are opaque; they are
 * bound to the user (a MAC under a key made from the data key), to the tool and
 * to the arguments they were given out for.
 */
#ifndef TONEARM_TOOLS_CURSOR_H
#define TONEARM_TOOLS_CURSOR_H

#include <stdbool.h>
#include <stdint.h>

#include "worker/tools/call.h"

#define CURSOR_TEXT 64

/*
 * Reads the argument "cursor" into *offset (0 if it is absent).  names lists
 * the arguments it is bound to, ends with NULL.  false: it is none of ours or
 * belongs to another question; the call has failed with a sentence then.
 */
bool cursor_read(struct call *c, const char *const *names, uint32_t *offset);

/* The same for a list that goes on behind a thing's id: into id, n bytes ("" if
 * the cursor is absent or holds none). */
bool cursor_read_id(struct call *c, const char *const *names, uint32_t *offset, char *id,
    size_t n);
void cursor_give_id(struct call *c, const char *const *names, uint32_t offset, const char *id);

/* Adds "cursor" to structuredContent and says in the text that there is more. */
void cursor_give(struct call *c, const char *const *names, uint32_t offset);

#endif
