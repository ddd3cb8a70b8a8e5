/* Sign-ins begun by address; see begins.h. */
#include "config.h"

#include <arpa/inet.h>
#include <string.h>

#include "master/portal/begins.h"
#include "shared/crypto/random.h"

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

static int64_t
each_ms(const struct begins *b)
{
	return b->each_ms > 0 ? b->each_ms : BEGINS_EACH_MS;
}

/* The row of an address, its own by now; NULL if it is not counted. */
static struct begin_row *
row_for(struct begins *b, struct span client, int64_t now_ms)
{
	uint8_t owner[BEGINS_OWNER];
	struct begin_row *row;

	if (!owner_of(client, owner))
		return NULL;
	if (b->salt == 0 && random_bytes(&b->salt, sizeof(b->salt)) != 0)
		return NULL;
	row = row_of(b, owner);
	if (memcmp(row->owner, owner, BEGINS_OWNER) != 0 || row->free_ms < now_ms) {
		memcpy(row->owner, owner, BEGINS_OWNER);
		row->free_ms = now_ms;
	}
	return row;
}

static bool
left(const struct begins *b, const struct begin_row *row, int64_t now_ms, uint32_t *wait_s)
{
	const int64_t burst = b->burst > 0 ? b->burst : BEGINS_BURST;
	const int64_t over = row->free_ms + each_ms(b) - now_ms - burst * each_ms(b);

	if (over <= 0)
		return true;
	*wait_s = (uint32_t)((over + 999) / 1000);
	return false;
}

bool
begins_left(struct begins *b, struct span client, int64_t now_ms, uint32_t *wait_s)
{
	const struct begin_row *row = row_for(b, client, now_ms);

	return row == NULL || left(b, row, now_ms, wait_s);
}

bool
begins_allow(struct begins *b, struct span client, int64_t now_ms, uint32_t *wait_s)
{
	struct begin_row *row = row_for(b, client, now_ms);

	if (row != NULL && !left(b, row, now_ms, wait_s))
		return false;
	if (row != NULL)
		row->free_ms += each_ms(b);
	return true;
}
