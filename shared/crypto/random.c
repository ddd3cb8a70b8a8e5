/* Random bytes; see random.h. */
#include "config.h"

#include <errno.h>
#include <sys/random.h>

#include "shared/crypto/random.h"

err_t
random_bytes(void *out, size_t n)
{
	uint8_t *p = out;

	while (n > 0) {
		ssize_t got = getrandom(p, n, 0);

		if (got < 0 && errno != EINTR)
			return ERR_SYSTEM;
		if (got > 0) {
			p += got;
			n -= (size_t)got;
		}
	}
	return 0;
}

err_t
random_uuid(uint8_t out[UUID_BYTES])
{
	err_t err = random_bytes(out, UUID_BYTES);

	if (err != 0)
		return err;
	out[6] = (uint8_t)((out[6] & 0x0f) | 0x40);
	out[8] = (uint8_t)((out[8] & 0x3f) | 0x80);
	return 0;
}
