/*
 * A keyring with everybody it speaks to, all played by the test at the other
 * ends of its channels, in one loop.
 */
#ifndef TONEARM_TESTS_UNIT_KEYRING_PLAYERS_H
#define TONEARM_TESTS_UNIT_KEYRING_PLAYERS_H

#include <setjmp.h>
#include <stdarg.h>
#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>
#include <stdlib.h>
#include <string.h>

#include <cmocka.h>

#include "master/keyring/derive.h"
#include "master/keyring/keyring.h"
#include "shared/ipc/words.h"

#define KEYS "1 AAECAwQFBgcICQoLDA0ODxAREhMUFRYXGBkaGxwdHh8=\ncurrent 1\n"
#define HEARD_MAX 16
#define ENROLL_BIT ((uint64_t)1 << 63)

/* One end that the test holds, and what came there. */
struct side {
	struct channel *ch;
	struct {
		uint8_t type;
		uint64_t request;
		uint8_t body[256];
		size_t n;
	} heard[HEARD_MAX];
	unsigned n_heard, n_taken;
	bool over;
};

struct fixture {
	struct loop *loop;
	struct keyring keyring;
	struct channel *control;      /* the keyring's end */
	struct side supervisor, vault, worker, other;
	unsigned ready;
	bool violated;                /* the supervisor broke the keyring's rules */
};
extern struct fixture t;

/* A keyring without keys; one with KEYS and a vault. */
int set_up_blank(void **state);
int set_up(void **state);
int tear_down(void **state);

/* Runs the loop until something was heard or ended; fails after a while. */
void turn(void);

/* The next frame at a side, which must be of this type; waits for it. */
struct span hear(struct side *s, uint8_t type, uint64_t request);
void hear_failed(uint64_t request, unsigned why);

/* Waits for the end of a side's channel; nothing may be left unheard. */
void await_over(struct side *s);

/* The supervisor joins a side to the keyring, gives it a file, tells it of a
 * worker's end. */
void join(struct side *s, uint8_t kind, uint64_t id);
void join_bound(struct side *s, uint8_t kind, uint64_t id, uint8_t bound);
void give_file(const char *text);
void say_gone(uint64_t worker);

/* What the vault asks for. */
struct wrapped {
	uint32_t key_id;
	uint8_t bytes[WRAPPED_BYTES];
};
extern const uint8_t user_a[ID_BYTES], user_b[ID_BYTES], login_a[ID_BYTES];
struct wrapped new_key(const uint8_t user[ID_BYTES]);
void ask_key(uint64_t request, uint64_t worker, const uint8_t user[ID_BYTES],
    const struct wrapped *w);
void ask_login_key(uint64_t request, uint64_t worker);
void ask_enroll_keys(uint64_t request, uint64_t worker);

#define TEST(name) cmocka_unit_test_setup_teardown(name, set_up, tear_down)
#define TEST_BLANK(name) cmocka_unit_test_setup_teardown(name, set_up_blank, tear_down)

#endif
