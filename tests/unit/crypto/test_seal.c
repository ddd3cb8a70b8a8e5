/*
 * Sealing: the cipher against a published vector, our forms against rows that
 * another implementation sealed, and every way of altering one.  Includes the
 * .c file, because the vector's associated data is none of ours.
 */
#include "config.h"

#include "tests/unit/crypto/unit.h"

#include "shared/crypto/seal.c"  /* NOLINT(bugprone-suspicious-include): its inner functions are tested */

static uint8_t key[SEAL_KEY_BYTES];
static struct seal_place place;
static struct buf sealed, plain;

static int
set_up(void **state)
{
	uint8_t i;

	(void)state;
	for (i = 0; i < sizeof(key); i++)
		key[i] = i;
	for (i = 0; i < UUID_BYTES; i++)
		place.owner[i] = (uint8_t)(16 + i);
	place.kind = 1;
	place.version = 7;
	buf_init(&sealed, 4096);
	buf_init(&plain, 4096);
	return 0;
}

static int
tear_down(void **state)
{
	(void)state;
	buf_free(&sealed);
	buf_free(&plain);
	return 0;
}

/* McGrew and Viega, GCM specification, test case 16 (as in NIST's set). */
static void
the_published_gcm_vector_opens(void **state)
{
	static const char want_hex[] =
	    "d9313225f88406e5a55909c5aff5269a86a7a9531534f7da2e4c303d8a318a72"
	    "1c3c0c95956809532fcf0e2449a6b525b16aedf5aa0de657ba637b39";
	static const char row_hex[] = "01" "cafebabefacedbaddecaf888"
	    "522dc1f099567d07f47f37a32a84427d643a8cdcbfe5c0c97598a2bd2555d1aa"
	    "8cb08e48590dbb3da7b08b1056828838c5f61e6393ba7a0abcc9f662"
	    "76fc6ece0f4e1768cddf8853bb2d551b";
	uint8_t gcm_key[32], row[128], want[64], out[64];
	struct aad aad = {.n = 0};
	size_t n_row, n_want;

	(void)state;
	(void)from_hex("feffe9928665731c6d6a8f9467308308feffe9928665731c6d6a8f9467308308",
	    gcm_key, sizeof(gcm_key));
	aad.n = from_hex("feedfacedeadbeeffeedfacedeadbeefabaddad2", aad.bytes, AAD_MAX);
	n_row = from_hex(row_hex, row, sizeof(row));
	n_want = from_hex(want_hex, want, sizeof(want));
	assert_int_equal(unseal(gcm_key, &aad, span_of(row, n_row), out), 0);
	assert_int_equal(n_row, n_want + SEAL_EXTRA);
	assert_memory_equal(out, want, n_want);
}

static void
a_row_sealed_elsewhere_opens(void **state)
{
	uint8_t row[64];
	size_t n = from_hex("01a0a1a2a3a4a5a6a7a8a9aaab9d3a1d4e26ae71cc405fa5b225079b"
	    "14e143ec0f8f887d2decd4247d2bba", row, sizeof(row));

	(void)state;
	assert_int_equal(open_row(key, &place, span_of(row, n), &plain), 0);
	assert_string_equal(buf_cstr(&plain), "{\"access\":\"a\"}");
}

static void
a_key_wrapped_elsewhere_opens(void **state)
{
	uint8_t wrapped[WRAPPED_BYTES], data_key[SEAL_KEY_BYTES] = {0};
	size_t i, n = from_hex("01a0a1a2a3a4a5a6a7a8a9aaaba6593e6e018e44f82a2ccd984b378e"
	    "9120fd0b43c6e2143bc4577cdd23f62b5e9252fece2941d82cc48d0cae26d93841",
	    wrapped, sizeof(wrapped));

	(void)state;
	assert_int_equal(n, WRAPPED_BYTES);
	assert_int_equal(unwrap_key(key, 3, place.owner, span_of(wrapped, n), data_key), 0);
	for (i = 0; i < sizeof(data_key); i++)
		assert_int_equal(data_key[i], 64 + i);
}

