/* The key file: what is read, what is refused and on which line; and the keys
 * that are made from it, against another implementation. */
#include "config.h"

#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/mman.h>
#include <unistd.h>

#include <cmocka.h>

#include "master/keyring/derive.h"
#include "master/keyring/keyfile.h"
#include "shared/crypto/hash.h"

/* 00..1f, 32 times 22, 32 times 33. */
#define KEY_A "AAECAwQFBgcICQoLDA0ODxAREhMUFRYXGBkaGxwdHh8="
#define KEY_B "IiIiIiIiIiIiIiIiIiIiIiIiIiIiIiIiIiIiIiIiIiI="
#define KEY_C "MzMzMzMzMzMzMzMzMzMzMzMzMzMzMzMzMzMzMzMzMzM="

static const uint8_t login[ID_BYTES] = {16, 17, 18, 19, 20, 21, 22, 23, 24, 25, 26, 27, 28, 29,
	30, 31};

static int
file_with(const void *text, size_t n)
{
	int fd = memfd_create("keys", MFD_CLOEXEC);

	assert_true(fd >= 0);
	assert_int_equal(write(fd, text, n), n);
	assert_int_equal(lseek(fd, 0, SEEK_SET), 0);
	return fd;
}

static err_t
read_text(const char *text, struct masters *m, size_t *line)
{
	int fd = file_with(text, strlen(text));
	err_t err = masters_read(fd, m, line);

	(void)close(fd);
	return err;
}

static void
keys_are_read_and_found(void **state)
{
	struct masters m = {.n = 0};
	uint8_t want[MASTER_BYTES];
	size_t line, index;

	(void)state;
	assert_int_equal(read_text("# keys\n\n3 " KEY_B "\n2 " KEY_A "\ncurrent 3\n2147483647 " KEY_C,
	    &m, &line), 0);
	assert_int_equal(m.n, 3);
	assert_int_equal(m.id[m.current], 3);
	assert_int_equal(m.id[m.lowest], 2);
	assert_int_equal(masters_find(&m, 2147483647, &index), 0);
	memset(want, 0x33, sizeof(want));
	assert_memory_equal(masters_key(&m, index), want, sizeof(want));
	assert_int_equal(masters_find(&m, 1, &index), ERR_NOTFOUND);
	masters_wipe(&m);
	assert_int_equal(masters_find(&m, 2, &index), ERR_NOTFOUND);
}

static void
a_wrong_file_is_refused_with_its_line(void **state)
{
	static const struct {
		const char *text;
		size_t line;
	} bad[] = {
		{"", 0}, {"\n# nothing\n", 0},
		{"1 " KEY_A "\n", 0},                               /* no current */
		{"1 " KEY_A "\ncurrent 2\n", 0},                    /* no such key */
		{"current 1\n", 0},
		{"1 " KEY_A "\ncurrent 1\ncurrent 1\n", 3},
		{"1 " KEY_A "\n1 " KEY_B "\ncurrent 1\n", 2},       /* twice */
		{"0 " KEY_A "\ncurrent 0\n", 1},
		{"01 " KEY_A "\ncurrent 1\n", 1},
		{"-1 " KEY_A "\ncurrent 1\n", 1},
		{"+1 " KEY_A "\ncurrent 1\n", 1},
		{" 1 " KEY_A "\ncurrent 1\n", 1},
		{"2147483648 " KEY_A "\ncurrent 1\n", 1},
		{"99999999999 " KEY_A "\ncurrent 1\n", 1},
		{"1" KEY_A "\ncurrent 1\n", 1},
		{"1  " KEY_A "\ncurrent 1\n", 1},
		{"1 " KEY_A "\r\ncurrent 1\n", 1},
		{"1 " KEY_A " \ncurrent 1\n", 1},
		{"\n1 AAECAwQFBgcICQoLDA0ODxAREhMUFRYXGBkaGxwdHg==\ncurrent 1\n", 2}, /* 31 */
		{"1 AAECAwQFBgcICQoLDA0ODxAREhMUFRYXGBkaGxwdHh8g\ncurrent 1\n", 1},  /* 33 */
		{"1 AAECAwQFBgcICQoLDA0ODxAREhMUFRYXGBkaGxwdHh8\ncurrent 1\n", 1},
		{"1 " KEY_A "\ncurrent one\n", 2}, {"1 " KEY_A "\ncurrent \n", 2},
		{"1 " KEY_A "\ncurrent\n", 2},
	};
	struct masters m = {.n = 0};
	size_t i, line;

	(void)state;
	for (i = 0; i < sizeof(bad) / sizeof(bad[0]); i++) {
		assert_int_equal(read_text(bad[i].text, &m, &line), ERR_SYNTAX);
		assert_int_equal(line, bad[i].line);
		assert_int_equal(m.n, 0);
		assert_null(m.keys.page);
	}
}

