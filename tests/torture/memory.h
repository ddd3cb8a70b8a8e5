/*
 * Memory that runs out on order.  While it is on, allocations are counted, and
 * one of them, or all from one on, fail.  It is told apart who asks: our own
 * code, or which library.
 *
 * In a test program our own code is caught by the linker (--wrap), the
 * libraries by malloc's name.  As a library of its own (memory.so, preloaded)
 * it does the same to a whole program, and the test that drives the program
 * shares the struct with it.  With the address sanitizer, which has a malloc
 * of its own, only our own code is caught.
 */
#ifndef TONEARM_TORTURE_MEMORY_H
#define TONEARM_TORTURE_MEMORY_H

#include <stdbool.h>
#include <stdint.h>

/* Who asks for memory: name, part of the library's file name. */
#define MEMORY_FROM(X) \
	X(OURS, "ours", NULL) X(LIBC, "libc", "/libc.so") X(EVENT, "libevent", "libevent") \
	X(JSON, "json-c", "libjson-c") X(CRYPTO, "OpenSSL", "libcrypto") \
	X(CURL, "libcurl", "libcurl") X(PQ, "libpq", "libpq") X(OTHER, "others", NULL)

enum memory_from {
#define X(NAME, name, file) FROM_##NAME,
	MEMORY_FROM(X)
#undef X
	FROM_COUNT
};
#define FROM_BIT(from) (1u << (from))
#define FROM_ALL (FROM_BIT(FROM_COUNT) - 1)

struct memory {
	volatile uint32_t on;
	volatile uint32_t who;          /* FROM_BIT of those that fail */
	volatile uint32_t round;        /* another number: forget what is live */
	volatile uint64_t seen;         /* asked for by those */
	volatile uint64_t fail_at;      /* from this one on; 0: never */
	volatile uint64_t fail_n;       /* so many */
	volatile uint64_t failed[FROM_COUNT];
	volatile uint64_t failed_n;
	volatile uint64_t first_site;   /* where: offset in its file */
	volatile uint32_t first_from;
	volatile bool first_copy;       /* a strdup */
	volatile int64_t live;          /* of this round, not given back */
};

/* The one in force. */
extern struct memory *memory;

/* Begins a round: nothing is live; from allocation number k on n fail. */
void memory_begin(uint32_t who, uint64_t k, uint64_t n);
void memory_on(bool on);

/* One that is still live, for a report: who asked and where (an offset in the
 * file); false if there is none. */
bool memory_live_one(enum memory_from *from, uint64_t *site);

bool memory_none_of_ours(void);

const char *memory_from_name(enum memory_from from);

#endif
