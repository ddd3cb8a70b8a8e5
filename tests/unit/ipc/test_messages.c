/* shared/ipc: every message survives its codec and no damaged body does. */
#include "config.h"

#include <stdlib.h>
#include <string.h>

#include "shared/ipc/messages.h"
#include "tests/unit/unit.h"

static uint8_t text[65536];

/* Fills each field with something telling. */
#define FILL_U8(name, n)  m.name = (uint8_t)(0x90 + k++);
#define FILL_U16(name, n) m.name = (uint16_t)(0xa123 + k++);
#define FILL_U32(name, n) m.name = (uint32_t)(0xb1234567u + k++);
#define FILL_U64(name, n) m.name = 0xc123456789abcdefu + k++;
#define FILL_I64(name, n) m.name = -(int64_t)(0x1123456789abcdef + (int64_t)k++);
#define FILL_FIX(name, n) memset(m.name, (int)(0x20 + k++), n);
#define FILL_STR(name, n) m.name = span_of(text + k, (n) < 40 + k ? (size_t)(n) : 40 + k); k++;
#define FILL(kind, name, n) FILL_##kind(name, n)

#define SAME_INT(name) if (m.name != got.name) return 1;
#define SAME_U8(name, n)  SAME_INT(name)
#define SAME_U16(name, n) SAME_INT(name)
#define SAME_U32(name, n) SAME_INT(name)
#define SAME_U64(name, n) SAME_INT(name)
#define SAME_I64(name, n) SAME_INT(name)
#define SAME_FIX(name, n) if (memcmp(m.name, got.name, n) != 0) return 2;
#define SAME_STR(name, n) if (!span_eq(m.name, got.name)) return 3;
#define SAME(kind, name, n) SAME_##kind(name, n)

/* Round trip, then every shorter body, every smaller buffer, and a body that
 * is longer by a byte. */
#define M_TEST(NAME, name) \
	static int \
	round_trip_##name(void) \
	{ \
		struct msg_##name m, got; \
		struct buf b; \
		size_t cut, k = 1; \
		memset(&m, 0, sizeof(m)); \
		memset(&got, 0, sizeof(got)); \
		buf_init(&b, 65536); \
		(void)k; \
		F_##NAME(FILL) \
		if (msg_put_##name(&b, &m) != 0) \
			return 4; \
		if (msg_get_##name(buf_span(&b), &got) != 0) \
			return 5; \
		F_##NAME(SAME) \
		for (cut = 0; cut < b.len; cut++) \
			if (msg_get_##name(span_of(b.data, cut), &got) != ERR_SYNTAX) \
				return 6; \
		for (cut = 0; cut < b.len; cut++) { \
			struct buf small; \
			err_t err; \
			buf_init(&small, cut); \
			err = msg_put_##name(&small, &m); \
			buf_free(&small); \
			if (err != ERR_LIMIT) \
				return 9; \
		} \
		if (buf_put_byte(&b, 0) != 0) \
			return 7; \
		if (msg_get_##name(buf_span(&b), &got) != ERR_SYNTAX) \
			return 8; \
		buf_free(&b); \
		return 0; \
	}
MESSAGES(M_TEST)

static void
every_message_survives_its_codec_and_no_other_length_does(void **state)
{
	size_t i;

	(void)state;
	for (i = 0; i < sizeof(text); i++)
		text[i] = (uint8_t)(i * 7);
#define M_CALL(NAME, name) assert_int_equal(round_trip_##name(), 0);
	MESSAGES(M_CALL)
}

static void
a_string_longer_than_declared_is_refused_on_both_sides(void **state)
{
	struct msg_req_field m = {.name = span_of(text, 65), .value = span_of(text, 1)}, got;
	uint8_t lying[] = {65, 0, 0, 0, 'x'};
	uint8_t huge[] = {255, 255, 255, 255, 'x'};
	struct buf b;

	(void)state;
	buf_init(&b, 65536);
	assert_int_equal(msg_put_req_field(&b, &m), ERR_LIMIT);
	assert_int_equal(msg_get_req_field(span_of(lying, sizeof(lying)), &got), ERR_SYNTAX);
	assert_int_equal(msg_get_req_field(span_of(huge, sizeof(huge)), &got), ERR_SYNTAX);
	buf_free(&b);
}

static void
a_failed_decoding_leaves_the_result_untouched(void **state)
{
	struct msg_bind got;

	(void)state;
	memset(&got, 0x5a, sizeof(got));
	assert_int_equal(msg_get_bind(span_of(text, 5), &got), ERR_SYNTAX);
	assert_int_equal(got.hash[0], 0x5a);
	assert_int_equal(got.cred_kind, 0x5a);
}

static void
every_type_has_a_name(void **state)
{
	unsigned t;

	(void)state;
	assert_string_equal(msg_name(MSG_BIND), "bind");
	for (t = 1; t < MSG_COUNT; t++)
		assert_string_not_equal(msg_name((uint8_t)t), "?");
	assert_string_equal(msg_name(0), "?");
	assert_string_equal(msg_name(255), "?");
}

int
main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(every_message_survives_its_codec_and_no_other_length_does),
		cmocka_unit_test(a_string_longer_than_declared_is_refused_on_both_sides),
		cmocka_unit_test(a_failed_decoding_leaves_the_result_untouched),
		cmocka_unit_test(every_type_has_a_name),
	};

	return cmocka_run_group_tests_name("messages", tests, NULL, NULL);
}
