/* What cmocka wants included before itself, once for all unit tests. */
#ifndef TONEARM_TESTS_UNIT_H
#define TONEARM_TESTS_UNIT_H

#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>

#include <cmocka.h>

/* A function that should succeed. */
#define assert_ok(expr) assert_int_equal((expr), 0)

#endif
