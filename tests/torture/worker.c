/* Scenarios of the worker. */
#include "config.h"

#include "tests/torture/judge.h"

const struct scenario worker_scenarios[] = {{.name = NULL}};
