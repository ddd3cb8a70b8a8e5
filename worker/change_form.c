/* Writing the records of a change; see change_form.h.  They are read in
 * change_parse.c. */
#include "config.h"

#include <stdio.h>
#include <string.h>

#include "shared/crypto/hash.h"
#include "worker/change_form.h"

#define ID_CHARS   22
#define THING_MAX  200       /* of a URI */
#define NAME_MAX_BYTES 400
#define ABOUT_MAX  1200
#define TOOL_MAX   60
#define CLIENT_MAX 120
#define NUMBERS_OF_A_RECORD 2000
#define STEP_IDS   200

static err_t
put_le(struct buf *out, uint64_t v, size_t bytes)
{
	uint8_t b[8];
	size_t i;

	for (i = 0; i < bytes; i++)
		b[i] = (uint8_t)(v >> (8 * i));
	return buf_put(out, b, bytes);
}

/* Begins a record; record_end fills in its length. */
static err_t
record_begin(struct buf *out, char letter, size_t *start)
{
	err_t err = buf_put_byte(out, (uint8_t)letter);

	*start = out->len + 2;
	return err != 0 ? err : put_le(out, 0, 2);
}

static err_t
record_end(struct buf *out, size_t start, err_t err)
{
	size_t n = out->len - start;

	if (err == 0 && n > UINT16_MAX)
		err = ERR_LIMIT;
	if (err != 0) {
		if (out->len >= start)
			buf_cut(out, start - 3);
		return err;
	}
	out->data[start - 2] = (uint8_t)n;
	out->data[start - 1] = (uint8_t)(n >> 8);
	return 0;
}

/* Text with a length before it, cut at most bytes where a character begins. */
static err_t
put_text(struct buf *out, const char *s, size_t most)
{
	size_t n = s == NULL ? 0 : strlen(s);
	err_t err;

	if (n > most) {
		n = most;
		while (n > 0 && ((unsigned char)s[n] & 0xc0) == 0x80)
			n--;
	}
	err = put_le(out, n, 2);
	return err != 0 ? err : buf_put(out, s, n);
}

static err_t
put_details(struct buf *out, const struct change_details *d)
{
	err_t err = put_le(out, (uint8_t)((d->name != NULL) | (d->description != NULL) << 1), 1);

	if (err == 0)
		err = put_text(out, d->name, NAME_MAX_BYTES);
	if (err == 0)
		err = put_text(out, d->description, ABOUT_MAX);
	if (err == 0)
		err = put_le(out, (uint8_t)d->is_public, 1);
	return err != 0 ? err : put_le(out, (uint8_t)d->collaborative, 1);
}

err_t
change_put_head(struct buf *out, const struct change_about *a)
{
	static const uint8_t nothing[ID_BYTES];
	static const struct change_details none = {.is_public = -1, .collaborative = -1};
	const bool words = a->kind == CHANGE_DETAILS || a->kind == CHANGE_MADE;
	size_t start;
	err_t err = record_begin(out, 'H', &start);

	if (err == 0)
		err = put_le(out, (uint8_t)a->kind, 1);
	if (err == 0)
		err = put_le(out, a->planned, 2);
	if (err == 0)
		err = put_le(out, (uint64_t)a->position, 8);
	if (err == 0)
		err = put_le(out, (uint64_t)a->total, 8);
	if (err == 0)
		err = buf_put(out, a->undoes != NULL ? a->undoes : nothing, ID_BYTES);
	if (err == 0)
		err = put_text(out, a->thing, THING_MAX);
	if (err == 0)
		err = put_text(out, a->name, NAME_MAX_BYTES);
	if (err == 0)
		err = put_text(out, a->tool, TOOL_MAX);
	if (err == 0)
		err = put_text(out, a->client, CLIENT_MAX);
	if (err == 0)
		err = put_details(out, words ? &a->details_before : &none);
	if (err == 0)
		err = put_details(out, words ? &a->details_after : &none);
	return record_end(out, start, err);
}

static err_t
put_numbers(struct buf *out, const uint32_t *ids, size_t n)
{
	size_t i;
	err_t err = 0;

	for (i = 0; i < n && err == 0; i++)
		err = ids[i] > UINT16_MAX ? ERR_LIMIT : put_le(out, ids[i], 2);
	return err;
}

err_t
change_put_step(struct buf *out, const struct change_step *s)
{
	size_t start;
	err_t err = record_begin(out, 'S', &start);

	if (err == 0)
		err = put_le(out, (uint8_t)s->kind, 1);
	if (err == 0)
		err = put_le(out, s->at, 4);
	if (err == 0)
		err = put_le(out, s->to, 4);
	if (err == 0)
		err = put_le(out, s->n, 4);
	if (err == 0)
		err = s->n_ids > STEP_IDS ? ERR_LIMIT : put_numbers(out, s->ids, s->n_ids);
	return record_end(out, start, err);
}

err_t
change_put_outcome(struct buf *out, enum change_step_state state)
{
	size_t start;
	err_t err = record_begin(out, 'O', &start);

	if (err == 0)
		err = put_le(out, (uint8_t)state, 1);
	return record_end(out, start, err);
}

err_t
change_put_thing(struct buf *out, const char *uri)
{
	size_t start;
	err_t err = record_begin(out, 'T', &start);

	if (err == 0)
		err = put_text(out, uri, THING_MAX);
	return record_end(out, start, err);
}

err_t
change_put_end(struct buf *out, enum change_state state, size_t done, const char *thing)
{
	size_t start;
	err_t err = record_begin(out, 'E', &start);

	if (err == 0)
		err = put_le(out, (uint8_t)state, 1);
	if (err == 0)
		err = put_le(out, done, 2);
	if (err == 0)
		err = put_text(out, thing, THING_MAX);
	return record_end(out, start, err);
}

