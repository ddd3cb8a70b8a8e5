/* Random names, SHA-256 and the two alphabets Spotify's names are written in. */
#ifndef SANDBOX_DIGEST_H
#define SANDBOX_DIGEST_H

#include <stddef.h>
#include <stdint.h>

#define ID_SIZE 23 /* 22 base-62 characters and the zero */

/* SHA-256 of a string as 64 hexadecimal characters and a zero. */
void digest_hex(const char *s, char out[65]);

/* SHA-256 of a string as base64url without padding: a PKCE S256 challenge. */
void digest_challenge(const char *s, char out[44]);

/* The stable 22-character id that belongs to a seed such as "track:17". */
void digest_id(const char *seed, char out[ID_SIZE]);

/* A fresh random id. */
void digest_random_id(char out[ID_SIZE]);

/* prefix followed by characters random base64url characters; caller frees. */
char *digest_secret(const char *prefix, size_t characters);

/* 32 base64 characters made of a revision number and 20 random bytes, as a
 * snapshot id is. */
void digest_snapshot(uint32_t revision, char out[33]);

/* A number that depends on the seed alone. */
uint64_t digest_number(const char *seed);

#endif
