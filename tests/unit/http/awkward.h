/*
 * Requests on which readers of HTTP are known to differ, each with what a
 * strict server must do.  "{host}" stands for the server's own authority.
 */
#ifndef TONEARM_TEST_AWKWARD_H
#define TONEARM_TEST_AWKWARD_H

#include <stddef.h>

#include "shared/base/buf.h"
#include "shared/base/err.h"
#include "shared/base/span.h"

enum verdict { ACCEPT, REFUSE, EITHER };

struct awkward {
	const char *name;
	const char *bytes;
	size_t n;
	enum verdict must;  /* what any strict server does */
	enum verdict ours;  /* what this one does: ACCEPT or REFUSE */
};

extern const struct awkward awkward_requests[];
extern const size_t n_awkward_requests;

/* Appends the bytes with every "{host}" replaced. */
err_t awkward_bytes(const struct awkward *a, const char *host, struct buf *out) MUST_CHECK;

#endif
