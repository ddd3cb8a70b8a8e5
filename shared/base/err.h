/*
 * Result codes.  Every function that can fail returns err_t: 0 for success,
 * a negative code otherwise.  Results travel through the last parameter,
 * which stays untouched on error.
 */
#ifndef TONEARM_BASE_ERR_H
#define TONEARM_BASE_ERR_H

/* One entry a code: name, number, sentence for a person. */
#define ERR_LIST(X) \
	X(ERR_NOMEM,       -1,  "out of memory") \
	X(ERR_LIMIT,       -2,  "a limit was exceeded") \
	X(ERR_SYNTAX,      -3,  "malformed input") \
	X(ERR_SHORT,       -4,  "more input is needed") \
	X(ERR_SYSTEM,      -5,  "a system call failed") \
	X(ERR_DENIED,      -6,  "not permitted") \
	X(ERR_STATE,       -7,  "not possible in this state") \
	X(ERR_NOTFOUND,    -8,  "not found") \
	X(ERR_CRYPTO,      -9,  "authentication or decryption failed") \
	X(ERR_CLOSED,      -10, "the other side closed the channel") \
	X(ERR_AGAIN,       -11, "not possible right now") \
	X(ERR_CONFLICT,    -12, "somebody else changed it first") \
	X(ERR_UNSUPPORTED, -13, "not supported here") \
	X(ERR_CONFIG,      -14, "the configuration is wrong") \
	X(ERR_TIMEOUT,     -15, "it took too long")

enum err_code {
#define X(name, number, text) name = number,
	ERR_LIST(X)
#undef X
	ERR_OK = 0
};

typedef int err_t;

/* Marks a function whose result must be looked at. */
#define MUST_CHECK __attribute__((warn_unused_result))

/* Sentence for a code; a fixed string, never NULL. */
const char *err_text(err_t err);

#endif
