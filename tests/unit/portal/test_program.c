/* The built program under its own system-call filter, from start to end. */
#include "config.h"

#include <stdlib.h>
#include <string.h>
#include <unistd.h>

#include "tests/unit/portal/rig.h"
#include "tests/unit/unit.h"

#define PROGRAM "./tonearm-portal"
#define LOGIN_COOKIE "__Secure-tonearm_login=bG9naW4tY29va2llLW9mLXRoZS10ZXN0LTAwMDAwMDA.1s"

static void
the_program_answers_under_its_filter_and_ends_with_its_supervisor(void **state)
{
	const struct ask back = {.method = METHOD_GET, .target = "/callback?code=x&state=y",
	    .cookie = LOGIN_COOKIE};
	const struct ask introduce = {.method = METHOD_POST, .target = "/register",
	    .content_type = "application/json", .body = "{\"redirect_uris\":[\"http://localhost/cb\"],"
	    "\"token_endpoint_auth_method\":\"client_secret_post\"}"};
	const struct ask ask_for_tokens = {.method = METHOD_POST, .target = "/token",
	    .content_type = "application/x-www-form-urlencoded",
	    .body = "grant_type=refresh_token&client_id=a&refresh_token=b"};
	struct rig *r = calloc(1, sizeof(*r));

	(void)state;
	assert_non_null(r);
	rig_open_program(r, PROGRAM);
	rig_get(r, "/", false);
	assert_int_equal(r->status, 200);
	rig_get(r, "/login", false);
	assert_int_equal(r->status, 303);
	rig_ask(r, &back);
	assert_int_equal(r->status, 303);
	rig_get(r, "/account", true);
	assert_int_equal(r->status, 200);
	assert_true(rig_shows(r, "Clara Haskil"));
	rig_post(r, "/account/token", "label=Laptop&" RIG_ALL "&days=30");
	assert_int_equal(r->status, 200);
	assert_true(rig_shows(r, "tonearm_pt_"));
	rig_get(r, "/.well-known/oauth-authorization-server", false);
	assert_int_equal(r->status, 200);
	rig_ask(r, &introduce);
	assert_int_equal(r->status, 201);
	rig_ask(r, &ask_for_tokens);
	assert_int_equal(r->status, 400);
	/* Its peers come and go. */
	rig_vault_away(r);
	rig_get(r, "/account", true);
	assert_int_equal(r->status, 503);
	rig_vault_back(r);
	rig_post(r, "/account/sign-out", "");
	assert_int_equal(r->status, 303);
	assert_int_equal(rig_close(r), 0);
	free(r);
}

int
main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(the_program_answers_under_its_filter_and_ends_with_its_supervisor),
	};

	if (access(PROGRAM, X_OK) != 0)
		return 77;
	return cmocka_run_group_tests(tests, NULL, NULL);
}