static void
rows_of_all_lengths_come_back(void **state)
{
	uint8_t text[300];
	size_t n;

	(void)state;
	for (n = 0; n < sizeof(text); n++) {
		text[n] = (uint8_t)(n * 31);
		buf_clear(&sealed);
		buf_clear(&plain);
		assert_int_equal(seal_row(key, &place, span_of(text, n), &sealed), 0);
		assert_int_equal(sealed.len, n + SEAL_EXTRA);
		assert_int_equal(open_row(key, &place, buf_span(&sealed), &plain), 0);
		assert_true(span_eq(buf_span(&plain), span_of(text, n)));
	}
}

static void
the_same_text_is_never_sealed_alike(void **state)
{
	(void)state;
	assert_int_equal(seal_row(key, &place, span_str("same"), &sealed), 0);
	assert_int_equal(seal_row(key, &place, span_str("same"), &sealed), 0);
	assert_memory_not_equal(sealed.data, sealed.data + 33, 33);
	assert_memory_not_equal(sealed.data + 1, sealed.data + 34, NONCE_BYTES);
}

static void
every_flipped_bit_is_found(void **state)
{
	size_t i;
	unsigned bit;

	(void)state;
	assert_int_equal(seal_row(key, &place, span_str("secret words"), &sealed), 0);
	for (i = 0; i < sealed.len; i++)
		for (bit = 0; bit < 8; bit++) {
			sealed.data[i] ^= (uint8_t)(1u << bit);
			assert_int_equal(open_row(key, &place, buf_span(&sealed), &plain),
			    i == 0 ? ERR_SYNTAX : ERR_CRYPTO);
			sealed.data[i] ^= (uint8_t)(1u << bit);
		}
	assert_int_equal(plain.len, 0);
	/* Nothing of the refused text may lie about. */
	assert_null(plain.data == NULL ? NULL : memmem(plain.data, plain.cap, "secret", 6));
	assert_int_equal(open_row(key, &place, buf_span(&sealed), &plain), 0);
}

static void
a_cut_row_is_refused(void **state)
{
	size_t n;

	(void)state;
	assert_int_equal(seal_row(key, &place, span_str("secret words"), &sealed), 0);
	for (n = 0; n < sealed.len; n++)
		assert_int_equal(open_row(key, &place, span_of(sealed.data, n), &plain),
		    n < SEAL_EXTRA ? ERR_SYNTAX : ERR_CRYPTO);
	assert_int_equal(buf_put_byte(&sealed, 0), 0);
	assert_int_equal(open_row(key, &place, buf_span(&sealed), &plain), ERR_CRYPTO);
}

static void
a_row_opens_in_its_own_place_only(void **state)
{
	struct seal_place other;
	uint8_t other_key[SEAL_KEY_BYTES];

	(void)state;
	assert_int_equal(seal_row(key, &place, span_str("x"), &sealed), 0);
	other = place;
	other.owner[15] ^= 1;
	assert_int_equal(open_row(key, &other, buf_span(&sealed), &plain), ERR_CRYPTO);
	other = place;
	other.kind++;
	assert_int_equal(open_row(key, &other, buf_span(&sealed), &plain), ERR_CRYPTO);
	other = place;
	other.version--;
	assert_int_equal(open_row(key, &other, buf_span(&sealed), &plain), ERR_CRYPTO);
	other.version = place.version + ((uint64_t)1 << 56);
	assert_int_equal(open_row(key, &other, buf_span(&sealed), &plain), ERR_CRYPTO);
	memcpy(other_key, key, sizeof(key));
	other_key[31] ^= 0x80;
	assert_int_equal(open_row(other_key, &place, buf_span(&sealed), &plain), ERR_CRYPTO);
}

static void
a_part_of_a_change_opens_in_its_own_place_only(void **state)
{
	struct seal_change_place at = {.part = 3}, other;

	(void)state;
	memcpy(at.owner, place.owner, UUID_BYTES);
	at.change[0] = 9;
	assert_int_equal(seal_change(key, &at, span_str("x"), &sealed), 0);
	assert_int_equal(open_change(key, &at, buf_span(&sealed), &plain), 0);
	assert_string_equal(buf_cstr(&plain), "x");
	other = at;
	other.owner[15] ^= 1;
	assert_int_equal(open_change(key, &other, buf_span(&sealed), &plain), ERR_CRYPTO);
	other = at;
	other.change[15] ^= 1;
	assert_int_equal(open_change(key, &other, buf_span(&sealed), &plain), ERR_CRYPTO);
	other = at;
	other.part = (uint16_t)(at.part + 256);
	assert_int_equal(open_change(key, &other, buf_span(&sealed), &plain), ERR_CRYPTO);
	assert_int_equal(open_row(key, &place, buf_span(&sealed), &plain), ERR_CRYPTO);
}

