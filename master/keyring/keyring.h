/*
 * The keyring: master keys, and channels over which keys leave.  The vault
 * says whose key goes to which worker; the key goes there and never to the
 * vault.  A worker's channel carries one data key and is closed.  Knows no
 * database, no network, and after the key file no file.
 */
#ifndef TONEARM_KEYRING_KEYRING_H
#define TONEARM_KEYRING_KEYRING_H

#include <stdbool.h>
#include <stdint.h>

#include "master/keyring/keyfile.h"
#include "shared/ipc/channel.h"
#include "shared/loop/loop.h"

/* Keys that may leave: so many at once, so many a second for long. */
#define KEYS_BURST    1000
#define KEYS_A_SECOND 200

#define PEER_BUCKETS 1024

struct key_peer;

struct keyring {
	struct loop *loop;
	struct masters masters;
	struct channel *vault;
	struct key_peer *peers[PEER_BUCKETS];   /* workers and enroll programs by id */
	int64_t credit_ms;                      /* rate: milliseconds' worth of keys */
	int64_t credit_at;
	uint64_t given, refused;
	/* Called once when the keys are there; an error stops the program. */
	err_t (*on_keys)(struct keyring *k, struct channel *control);
	err_t failed;                           /* why the loop was stopped */
	struct channel *control;                /* the supervisor; not owned */
};

/* What the supervisor may say; the channel's owner is the keyring. */
extern const struct channel_table keyring_control_table;

/* A keyring without keys.  It must stay where it is. */
void keyring_init(struct keyring *k, struct loop *loop,
    err_t (*on_keys)(struct keyring *k, struct channel *control));

/* Wipes the keys, closes all channels. */
void keyring_end(struct keyring *k);

#endif
