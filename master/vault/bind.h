/*
 * Front's channel: whose is this credential, and which worker serves that
 * person?  Front names a hash and offers a blank worker; it never names a
 * user, and the answer never names one either.
 */
#ifndef TONEARM_VAULT_BIND_H
#define TONEARM_VAULT_BIND_H

#include "master/vault/users.h"

/* A front is there: takes fd.  An older one is forgotten. */
err_t front_peer(struct vault *v, int fd) MUST_CHECK;

/* Binds that wait for this user go on, at the end of the turn. */
void binds_wake(struct vault *v, const uint8_t user[ID_BYTES]);
/* Ends waits whose time is over. */
void binds_tick(struct vault *v, int64_t now);
/* Frees what is left; database and keyring must have ended before. */
void binds_end(struct vault *v);

#endif
