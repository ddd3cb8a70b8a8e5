/*
 * A record of the journal in words and as a member of answers.  Asks nothing of
 * Spotify and changes nothing.
 */
#ifndef TONEARM_TOOLS_CHANGE_WORDS_H
#define TONEARM_TOOLS_CHANGE_WORDS_H

#include <stdbool.h>
#include <stddef.h>

#include "worker/changes.h"
#include "worker/tools/call.h"

#define CHANGE_ID_TEXT (2 * ID_BYTES + 1)

/* The id as clients see it, and back; false: it is none. */
void change_id_text(const uint8_t id[ID_BYTES], char out[CHANGE_ID_TEXT]);
bool change_id_read(const char *text, uint8_t out[ID_BYTES]);

/* "Entries added to \"Road\"" and the like, into out (n bytes). */
void change_what(const struct change_record *r, char *out, size_t n);

/* The playlist's link into out (n bytes); false: there is none. */
bool change_link(const struct change_record *r, char *out, size_t n);

/* One word for its state: done, partly, nothing, unfinished, running, undone,
 * unreadable. */
const char *change_state_word(const struct change_record *r);

/* Why it cannot be undone or has to be looked at, as a sentence, or "". */
const char *change_note(const struct change_record *r);

bool change_can_undo(const struct change_record *r);
/* It was interrupted, and what is missing can be done. */
bool change_can_finish(const struct change_record *r);
/* Does it concern the library, and not a playlist's inside? */
bool change_of_library(const struct change_record *r);

/* "2026-11-23T03:20:11Z" of microseconds since 1970, into out (32 bytes). */
void change_time(int64_t at, char *out);
/* "23 November 2026, 03:20 UTC", likewise. */
void change_time_words(int64_t at, char *out);

#endif
