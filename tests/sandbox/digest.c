/* Random names, SHA-256 and the alphabets they are written in. */
#include "config.h"

#include "digest.h"

#include "text.h"

#include <openssl/evp.h>
#include <openssl/rand.h>
#include <openssl/sha.h>
#include <stdlib.h>
#include <string.h>

static const char base62[] = "0123456789ABCDEFGHIJKLMNOPQRSTUVWXYZabcdefghijklmnopqrstuvwxyz";
static const char base64url[] = "ABCDEFGHIJKLMNOPQRSTUVWXYZabcdefghijklmnopqrstuvwxyz0123456789-_";

static void random_bytes(unsigned char *out, size_t n)
{
	if (RAND_bytes(out, (int)n) != 1)
		text_must(NULL);
}

void digest_hex(const char *s, char out[65])
{
	unsigned char sum[SHA256_DIGEST_LENGTH];
	static const char hex[] = "0123456789abcdef";
	SHA256((const unsigned char *)s, strlen(s), sum);
	for (size_t i = 0; i < sizeof sum; i++) {
		out[2 * i] = hex[sum[i] >> 4];
		out[2 * i + 1] = hex[sum[i] & 15u];
	}
	out[64] = '\0';
}

void digest_challenge(const char *s, char out[44])
{
	unsigned char sum[SHA256_DIGEST_LENGTH + 1] = { 0 };
	SHA256((const unsigned char *)s, strlen(s), sum);
	size_t n = 0;
	for (size_t i = 0; i < SHA256_DIGEST_LENGTH; i += 3) {
		uint32_t three = (uint32_t)sum[i] << 16 | (uint32_t)sum[i + 1] << 8 |
				 (i + 2 < sizeof sum ? sum[i + 2] : 0u);
		for (int shift = 18; shift >= 0 && n < 43; shift -= 6)
			out[n++] = base64url[three >> shift & 63u];
	}
	out[n] = '\0';
}

static void write_id(const unsigned char *bytes, char out[ID_SIZE])
{
	for (size_t i = 0; i < ID_SIZE - 1; i++)
		out[i] = base62[bytes[i] % 62];
	out[ID_SIZE - 1] = '\0';
}

void digest_id(const char *seed, char out[ID_SIZE])
{
	unsigned char sum[SHA256_DIGEST_LENGTH];
	SHA256((const unsigned char *)seed, strlen(seed), sum);
	write_id(sum, out);
}

void digest_random_id(char out[ID_SIZE])
{
	unsigned char bytes[ID_SIZE];
	random_bytes(bytes, sizeof bytes);
	write_id(bytes, out);
}

char *digest_secret(const char *prefix, size_t characters)
{
	size_t head = strlen(prefix);
	unsigned char *s = text_must(malloc(head + characters + 1));
	memcpy(s, prefix, head);
	random_bytes(s + head, characters);
	for (size_t i = head; i < head + characters; i++)
		s[i] = (unsigned char)base64url[s[i] & 63u];
	s[head + characters] = '\0';
	return (char *)s;
}

void digest_snapshot(uint32_t revision, char out[33])
{
	unsigned char bytes[24];
	unsigned char coded[40];
	bytes[0] = (unsigned char)(revision >> 24);
	bytes[1] = (unsigned char)(revision >> 16);
	bytes[2] = (unsigned char)(revision >> 8);
	bytes[3] = (unsigned char)revision;
	random_bytes(bytes + 4, 20);
	EVP_EncodeBlock(coded, bytes, (int)sizeof bytes);
	memcpy(out, coded, 32);
	out[32] = '\0';
}

uint64_t digest_number(const char *seed)
{
	unsigned char sum[SHA256_DIGEST_LENGTH];
	uint64_t n = 0;
	SHA256((const unsigned char *)seed, strlen(seed), sum);
	for (size_t i = 0; i < sizeof n; i++)
		n = n << 8 | sum[i];
	return n;
}
