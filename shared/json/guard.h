/*
 * The strict reading of a JSON text before json-c sees it.  json-c 0.16, even
 * in its strict mode, takes single quotes, NaN, raw control bytes and doubled
 * keys, turns lone surrogates into replacement characters and lets big
 * integers stop at the edge of their range (measured); another reader of the same
 * text would see something else (docs/protocol.md H-10).
 * Knows RFC 8259, nothing of what a text means.
 */
#ifndef TONEARM_JSON_GUARD_H
#define TONEARM_JSON_GUARD_H

#include <stdbool.h>
#include <stddef.h>

#include "shared/base/err.h"
#include "shared/base/span.h"

#define JSON_DEPTH 32       /* objects and arrays inside each other */
#define JSON_KEY_BYTES 256  /* longest member name, decoded */

struct json_limits {
	size_t bytes;     /* of the whole text */
	size_t nodes;     /* values, all levels together */
	size_t members;   /* of one object */
	size_t string;    /* bytes of one string as written */
	bool nul;         /* may strings hold \u0000? */
};

/* For texts from MCP clients, and for answers of Spotify. */
extern const struct json_limits json_from_client;
extern const struct json_limits json_from_spotify;

/* Well-formed UTF-8: shortest forms, no surrogates, at most U+10FFFF? */
bool utf8_valid(struct span s);

/*
 * Is text exactly one JSON value by RFC 8259, white space around it allowed,
 * with: UTF-8 throughout, no byte order mark, no member name twice in an
 * object (compared decoded) and none with a NUL, no lone surrogate, integers within int64, other
 * numbers finite, nesting of at most JSON_DEPTH and the limits?
 * ERR_SYNTAX, ERR_LIMIT, ERR_NOMEM.
 */
err_t json_guard(struct span text, const struct json_limits *limits) MUST_CHECK;

/* What is in a text, all levels together. */
struct json_count {
	size_t values;
	size_t text;      /* bytes of all strings and names of members, decoded */
	size_t odd;       /* escaped characters for which json-c 0.16 puts U+FFFD,
	                   * a byte shorter: U+1D800 to U+1DFFF and so in each plane */
};

/* The same, and what there is. */
err_t json_guard_count(struct span text, const struct json_limits *limits,
    struct json_count *out) MUST_CHECK;

#endif