static void
a_wrapped_key_opens_for_its_user_and_master_only(void **state)
{
	uint8_t wrapped[WRAPPED_BYTES + 1] = {0}, data_key[SEAL_KEY_BYTES], user[UUID_BYTES];
	uint8_t back[SEAL_KEY_BYTES] = {0};
	const uint8_t zero[SEAL_KEY_BYTES] = {0};
	struct span w = span_of(wrapped, WRAPPED_BYTES);

	(void)state;
	memset(data_key, 0x5a, sizeof(data_key));
	memcpy(user, place.owner, sizeof(user));
	assert_int_equal(wrap_key(key, 9, user, data_key, wrapped), 0);
	user[0] ^= 1;
	assert_int_equal(unwrap_key(key, 9, user, w, back), ERR_CRYPTO);
	user[0] ^= 1;
	assert_int_equal(unwrap_key(key, 8, user, w, back), ERR_CRYPTO);
	assert_int_equal(unwrap_key(data_key, 9, user, w, back), ERR_CRYPTO);
	assert_int_equal(unwrap_key(key, 9, user, span_of(wrapped, WRAPPED_BYTES - 1), back),
	    ERR_SYNTAX);
	assert_int_equal(unwrap_key(key, 9, user, span_of(wrapped, WRAPPED_BYTES + 1), back),
	    ERR_SYNTAX);
	assert_memory_equal(back, zero, sizeof(back));
	assert_int_equal(unwrap_key(key, 9, user, w, back), 0);
	assert_memory_equal(back, data_key, sizeof(back));
}

/* A wrapped key is no row, even if owner and numbers are chosen for it. */
static void
a_wrapped_key_does_not_pass_as_a_row(void **state)
{
	uint8_t wrapped[WRAPPED_BYTES] = {0};

	(void)state;
	assert_int_equal(wrap_key(key, 1, place.owner, key, wrapped), 0);
	assert_int_equal(open_row(key, &place, span_of(wrapped, sizeof(wrapped)), &plain),
	    ERR_CRYPTO);
}

static void
a_full_buffer_is_left_as_it_was(void **state)
{
	struct buf small;

	(void)state;
	buf_init(&small, SEAL_EXTRA + 3);
	assert_int_equal(seal_row(key, &place, span_str("four"), &small), ERR_LIMIT);
	assert_int_equal(small.len, 0);
	assert_int_equal(seal_row(key, &place, span_str("one"), &small), 0);
	buf_free(&small);
	assert_int_equal(seal_row(key, &place, span_str("four"), &sealed), 0);
	buf_init(&small, 3);
	assert_int_equal(open_row(key, &place, buf_span(&sealed), &small), ERR_LIMIT);
	buf_free(&small);
}

int
main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test_setup_teardown(the_published_gcm_vector_opens, set_up, tear_down),
		cmocka_unit_test_setup_teardown(a_row_sealed_elsewhere_opens, set_up, tear_down),
		cmocka_unit_test_setup_teardown(a_key_wrapped_elsewhere_opens, set_up, tear_down),
		cmocka_unit_test_setup_teardown(rows_of_all_lengths_come_back, set_up, tear_down),
		cmocka_unit_test_setup_teardown(the_same_text_is_never_sealed_alike, set_up, tear_down),
		cmocka_unit_test_setup_teardown(every_flipped_bit_is_found, set_up, tear_down),
		cmocka_unit_test_setup_teardown(a_cut_row_is_refused, set_up, tear_down),
		cmocka_unit_test_setup_teardown(a_row_opens_in_its_own_place_only, set_up, tear_down),
		cmocka_unit_test_setup_teardown(a_part_of_a_change_opens_in_its_own_place_only,
		    set_up, tear_down),
		cmocka_unit_test_setup_teardown(a_wrapped_key_opens_for_its_user_and_master_only,
		    set_up, tear_down),
		cmocka_unit_test_setup_teardown(a_wrapped_key_does_not_pass_as_a_row, set_up, tear_down),
		cmocka_unit_test_setup_teardown(a_full_buffer_is_left_as_it_was, set_up, tear_down),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
