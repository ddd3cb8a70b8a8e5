/* Scenarios from the harnesses of tests/fuzz. */
#include "config.h"

#include "tests/torture/judge.h"

const struct scenario harness_scenarios[] = {{.name = NULL}};