static void
too_much_is_refused(void **state)
{
	static char text[32768];
	struct masters m = {.n = 0};
	size_t i, n = 0, line;

	(void)state;
	for (i = 1; i <= MASTERS_MAX; i++)
		n += (size_t)snprintf(text + n, sizeof(text) - n, "%zu " KEY_A "\n", i);
	n += (size_t)snprintf(text + n, sizeof(text) - n, "current 64\n");
	assert_int_equal(read_text(text, &m, &line), 0);
	assert_int_equal(m.n, MASTERS_MAX);
	masters_wipe(&m);
	(void)snprintf(text + n, sizeof(text) - n, "65 " KEY_A "\n");
	assert_int_equal(read_text(text, &m, &line), ERR_LIMIT);
	memset(text, '\n', sizeof(text) - 1);
	assert_int_equal(read_text(text, &m, &line), ERR_LIMIT);
	assert_int_equal(masters_read(-1, &m, &line), ERR_SYSTEM);
}

static void
derived_keys_are_those_of_another_implementation(void **state)
{
	struct masters m = {.n = 0};
	char text[2 * KEY_BYTES + 1];
	uint8_t key[KEY_BYTES];
	size_t line;

	(void)state;
	assert_int_equal(read_text("9 " KEY_B "\n1 " KEY_A "\ncurrent 9\n", &m, &line), 0);
	assert_int_equal(derive_check_key(&m, key), 0);
	hex_encode(span_of(key, sizeof(key)), text);
	assert_string_equal(text,
	    "89aca272d34082b82b12fb087211e9057a42ba2375d92c648fc3a91d2b376164");
	assert_int_equal(derive_login_key(&m, login, key), 0);
	hex_encode(span_of(key, sizeof(key)), text);
	assert_string_equal(text,
	    "b9023b1a70c820b9aebf8c098fd2b74852d9121fb8d1a75c1e447ff8ff156254");
	assert_int_equal(derive_verifier(&m, login, text), 0);
	assert_string_equal(text, "lWG_aJQBRK7_P8ndx2-UGWtN7h3mbCLlTmAXh3Swoh4");
	assert_int_equal(derive_challenge(&m, login, text), 0);
	assert_string_equal(text, "ZB1wGiHy7H6L8d--30UZwRMXGTUIzqK7_JVVD6DABS8");
	masters_wipe(&m);
}

static void
a_data_key_survives_a_new_master(void **state)
{
	struct masters m = {.n = 0};
	uint8_t wrapped[WRAPPED_BYTES], other[WRAPPED_BYTES], key[KEY_BYTES], again[KEY_BYTES];
	struct span w = span_of(wrapped, sizeof(wrapped));
	uint32_t id = 0;
	size_t line;

	(void)state;
	assert_int_equal(read_text("1 " KEY_A "\ncurrent 1\n", &m, &line), 0);
	assert_int_equal(derive_new_wrapped(&m, login, &id, wrapped), 0);
	assert_int_equal(id, 1);
	assert_int_equal(derive_new_wrapped(&m, login, &id, other), 0);
	assert_int_equal(derive_data_key(&m, login, 1, w, key), 0);
	assert_int_equal(derive_data_key(&m, login, 1, span_of(other, sizeof(other)), again), 0);
	assert_memory_not_equal(key, again, sizeof(key));
	masters_wipe(&m);
	assert_int_equal(read_text("1 " KEY_A "\n2 " KEY_B "\ncurrent 2\n", &m, &line), 0);
	assert_int_equal(derive_data_key(&m, login, 1, w, again), 0);
	assert_memory_equal(key, again, sizeof(key));
	assert_int_equal(derive_data_key(&m, login, 2, w, again), ERR_CRYPTO);
	assert_int_equal(derive_data_key(&m, login, 3, w, again), ERR_NOTFOUND);
	assert_int_equal(derive_new_wrapped(&m, login, &id, other), 0);
	assert_int_equal(id, 2);
	masters_wipe(&m);
}

int
main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(keys_are_read_and_found),
		cmocka_unit_test(a_wrong_file_is_refused_with_its_line),
		cmocka_unit_test(too_much_is_refused),
		cmocka_unit_test(derived_keys_are_those_of_another_implementation),
		cmocka_unit_test(a_data_key_survives_a_new_master),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
