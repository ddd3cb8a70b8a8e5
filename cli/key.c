/*
 * tonearm key create: a file with one master key.  The form is the keyring's
 * (master/keyring/keyfile.h): lines "ID BASE64", then "current ID".
 */
#include "config.h"

#include <errno.h>
#include <fcntl.h>
#include <libgen.h>
#include <stdbool.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/stat.h>
#include <unistd.h>

#include "cli/commands.h"
#include "cli/say.h"
#include "shared/crypto/b64.h"
#include "shared/crypto/random.h"

#define MASTER_BYTES 32

static bool
write_all(int fd, const char *text, size_t n)
{
	while (n > 0) {
		ssize_t done = write(fd, text, n);

		if (done < 0 && errno != EINTR)
			return false;
		if (done > 0) {
			text += done;
			n -= (size_t)done;
		}
	}
	return true;
}

/* The name in the folder must last as well, or the keys are lost. */
static bool
sync_folder(const char *path)
{
	char *copy = strdup(path);
	bool ok = false;
	int fd;

	if (copy == NULL)
		return false;
	fd = open(dirname(copy), O_RDONLY | O_DIRECTORY | O_CLOEXEC);
	if (fd >= 0) {
		ok = fsync(fd) == 0;
		(void)close(fd);
	}
	free(copy);
	return ok;
}

/* Puts one new key into a file that was just made. */
static bool
write_key(int fd)
{
	char text[B64STD_LEN(MASTER_BYTES) + 32], key[B64STD_LEN(MASTER_BYTES) + 1];
	uint8_t master[MASTER_BYTES];
	bool ok = false;
	int n;

	if (random_bytes(master, sizeof(master)) != 0)
		return false;
	b64std_encode(span_of(master, sizeof(master)), key);
	n = snprintf(text, sizeof(text), "1 %s\ncurrent 1\n", key);
	if (n > 0 && (size_t)n < sizeof(text))
		ok = write_all(fd, text, (size_t)n) && fsync(fd) == 0;
	explicit_bzero(master, sizeof(master));
	explicit_bzero(key, sizeof(key));
	explicit_bzero(text, sizeof(text));
	return ok;
}

static void
say_cannot_create(const char *path)
{
	if (errno == EEXIST) {
		say_error("%s is there already and was not touched", path);
		say_hint("With another key nothing in the database could be read any more.");
		say_hint("To start anew on an empty database, move that file away first.");
		return;
	}
	say_error("%s cannot be made: %s", path, strerror(errno));
	if (errno == ENOENT)
		say_hint("Make its folder first, with mode 0700.");
	else
		say_hint("Run this as the user who starts tonearmd, or change keys.file.");
}

int
command_key_create(const struct command_args *a)
{
	const char *path = conf_str(a->conf, "keys.file");
	int fd, why;

	if (a->argc > 0) {
		say_error("'key create' takes no arguments; the file is keys.file (%s)", path);
		return EXIT_USAGE;
	}
	/* O_EXCL also refuses a link that somebody put there. */
	fd = open(path, O_WRONLY | O_CREAT | O_EXCL | O_CLOEXEC, 0600);
	if (fd < 0) {
		say_cannot_create(path);
		return EXIT_FAILED;
	}
	if (fchmod(fd, 0600) == 0 && write_key(fd) && close(fd) == 0 && sync_folder(path)) {
		(void)printf("%s: master key 1 made; keep a copy in a safe place\n", path);
		return EXIT_DONE;
	}
	why = errno;
	(void)unlink(path);
	say_error("%s cannot be written: %s", path, strerror(why));
	say_hint("Nothing was kept; make room and try again.");
	return EXIT_FAILED;
}
