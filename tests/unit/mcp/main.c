/* Runs the tests of the protocol. */
#include "config.h"

#include "tests/unit/mcp/fixture.h"

int
main(void)
{
	int failed = 0;

	failed += _cmocka_run_group_tests("ended sessions", ended_tests, ended_tests_n, NULL, NULL);
	failed += _cmocka_run_group_tests("questions", ask_tests, ask_tests_n, NULL, NULL);
	failed += _cmocka_run_group_tests("requests of ours", asked_tests, asked_tests_n, NULL, NULL);
	failed += _cmocka_run_group_tests("requestState", state_tests, state_tests_n, NULL, NULL);
	failed += _cmocka_run_group_tests("forms", form_tests, form_tests_n, NULL, NULL);
	failed += _cmocka_run_group_tests("log messages", logging_tests, logging_tests_n, NULL, NULL);
	failed += _cmocka_run_group_tests("legacy era", legacy_tests, legacy_tests_n, NULL, NULL);
	failed += _cmocka_run_group_tests("modern era", modern_tests, modern_tests_n, NULL, NULL);
	failed += _cmocka_run_group_tests("tools", tools_tests, tools_tests_n, NULL, NULL);
	failed += _cmocka_run_group_tests("prompts", prompts_tests, prompts_tests_n, NULL, NULL);
	failed += _cmocka_run_group_tests("parameters", params_tests, params_tests_n, NULL, NULL);
	failed += _cmocka_run_group_tests("versions", degrade_tests, degrade_tests_n, NULL, NULL);
	failed += _cmocka_run_group_tests("streams", streams_tests, streams_tests_n, NULL, NULL);
	failed += _cmocka_run_group_tests("coming back", resume_tests, resume_tests_n, NULL, NULL);
	failed += _cmocka_run_group_tests("subscriptions", subscribe_tests, subscribe_tests_n, NULL,
	    NULL);
	failed += _cmocka_run_group_tests("tasks", tasks_tests, tasks_tests_n, NULL, NULL);
	return failed;
}
