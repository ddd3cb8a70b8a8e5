/* Room for a packet; see room.h. */
#include "config.h"

#include <stdalign.h>
#include <sys/mman.h>

#include "shared/ipc/room.h"

/* Of the usual machines; on others the call is refused and nothing is gained. */
#define PAGE 4096

alignas(PAGE) uint8_t packet_room[PACKET_BYTES];

void
packet_room_rest(void)
{
	(void)madvise(packet_room, sizeof(packet_room), MADV_DONTNEED);
}
