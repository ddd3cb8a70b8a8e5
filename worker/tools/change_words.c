/* Records of changes in words; see change_words.h. */
#include "config.h"

#include <stdio.h>
#include <string.h>
#include <time.h>

#include "shared/base/ascii.h"
#include "shared/base/buf.h"
#include "shared/crypto/hash.h"
#include "worker/spotify/text.h"
#include "worker/tools/change_words.h"

void
change_id_text(const uint8_t id[ID_BYTES], char out[CHANGE_ID_TEXT])
{
	hex_encode(span_of(id, ID_BYTES), out);
}

bool
change_id_read(const char *text, uint8_t out[ID_BYTES])
{
	/* All zero is the record's word for all of them. */
	return strspn(text, "0") != 2 * ID_BYTES &&
	    ascii_unhex(span_str(text), out, ID_BYTES);
}

#define WHAT_NAME 100        /* bytes of a name in a sentence */

/* What a tool does to a playlist, before its name. */
static const char *
deed(const struct change_record *r)
{
	static const char *const deeds[][2] = {
		{"add_to_playlist", "Entries added to"},
		{"import_tracks", "Imported into"},
		{"create_playlist", "Made the playlist"},
		{"remove_from_playlist", "Entries removed from"},
		{"dedupe_playlist", "Duplicates removed from"},
		{"reorder_playlist", "Reordered"},
		{"replace_playlist", "Replaced the entries of"},
		{"combine_playlists", "Combined playlists into"},
	};
	size_t i;

	if (r->undoing)
		return "Undid a change of";
	for (i = 0; i < sizeof(deeds) / sizeof(deeds[0]); i++)
		if (strcmp(r->tool, deeds[i][0]) == 0)
			return deeds[i][1];
	return "Changed";
}

void
change_what(const struct change_record *r, char *out, size_t n)
{
	static const char *const kinds[CHANGE_KINDS] = {
		[CHANGE_DETAILS] = "Changed the details of", [CHANGE_COVER] = "Set the cover of",
		[CHANGE_DELETED] = "Deleted the playlist", [CHANGE_SAVED] = "Saved to the library",
		[CHANGE_REMOVED] = "Removed from the library", [CHANGE_FOLLOWED] = "Followed",
		[CHANGE_UNFOLLOWED] = "Stopped following"};
	const char *what = r->kind < CHANGE_KINDS ? kinds[r->kind] : NULL;
	struct buf name;

	if (r->spoilt) {
		(void)snprintf(out, n, "A change");
		return;
	}
	if (what == NULL)
		what = deed(r);
	if (r->kind == CHANGE_DETAILS && r->undoing)
		what = "Set back the details of";
	if (change_of_library(r) && r->undoing)
		what = r->kind == CHANGE_SAVED || r->kind == CHANGE_FOLLOWED ?
		    "Put back into the library" : "Taken out of the library again";
	buf_init(&name, WHAT_NAME);
	if (r->name[0] != '\0' && text_clean(span_str(r->name), WHAT_NAME, &name) == 0)
		(void)snprintf(out, n, "%s \"%s\"", what, buf_cstr(&name));
	else
		(void)snprintf(out, n, "%s%s", what, change_of_library(r) ? "" : " a playlist");
	buf_free(&name);
}

bool
change_of_library(const struct change_record *r)
{
	return r->kind >= CHANGE_SAVED && r->kind <= CHANGE_UNFOLLOWED;
}

bool
change_link(const struct change_record *r, char *out, size_t n)
{
	static const char head[] = "spotify:playlist:";
	const char *id = r->thing + sizeof(head) - 1;

	if (strncmp(r->thing, head, sizeof(head) - 1) != 0 || strlen(id) != 22)
		return false;
	(void)snprintf(out, n, "https://open.spotify.com/playlist/%s", id);
	return true;
}

/* Was a playlist made, or not?  Nobody knows: its URI was never told.  While it has no
 * end, only all of it would tell. */
static bool
maybe_made(const struct change_record *r)
{
	return r->kind == CHANGE_MADE && r->thing[0] == '\0' && (r->whole || r->state != CHANGE_OPEN);
}

static bool
interrupted(const struct change_record *r)
{
	return r->state == CHANGE_OPEN && !r->running;
}

const char *
change_state_word(const struct change_record *r)
{
	static const char *const words[] = {[CHANGE_OPEN] = "unfinished", [CHANGE_WHOLE] = "done",
	    [CHANGE_PARTLY] = "partly", [CHANGE_NOTHING] = "nothing"};

	return r->spoilt ? "unreadable" : r->undone ? "undone" : r->running ? "running" : words[r->state];
}

const char *
change_note(const struct change_record *r)
{
	if (r->spoilt)
		return "What was changed cannot be read any more, so it cannot be undone.";
	if (r->undone)
		return "";
	if (r->running)
		return "It is being carried out.";
	if (r->kind == CHANGE_COVER)
		return "It cannot be undone: Spotify does not give the old picture back.";
	if (maybe_made(r) && r->state != CHANGE_NOTHING)
		return "Whether the playlist was made is not known: list_playlists shows it if it was, and "
		    "delete_playlist deletes it.";
	if (interrupted(r) && change_can_finish(r))
		return "It was interrupted: finish it, or undo what was done of it.";
	if (interrupted(r))
		return "It was interrupted; what was done of it can be undone.";
	if (r->state == CHANGE_PARTLY)
		return "Only part of it was carried out.";
	return r->state == CHANGE_NOTHING ? "None of it was carried out." : "";
}

bool
change_can_undo(const struct change_record *r)
{
	return !r->undone && !r->running && r->kind != CHANGE_COVER && r->kind != CHANGE_NONE &&
	    r->state != CHANGE_NOTHING && !maybe_made(r);
}

bool
change_can_finish(const struct change_record *r)
{
	return change_can_undo(r) && interrupted(r) && (r->kind == CHANGE_ITEMS ||
	    r->kind == CHANGE_ADDED || r->kind == CHANGE_MADE);
}

void
change_time_words(int64_t at, char *out)
{
	static const char *const months[] = {"January", "February", "March", "April", "May",
	    "June", "July", "August", "September", "October", "November", "December"};
	const time_t t = (time_t)(at / 1000000);
	struct tm tm;

	if (gmtime_r(&t, &tm) == NULL || tm.tm_year > 8000)
		(void)snprintf(out, 32, "unknown");
	else
		(void)snprintf(out, 32, "%d %s %04d, %02d:%02d UTC", tm.tm_mday, months[tm.tm_mon],
		    tm.tm_year + 1900, tm.tm_hour, tm.tm_min);
}

void
change_time(int64_t at, char *out)
{
	const time_t t = (time_t)(at / 1000000);
	struct tm tm;

	if (gmtime_r(&t, &tm) == NULL || strftime(out, 32, "%Y-%m-%dT%H:%M:%SZ", &tm) == 0)
		(void)snprintf(out, 32, "unknown");
}
