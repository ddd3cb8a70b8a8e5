/* Self-describing session ids; see session.h. */
#include "config.h"

#include <stdio.h>
#include <string.h>

#include "shared/base/clock.h"
#include "shared/crypto/b64.h"
#include "shared/crypto/hash.h"
#include "shared/crypto/random.h"
#include "worker/mcp/session.h"

/* version u8, capabilities u32, grant 16, time u64, random u64. */
#define PAYLOAD_BYTES (1 + 4 + ID_BYTES + 8 + 8)
#define PREFIX        "v1."

static void
put_le(uint8_t *p, uint64_t v, size_t n)
{
	size_t i;

	for (i = 0; i < n; i++)
		p[i] = (uint8_t)(v >> (8 * i));
}

static uint64_t
get_le(const uint8_t *p, size_t n)
{
	uint64_t v = 0;
	size_t i;

	for (i = 0; i < n; i++)
		v |= (uint64_t)p[i] << (8 * i);
	return v;
}

static err_t
mac_of(const struct secret *data_key, struct span payload, uint8_t mac[SHA256_BYTES])
{
	const struct span parts[] = {span_str(PREFIX), payload};
	uint8_t key[SHA256_BYTES];
	err_t err;

	err = derive_key(secret_span(data_key), "tonearm session", span_of(NULL, 0), key);
	if (err == 0)
		err = hmac_sha256(span_of(key, sizeof(key)), parts, 2, mac);
	explicit_bzero(key, sizeof(key));
	return err;
}

err_t
session_make(const struct secret *data_key, struct client_context *who, char out[SESSION_CHARS])
{
	char first[B64URL_LEN(PAYLOAD_BYTES) + 1], second[B64URL_LEN(SHA256_BYTES) + 1];
	uint8_t p[PAYLOAD_BYTES], mac[SHA256_BYTES];
	uint64_t number;
	err_t err;

	err = random_bytes(&number, sizeof(number));
	if (err != 0)
		return err;
	p[0] = (uint8_t)who->version;
	put_le(p + 1, who->capabilities, 4);
	memcpy(p + 5, who->grant, ID_BYTES);
	put_le(p + 5 + ID_BYTES, (uint64_t)clock_wall_s(), 8);
	put_le(p + 13 + ID_BYTES, number, 8);
	err = mac_of(data_key, span_of(p, sizeof(p)), mac);
	if (err != 0)
		return err;
	b64url_encode(span_of(p, sizeof(p)), first);
	b64url_encode(span_of(mac, sizeof(mac)), second);
	(void)snprintf(out, SESSION_CHARS, "%s%s.%s", PREFIX, first, second);
	who->session = number;
	return 0;
}

err_t
session_read(const struct secret *data_key, struct span id, struct client_context *who)
{
	const size_t prefix = sizeof(PREFIX) - 1, first = B64URL_LEN(PAYLOAD_BYTES),
	    second = B64URL_LEN(SHA256_BYTES);
	uint8_t p[PAYLOAD_BYTES], sent[SHA256_BYTES], mac[SHA256_BYTES];
	int64_t made, now = clock_wall_s();
	size_t n, k;
	err_t err;

	if (id.n != prefix + first + 1 + second || !span_starts(id, PREFIX) ||
	    id.p[prefix + first] != '.' ||
	    b64url_decode(span_of(id.p + prefix, first), p, sizeof(p), &n) != 0 ||
	    b64url_decode(span_of(id.p + prefix + first + 1, second), sent, sizeof(sent), &k) != 0 ||
	    n != sizeof(p) || k != sizeof(sent))
		return ERR_DENIED;
	err = mac_of(data_key, span_of(p, sizeof(p)), mac);
	if (err != 0)
		return err;
	made = (int64_t)get_le(p + 5 + ID_BYTES, 8);
	if (!secret_equal(mac, sent, sizeof(mac)) || p[0] > MCP_NEWEST_LEGACY ||
	    memcmp(p + 5, who->grant, ID_BYTES) != 0 ||
	    now - made > SESSION_DAYS * 24LL * 3600)
		return ERR_DENIED;
	who->era = ERA_LEGACY;
	who->version = (enum mcp_version)p[0];
	who->capabilities = (uint32_t)get_le(p + 1, 4);
	who->session = get_le(p + 13 + ID_BYTES, 8);
	return 0;
}
