/*
 * The pool of enroll programs: blank until one sign-in takes it, then that
 * sign-in's, then gone.  One may say once who signed in, for the login that
 * it was given, and nothing else.
 */
#ifndef TONEARM_VAULT_ENROLL_H
#define TONEARM_VAULT_ENROLL_H

#include "master/vault/login.h"

struct enroll_slot;

/* The supervisor announces one: takes fd. */
err_t enroll_peer(struct vault *v, uint64_t id, int fd) MUST_CHECK;
/* The supervisor has reaped it. */
void enroll_reaped(struct vault *v, uint64_t id);

/* A blank one, now this sign-in's; NULL if there is none. */
struct enroll_slot *enroll_take(struct vault *v, struct login *l);
uint64_t enroll_id(const struct enroll_slot *s);
/* Gives it the sign-in's data.  Errors as send_enroll. */
err_t enroll_start(struct enroll_slot *s, const struct msg_enroll *m) MUST_CHECK;
/* The sign-in needs it no more; one that is not finished is killed. */
void enroll_drop(struct enroll_slot **s, bool finished);

/* Asks the supervisor for one more. */
void enroll_want(struct vault *v);
size_t enroll_blank(const struct vault *v);
void enrolls_end(struct vault *v);

#endif
