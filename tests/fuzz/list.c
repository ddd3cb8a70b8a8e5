/* The table of harnesses; see fuzz.h. */
#include "config.h"

#include "tests/fuzz/fuzz.h"

void (*fuzz_working)(bool now);

const struct fuzzer fuzzers[] = {
#define X(name, most) {#name, most, fuzz_##name},
	FUZZERS(X)
#undef X
	{0},
};
