/* Migration files; see migrations.h. */
#include "config.h"

#include <ctype.h>
#include <dirent.h>
#include <errno.h>
#include <fcntl.h>
#include <stdbool.h>
#include <stdlib.h>
#include <string.h>
#include <sys/stat.h>
#include <unistd.h>

#include "cli/migrations.h"
#include "cli/say.h"

#define NUMBER_CHARS 4
#define TEXT_MAX ((size_t)4 * 1024 * 1024)

/* NNNN_name.sql? */
static int
is_migration(const struct dirent *e)
{
	size_t i, n = strlen(e->d_name);

	if (n < NUMBER_CHARS + 6 || strcmp(e->d_name + n - 4, ".sql") != 0)
		return 0;
	for (i = 0; i < NUMBER_CHARS; i++)
		if (!isdigit((unsigned char)e->d_name[i]))
			return 0;
	return e->d_name[NUMBER_CHARS] == '_';
}

static err_t
read_text(int folder, const char *file, struct buf *out)
{
	int fd = openat(folder, file, O_RDONLY | O_CLOEXEC);
	err_t err = fd < 0 ? ERR_SYSTEM : 0;
	ssize_t n = 1;

	while (err == 0 && n > 0) {
		uint8_t *place;

		err = buf_room(out, 16384, &place);
		if (err != 0)
			break;
		n = read(fd, place, 16384);
		if (n > 0)
			buf_added(out, (size_t)n);
		else if (n < 0)
			err = ERR_SYSTEM;
	}
	if (fd >= 0)
		(void)close(fd);
	/* The text goes to the server as a C string. */
	if (err == 0 && strlen(buf_cstr(out)) != out->len)
		err = ERR_SYNTAX;
	return err;
}

static err_t
read_one(int folder, const char *file, struct migration *m)
{
	uint8_t hash[SHA256_BYTES];
	err_t err;

	buf_init(&m->text, TEXT_MAX);
	m->name = strndup(file, strlen(file) - strlen(".sql"));
	err = m->name == NULL ? ERR_NOMEM : read_text(folder, file, &m->text);
	if (err == 0)
		err = sha256(buf_span(&m->text), hash);
	if (err == 0)
		hex_encode(span_of(hash, sizeof(hash)), m->sha256);
	return err;
}

/* Reads the files in their order, which must be the order of their numbers. */
static err_t
read_all(const char *path, int folder, struct dirent **files, size_t n, struct migrations *m)
{
	size_t i;
	err_t err;

	m->list = calloc(n, sizeof(*m->list));
	if (m->list == NULL)
		return ERR_NOMEM;
	for (i = 0; i < n; i++) {
		const char *file = files[i]->d_name;

		if (strtoul(file, NULL, 10) != i) {
			say_error("%s/%s: number %zu was expected here", path, file, i);
			say_hint("Migrations are numbered from 0000 without gaps; install again.");
			return ERR_SYNTAX;
		}
		m->n = i + 1;
		err = read_one(folder, file, &m->list[i]);
		if (err != 0) {
			say_error("%s/%s cannot be read: %s", path, file,
			    err == ERR_SYSTEM ? strerror(errno) : err_text(err));
			return err;
		}
	}
	return 0;
}

err_t
migrations_read(const char *path, struct migrations *out)
{
	struct migrations m = {0};
	struct dirent **files = NULL;
	int folder, n = -1;
	err_t err = ERR_NOTFOUND;

	folder = open(path, O_RDONLY | O_DIRECTORY | O_CLOEXEC);
	if (folder >= 0)
		n = scandirat(folder, ".", &files, is_migration, alphasort);
	if (n <= 0) {
		say_error("no migrations in %s: %s", path,
		    n == 0 ? "no file is named as one" : strerror(errno));
		say_hint("Name the folder with --sql-dir, or install Tonearm again.");
	} else if (n > MIGRATIONS_MAX) {
		say_error("too many files in %s", path);
		err = ERR_LIMIT;
	} else {
		err = read_all(path, folder, files, (size_t)n, &m);
	}
	while (n > 0)
		free(files[--n]);
	free(files);
	if (folder >= 0)
		(void)close(folder);
	if (err == 0)
		*out = m;
	else
		migrations_free(&m);
	return err;
}

void
migrations_free(struct migrations *m)
{
	size_t i;

	for (i = 0; i < m->n; i++) {
		free(m->list[i].name);
		buf_free(&m->list[i].text);
	}
	free(m->list);
	*m = (struct migrations){0};
}
