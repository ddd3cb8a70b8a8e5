/* Scenarios of the programs that hold secrets. */
#include "config.h"

#include "tests/torture/judge.h"

const struct scenario master_scenarios[] = {{.name = NULL}};
