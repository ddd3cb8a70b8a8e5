/* Scopes in words; see ticks.h. */
#include "config.h"

#include "master/portal/form.h"
#include "master/portal/ticks.h"
#include "shared/ipc/scopes.h"
#include "shared/ipc/words.h"

static const struct {
	uint32_t bit;
	const char *title, *sentence;
} sentences[SCOPES_N] = {
	{SCOPE_LIBRARY_READ, "See what you have saved",
	    "Saved tracks, albums, shows, episodes and audiobooks, the artists you follow, and "
	    "where you stopped listening."},
	{SCOPE_LIBRARY_WRITE, "Change what you have saved",
	    "Save and remove items, follow and unfollow. Seeing them is part of it."},
	{SCOPE_PLAYLISTS_READ, "See your playlists",
	    "Private and shared ones too, and what is in them."},
	{SCOPE_PLAYLISTS_WRITE, "Change your playlists",
	    "Make new ones, add, remove and move entries, rename them, set their pictures. Seeing "
	    "them is part of it."},
	{SCOPE_PLAYBACK_READ, "See what is playing",
	    "The item, the queue and the devices you listen on."},
	{SCOPE_PLAYBACK_CONTROL, "Control playback",
	    "Start, pause, skip, queue and set the volume on your devices. Needs Spotify Premium. "
	    "Seeing what is playing is part of it."},
	{SCOPE_HISTORY_READ, "See what you have listened to",
	    "What you played lately, and the artists and tracks you play most."},
};

static bool
is_ticked(uint32_t bits, uint32_t bit)
{
	return (bits & bit) != 0;
}

/* The row of own_scopes for a bit; there is one for each. */
static const struct scope *
scope_of(uint32_t bit)
{
	size_t i = 0;

	while (i + 1 < SCOPES_N && own_scopes[i].bit != bit)
		i++;
	return &own_scopes[i];
}

err_t
ticks_list(struct page *page, struct view *v, const char *name, uint32_t shown, uint32_t ticked)
{
	struct view *items;
	void *room;
	size_t i, n = 0;
	err_t err = arena_alloc(&page->arena, sizeof(*items) * SCOPES_N, &room);

	if (err != 0)
		return err;
	items = room;
	for (i = 0; i < SCOPES_N; i++) {
		struct view *item = &items[n];

		if (!is_ticked(shown, sentences[i].bit))
			continue;
		n++;
		item->n = 0;
		item->full = false;
		view_text(item, "field", span_str(scope_of(sentences[i].bit)->name));
		view_text(item, "title", span_str(sentences[i].title));
		view_text(item, "sentence", span_str(sentences[i].sentence));
		view_flag(item, "ticked", is_ticked(ticked, sentences[i].bit));
	}
	view_list(v, name, items, n);
	return v->full ? ERR_LIMIT : 0;
}

err_t
ticks_read(struct page *page, uint32_t *out)
{
	uint32_t bits = 0;
	size_t i;

	for (i = 0; i < SCOPES_N; i++) {
		struct span value = {0};
		err_t err = form_get(&page->arena, buf_span(&page->body), own_scopes[i].name, &value);

		if (err == ERR_NOTFOUND)
			continue;
		if (err == 0 && !span_is(value, "yes"))
			err = ERR_SYNTAX;
		if (err != 0)
			return err;
		bits |= own_scopes[i].bit;
	}
	*out = scopes_whole(bits);
	return 0;
}

/* "a, b and c" of the nouns whose bit is there. */
static struct span
join(struct page *page, uint32_t scopes, const uint32_t *bits, const char *const *nouns, size_t n)
{
	struct span text = span_str(""), last = span_str("");
	size_t i;

	for (i = 0; i < n; i++) {
		if (!is_ticked(scopes, bits[i]))
			continue;
		if (last.n > 0)
			text = page_text(page, "%.*s%s%.*s", (int)text.n, (const char *)text.p,
			    text.n > 0 ? ", " : "", (int)last.n, (const char *)last.p);
		last = span_str(nouns[i]);
	}
	return text.n == 0 ? last : page_text(page, "%.*s and %.*s", (int)text.n,
	    (const char *)text.p, (int)last.n, (const char *)last.p);
}

struct span
ticks_words(struct page *page, uint32_t scopes)
{
	static const uint32_t sees[] = {SCOPE_LIBRARY_READ, SCOPE_PLAYLISTS_READ,
	    SCOPE_PLAYBACK_READ, SCOPE_HISTORY_READ};
	static const char *const seen[] = {"what you have saved", "your playlists",
	    "what is playing", "what you have listened to"};
	static const uint32_t changes[] = {SCOPE_LIBRARY_WRITE, SCOPE_PLAYLISTS_WRITE};
	static const char *const changed[] = {"what you have saved", "your playlists"};
	struct span a, b;

	scopes = scopes_whole(scopes);
	if (scopes == SCOPE_ALL)
		return span_str("May do everything: see, change and play.");
	if (scopes == 0)
		return span_str("May search, and nothing else.");
	a = join(page, scopes, sees, seen, 4);
	b = join(page, scopes, changes, changed, 2);
	return page_text(page, "Sees %.*s%s%.*s%s.", (int)a.n, (const char *)a.p,
	    b.n > 0 ? "; changes " : "", (int)b.n, b.n > 0 ? (const char *)b.p : "",
	    is_ticked(scopes, SCOPE_PLAYBACK_CONTROL) ? "; controls playback" : "");
}
