/* The worker's list of credentials, with a clock that the test sets. */
#include "config.h"

#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>
#include <string.h>

#include <cmocka.h>

#include "worker/credentials.h"

static int64_t now_ms = 1000000, now_s = 1700000000;

int64_t __wrap_clock_mono_ms(void);
int64_t __wrap_clock_wall_s(void);

int64_t
__wrap_clock_mono_ms(void)
{
	return now_ms;
}

int64_t
__wrap_clock_wall_s(void)
{
	return now_s;
}

static struct msg_credential
make(uint8_t first, uint8_t kind, int64_t expires)
{
	struct msg_credential m = {.cred_kind = kind, .scopes = 0xffffffff, .expires_at = expires};

	m.hash[0] = first;
	m.grant[0] = first;
	return m;
}

static err_t
check(const struct credentials *c, uint8_t first, uint8_t kind)
{
	const uint8_t hash[HASH_BYTES] = {first};
	const struct credential *found = NULL;
	err_t err = credentials_check(c, hash, kind, &found);

	if (err == 0) {
		assert_int_equal(found->grant[0], first);
		assert_int_equal(found->scopes, SCOPE_ALL);
	}
	return err;
}

static void
a_credential_holds_for_its_kind_until_it_expires(void **state)
{
	struct msg_credential never = make(1, CRED_LINK, 0), soon = make(2, CRED_OAUTH, now_s + 10);
	struct credentials *c;

	(void)state;
	assert_int_equal(credentials_create(&c), 0);
	assert_int_equal(credentials_add(c, &never), 0);
	assert_int_equal(credentials_add(c, &soon), 0);
	assert_int_equal(check(c, 1, CRED_LINK), 0);
	assert_int_equal(check(c, 1, CRED_PERSONAL), ERR_DENIED);
	assert_int_equal(check(c, 1, CRED_NONE), ERR_DENIED);
	assert_int_equal(check(c, 3, CRED_LINK), ERR_DENIED);
	assert_int_equal(check(c, 2, CRED_OAUTH), 0);
	now_s += 9;
	assert_int_equal(check(c, 2, CRED_OAUTH), 0);
	now_s += 1;
	assert_int_equal(check(c, 2, CRED_OAUTH), ERR_DENIED);
	assert_int_equal(check(c, 1, CRED_LINK), 0);
	credentials_destroy(&c);
}

static void
nothing_holds_for_more_than_five_minutes_without_confirmation(void **state)
{
	struct msg_credential m = make(1, CRED_LINK, 0);
	struct credentials *c;

	(void)state;
	assert_int_equal(credentials_create(&c), 0);
	assert_int_equal(credentials_add(c, &m), 0);
	now_ms += CONFIRMED_FOR_MS;
	assert_int_equal(check(c, 1, CRED_LINK), 0);
	now_ms += 1;
	assert_int_equal(check(c, 1, CRED_LINK), ERR_AGAIN);
	/* What is not known is refused, not put off. */
	assert_int_equal(check(c, 2, CRED_LINK), ERR_DENIED);
	credentials_confirm(c);
	assert_int_equal(check(c, 1, CRED_LINK), 0);
	credentials_destroy(&c);
}

static void
the_wall_clock_may_jump(void **state)
{
	static const int64_t jumps[] = {24 * 3600, -3600, INT64_C(0x80000000) - 1700000000 + 1};
	const int64_t began = now_s;
	struct msg_credential never = make(1, CRED_LINK, 0), later = make(2, CRED_OAUTH, began + 7200);
	struct credentials *c;
	size_t i;

	(void)state;
	for (i = 0; i < sizeof(jumps) / sizeof(jumps[0]); i++) {
		assert_int_equal(credentials_create(&c), 0);
		assert_int_equal(credentials_add(c, &never), 0);
		assert_int_equal(credentials_add(c, &later), 0);
		now_s = began + jumps[i];
		/* A confirmation is as old as the monotonic clock says. */
		assert_int_equal(check(c, 1, CRED_LINK), 0);
		now_ms += CONFIRMED_FOR_MS;
		assert_int_equal(check(c, 1, CRED_LINK), 0);
		/* Only an end that was given as a date comes with the date. */
		assert_int_equal(check(c, 2, CRED_OAUTH), jumps[i] > 7200 ? ERR_DENIED : 0);
		now_s = began;
		assert_int_equal(check(c, 2, CRED_OAUTH), 0);
		now_s = began + jumps[i];
		now_ms += 1;
		assert_int_equal(check(c, 1, CRED_LINK), ERR_AGAIN);
		now_s = began;
		credentials_destroy(&c);
	}
}

static void
a_new_list_replaces_the_old_one_at_once(void **state)
{
	struct msg_credential one = make(1, CRED_LINK, 0), two = make(2, CRED_LINK, 0);
	struct credentials *c;

	(void)state;
	assert_int_equal(credentials_create(&c), 0);
	assert_int_equal(credentials_add(c, &one), 0);
	credentials_restart(c);
	assert_int_equal(credentials_add(c, &two), 0);
	assert_int_equal(check(c, 1, CRED_LINK), 0);
	assert_int_equal(check(c, 2, CRED_LINK), ERR_DENIED);
	credentials_commit(c);
	assert_int_equal(check(c, 1, CRED_LINK), ERR_DENIED);
	assert_int_equal(check(c, 2, CRED_LINK), 0);
	credentials_remove(c, two.hash);
	assert_int_equal(check(c, 2, CRED_LINK), ERR_DENIED);
	credentials_destroy(&c);
}

static void
the_list_has_an_end(void **state)
{
	struct msg_credential m = make(0, CRED_LINK, 0);
	struct credentials *c;
	unsigned i;

	(void)state;
	assert_int_equal(credentials_create(&c), 0);
	for (i = 0; i < CREDENTIALS_MAX; i++) {
		m.hash[1] = (uint8_t)i;
		assert_int_equal(credentials_add(c, &m), 0);
		assert_int_equal(credentials_add(c, &m), 0);   /* the same again */
	}
	m.hash[1] = (uint8_t)i;
	assert_int_equal(credentials_add(c, &m), ERR_LIMIT);
	credentials_destroy(&c);
}

int
main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(a_credential_holds_for_its_kind_until_it_expires),
		cmocka_unit_test(nothing_holds_for_more_than_five_minutes_without_confirmation),
		cmocka_unit_test(the_wall_clock_may_jump),
		cmocka_unit_test(a_new_list_replaces_the_old_one_at_once),
		cmocka_unit_test(the_list_has_an_end),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
