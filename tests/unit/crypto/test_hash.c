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
		cmocka_unit_test(random_ids_are_version_4_and_differ),
		cmocka_unit_test(random_bytes_fill_what_was_asked_and_no_more),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
