#include "config.h"
#include "tests/unit/vault/rig.h"
const struct CMUnitTest outage_tests[] = {{0}};
const size_t outage_tests_n = 0;
