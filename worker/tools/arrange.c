/* reorder_playlist and replace_playlist: the same entries otherwise, or others. */
#include "config.h"

#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "shared/crypto/random.h"
#include "shared/json/json.h"
#include "worker/spotify/field.h"
#include "worker/spotify/text.h"
#include "worker/tools/confirm.h"
#include "worker/tools/edit.h"
#include "worker/tools/items.h"
#include "worker/tools/journal.h"
#include "worker/tools/uris.h"

/* Moves that are worth more than starting over, where dates need not be kept. */
#define MOVES_FINE 12

struct arrange {
	struct edit edit;        /* first: edit.h */
	struct uri_list uris;
	uint32_t *order;
};

static void
told(struct call *c)
{
	edit_tell(c, false);
}

static void
carry_out(struct call *c)
{
	if (call_bool(c, "dry_run"))
		edit_tell(c, true);
	else
		edit_run(c, told);
}

/* Is the person content with that?  What only rehearses, or has nothing to do, is not
 * asked about; nor are single moves, which can be moved back. */
static bool
agreed(struct call *c, const char *what)
{
	const struct edit *e = c->state;

	return e->n == 0 || call_bool(c, "dry_run") || call_confirmed(c, "%s your playlist \"%s\" (%zu "
	    "entries)?", what, e->list.name, e->list.n);
}

/* Entries that cannot be put in again once they are out. */
static size_t
fixed(const struct edit *e)
{
	size_t i, n = 0;

	for (i = 0; i < e->list.n; i++)
		n += !entry_movable(&e->list.all[i]);
	return n;
}

/* --- an order ---------------------------------------------------------------------------- */

struct key {
	const char *text;        /* "" sorts behind everything, as does a number below 0 */
	int64_t number;
	uint32_t i;
};

static int
compare_keys(const void *pa, const void *pb, void *descending)
{
	const struct key *a = pa, *b = pb;
	bool no_a = a->text[0] == '\0' && a->number < 0, no_b = b->text[0] == '\0' && b->number < 0;
	int d;

	if (no_a != no_b)
		return no_a ? 1 : -1;
	d = strcmp(a->text, b->text);
	if (d == 0)
		d = (a->number > b->number) - (a->number < b->number);
	if (*(const bool *)descending)
		d = -d;
	return d != 0 ? d : (a->i > b->i) - (a->i < b->i);
}

/* Text without its case, from the arena; NULL: the call is over. */
static const char *
folded(struct call *c, const char *s)
{
	struct buf text;
	char *copy = NULL;
	err_t err;

	buf_init(&text, 4096);
	err = text_fold(span_str(s), &text);
	if (err == 0)
		err = arena_strdup(&c->arena, buf_span(&text), &copy);
	buf_free(&text);
	if (err != 0)
		call_broken(c, err);
	return copy;
}

static bool
make_key(struct call *c, const char *by, const struct entry *x, struct key *k)
{
	const char *text = "";

	k->number = -1;
	if (strcmp(by, "duration") == 0)
		k->number = x->ms;
	else if (strcmp(by, "name") == 0)
		text = x->name;
	else if (strcmp(by, "artist") == 0)
		text = x->by;
	else if (strcmp(by, "album") == 0)
		text = x->album;
	else if (strcmp(by, "added") == 0)
		text = x->added;
	else
		text = x->released;
	k->text = folded(c, text);
	return k->text != NULL;
}

static bool
sorted_order(struct call *c)
{
	struct arrange *t = c->state;
	bool descending = call_bool(c, "descending");
	size_t i, n = t->edit.list.n;
	struct key *keys = call_alloc(c, n * sizeof(*keys));

	if (keys == NULL)
		return false;
	for (i = 0; i < n; i++) {
		keys[i].i = (uint32_t)i;
		if (!make_key(c, call_str(c, "sort_by"), &t->edit.list.all[i], &keys[i]))
			return false;
	}
	qsort_r(keys, n, sizeof(*keys), compare_keys, &descending);
	for (i = 0; i < n; i++)
		t->order[i] = keys[i].i;
	return true;
}

