/*
 * Finding one thing among several by what a person called it: exactly, then
 * without regard to case, then as the beginning of a single name.
 */
#ifndef TONEARM_TOOLS_NAMES_H
#define TONEARM_TOOLS_NAMES_H

#include <stdbool.h>
#include <stddef.h>

#include "shared/base/err.h"
#include "shared/base/span.h"

enum name_match { NAME_NONE, NAME_ONE, NAME_SEVERAL };

struct name_finder {
	const char *wanted;
	struct name_rank {
		size_t n;           /* candidates of this rank */
		size_t first;       /* the first one's number */
	} exact, folded, prefix;
};

/* Starts a search for wanted, which must stay valid. */
void names_begin(struct name_finder *f, const char *wanted);

/* Looks at candidate number i.  ERR_NOMEM, ERR_LIMIT. */
err_t names_try(struct name_finder *f, size_t i, struct span name) MUST_CHECK;

/* The outcome; *i is the number of the only or the first one. */
enum name_match names_end(const struct name_finder *f, size_t *i);

/* Would candidate name belong to the outcome (to list several)? */
bool names_among(const struct name_finder *f, struct span name);

/* Does name hold part, without regard to case?  *trouble is set to ERR_NOMEM if
 * that could not be found out. */
bool names_hold(struct span name, const char *part, err_t *trouble);

#endif
