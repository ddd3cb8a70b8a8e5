/* What the shipped worker offers; see worker/mcp/catalog.h. */
#include "config.h"

#include <stdio.h>
#include <string.h>

#include "shared/json/json.h"
#include "worker/mcp/catalog.h"
#include "worker/tools/looks.h"
#include "worker/tools/me.h"
#include "worker/tools/offers.h"
#include "worker/tools/prompts.h"

#define ID_LEN 22
#define ALNUM "0123456789ABCDEFGHIJKLMNOPQRSTUVWXYZabcdefghijklmnopqrstuvwxyz"

/* The pace of looking while somebody listens. */
static const struct look player_look = {.run = look_at_player, .least_s = 10, .most_s = 30};
static const struct look playlists_look = {.run = look_at_playlists, .least_s = 30, .most_s = 120};
static const struct look playlist_look = {.run = look_at_playlist, .least_s = 30, .most_s = 120};

/* But for the first each is the structured answer of a read-only tool, so that
 * there is one source of what they say; those whose tool is not there are not
 * offered. */
static const struct resource resources[] = {
	{.uri = "spotify://me", .name = "me", .title = "Account",
	    .about = "Whose Spotify account this is", .mime = "application/json", .read = read_me},
	{.uri = "spotify://status", .name = "status", .title = "Account and limits",
	    .about = "Who is signed in, what this connection and the Spotify application may do, "
	    "when the sign-in ends, what is left of the day's calls",
	    .mime = "application/json", .tool = "get_status"},
	{.uri = "spotify://player", .name = "player", .title = "Now playing",
	    .about = "What is playing, on which device, in which mode",
	    .mime = "application/json", .tool = "get_playback", .subscribable = true,
	    .look = &player_look},
	{.uri = "spotify://player/queue", .name = "queue", .title = "Queue",
	    .about = "What plays next", .mime = "application/json", .tool = "get_queue"},
	{.uri = "spotify://playlists", .name = "playlists", .title = "Playlists",
	    .about = "The playlists of the signed-in person",
	    .mime = "application/json", .tool = "list_playlists", .subscribable = true,
	    .look = &playlists_look},
	{.uri = NULL},
};

static const char *const item_types[] = {
	"track", "album", "artist", "playlist", "show", "episode", "audiobook", NULL};

/* spotify://TYPE/ID becomes {"uris":["spotify:TYPE:ID"]}, as get_items wants
 * it. */
static err_t
match_item(struct span uri, struct json_object **args)
{
	static const char scheme[] = "spotify://";
	const char *const *type;
	struct json_object *found, *uris;
	char text[ID_LEN + 32];
	size_t i, at;
	err_t err;

	if (!span_starts(uri, scheme))
		return ERR_SYNTAX;
	uri = span_of(uri.p + sizeof(scheme) - 1, uri.n - (sizeof(scheme) - 1));
	for (type = item_types; *type != NULL; type++)
		if (span_starts(uri, *type) && uri.n > strlen(*type) && uri.p[strlen(*type)] == '/')
			break;
	if (*type == NULL)
		return ERR_SYNTAX;
	at = strlen(*type) + 1;
	if (uri.n - at != ID_LEN)
		return ERR_SYNTAX;
	for (i = at; i < uri.n; i++)
		if (memchr(ALNUM, uri.p[i], sizeof(ALNUM) - 1) == NULL)
			return ERR_SYNTAX;
	(void)snprintf(text, sizeof(text), "spotify:%s:%.*s", *type, (int)(uri.n - at),
	    (const char *)uri.p + at);
	found = json_object_new_object();
	uris = json_object_new_array();
	err = json_append(uris, json_new_str(span_str(text)));
	if (err == 0)
		err = json_add(found, "uris", json_object_get(uris));
	json_object_put(uris);
	if (err == 0)
		*args = found;
	else
		json_object_put(found);
	return err;
}

static const struct text_arg item_vars[] = {
	{.name = "type", .words = item_types},
	{.name = "id", .all = offer_ids, .by = "type", .fits = offer_fits},
	{.name = NULL},
};

static const struct resource_template templates[] = {
	{.uri = "spotify://{type}/{id}", .name = "item", .title = "One item",
	    .about = "Details of a track, album, artist, playlist, show, episode or audiobook by "
	    "its Spotify id", .mime = "application/json", .match = match_item, .vars = item_vars,
	    .tool = "get_items", .subscribable = true, .watched = look_is_playlist,
	    .look = &playlist_look},
	{.uri = NULL},
};

/* Served by the portal; the PNG is made from the SVG. */
static const struct icon icons[] = {
	{.src = "/icon.png", .mime = "image/png", .sizes = "48x48"},
	{.src = "/favicon.svg", .mime = "image/svg+xml", .sizes = "any"},
	{.src = NULL},
};

const struct catalog worker_catalog = {
	.icons = icons,
	.tools = tool_table,
	.prompts = prompt_table,
	.resources = resources,
	.templates = templates,
	.subscribe = true,
	.looks_a_day = looks_a_day,
};