static bool
shuffled_order(struct call *c)
{
	struct arrange *t = c->state;
	size_t i, n = t->edit.list.n;
	uint64_t *dice = call_alloc(c, n * sizeof(*dice));
	err_t err;

	if (dice == NULL)
		return false;
	err = random_bytes(dice, n * sizeof(*dice));
	if (err != 0) {
		call_broken(c, err);
		return false;
	}
	for (i = 0; i < n; i++)
		t->order[i] = (uint32_t)i;
	for (i = n; i > 1; i--) {
		size_t k = (size_t)(dice[i - 1] % i);
		uint32_t x = t->order[k];

		t->order[k] = t->order[i - 1];
		t->order[i - 1] = x;
	}
	return true;
}

/* Everything anew in the wanted order; the dates are lost. */
static bool
start_over(struct call *c)
{
	struct arrange *t = c->state;
	struct edit *e = &t->edit;
	const char **uris = call_alloc(c, e->list.n * sizeof(*uris));
	size_t i;

	if (uris == NULL)
		return false;
	for (i = 0; i < e->list.n; i++)
		uris[i] = e->list.all[t->order[i]].uri;
	call_line(c, "The playlist is written anew in this order: every entry gets a new added date.");
	return edit_replace(c, uris, e->list.n);
}

static void
arrange_all(struct call *c)
{
	struct arrange *t = c->state;
	struct edit *e = &t->edit;
	bool keep = call_bool(c, "keep_dates") || fixed(e) > 0 || e->list.n > EDIT_ADDED;

	c->repeatable = true;
	t->order = call_alloc(c, e->list.n * sizeof(*t->order));
	if (t->order == NULL || !(call_bool(c, "shuffle") ? shuffled_order(c) : sorted_order(c)) ||
	    !edit_order(c, t->order))
		return;
	if (!keep && e->n + e->left > MOVES_FINE) {
		edit_forget(e);
		if (!start_over(c))
			return;
	} else if (e->left > 0 && call_bool(c, "shuffle")) {
		call_fail(c, "Shuffling %zu entries one by one takes more requests than one call may make. "
		    "Nothing was changed. %s", e->list.n, fixed(e) > 0 || e->list.n > EDIT_ADDED ?
		    "Local files or the size forbid to write the playlist anew." :
		    "With keep_dates false the playlist is written anew, which takes few requests and "
		    "gives every entry a new added date.");
		return;
	}
	if (agreed(c, call_bool(c, "shuffle") ? "Shuffle" : "Sort"))
		carry_out(c);
}

/* --- reorder_playlist ----------------------------------------------------------------------- */

static void
arrange_some(struct call *c)
{
	struct arrange *t = c->state;
	int64_t n = (int64_t)t->edit.list.n, from = call_int(c, "from"), to = call_int(c, "to");
	int64_t count = call_int(c, "count");

	if (from + count > n || to + count > n) {
		call_fail(c, "The playlist has %lld entries, counted from 0: %lld entries from %lld on cannot "
		    "be moved to %lld. Nothing was changed.", (long long)n, (long long)count,
		    (long long)from, (long long)to);
		return;
	}
	/* Spotify counts where they go before they are taken out. */
	if (edit_move(c, (size_t)from, (size_t)count, (size_t)(to > from ? to + count : to)))
		carry_out(c);
}

static void
run_reorder(struct call *c)
{
	bool some = call_has(c, "from") || call_has(c, "to"), sort = call_has(c, "sort_by");

	if (errand_begin(c, sizeof(struct arrange)) == NULL)
		return;
	if (some + sort + call_bool(c, "shuffle") != 1)
		call_fail(c, "Say one of these: from and to; sort_by; shuffle true. Nothing was changed.");
	else if (some && !(call_has(c, "from") && call_has(c, "to")))
		call_fail(c, "from and to are both needed, counted from 0. Nothing was changed.");
	else
		edit_open(c, call_str(c, "playlist"), some ? arrange_some : arrange_all);
}

