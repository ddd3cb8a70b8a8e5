/*
 * The words behind a command: what each may take, checked before anything is
 * done.
 */
#ifndef TONEARM_CLI_WORDS_H
#define TONEARM_CLI_WORDS_H

#include <stdbool.h>
#include <stdint.h>

#include "cli/commands.h"

#define MAY_JSON   0x01u   /* --json */
#define MAY_YES    0x02u   /* --yes */
#define MAY_SCOPE  0x04u   /* --all, --user, --client, --active-since: one of them */
#define NEEDS_NAME 0x08u   /* one word: whom or what */
#define MAY_NAME   0x10u   /* the same, but it may be left out */

struct words {
	const char *name;
	bool json, yes, all, has_since;
	const char *user, *client;
	int64_t since;           /* seconds since 1970 */
};

/* False: wrong usage, said already with the hint `usage`. */
bool words_read(const struct command_args *a, const char *usage, unsigned may,
    struct words *out);

/* May it be done?  With --yes, or if a person at the terminal says so.  False:
 * no; *code is what to exit with. */
bool words_sure(const struct words *w, const char *what, int *code);

#endif
