/*
 * Random bytes straight from the kernel by getrandom(2): no descriptor, no
 * file, no state that a fork could copy.  Works under a syscall filter that
 * allows getrandom and nothing of files.
 */
#ifndef TONEARM_CRYPTO_RANDOM_H
#define TONEARM_CRYPTO_RANDOM_H

#include <stddef.h>
#include <stdint.h>

#include "shared/base/err.h"

#define UUID_BYTES 16

/* n random bytes, fit for keys.  ERR_SYSTEM if the kernel refuses. */
err_t random_bytes(void *out, size_t n) MUST_CHECK;

/* The bytes of a random UUID (version 4, RFC 9562).  ERR_SYSTEM. */
err_t random_uuid(uint8_t out[UUID_BYTES]) MUST_CHECK;

#endif
