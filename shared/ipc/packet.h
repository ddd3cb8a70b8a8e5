/*
 * What a channel is made of: one packet of the queue, with its bytes and its
 * descriptors, and numbers as they stand in it.  For channel.c alone.
 */
#ifndef TONEARM_IPC_PACKET_H
#define TONEARM_IPC_PACKET_H

#include <stdint.h>

#include "shared/base/buf.h"
#include "shared/base/err.h"
#include "shared/ipc/channel.h"

#define PACKET_BYTES 65536

/* One packet that waits to be sent. */
struct packet {
	struct packet *next;
	struct buf data;
	unsigned n_frames;
	int fds[CHANNEL_FDS_MAX];
	unsigned n_fds;
};

/* An empty one; the caller frees it.  ERR_NOMEM. */
err_t packet_create(struct packet **out) MUST_CHECK;
/* Closes its descriptors, too. */
void packet_free(struct packet *p);
/* Adds copies of descriptors.  ERR_SYSTEM: some may have been added. */
err_t packet_add_fds(struct packet *p, const int *fds, unsigned n_fds) MUST_CHECK;

/* As channel_begin, for a frame whose body is known to have so many bytes. */
err_t channel_begin_sized(struct channel *ch, uint8_t type, uint64_t request, size_t bytes,
    struct buf **body) MUST_CHECK;

/* The lowest `bytes` of a number, little-endian. */
void put_le(uint8_t *p, uint64_t v, size_t bytes);
uint64_t get_le(const uint8_t *p, size_t bytes);

#endif
