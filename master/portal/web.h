/*
 * The files of web/, compiled in by web/embed.sh.
 */
#ifndef TONEARM_PORTAL_WEB_H
#define TONEARM_PORTAL_WEB_H

#include <stddef.h>
#include <stdint.h>

#include "shared/base/err.h"
#include "shared/base/span.h"

struct web_file {
	const char *name;     /* without folder; NULL ends the list */
	const uint8_t *data;
	size_t len;
};

extern const struct web_file web_files[];

/* A number that differs whenever any of the files does. */
extern const char web_version[];

/* The content of a file to *out, valid for ever.  ERR_NOTFOUND. */
err_t web_find(struct span name, struct span *out) MUST_CHECK;

#endif
