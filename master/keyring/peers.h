/*
 * The workers and enroll programs that the keyring can reach, and which of
 * them have had their key.  Knows channels, no keys.
 */
#ifndef TONEARM_KEYRING_PEERS_H
#define TONEARM_KEYRING_PEERS_H

#include <stdint.h>

#include "master/keyring/keyring.h"
#include "shared/base/err.h"
#include "shared/ipc/channel.h"

/* A worker or an enroll program.  It stays, without a channel, until the
 * supervisor says that the program is gone: no second key in its life. */
struct key_peer {
	struct key_peer *next;
	struct keyring *keyring;
	uint64_t id;
	uint8_t kind;            /* PEER_WORKER or PEER_ENROLL */
	struct channel *ch;      /* NULL once it has had its key */
	unsigned login_keys;
};

/* Takes a channel to a program that is still without its key; closes one to a
 * program that has had it.  Owns fd.  ERR_NOMEM, ERR_SYSTEM. */
err_t peer_install(struct keyring *k, const struct msg_peer *m, int fd) MUST_CHECK;

/* The program of that id and kind, if it may still have a key.  0, or enum
 * key_why. */
unsigned peer_waiting(struct keyring *k, uint64_t id, uint8_t kind,
    struct key_peer **out) MUST_CHECK;

/* The last frame for it is in the queue (queued is 0) or could not be put
 * there: sends it and closes the channel.  0, or enum key_why. */
unsigned peer_finish(struct key_peer *p, err_t queued) MUST_CHECK;

/* The supervisor says that this program is gone. */
void peer_gone(struct keyring *k, uint64_t id);
void peers_end(struct keyring *k);

#endif
