/*
 * How the command speaks to a person: results on standard output, mistakes on
 * standard error as "tonearm: what: why", then what to do about it.
 */
#ifndef TONEARM_CLI_SAY_H
#define TONEARM_CLI_SAY_H

/* Exit codes, as in tonearm(1). */
enum exit_code { EXIT_DONE = 0, EXIT_FAILED = 1, EXIT_USAGE = 2 };

/* "tonearm: " and a sentence without its full stop. */
void say_error(const char *fmt, ...) __attribute__((format(printf, 1, 2)));

/* "  " and what the person can do. */
void say_hint(const char *fmt, ...) __attribute__((format(printf, 1, 2)));

#endif
