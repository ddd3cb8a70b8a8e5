/*
 * The head of an HTTP/1.x request, read strictly: what two readers could
 * understand in two ways is refused.
 *
 * Reading takes two steps.  http_scan looks at arriving bytes one at a time
 * and finds where the head ends; http_head_parse reads the whole head at once.
 * So a request that comes byte by byte is read exactly as one that comes whole.
 */
#ifndef TONEARM_HTTP_HEAD_H
#define TONEARM_HTTP_HEAD_H

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

#include "shared/base/err.h"
#include "shared/base/span.h"
#include "shared/ipc/words.h"

#define HTTP_HEAD_MAX   16384  /* bytes, the empty line included */
#define HTTP_TARGET_MAX 8192
#define HTTP_FIELDS_MAX 64

/* Where the scan of one head stands.  Zero it before each request. */
struct http_scan {
	size_t at;          /* bytes looked at */
	size_t line;        /* where the current line begins */
	size_t lines;       /* lines that are complete */
	size_t skip;        /* 2 if an empty line came before the head */
	bool cr;            /* the last byte was CR */
	unsigned status;    /* after ERR_SYNTAX: what to answer */
};

/*
 * Looks at the bytes of in that were not looked at before; in holds everything
 * from the first byte of the request on and only grows between calls.  0: the
 * head ends before byte s->at.  ERR_SHORT: more is needed.  ERR_SYNTAX: not
 * acceptable, answer s->status (400, 414, 431) and close.
 */
err_t http_scan(struct http_scan *s, struct span in) MUST_CHECK;

enum http_framing { HTTP_BODY_NONE, HTTP_BODY_LENGTH, HTTP_BODY_CHUNKED };

struct http_field {
	struct span name;    /* as sent; compare without case */
	struct span value;   /* without white space around it; may be empty */
};

/* All views point into the bytes that were parsed. */
struct http_head {
	enum http_method method;
	unsigned minor;                 /* 0 or 1, of HTTP/1.x */
	struct span target;             /* origin form: begins with a slash */
	struct span path, query;        /* target split at its first '?' */
	struct span host;               /* empty only in HTTP/1.0 */
	enum http_framing framing;
	uint64_t content_length;        /* when framing is HTTP_BODY_LENGTH */
	bool keep_alive;                /* the client allows another request */
	bool expect_continue;
	size_t n_fields;
	struct http_field *fields;      /* the caller's */
};

/*
 * Reads the head that http_scan found: head is its bytes, from s->skip to
 * s->at.  0, or ERR_SYNTAX with *status set to what to answer before closing
 * (400, 414, 417, 431, 501, 505); *out is only meaningful on success.
 * Sources: RFC 9110 section 5, RFC 9112 sections 2, 3, 5 and 6, each in its
 * strict reading.
 */
err_t http_head_parse(struct span head, struct http_field fields[HTTP_FIELDS_MAX],
    struct http_head *out, unsigned *status) MUST_CHECK;

/* Value of the first field of that name in any case; NULL if there is none.
 * *n_found, if not NULL, gets the number of fields of that name. */
const struct span *http_head_field(const struct http_head *h, const char *name,
    size_t *n_found);

/* May this byte stand in a field name or method (RFC 9110 5.6.2)? */
bool http_is_token(uint8_t c);

#endif
