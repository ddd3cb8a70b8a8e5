/* Tokens: their form, their check, and what must not pass as one. */
#include "config.h"

#include "tests/unit/crypto/unit.h"

#include "shared/crypto/token.h"

/* Made with another implementation: user 10..1f, check key 00..1f, random
 * part 00..1f. */
static const char known[] =
    "tonearm_pt_fc2e_AAECAwQFBgcICQoLDA0ODxAREhMUFRYXGBkaGxwdHh8blujA6df";

static uint8_t key[TOKEN_CHECK_KEY_BYTES], user[UUID_BYTES];

static int
set_up(void **state)
{
	uint8_t i;

	(void)state;
	for (i = 0; i < sizeof(key); i++)
		key[i] = i;
	for (i = 0; i < sizeof(user); i++)
		user[i] = (uint8_t)(16 + i);
	return 0;
}

static void
a_token_made_elsewhere_is_known(void **state)
{
	enum cred_kind kind = CRED_NONE;
	uint8_t hash[SHA256_BYTES], want[SHA256_BYTES];
	char shard[TOKEN_SHARD_CHARS + 1];

	(void)state;
	assert_int_equal(strlen(known), TOKEN_CHARS);
	assert_int_equal(token_check(span_str(known), key, &kind), 0);
	assert_int_equal(kind, CRED_PERSONAL);
	assert_int_equal(token_shard(user, shard), 0);
	assert_string_equal(shard, "fc2e");
	(void)from_hex("f7d8ec41664c5a1f73dd07c4a1c4c7a7e897f396f3f940e40d706a633a558cbc",
	    want, sizeof(want));
	assert_int_equal(token_hash(span_str(known), hash), 0);
	assert_memory_equal(hash, want, sizeof(hash));
}

static void
each_kind_has_its_prefix(void **state)
{
	static const char *const prefix[CRED_COUNT] = {
		NULL, "tonearm_pt_fc2e_", "tonearm_pl_fc2e_", "tonearm_at_fc2e_",
		"tonearm_tk_fc2e_", "tonearm_ac_fc2e_", "tonearm_rt_fc2e_", "tonearm_cs_fc2e_",
		"tonearm_in_fc2e_"};
	char text[TOKEN_CHARS + 1], other[TOKEN_CHARS + 1];
	enum cred_kind got;
	unsigned k;

	(void)state;
	for (k = CRED_PERSONAL; k < CRED_COUNT; k++) {
		assert_int_equal(token_make((enum cred_kind)k, user, key, text), 0);
		assert_int_equal(strlen(text), TOKEN_CHARS);
		assert_int_equal(strncmp(text, prefix[k], strlen(prefix[k])), 0);
		assert_int_equal(token_check(span_str(text), key, &got), 0);
		assert_int_equal(got, k);
		assert_int_equal(token_make((enum cred_kind)k, user, key, other), 0);
		assert_string_not_equal(text, other);
	}
}

static void
a_token_made_like_another_has_its_shard_and_nothing_else(void **state)
{
	char code[TOKEN_CHARS + 1], refresh[TOKEN_CHARS + 1] = "untouched";
	enum cred_kind got;

	(void)state;
	assert_int_equal(token_make(CRED_CODE, user, key, code), 0);
	assert_int_equal(token_make_like(CRED_REFRESH, span_str("short"), key, refresh), ERR_SYNTAX);
	assert_string_equal(refresh, "untouched");
	assert_int_equal(token_make_like(CRED_REFRESH, span_str(code), key, refresh), 0);
	assert_int_equal(strncmp(refresh, "tonearm_rt_fc2e_", 16), 0);
	assert_int_not_equal(strncmp(refresh + 16, code + 16, 43), 0);
	assert_int_equal(token_check(span_str(refresh), key, &got), 0);
	assert_int_equal(got, CRED_REFRESH);
}

static void
a_kind_without_prefix_makes_no_token(void **state)
{
	char text[TOKEN_CHARS + 1] = "untouched";

	(void)state;
	assert_int_equal(token_make(CRED_NONE, user, key, text), ERR_UNSUPPORTED);
	assert_int_equal(token_make(CRED_COUNT, user, key, text), ERR_UNSUPPORTED);
	assert_string_equal(text, "untouched");
}

/* Whatever character is exchanged for whatever other: never a token. */
static void
one_changed_character_is_refused(void **state)
{
	enum cred_kind kind = CRED_NONE;
	char text[TOKEN_CHARS + 1];
	unsigned c;
	size_t i;

	(void)state;
	for (i = 0; i < TOKEN_CHARS; i++)
		for (c = 0; c < 256; c++) {
			err_t err;

			memcpy(text, known, sizeof(text));
			if ((uint8_t)text[i] == c)
				continue;
			text[i] = (char)c;
			err = token_check(span_of(text, TOKEN_CHARS), key, &kind);
			assert_true(err == ERR_SYNTAX || err == ERR_DENIED);
		}
	assert_int_equal(kind, CRED_NONE);
}

static void
a_link_cannot_be_made_into_a_bearer(void **state)
{
	enum cred_kind kind;
	char text[TOKEN_CHARS + 1];

	(void)state;
	assert_int_equal(token_make(CRED_LINK, user, key, text), 0);
	memcpy(text, "tonearm_pt_", 11);
	assert_int_equal(token_check(span_str(text), key, &kind), ERR_DENIED);
}

static void
another_length_or_key_is_refused(void **state)
{
	enum cred_kind kind = CRED_NONE;
	char longer[TOKEN_CHARS + 2];
	size_t n;

	(void)state;
	for (n = 0; n < TOKEN_CHARS; n++)
		assert_int_equal(token_check(span_of(known, n), key, &kind), ERR_SYNTAX);
	memcpy(longer, known, TOKEN_CHARS);
	longer[TOKEN_CHARS] = 'A';
	assert_int_equal(token_check(span_of(longer, sizeof(longer) - 1), key, &kind), ERR_SYNTAX);
	key[0] ^= 1;
	assert_int_equal(token_check(span_str(known), key, &kind), ERR_DENIED);
	assert_int_equal(kind, CRED_NONE);
}

int
main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test_setup(a_token_made_elsewhere_is_known, set_up),
		cmocka_unit_test_setup(each_kind_has_its_prefix, set_up),
		cmocka_unit_test_setup(a_token_made_like_another_has_its_shard_and_nothing_else, set_up),
		cmocka_unit_test_setup(a_kind_without_prefix_makes_no_token, set_up),
		cmocka_unit_test_setup(one_changed_character_is_refused, set_up),
		cmocka_unit_test_setup(a_link_cannot_be_made_into_a_bearer, set_up),
		cmocka_unit_test_setup(another_length_or_key_is_refused, set_up),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
