/* Runs the tests of the protocol. */
#include "config.h"

#include "tests/unit/mcp/fixture.h"

int
main(void)
{
	int failed = 0;

	failed += _cmocka_run_group_tests("ended sessions", ended_tests, ended_tests_n, NULL, NULL);
	failed += _cmocka_run_group_tests("legacy era", legacy_tests, legacy_tests_n, NULL, NULL);
	failed += _cmocka_run_group_tests("modern era", modern_tests, modern_tests_n, NULL, NULL);
	failed += _cmocka_run_group_tests("tools", tools_tests, tools_tests_n, NULL, NULL);
	failed += _cmocka_run_group_tests("prompts", prompts_tests, prompts_tests_n, NULL, NULL);
	failed += _cmocka_run_group_tests("parameters", params_tests, params_tests_n, NULL, NULL);
	failed += _cmocka_run_group_tests("versions", degrade_tests, degrade_tests_n, NULL, NULL);
	return failed;
}
