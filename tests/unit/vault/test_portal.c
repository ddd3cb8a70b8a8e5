/* Accounts and sign-ins, asked by the portal. */
#include "config.h"

#include <string.h>

#include "tests/unit/vault/pg.h"
#include "tests/unit/vault/rig.h"
const struct CMUnitTest portal_tests[] = {{0}};
const size_t portal_tests_n = 0;
