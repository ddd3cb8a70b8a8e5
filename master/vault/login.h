/*
 * A sign-in, from the browser's return to the new session: the state is
 * consumed, an enroll program redeems the code and says who it was, the
 * keyring makes a key for a person who is new, the database keeps it all.
 */
#ifndef TONEARM_VAULT_LOGIN_H
#define TONEARM_VAULT_LOGIN_H

#include "master/vault/vault.h"

struct login;

/* LOGIN_FINISH, on the portal's channel. */
err_t login_on_finish(void *owner, struct channel *ch, const struct frame *f);

/* A blank enroll program is there: whoever waited longest gets it. */
void logins_enroll_ready(struct vault *v);

/* What the enroll program of this sign-in says; l must not be used after. */
void login_enrolled(struct login *l, const struct msg_enrolled *m);
void login_enroll_failed(struct login *l, enum enroll_why why);
/* The id that it must name. */
const uint8_t *login_id(const struct login *l);

/* Ends sign-ins that took longer than 30 s. */
void logins_tick(struct vault *v, int64_t now);
/* Frees what is left; database and keyring must have ended before. */
void logins_end(struct vault *v);

#endif
