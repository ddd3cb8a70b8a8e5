/* The own scopes; see scopes.h. */
#include "config.h"

#include <string.h>

#include "shared/ipc/scopes.h"
#include "shared/ipc/words.h"

/* Who signed in, and the country, on which the catalogue depends. */
#define ALWAYS "user-read-private"

const struct scope own_scopes[SCOPES_N] = {
	{SCOPE_LIBRARY_READ, 0, "library:read",
	    "user-library-read user-follow-read user-read-playback-position"},
	{SCOPE_LIBRARY_WRITE, SCOPE_LIBRARY_READ, "library:write",
	    "user-library-modify user-follow-modify"},
	{SCOPE_PLAYLISTS_READ, 0, "playlists:read",
	    "playlist-read-private playlist-read-collaborative"},
	{SCOPE_PLAYLISTS_WRITE, SCOPE_PLAYLISTS_READ, "playlists:write",
	    "playlist-modify-public playlist-modify-private ugc-image-upload"},
	{SCOPE_PLAYBACK_READ, 0, "playback:read",
	    "user-read-playback-state user-read-currently-playing"},
	{SCOPE_PLAYBACK_CONTROL, SCOPE_PLAYBACK_READ, "playback:control",
	    "user-modify-playback-state"},
	{SCOPE_HISTORY_READ, 0, "history:read", "user-top-read user-read-recently-played"},
};

uint32_t
scopes_whole(uint32_t bits)
{
	uint32_t whole = bits & SCOPE_ALL;
	size_t i;

	for (i = 0; i < SCOPES_N; i++)
		if ((bits & own_scopes[i].bit) != 0)
			whole |= own_scopes[i].implies;
	return whole;
}

err_t
scopes_put_names(uint32_t bits, struct buf *out)
{
	const char *between = "";
	err_t err = 0;
	size_t i;

	for (i = 0; i < SCOPES_N && err == 0; i++)
		if ((bits & own_scopes[i].bit) != 0) {
			err = buf_printf(out, "%s%s", between, own_scopes[i].name);
			between = " ";
		}
	return err;
}

/* Takes the next word off the front; false when there is none. */
static bool
next_word(struct span *rest, struct span *word)
{
	const uint8_t *end;

	while (rest->n > 0 && *rest->p == ' ')
		*rest = span_of(rest->p + 1, rest->n - 1);
	if (rest->n == 0)
		return false;
	end = memchr(rest->p, ' ', rest->n);
	*word = span_of(rest->p, end == NULL ? rest->n : (size_t)(end - rest->p));
	*rest = span_of(rest->p + word->n, rest->n - word->n);
	return true;
}

uint32_t
scopes_read(struct span names, bool *foreign)
{
	struct span word;
	uint32_t bits = 0;

	if (foreign != NULL)
		*foreign = false;
	while (next_word(&names, &word)) {
		size_t i;

		for (i = 0; i < SCOPES_N && !span_is(word, own_scopes[i].name); i++)
			;
		if (i < SCOPES_N)
			bits |= own_scopes[i].bit;
		else if (foreign != NULL)
			*foreign = true;
	}
	return bits;
}

static bool
has_word(struct span list, struct span word)
{
	struct span each;

	while (next_word(&list, &each))
		if (each.n == word.n && memcmp(each.p, word.p, word.n) == 0)
			return true;
	return false;
}

bool
scopes_covered(struct span needed, struct span granted)
{
	struct span word;

	while (next_word(&needed, &word))
		if (!has_word(granted, word))
			return false;
	return true;
}

/* Adds the words that were not put since `from`. */
static err_t
put_words(struct span list, size_t from, struct buf *out)
{
	struct span word;
	err_t err = 0;

	while (err == 0 && next_word(&list, &word)) {
		const struct span so_far = buf_span(out);

		if (has_word(span_of(so_far.p + from, so_far.n - from), word))
			continue;
		if (so_far.n > from)
			err = buf_put_str(out, " ");
		if (err == 0)
			err = buf_put_span(out, word);
	}
	return err;
}

err_t
scopes_put_spotify(uint32_t bits, struct span also, struct buf *out)
{
	const uint32_t whole = scopes_whole(bits);
	const size_t from = out->len;
	err_t err = buf_put_str(out, ALWAYS);
	size_t i;

	for (i = 0; i < SCOPES_N && err == 0; i++)
		if ((whole & own_scopes[i].bit) != 0)
			err = put_words(span_str(own_scopes[i].spotify), from, out);
	return err != 0 ? err : put_words(also, from, out);
}
