/* Unit tests of the vault, against a PostgreSQL of their own. */
#include "config.h"

#include <stdio.h>
#include <stdlib.h>
#include <unistd.h>

#include "shared/base/log.h"
#include "tests/unit/vault/pg.h"
#include "tests/unit/vault/rig.h"

/* Automake's word for "skipped". */
#define SKIPPED 77
/* Nothing here takes this long unless it hangs. */
#define LIMIT_S 240

static int
run_group(const char *name, const struct CMUnitTest *tests, size_t n)
{
	return _cmocka_run_group_tests(name, tests, n, NULL, NULL);
}

/* An argument is a pattern for the names of tests to run. */
int
main(int argc, char **argv)
{
	const char *why;
	int failed = 0;

	(void)alarm(LIMIT_S);
	log_open("vault", getenv("TONEARM_TEST_LOG") != NULL ? LOG_DEBUG : LOG_ERROR);
	if (argc > 1)
		cmocka_set_test_filter(argv[1]);
	why = pg_begin();
	if (why != NULL) {
		(void)printf("1..0 # skip %s\n", why);
		pg_end();
		return SKIPPED;
	}
	failed += run_group("bind", bind_tests, bind_tests_n);
	failed += run_group("change", change_tests, change_tests_n);
	failed += run_group("rows", rows_tests, rows_tests_n);
	failed += run_group("portal", portal_tests, portal_tests_n);
	failed += run_group("apps", apps_tests, apps_tests_n);
	failed += run_group("oauth", oauth_tests, oauth_tests_n);
	failed += run_group("tokens", tokens_tests, tokens_tests_n);
	failed += run_group("export", export_tests, export_tests_n);
	failed += run_group("changes", changes_tests, changes_tests_n);
	failed += run_group("permits", permits_tests, permits_tests_n);
	failed += run_group("limits", limits_tests, limits_tests_n);
	failed += run_group("outage", outage_tests, outage_tests_n);
	failed += run_group("program", program_tests, program_tests_n);
	failed += run_group("hostile", hostile_tests, hostile_tests_n);
	pg_end();
	return failed == 0 ? 0 : 1;
}
