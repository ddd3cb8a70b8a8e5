/* Hashes against the vectors of FIPS 180-4, RFC 4231 and RFC 5869, and the
 * form of what random.h gives. */
#include "config.h"

#include "tests/unit/crypto/unit.h"

#include "shared/crypto/hash.h"
#include "shared/crypto/random.h"

static void
sha256_gives_the_published_digests(void **state)
{
	uint8_t out[SHA256_BYTES];
	char hex[2 * SHA256_BYTES + 1];

	(void)state;
	assert_int_equal(sha256(span_str("abc"), out), 0);
	hex_encode(span_of(out, sizeof(out)), hex);
	assert_string_equal(hex,
	    "ba7816bf8f01cfea414140de5dae2223b00361a396177a9cb410ff61f20015ad");
	assert_int_equal(sha256(span_of(NULL, 0), out), 0);
	hex_encode(span_of(out, sizeof(out)), hex);
	assert_string_equal(hex,
	    "e3b0c44298fc1c149afbf4c8996fb92427ae41e4649b934ca495991b7852b855");
}

/* RFC 4231 section 4; case 5 is about truncation and is left out. */
static const struct {
	const char *key, *data, *mac;
} hmac_vectors[] = {
	{"0b0b0b0b0b0b0b0b0b0b0b0b0b0b0b0b0b0b0b0b", "4869205468657265",
	    "b0344c61d8db38535ca8afceaf0bf12b881dc200c9833da726e9376c2e32cff7"},
	{"4a656665", "7768617420646f2079612077616e7420666f72206e6f7468696e673f",
	    "5bdcc146bf60754e6a042426089575c75a003f089d2739839dec58b964ec3843"},
	{"aaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaa",
	    "dddddddddddddddddddddddddddddddddddddddddddddddddd"
	    "dddddddddddddddddddddddddddddddddddddddddddddddddd",
	    "773ea91e36800e46854db8ebd09181a72959098b3ef8c122d9635514ced565fe"},
	{"0102030405060708090a0b0c0d0e0f10111213141516171819",
	    "cdcdcdcdcdcdcdcdcdcdcdcdcdcdcdcdcdcdcdcdcdcdcdcdcd"
	    "cdcdcdcdcdcdcdcdcdcdcdcdcdcdcdcdcdcdcdcdcdcdcdcdcd",
	    "82558a389a443c0ea4cc819899f2083a85f0faa3e578f8077a2e3ff46729665b"},
};

static void
hmac_gives_the_published_values(void **state)
{
	uint8_t key[131], data[64], mac[SHA256_BYTES], want[SHA256_BYTES];
	struct span text = span_str("Test Using Larger Than Block-Size Key - Hash Key First");
	size_t i;

	(void)state;
	for (i = 0; i < sizeof(hmac_vectors) / sizeof(hmac_vectors[0]); i++) {
		size_t n_key = from_hex(hmac_vectors[i].key, key, sizeof(key));
		struct span in = span_of(data, from_hex(hmac_vectors[i].data, data, sizeof(data)));

		(void)from_hex(hmac_vectors[i].mac, want, sizeof(want));
		assert_int_equal(hmac_sha256(span_of(key, n_key), &in, 1, mac), 0);
		assert_memory_equal(mac, want, sizeof(mac));
	}
	memset(key, 0xaa, sizeof(key));
	(void)from_hex("60e431591ee0b67f0d8a26aacbf5b77f8e0bc6213728c5140546040f0ee37f54",
	    want, sizeof(want));
	assert_int_equal(hmac_sha256(span_of(key, sizeof(key)), &text, 1, mac), 0);
	assert_memory_equal(mac, want, sizeof(mac));
}

static void
parts_are_one_message(void **state)
{
	const struct span whole = span_str("what do ya want for nothing?");
	const struct span parts[] = {span_str("what do ya "), span_of(NULL, 0),
	    span_str("want for nothing?")};
	uint8_t a[SHA256_BYTES], b[SHA256_BYTES], c[SHA256_BYTES];

	(void)state;
	assert_int_equal(hmac_sha256(span_str("Jefe"), &whole, 1, a), 0);
	assert_int_equal(hmac_sha256(span_str("Jefe"), parts, 3, b), 0);
	assert_memory_equal(a, b, sizeof(a));
	assert_int_equal(derive_key(span_str("Jefe"), "what do ya ", parts[2], c), 0);
	assert_memory_equal(a, c, sizeof(a));
	assert_int_equal(hmac_sha256(span_of(NULL, 0), NULL, 0, a), 0);
}

