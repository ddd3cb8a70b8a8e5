/*
 * What somebody says who has conquered a program and knows the protocol: valid
 * messages of every type, in any order, whose fields are things that he has
 * seen, edges, or noise.  From one seed always the same.
 */
#ifndef TONEARM_TESTS_HOSTILE_H
#define TONEARM_TESTS_HOSTILE_H

#include <stddef.h>
#include <stdint.h>

#include "shared/base/buf.h"
#include "shared/ipc/channel.h"

/* What he has seen: numbers (workers, requests), and bytes of fixed length,
 * shorter fields take their beginning. */
struct hostile {
	uint64_t seed;              /* any but 0 */
	uint64_t numbers[8];
	unsigned n_numbers;
	uint8_t bytes[8][32];
	unsigned n_bytes;
};

/* The next number of the sequence. */
uint64_t hostile_next(struct hostile *h);

/* A message type, and a body for it appended to out.  ERR_LIMIT: too long. */
err_t hostile_message(struct hostile *h, uint8_t *type, struct buf *out) MUST_CHECK;

/* The same as one frame on a channel, under a request number he may know. */
err_t hostile_say(struct hostile *h, struct channel *ch) MUST_CHECK;

#endif
