/*
 * What llhttp, the parser of Node's HTTP server, understands of a stream.
 */
#ifndef TONEARM_TEST_THEIRS_H
#define TONEARM_TEST_THEIRS_H

#include "shared/base/span.h"
#include "tests/unit/http/reader.h"

/* Reads all of it; *error, if not NULL, gets llhttp's word for how it ended. */
void read_theirs(struct span bytes, struct reading *out, const char **error);

#endif
