/* Base64 against RFC 4648 section 10 and against everything near it. */
#include "config.h"

#include "tests/unit/crypto/unit.h"

#include "shared/crypto/b64.h"

static const struct {
	const char *plain, *url, *std;
} vectors[] = {
	{"", "", ""}, {"f", "Zg", "Zg=="}, {"fo", "Zm8", "Zm8="}, {"foo", "Zm9v", "Zm9v"},
	{"foob", "Zm9vYg", "Zm9vYg=="}, {"fooba", "Zm9vYmE", "Zm9vYmE="},
	{"foobar", "Zm9vYmFy", "Zm9vYmFy"},
	{"\xfb\xff\xfe", "-__-", "+//+"}, {"\xff\xef", "_-8", "/+8="},
};

static void
the_rfc_vectors_hold_both_ways(void **state)
{
	uint8_t out[16];
	char text[16];
	size_t i, n;

	(void)state;
	for (i = 0; i < sizeof(vectors) / sizeof(vectors[0]); i++) {
		struct span plain = span_str(vectors[i].plain);

		b64url_encode(plain, text);
		assert_string_equal(text, vectors[i].url);
		assert_int_equal(strlen(text), B64URL_LEN(plain.n));
		assert_int_equal(b64url_decode(span_str(text), out, sizeof(out), &n), 0);
		assert_true(span_eq(plain, span_of(out, n)));
		b64std_encode(plain, text);
		assert_string_equal(text, vectors[i].std);
		assert_int_equal(strlen(text), B64STD_LEN(plain.n));
		assert_int_equal(b64std_decode(span_str(text), out, sizeof(out), &n), 0);
		assert_true(span_eq(plain, span_of(out, n)));
	}
}

static void
every_length_survives_the_round_trip(void **state)
{
	uint8_t in[200], out[200];
	char text[B64STD_LEN(sizeof(in)) + 1];
	size_t i, len, n;

	(void)state;
	for (i = 0; i < sizeof(in); i++)
		in[i] = (uint8_t)(i * 151 + 7);
	for (len = 0; len <= sizeof(in); len++) {
		b64url_encode(span_of(in, len), text);
		assert_int_equal(b64url_decode(span_str(text), out, len, &n), 0);
		assert_true(span_eq(span_of(in, len), span_of(out, n)));
		b64std_encode(span_of(in, len), text);
		assert_int_equal(b64std_decode(span_str(text), out, len, &n), 0);
		assert_true(span_eq(span_of(in, len), span_of(out, n)));
	}
}

/* Each of the 256 characters is a digit of its own alphabet or refused. */
static void
only_the_alphabet_is_read(void **state)
{
	static const char url[] =
	    "ABCDEFGHIJKLMNOPQRSTUVWXYZabcdefghijklmnopqrstuvwxyz0123456789-_";
	static const char std[] =
	    "ABCDEFGHIJKLMNOPQRSTUVWXYZabcdefghijklmnopqrstuvwxyz0123456789+/";
	unsigned c;

	(void)state;
	for (c = 0; c < 256; c++) {
		const uint8_t text[4] = {'A', 'A', 'A', (uint8_t)c};
		const char *at_url = c == 0 ? NULL : strchr(url, (int)c);
		const char *at_std = c == 0 ? NULL : strchr(std, (int)c);
		uint8_t out[3];
		size_t n;
		err_t err;

		err = b64url_decode(span_of(text, 4), out, 3, &n);
		assert_int_equal(err, at_url == NULL ? ERR_SYNTAX : 0);
		if (at_url != NULL)
			assert_int_equal(out[2], at_url - url);
		if (c == '=')
			continue;
		err = b64std_decode(span_of(text, 4), out, 3, &n);
		assert_int_equal(err, at_std == NULL ? ERR_SYNTAX : 0);
		if (at_std != NULL)
			assert_int_equal(out[2], at_std - std);
	}
}

static void
what_the_encoder_never_writes_is_refused(void **state)
{
	static const char *const bad_url[] = {
		"Z", "Zm9vY",                  /* no whole byte */
		"Zh", "Zm9", "Zm9vYn", "ZmJ",  /* stray bits */
		"Zg==", "Zm8=", "=",           /* padding */
		"Zm 9", "Zm\n9", " Zm8", "Zm8\n", "Zm+/",
	};
	static const char *const bad_std[] = {
		"Zg", "Zm8", "Z", "Zg=", "Zg===", "=", "==", "===", "====", "A===",
		"Zh==", "Zm9=", "Z=g=", "Zg=A", "Zm9v====", "Zm8=Zm8=", "Zm-_", "Zm9 ",
	};
	uint8_t out[16];
	size_t i, n = 99;

	(void)state;
	for (i = 0; i < sizeof(bad_url) / sizeof(bad_url[0]); i++)
		assert_int_equal(b64url_decode(span_str(bad_url[i]), out, sizeof(out), &n),
		    ERR_SYNTAX);
	for (i = 0; i < sizeof(bad_std) / sizeof(bad_std[0]); i++)
		assert_int_equal(b64std_decode(span_str(bad_std[i]), out, sizeof(out), &n),
		    ERR_SYNTAX);
	assert_int_equal(n, 99);
}

static void
more_than_fits_is_refused_before_it_is_written(void **state)
{
	uint8_t out[4] = {9, 9, 9, 9};
	size_t n = 99;

	(void)state;
	assert_int_equal(b64url_decode(span_str("Zm9v"), out, 2, &n), ERR_LIMIT);
	assert_int_equal(b64url_decode(span_str("Zm9vYg"), out, 3, &n), ERR_LIMIT);
	assert_int_equal(b64std_decode(span_str("Zm9vYg=="), out, 3, &n), ERR_LIMIT);
	assert_int_equal(out[0], 9);
	assert_int_equal(n, 99);
	assert_int_equal(b64url_decode(span_str("Zm9vYg"), out, 4, &n), 0);
}

int
main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(the_rfc_vectors_hold_both_ways),
		cmocka_unit_test(every_length_survives_the_round_trip),
		cmocka_unit_test(only_the_alphabet_is_read),
		cmocka_unit_test(what_the_encoder_never_writes_is_refused),
		cmocka_unit_test(more_than_fits_is_refused_before_it_is_written),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
