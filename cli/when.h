/*
 * Times as a person writes and reads them: local, by the zone of the machine.
 */
#ifndef TONEARM_CLI_WHEN_H
#define TONEARM_CLI_WHEN_H

#include <stdint.h>

#include "shared/base/err.h"

#define WHEN_CHARS 24

/*
 * Seconds since 1970, or an ISO 8601 time: 2026-11-22, 2026-11-22T10:00 or
 * 2026-11-22T10:00:00, local unless Z or an offset as +01:00 follows; a blank
 * may stand for the T.  ERR_SYNTAX.
 */
err_t when_read(const char *text, int64_t *out) MUST_CHECK;

/* "2026-11-22 10:00", local time; "never" for 0 and what no clock shows. */
void when_text(int64_t when, char out[WHEN_CHARS]);

#endif
