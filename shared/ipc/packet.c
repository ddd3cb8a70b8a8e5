/* Packets; see packet.h. */
#include "config.h"

#include <fcntl.h>
#include <stdlib.h>
#include <unistd.h>

#include "shared/ipc/packet.h"

void
put_le(uint8_t *p, uint64_t v, size_t bytes)
{
	size_t i;

	for (i = 0; i < bytes; i++)
		p[i] = (uint8_t)(v >> (8 * i));
}

uint64_t
get_le(const uint8_t *p, size_t bytes)
{
	uint64_t v = 0;
	size_t i;

	for (i = 0; i < bytes; i++)
		v |= (uint64_t)p[i] << (8 * i);
	return v;
}

void
packet_free(struct packet *p)
{
	unsigned i;

	for (i = 0; i < p->n_fds; i++)
		(void)close(p->fds[i]);
	buf_free(&p->data);
	free(p);
}

err_t
packet_create(struct packet **out)
{
	struct packet *p = calloc(1, sizeof(*p));

	if (p == NULL)
		return ERR_NOMEM;
	buf_init(&p->data, FRAME_HEAD + FRAME_BODY_MAX);
	*out = p;
	return 0;
}

err_t
packet_add_fds(struct packet *p, const int *fds, unsigned n_fds)
{
	unsigned i;

	for (i = 0; i < n_fds; i++) {
		p->fds[i] = fcntl(fds[i], F_DUPFD_CLOEXEC, 3);
		if (p->fds[i] < 0)
			return ERR_SYSTEM;
		p->n_fds++;
	}
	return 0;
}
