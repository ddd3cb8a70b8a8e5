/*
 * The harness that the environment variable FUZZ names, for libFuzzer.
 * tests/fuzz/run.sh runs them all.
 */
#include "config.h"

#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "shared/base/log.h"
#include "tests/fuzz/fuzz.h"

int LLVMFuzzerInitialize(int *argc, char ***argv);
int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size);

static const struct fuzzer *chosen;

void
fuzz_failed(const char *file, int line, const char *what)
{
	fprintf(stderr, "%s:%d: does not hold: %s\n", file, line, what);
	abort();
}

int
LLVMFuzzerInitialize(int *argc, char ***argv)
{
	const char *name = getenv("FUZZ");

	(void)argc;
	(void)argv;
	for (chosen = fuzzers; chosen->name != NULL; chosen++)
		if (name != NULL && strcmp(chosen->name, name) == 0)
			break;
	if (chosen->name == NULL) {
		fputs("FUZZ must name one of these, with the bytes that are of use:\n", stderr);
		for (chosen = fuzzers; chosen->name != NULL; chosen++)
			fprintf(stderr, "%s %zu\n", chosen->name, chosen->most);
		exit(2);
	}
	log_open("fuzz", LOG_ERROR);
	return 0;
}

int
LLVMFuzzerTestOneInput(const uint8_t *data, size_t size)
{
	chosen->feed(span_of(data, size));
	return 0;
}
