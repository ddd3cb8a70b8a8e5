/* Sign-ins begun by address; see begins.h. */
#include "config.h"

#include <arpa/inet.h>
#include <string.h>

#include "master/portal/begins.h"
#include "shared/crypto/random.h"

#define FULL_MS ((int64_t)BEGINS_BURST * BEGINS_EACH_MS)

/* Whose measure it is; false for an address that is not counted. */
static bool
owner_of(struct span client, uint8_t out[BEGINS_OWNER])
{
	char text[INET6_ADDRSTRLEN];
	struct in6_addr six;
	struct in_addr four;

	memset(out, 0, BEGINS_OWNER);
	if (client.n == 0 || client.n >= sizeof(text))
		return false;
	memcpy(text, client.p, client.n);
	text[client.n] = '\0';
	if (inet_pton(AF_INET, text, &four) == 1) {
		/* No /64 that is in use begins with zeros. */
		memcpy(out + 4, &four, sizeof(four));
		return (ntohl(four.s_addr) >> 24) != 127;
	}
	if (inet_pton(AF_INET6, text, &six) != 1 || IN6_IS_ADDR_LOOPBACK(&six))
		return false;
	memcpy(out, &six, BEGINS_OWNER);
	return true;
}

static struct begin_row *
row_of(struct begins *b, const uint8_t owner[BEGINS_OWNER])
{
	uint64_t h = b->salt;
	size_t i;

	for (i = 0; i < BEGINS_OWNER; i++) {
		h = (h ^ owner[i]) * 0x100000001b3u;
		h ^= h >> 29;
	}
	return &b->rows[h % BEGINS_ROWS];
}

bool
begins_allow(struct begins *b, struct span client, int64_t now_ms, uint32_t *wait_s)
{
	uint8_t owner[BEGINS_OWNER];
	struct begin_row *row;

	if (!owner_of(client, owner))
		return true;
	if (b->salt == 0 && random_bytes(&b->salt, sizeof(b->salt)) != 0)
		return true;
	row = row_of(b, owner);
	if (memcmp(row->owner, owner, BEGINS_OWNER) != 0 || row->free_ms < now_ms) {
		memcpy(row->owner, owner, BEGINS_OWNER);
		row->free_ms = now_ms;
	}
	if (row->free_ms + BEGINS_EACH_MS > now_ms + FULL_MS) {
		*wait_s = (uint32_t)((row->free_ms + BEGINS_EACH_MS - now_ms - FULL_MS + 999) / 1000);
		return false;
	}
	row->free_ms += BEGINS_EACH_MS;
	return true;
}
