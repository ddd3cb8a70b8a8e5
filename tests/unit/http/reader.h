/*
 * Reads a whole stream of requests and writes down what it understood, so that
 * two readings can be compared as text.
 */
#ifndef TONEARM_TEST_READER_H
#define TONEARM_TEST_READER_H

#include <stddef.h>

#include "shared/base/buf.h"
#include "shared/base/err.h"
#include "shared/base/span.h"

struct reading {
	struct buf text;      /* every complete request, one after the other */
	unsigned complete;    /* how many */
	err_t end;            /* 0: the bytes ended with a request; ERR_SHORT; ERR_SYNTAX */
	unsigned status;      /* with ERR_SYNTAX */
};

/* Reads with the project's own code, at most step bytes at a time. */
void read_ours(struct span bytes, size_t step, struct reading *out);

/* Writes one request the way all readings do. */
void reading_begin(struct reading *r, const char *method, struct span target, unsigned minor);
void reading_field(struct reading *r, struct span name, struct span value);
void reading_end(struct reading *r, struct span body);

#endif
