/* Failures by address; see failures.h.  Knows nothing of requests. */
#include "config.h"

#include <stdlib.h>
#include <string.h>

#include "master/front/failures.h"
#include "shared/crypto/random.h"

#define FULL (FAILURES_BURST * 1000u)

err_t
failures_init(struct failures *f)
{
	err_t err = random_bytes(&f->salt, sizeof(f->salt));

	if (err != 0)
		return err;
	f->rows = calloc(FAILURES_ROWS, sizeof(*f->rows));
	return f->rows == NULL ? ERR_NOMEM : 0;
}

void
failures_free(struct failures *f)
{
	free(f->rows);
	f->rows = NULL;
}

/* One person owns a whole /64 of IPv6. */
static struct address
owner(const struct address *a)
{
	struct address o = *a;

	if (a->bytes[10] != 0xff || a->bytes[11] != 0xff)
		memset(o.bytes + 8, 0, 8);
	return o;
}

static struct failure_row *
row_of(const struct failures *f, const struct address *who)
{
	uint64_t h = f->salt;
	size_t i;

	for (i = 0; i < sizeof(who->bytes); i++) {
		h = (h ^ who->bytes[i]) * 0x100000001b3u;
		h ^= h >> 29;
	}
	return &f->rows[h % FAILURES_ROWS];
}

static uint32_t
left(const struct failure_row *row, const struct address *who, int64_t now_ms)
{
	int64_t more;

	if (row->at == 0 || memcmp(&row->who, who, sizeof(*who)) != 0)
		return FULL;
	more = (now_ms - row->at) * FAILURES_RATE;
	return more >= FULL - row->left_ms ? FULL : row->left_ms + (uint32_t)more;
}

bool
failures_allow(const struct failures *f, const struct address *a, int64_t now_ms)
{
	struct address who = owner(a);

	return left(row_of(f, &who), &who, now_ms) >= 1000;
}

void
failures_count(struct failures *f, const struct address *a, int64_t now_ms)
{
	struct address who = owner(a);
	struct failure_row *row = row_of(f, &who);
	uint32_t have = left(row, &who, now_ms);

	row->left_ms = have < 1000 ? 0 : have - 1000;
	row->who = who;
	row->at = now_ms;
}