err_t
change_put_unheard(struct buf *out)
{
	size_t start;
	err_t err = record_begin(out, 'N', &start);

	return record_end(out, start, err);
}

err_t
change_put_undone(struct buf *out, const uint8_t by[ID_BYTES])
{
	size_t start;
	err_t err = record_begin(out, 'D', &start);

	if (err == 0)
		err = buf_put(out, by, ID_BYTES);
	return record_end(out, start, err);
}

/* --- things --------------------------------------------------------------------- */

static bool
is_local(const char *uri)
{
	return strncmp(uri, CHANGE_LOCAL, strlen(CHANGE_LOCAL)) == 0;
}

/* 22 characters by which a local file can be told from others. */
static err_t
local_mark(const char *uri, char out[2 * SHA256_BYTES + 1])
{
	uint8_t hash[SHA256_BYTES];
	err_t err = sha256(span_str(uri), hash);

	if (err == 0)
		hex_encode(span_of(hash, sizeof(hash)), out);
	return err;
}

static bool
plain_id(const char *s)
{
	size_t i;

	for (i = 0; (s[i] >= '0' && s[i] <= '9') || (s[i] >= 'A' && s[i] <= 'Z') ||
	    (s[i] >= 'a' && s[i] <= 'z'); i++)
		;
	return i == ID_CHARS && s[i] == '\0';
}

const struct change_sort change_sorts[] = {
	{'t', "spotify:track:"}, {'e', "spotify:episode:"}, {'a', "spotify:album:"},
	{'r', "spotify:artist:"}, {'p', "spotify:playlist:"}, {'s', "spotify:show:"},
	{'b', "spotify:audiobook:"}, {'c', "spotify:chapter:"}, {'u', "spotify:user:"},
	{0, NULL},
};

static err_t
put_uri(struct buf *out, const char *uri)
{
	const struct change_sort *s;
	char mark[2 * SHA256_BYTES + 1];
	err_t err;

	if (uri[0] == '\0')
		return buf_put_byte(out, '0');
	for (s = change_sorts; s->head != NULL; s++) {
		size_t n = strlen(s->head);

		if (strncmp(uri, s->head, n) == 0 && plain_id(uri + n)) {
			err = buf_put_byte(out, (uint8_t)s->letter);
			return err != 0 ? err : buf_put(out, uri + n, ID_CHARS);
		}
	}
	/* A mark that is read back goes in as it is: it was one before. */
	if (strncmp(uri, CHANGE_LOCAL_MARK, strlen(CHANGE_LOCAL_MARK)) == 0 &&
	    plain_id(uri + strlen(CHANGE_LOCAL_MARK))) {
		err = buf_put_byte(out, 'l');
		return err != 0 ? err : buf_put(out, uri + strlen(CHANGE_LOCAL_MARK), ID_CHARS);
	}
	if (is_local(uri)) {
		err = local_mark(uri, mark);
		if (err == 0)
			err = buf_put_byte(out, 'l');
		return err != 0 ? err : buf_put(out, mark, ID_CHARS);
	}
	if (strlen(uri) > THING_MAX)
		return ERR_LIMIT;
	err = buf_put_byte(out, 'x');
	if (err == 0)
		err = buf_put_byte(out, (uint8_t)strlen(uri));
	return err != 0 ? err : buf_put_str(out, uri);
}

err_t
change_put_uris(struct buf *out, const char *const *uris, size_t n)
{
	size_t i = 0, start;
	err_t err = 0;

	while (i < n && err == 0) {
		err = record_begin(out, 'U', &start);
		/* The last one may be a long one. */
		for (; i < n && err == 0 && (out->len - start) < CHANGE_PLAIN_MAX - 2 * THING_MAX; i++)
			err = put_uri(out, uris[i]);
		err = record_end(out, start, err);
	}
	return err;
}

err_t
change_put_contents(struct buf *out, size_t n_before, const uint32_t *after, size_t n_after)
{
	size_t i, n, start;
	err_t err = record_begin(out, 'B', &start);

	if (err == 0)
		err = put_le(out, n_before, 2);
	err = record_end(out, start, err);
	for (i = 0; i < n_after && err == 0; i += n) {
		n = n_after - i < NUMBERS_OF_A_RECORD ? n_after - i : NUMBERS_OF_A_RECORD;
		err = record_begin(out, 'A', &start);
		if (err == 0)
			err = put_numbers(out, after + i, n);
		err = record_end(out, start, err);
	}
	return err;
}

size_t
change_record_bytes(struct span text)
{
	size_t n;

	if (text.n < 3)
		return 0;
	n = 3 + ((size_t)text.p[1] | (size_t)text.p[2] << 8);
	return n <= text.n ? n : 0;
}

bool
change_uri_is(const char *recorded, const char *uri)
{
	char mark[2 * SHA256_BYTES + 1];

	if (strncmp(recorded, CHANGE_LOCAL_MARK, strlen(CHANGE_LOCAL_MARK)) != 0 || !is_local(uri))
		return strcmp(recorded, uri) == 0;
	return local_mark(uri, mark) == 0 &&
	    strncmp(recorded + strlen(CHANGE_LOCAL_MARK), mark, ID_CHARS) == 0;
}

bool
change_uri_movable(const char *recorded)
{
	return strncmp(recorded, "spotify:track:", 14) == 0 ||
	    strncmp(recorded, "spotify:episode:", 16) == 0;
}
