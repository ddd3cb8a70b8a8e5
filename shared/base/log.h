/*
 * Log lines: one JSON object a line on standard error.  Outside text is
 * escaped and cut at 200 bytes.  Tokens, codes, cookies and keys are never
 * given to this module; who must name one logs the first 8 hex digits of its
 * SHA-256.
 */
#ifndef TONEARM_BASE_LOG_H
#define TONEARM_BASE_LOG_H

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

#include "shared/base/span.h"

enum log_level { LOG_DEBUG, LOG_INFO, LOG_WARN, LOG_ERROR };

struct log_field {
	const char *name;                              /* NULL: skipped */
	enum { LOG_F_STR, LOG_F_INT, LOG_F_UINT } kind;
	struct span str;
	int64_t i;
	uint64_t u;
};

/* Field constructors for the log macros. */
#define LF_STR(n, s)  {.name = (n), .kind = LOG_F_STR, .str = span_str(s)}
#define LF_SPAN(n, s) {.name = (n), .kind = LOG_F_STR, .str = (s)}
#define LF_INT(n, v)  {.name = (n), .kind = LOG_F_INT, .i = (int64_t)(v)}
#define LF_UINT(n, v) {.name = (n), .kind = LOG_F_UINT, .u = (uint64_t)(v)}

/* Names the program in every line; role must stay valid. */
void log_open(const char *role, enum log_level least);

/* "debug", "info", "warn" or "error" to *out; false for another word. */
bool log_level_parse(const char *word, enum log_level *out);

/* Writes one line with n fields; event is a fixed word such as
 * "worker_bound".  Never fails: a full pipe loses the line. */
void log_write(enum log_level level, const char *event,
    const struct log_field *fields, size_t n);

/*
 * From now on lines of level info and debug may wait, up to 4 KiB of them, so
 * that a busy program writes many at once; a graver line takes them along.
 * begun is called when the first begins to wait: it must see to it that
 * log_flush is called soon.  begun NULL: they do not wait any more.
 */
void log_hold(void (*begun)(void *), void *arg);
void log_flush(void);

#define LOG_LINE(level, event, ...) do { \
	const struct log_field log_fields_[] = {{.name = NULL}, ##__VA_ARGS__}; \
	log_write((level), (event), log_fields_ + 1, \
	    sizeof(log_fields_) / sizeof(log_fields_[0]) - 1); \
} while (0)

#define log_debug(event, ...) LOG_LINE(LOG_DEBUG, event, ##__VA_ARGS__)
#define log_info(event, ...)  LOG_LINE(LOG_INFO, event, ##__VA_ARGS__)
#define log_warn(event, ...)  LOG_LINE(LOG_WARN, event, ##__VA_ARGS__)
#define log_error(event, ...) LOG_LINE(LOG_ERROR, event, ##__VA_ARGS__)

#endif