const struct tool tool_reorder_playlist = {
	.name = "reorder_playlist",
	.title = "Reorder a playlist",
	.about = "Moves count entries of a playlist from one position to another, or sorts or shuffles all "
	    "of it. Each move is a request and keeps the added dates; a long playlist may take several "
	    "calls. With keep_dates false it is written anew instead, which is quick.",
	.args = (const struct arg[]){
		{.name = "playlist", .type = ARG_STR, .required = true, .max_bytes = 300,
		    .about = "Link, URI, id or name"},
		{.name = "from", .type = ARG_INT, .min = 0, .max = 20000,
		    .about = "First entry to move, counted from 0"},
		{.name = "count", .type = ARG_INT, .min = 1, .max = 20000, .fallback = "1"},
		{.name = "to", .type = ARG_INT, .min = 0, .max = 20000,
		    .about = "Position of the first of them afterwards, counted from 0"},
		{.name = "sort_by", .type = ARG_STR, .words = (const char *const[]){"name", "artist",
		    "album", "added", "duration", "release", NULL}},
		{.name = "descending", .type = ARG_BOOL, .fallback = "false"},
		{.name = "shuffle", .type = ARG_BOOL, .fallback = "false"},
		{.name = "keep_dates", .type = ARG_BOOL, .fallback = "true"},
		{.name = "dry_run", .type = ARG_BOOL, .fallback = "false"},
		JOURNAL_ARG,
		{.name = NULL}},
	.out = (const struct out[]){EDIT_OUT, {.name = NULL}},
	.read_only = false, .destructive = true, .idempotent = false, .open_world = true,
	.scope = SCOPE_PLAYLISTS_WRITE,
	.spotify_scopes = PLAYLIST_SCOPES_EDIT,
	.max_requests = EDIT_REQUESTS,
	.run = run_reorder,
};

/* --- replace_playlist ------------------------------------------------------------------------ */

static bool
same_already(const struct arrange *t)
{
	size_t i;

	for (i = 0; i < t->uris.n && i < t->edit.list.n; i++)
		if (!uris_is(&t->uris, i, span_str(t->edit.list.all[i].uri)))
			return false;
	return t->uris.n == t->edit.list.n;
}

static void
replace_read(struct call *c)
{
	struct arrange *t = c->state;
	const char **uris = call_alloc(c, t->uris.n * sizeof(*uris));
	size_t i;

	if (uris == NULL)
		return;
	for (i = 0; i < t->uris.n; i++) {
		char *uri = call_alloc(c, ITEM_LINK_MAX);

		if (uri == NULL)
			return;
		item_uri(&t->uris.refs[i], uri);
		uris[i] = uri;
	}
	if (same_already(t))
		call_line(c, "The playlist has just these entries already.");
	else if (!edit_replace(c, uris, t->uris.n))
		return;
	if (t->edit.n > 0 && fixed(&t->edit) > 0)
		call_line(c, "%zu entries are local files or have no content any more; they are taken out as "
		    "well and cannot be put back through an application.", fixed(&t->edit));
	if (agreed(c, t->uris.n == 0 ? "Remove everything from" : "Replace all that is in"))
		carry_out(c);
}

static void
run_replace(struct call *c)
{
	struct arrange *t = errand_begin(c, sizeof(*t));

	if (t != NULL && uris_read(c, "uris", &t->uris))
		edit_open(c, call_str(c, "playlist"), replace_read);
}

const struct tool tool_replace_playlist = {
	.name = "replace_playlist",
	.title = "Replace a playlist's entries",
	.about = "Makes a playlist consist of exactly the given tracks and episodes, in order; an empty list "
	    "clears it. What was in it is lost, local files for good, and all entries get a new added "
	    "date: try dry_run first.",
	.args = (const struct arg[]){
		{.name = "playlist", .type = ARG_STR, .required = true, .max_bytes = 300,
		    .about = "Link, URI, id or name"},
		{.name = "uris", .type = ARG_STRS, .required = true, .max_items = EDIT_ADDED,
		    .max_bytes = 300, .about = "Links or URIs, in order"},
		{.name = "dry_run", .type = ARG_BOOL, .fallback = "false"},
		JOURNAL_ARG,
		{.name = NULL}},
	.out = (const struct out[]){EDIT_OUT, {.name = NULL}},
	.read_only = false, .destructive = true, .idempotent = true, .open_world = true,
	.scope = SCOPE_PLAYLISTS_WRITE,
	.spotify_scopes = PLAYLIST_SCOPES_EDIT,
	.max_requests = EDIT_REQUESTS,
	.run = run_replace,
};
