/*
 * The room that packets are received into: one for all channels of a program,
 * since a packet is dealt with before the next is read.  Must not know what is in it.
 */
#ifndef TONEARM_IPC_ROOM_H
#define TONEARM_IPC_ROOM_H

#include <stdint.h>

#include "shared/ipc/packet.h"

extern uint8_t packet_room[PACKET_BYTES];

/* Gives the room's memory back to the kernel, for a program that expects no packet
 * for a while.  It must be empty; the next packet finds it as new. */
void packet_room_rest(void);

#endif
