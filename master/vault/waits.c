/* Who waits; see waits.h. */
#include "config.h"

#include <stddef.h>
#include <string.h>

#include "master/vault/waits.h"

void
waits_set(struct waits *w, const uint8_t user[ID_BYTES], int64_t until_ms)
{
	size_t i, at = 0;

	/* Its own entry, else the one that ends, or ended, first. */
	for (i = 0; i < WAITS_KEPT; i++) {
		if (w->list[i].until != 0 && memcmp(w->list[i].user, user, ID_BYTES) == 0) {
			at = i;
			break;
		}
		if (w->list[i].until < w->list[at].until)
			at = i;
	}
	memcpy(w->list[at].user, user, ID_BYTES);
	w->list[at].until = until_ms;
}

uint32_t
waits_left(const struct waits *w, const uint8_t user[ID_BYTES], int64_t now_ms)
{
	size_t i;

	for (i = 0; i < WAITS_KEPT; i++)
		if (w->list[i].until > now_ms && memcmp(w->list[i].user, user, ID_BYTES) == 0)
			return (uint32_t)((w->list[i].until - now_ms + 999) / 1000);
	return 0;
}
