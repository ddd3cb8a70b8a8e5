/*
 * The protocol tests of tonearm-front once more, with the program reading one
 * byte of each connection at a time (tests/torture/calls.c, preloaded): every
 * test must end as it does with whole requests.  The tests of deadlines are
 * about time and stay out.
 */
#include "config.h"

#include <stdio.h>
#include <stdlib.h>
#include <sys/wait.h>
#include <unistd.h>

#include "tests/unit/unit.h"

#if defined(__SANITIZE_ADDRESS__)
#define SANITIZED 1
#elif defined(__has_feature)
#if __has_feature(address_sanitizer)
#define SANITIZED 1
#endif
#endif
#ifndef SANITIZED
#define SANITIZED 0
#endif

static void
byte_by_byte_everything_is_the_same(void **state)
{
	const char *program = *state;
	char preload[1024], here[900];
	int status;
	pid_t pid;

	if (SANITIZED) {
		print_message("skipped: a sanitizer must be the first library\n");
		skip();
	}
	assert_non_null(getcwd(here, sizeof(here)));
	(void)snprintf(preload, sizeof(preload), "%s/calls.so", here);
	assert_int_equal(access(preload, R_OK), 0);
	(void)fflush(NULL);
	pid = fork();
	assert_true(pid >= 0);
	if (pid == 0) {
		(void)setenv("TONEARM_FRONT_PRELOAD", preload, 1);
		(void)unsetenv("CMOCKA_MESSAGE_OUTPUT");
		(void)dup2(STDERR_FILENO, STDOUT_FILENO);
		(void)execl(program, program, (char *)NULL);
		_exit(127);
	}
	assert_int_equal(waitpid(pid, &status, 0), pid);
	if (status != 0)
		fail_msg("%s, byte by byte, ended with 0x%x", program, (unsigned)status);
}

#define TWIN(text) {.name = text, .test_func = byte_by_byte_everything_is_the_same, \
	.initial_state = (void *)(uintptr_t)("./tests/unit/front/" text)}

int
main(void)
{
	const struct CMUnitTest tests[] = {TWIN("test_front"), TWIN("test_asking"), TWIN("test_relay"),
	    TWIN("test_awkward")};

	return cmocka_run_group_tests_name("front byte by byte", tests, NULL, NULL);
}
