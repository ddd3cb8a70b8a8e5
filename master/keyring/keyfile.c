/* Reading of master keys; see keyfile.h. */
#include "config.h"

#include <errno.h>
#include <string.h>
#include <unistd.h>

#include "master/keyring/keyfile.h"
#include "shared/crypto/b64.h"

#define FILE_MAX 16384

/* What is being read; wiped before anybody returns. */
struct draft {
	uint8_t text[FILE_MAX];
	uint8_t keys[MASTERS_MAX * MASTER_BYTES];
	uint32_t id[MASTERS_MAX];
	size_t n;
	uint32_t current;    /* 0: not named yet */
};

_Static_assert(MASTERS_MAX * MASTER_BYTES <= SECRET_MAX, "the keys fit one secret");

/* A key's number: 1 to 2^31 - 1 (it is an integer in the database). */
static err_t
read_id(struct span s, uint32_t *out)
{
	uint32_t id = 0;
	size_t i;

	if (s.n == 0 || s.n > 10 || s.p[0] == '0')
		return ERR_SYNTAX;
	for (i = 0; i < s.n; i++) {
		uint32_t digit = (uint32_t)s.p[i] - '0';

		if (digit > 9 || id > (INT32_MAX - digit) / 10)
			return ERR_SYNTAX;
		id = id * 10 + digit;
	}
	*out = id;
	return 0;
}

static err_t
read_key(struct draft *d, struct span number, struct span key)
{
	uint32_t id = 0;
	size_t i, n = 0;
	err_t err = read_id(number, &id);

	if (err != 0)
		return err;
	if (d->n == MASTERS_MAX)
		return ERR_LIMIT;
	for (i = 0; i < d->n; i++)
		if (d->id[i] == id)
			return ERR_SYNTAX;
	err = b64std_decode(key, d->keys + d->n * MASTER_BYTES, MASTER_BYTES, &n);
	if (err != 0 || n != MASTER_BYTES)
		return ERR_SYNTAX;
	d->id[d->n++] = id;
	return 0;
}

static err_t
read_line(struct draft *d, struct span line)
{
	const uint8_t *space;
	struct span first, rest;

	if (line.n == 0 || line.p[0] == '#')
		return 0;
	space = memchr(line.p, ' ', line.n);
	if (space == NULL)
		return ERR_SYNTAX;
	first = span_of(line.p, (size_t)(space - line.p));
	rest = span_of(space + 1, line.n - first.n - 1);
	if (!span_is(first, "current"))
		return read_key(d, first, rest);
	return d->current != 0 ? ERR_SYNTAX : read_id(rest, &d->current);
}

static err_t
read_lines(struct draft *d, size_t n, size_t *line)
{
	struct span rest = span_of(d->text, n);
	err_t err = 0;

	for (*line = 0; err == 0 && rest.n > 0;) {
		const uint8_t *end = memchr(rest.p, '\n', rest.n);
		size_t len = end == NULL ? rest.n : (size_t)(end - rest.p);

		(*line)++;
		err = read_line(d, span_of(rest.p, len));
		if (end != NULL)
			len++;
		rest = span_of(rest.p + len, rest.n - len);
	}
	return err;
}

static err_t
read_text(int fd, uint8_t text[FILE_MAX], size_t *n)
{
	size_t len = 0;

	for (;;) {
		ssize_t got = read(fd, text + len, FILE_MAX - len);

		if (got < 0 && errno == EINTR)
			continue;
		if (got < 0)
			return ERR_SYSTEM;
		if (got == 0)
			break;
		len += (size_t)got;
		if (len == FILE_MAX)
			return ERR_LIMIT;
	}
	*n = len;
	return 0;
}

/* Puts what was read into locked memory. */
static err_t
keep(const struct draft *d, struct masters *out)
{
	struct masters m = {.n = d->n};
	size_t i;
	err_t err;

	memcpy(m.id, d->id, sizeof(m.id));
	if (masters_find(&m, d->current, &m.current) != 0)
		return ERR_SYNTAX;
	for (i = 1; i < m.n; i++)
		if (m.id[i] < m.id[m.lowest])
			m.lowest = i;
	err = secret_set(&m.keys, span_of(d->keys, d->n * MASTER_BYTES));
	if (err == 0)
		*out = m;
	return err;
}

err_t
masters_read(int fd, struct masters *out, size_t *line)
{
	struct draft d = {.n = 0};
	size_t n = 0;
	err_t err;

	*line = 0;
	err = read_text(fd, d.text, &n);
	if (err == 0)
		err = read_lines(&d, n, line);
	if (err == 0) {
		*line = 0;
		err = keep(&d, out);
	}
	explicit_bzero(&d, sizeof(d));
	return err;
}

void
masters_wipe(struct masters *m)
{
	secret_clear(&m->keys);
	m->n = 0;
}

const uint8_t *
masters_key(const struct masters *m, size_t index)
{
	return secret_span(&m->keys).p + index * MASTER_BYTES;
}

err_t
masters_find(const struct masters *m, uint32_t id, size_t *index)
{
	size_t i;

	for (i = 0; i < m->n; i++)
		if (m->id[i] == id) {
			*index = i;
			return 0;
		}
	return ERR_NOTFOUND;
}