/* RFC 5869 appendix A, tests 1 to 3. */
static const struct {
	const char *key, *salt, *info, *out;
} hkdf_vectors[] = {
	{"0b0b0b0b0b0b0b0b0b0b0b0b0b0b0b0b0b0b0b0b0b0b", "000102030405060708090a0b0c",
	    "f0f1f2f3f4f5f6f7f8f9",
	    "3cb25f25faacd57a90434f64d0362f2a2d2d0a90cf1a5a4c5db02d56ecc4c5bf"
	    "34007208d5b887185865"},
	{"000102030405060708090a0b0c0d0e0f101112131415161718191a1b1c1d1e1f"
	    "202122232425262728292a2b2c2d2e2f303132333435363738393a3b3c3d3e3f"
	    "404142434445464748494a4b4c4d4e4f",
	    "606162636465666768696a6b6c6d6e6f707172737475767778797a7b7c7d7e7f"
	    "808182838485868788898a8b8c8d8e8f909192939495969798999a9b9c9d9e9f"
	    "a0a1a2a3a4a5a6a7a8a9aaabacadaeaf",
	    "b0b1b2b3b4b5b6b7b8b9babbbcbdbebfc0c1c2c3c4c5c6c7c8c9cacbcccdcecf"
	    "d0d1d2d3d4d5d6d7d8d9dadbdcdddedfe0e1e2e3e4e5e6e7e8e9eaebecedeeef"
	    "f0f1f2f3f4f5f6f7f8f9fafbfcfdfeff",
	    "b11e398dc80327a1c8e7f78c596a49344f012eda2d4efad8a050cc4c19afa97c"
	    "59045a99cac7827271cb41c65e590e09da3275600c2f09b8367793a9aca3db71"
	    "cc30c58179ec3e87c14c01d5c1f3434f1d87"},
	{"0b0b0b0b0b0b0b0b0b0b0b0b0b0b0b0b0b0b0b0b0b0b", "", "",
	    "8da4e775a563c18f715f802a063c5a31b8a11f5c5ee1879ec3454e5f3c738d2d"
	    "9d201395faa4b61a96c8"},
};

static void
hkdf_gives_the_published_values(void **state)
{
	uint8_t key[80], salt[80], info[80], want[96], out[96];
	size_t i;

	(void)state;
	for (i = 0; i < sizeof(hkdf_vectors) / sizeof(hkdf_vectors[0]); i++) {
		size_t n_key = from_hex(hkdf_vectors[i].key, key, sizeof(key));
		size_t n_salt = from_hex(hkdf_vectors[i].salt, salt, sizeof(salt));
		size_t n_info = from_hex(hkdf_vectors[i].info, info, sizeof(info));
		size_t n = from_hex(hkdf_vectors[i].out, want, sizeof(want));

		assert_int_equal(hkdf_sha256(span_of(key, n_key), span_of(salt, n_salt),
		    span_of(info, n_info), out, n), 0);
		assert_memory_equal(out, want, n);
	}
}

static void
hkdf_refuses_more_than_255_blocks(void **state)
{
	static uint8_t out[255 * SHA256_BYTES + 1];

	(void)state;
	assert_int_equal(hkdf_sha256(span_str("k"), span_of(NULL, 0), span_of(NULL, 0),
	    out, sizeof(out)), ERR_LIMIT);
	assert_int_equal(hkdf_sha256(span_str("k"), span_of(NULL, 0), span_of(NULL, 0),
	    out, sizeof(out) - 1), 0);
}

static void
random_ids_are_version_4_and_differ(void **state)
{
	uint8_t a[UUID_BYTES], b[UUID_BYTES];
	int i;

	(void)state;
	for (i = 0; i < 64; i++) {
		assert_int_equal(random_uuid(a), 0);
		assert_int_equal(random_uuid(b), 0);
		assert_memory_not_equal(a, b, sizeof(a));
		assert_int_equal(a[6] >> 4, 4);
		assert_int_equal(a[8] >> 6, 2);
	}
}

static void
random_bytes_fill_what_was_asked_and_no_more(void **state)
{
	uint8_t room[1026], zero[1024] = {0};

	(void)state;
	memset(room, 0, sizeof(room));
	assert_int_equal(random_bytes(room + 1, 1024), 0);
	assert_memory_not_equal(room + 1, zero, sizeof(zero));
	assert_int_equal(room[0], 0);
	assert_int_equal(room[1025], 0);
	assert_int_equal(random_bytes(room, 0), 0);
}

int
main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(sha256_gives_the_published_digests),
		cmocka_unit_test(hmac_gives_the_published_values),
		cmocka_unit_test(parts_are_one_message),
		cmocka_unit_test(hkdf_gives_the_published_values),
		cmocka_unit_test(hkdf_refuses_more_than_255_blocks),
		cmocka_unit_test(random_ids_are_version_4_and_differ),
		cmocka_unit_test(random_bytes_fill_what_was_asked_and_no_more),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
