/*
 * Spotify's things as people and models name them: URI, link or bare id in,
 * link out; and how each looks in an answer.  Asks nothing of Spotify.
 */
#ifndef TONEARM_TOOLS_ITEMS_H
#define TONEARM_TOOLS_ITEMS_H

#include <stdbool.h>
#include <stddef.h>

#include <json-c/json.h>

#include "shared/base/err.h"
#include "shared/base/span.h"
#include "worker/tools/call.h"
#include "worker/tools/tool.h"

enum item_kind {
	ITEM_NONE, ITEM_TRACK, ITEM_ALBUM, ITEM_ARTIST, ITEM_PLAYLIST, ITEM_SHOW, ITEM_EPISODE,
	ITEM_AUDIOBOOK, ITEM_CHAPTER, ITEM_USER, ITEM_KINDS
};
#define ITEM_BIT(kind) (1u << (kind))

#define ITEM_ID_MAX 64      /* user ids are longer than 22 at times */
#define ITEM_LINK_MAX 128

struct item_ref {
	enum item_kind kind;
	char id[ITEM_ID_MAX + 1];
};

/* "track" and so on; NULL for ITEM_NONE. */
const char *item_kind_name(enum item_kind kind);
enum item_kind item_kind_of(struct span name);

/*
 * Reads "spotify:track:ID", "https://open.spotify.com/track/ID?si=x" (also
 * with intl-xx or embed in its path, also without https://) or a bare id of 22
 * characters, which counts as bare.  ERR_SYNTAX if it is none of these (a name
 * perhaps).
 */
err_t item_parse(const char *text, enum item_kind bare, struct item_ref *out) MUST_CHECK;

/* The two forms, into out (ITEM_LINK_MAX bytes). */
void item_uri(const struct item_ref *ref, char *out);
void item_link(const struct item_ref *ref, char *out);

/*
 * Reads an item that must be one of the kinds in the mask; otherwise the call
 * fails with a sentence that quotes the argument, and false is returned.
 */
bool item_arg(struct call *c, const char *text, unsigned kinds, enum item_kind bare,
    struct item_ref *out);

/* --- in answers --------------------------------------------------------------- */

/* Members of an item in structuredContent, for the tables of outputs; the macro
 * is for tables that add others.  Without words: this is in the published
 * schema of most tools. */
#define ITEM_OUT_MEMBERS \
	{.name = "type", .type = OUT_STR, .always = true, \
	    .about = "track, album and so on; also local (a file of the user's) and unavailable"}, \
	{.name = "name", .type = OUT_STR}, \
	{.name = "by", .type = OUT_STR, .about = "Artists, show, authors or owner"}, \
	{.name = "album", .type = OUT_STR}, \
	{.name = "duration_ms", .type = OUT_INT}, \
	{.name = "released", .type = OUT_STR, .about = "Date, or year"}, \
	{.name = "count", .type = OUT_INT, .about = "Tracks, episodes or chapters inside"}, \
	{.name = "explicit", .type = OUT_BOOL}, \
	{.name = "playable", .type = OUT_BOOL, .about = "Only when false"}, \
	{.name = "added", .type = OUT_STR, .about = "Date"}, \
	{.name = "owned", .type = OUT_BOOL, .about = "Playlists: the user's own"}, \
	{.name = "url", .type = OUT_STR, .about = "What other tools take"}
extern const struct out item_out[];

/* Bytes of structuredContent that a page's items may have: fifty of ordinary
 * size fit. */
#define ITEM_PAGE_BYTES 11500

struct item_page {
	struct json_object *array;  /* where they go */
	size_t limit;               /* most bytes; 0: ITEM_PAGE_BYTES */
	size_t bytes;               /* used so far */
	size_t shown;
	bool full;                  /* the next one did not fit */
};

/* Begins the page with this list of the answer; false: the call is over (memory). */
bool item_page_begin(struct call *c, struct item_page *page, const char *name);

/*
 * Adds one item of Spotify's (may be NULL: an entry without content) to the
 * page and a line with this number to the text.  added: a date from Spotify, or
 * an empty view.  false: the page is full (nothing was added) or memory ran out.
 */
bool item_show(struct call *c, struct item_page *page, size_t number, struct json_object *item,
    struct span added);

/* Makes the same description into object o, and its line without number into
 * line (n bytes).  ERR_NOMEM. */
err_t item_describe(struct json_object *item, struct json_object *o, char *line, size_t n) MUST_CHECK;

/* The media object of a playlist or library entry: item, else track, episode,
 * album, show, audiobook; the entry itself if it is unwrapped; NULL if empty. */
struct json_object *item_of_entry(struct json_object *entry);

/* Text of a member, cleaned and cut at max bytes, from the call's arena; ""
 * if there is none. */
const char *item_text(struct call *c, struct json_object *o, const char *name, size_t max);
/* The text as it is, to be put back some day and never to be shown; cleaned where that
 * cannot be had (too long, or a description with entities). */
const char *item_raw(struct call *c, struct json_object *o, const char *name, size_t max);

#endif
