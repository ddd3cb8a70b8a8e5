/*
 * The options that a program was given, as lines "section.name=value".  The
 * file and the environment are the supervisor's (file.h); values here have
 * been checked.
 */
#ifndef TONEARM_CONF_VALUES_H
#define TONEARM_CONF_VALUES_H

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

#include "shared/base/err.h"
#include "shared/base/span.h"

#define CONF_OPTIONS_MAX 128

struct conf_values {
	char *text;                             /* owned; split in place */
	const char *name[CONF_OPTIONS_MAX];
	const char *value[CONF_OPTIONS_MAX];
	size_t n;
};

/* Reads the lines; *out is set anew.  ERR_SYNTAX, ERR_LIMIT, ERR_NOMEM. */
err_t conf_values_parse(struct conf_values *out, struct span text) MUST_CHECK;
void conf_values_free(struct conf_values *v);

/* The value of an option; "" if it was not given. */
const char *conf_str(const struct conf_values *v, const char *name);

/* The value as number; fallback if it was not given or is none. */
int64_t conf_int(const struct conf_values *v, const char *name, int64_t fallback);

/* True for "yes". */
bool conf_bool(const struct conf_values *v, const char *name);

#endif
