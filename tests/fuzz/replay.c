/*
 * Feeds every harness its kept inputs and all their beginnings: a test a
 * harness.  Needs no fuzzer, so that it runs wherever the unit tests do.
 */
#include "config.h"

#include <dirent.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "shared/base/log.h"
#include "tests/fuzz/fuzz.h"
#include "tests/unit/unit.h"

#define FILE_MOST 65536
#define PIECES 24   /* beginnings of a long input that are fed as well */

void
fuzz_failed(const char *file, int line, const char *what)
{
	print_error("does not hold: %s\n", what);
	_fail(file, line);
	abort();   /* not reached: _fail jumps */
}

/* From memory of exactly that size, so that a sanitizer sees each step too far. */
static void
feed(const struct fuzzer *f, const uint8_t *bytes, size_t n)
{
	uint8_t *copy = malloc(n == 0 ? 1 : n);

	assert_non_null(copy);
	if (n > 0)
		memcpy(copy, bytes, n);
	f->feed(span_of(copy, n));
	free(copy);
}

static void
feed_file(const struct fuzzer *f, const char *path)
{
	uint8_t *bytes = malloc(FILE_MOST);
	FILE *file = fopen(path, "rb");
	size_t n, i, last = 0;

	assert_non_null(bytes);
	if (file == NULL)
		fail_msg("%s cannot be read", path);
	n = fread(bytes, 1, FILE_MOST, file);
	(void)fclose(file);
	feed(f, bytes, n);
	for (i = 0; i < PIECES; i++) {
		size_t part = n * i / PIECES;

		if (i > 0 && part == last)
			continue;
		feed(f, bytes, part);
		last = part;
	}
	free(bytes);
}

static void
the_kept_inputs_are_read(void **state)
{
	const struct fuzzer *f = *state;
	const char *top = getenv("srcdir");
	char path[1024], file[1400];
	const struct dirent *e;
	unsigned n = 0;
	DIR *dir;

	(void)snprintf(path, sizeof(path), "%s/tests/fuzz/corpus/%s", top == NULL ? "." : top,
	    f->name);
	dir = opendir(path);
	if (dir == NULL)
		fail_msg("%s cannot be read", path);
	while ((e = readdir(dir)) != NULL) {
		if (e->d_name[0] == '.')
			continue;
		(void)snprintf(file, sizeof(file), "%s/%s", path, e->d_name);
		feed_file(f, file);
		n++;
	}
	(void)closedir(dir);
	assert_true(n > 0);
}

int
main(void)
{
#define X(name, most) + 1
	struct CMUnitTest tests[0 FUZZERS(X)];
#undef X
	size_t n;

	log_open("fuzz", LOG_ERROR);
	for (n = 0; fuzzers[n].name != NULL; n++) {
		union {
			const void *from;
			void *to;
		} f = {.from = &fuzzers[n]};

		tests[n] = (struct CMUnitTest){.name = fuzzers[n].name,
		    .test_func = the_kept_inputs_are_read, .initial_state = f.to};
	}
	return _cmocka_run_group_tests("fuzz-replay", tests, n, NULL, NULL);
}
