/*
 * Questions to the keyring, each with one answer within seconds.  Keys
 * themselves never pass here: the keyring sends them to workers on channels
 * of its own.
 */
#ifndef TONEARM_VAULT_KEYS_H
#define TONEARM_VAULT_KEYS_H

#include "master/vault/vault.h"

enum key_outcome {
	KEY_DONE,         /* what was asked has happened; the values are set */
	KEY_REFUSED,      /* the keyring said no */
	KEY_UNAVAILABLE   /* no keyring, or no answer */
};

/* Views are valid during the call only. */
struct key_answer {
	enum key_outcome outcome;
	uint32_t key_id;          /* keys_new */
	struct span wrapped;      /* keys_new */
	struct span challenge;    /* keys_challenge */
};

typedef void (*key_done)(void *arg, const struct key_answer *a);

/* Each calls done exactly once, possibly before it returns. */
void keys_for_worker(struct vault *v, uint64_t worker, const uint8_t user[ID_BYTES],
    uint32_t key_id, struct span wrapped, key_done done, void *arg);
void keys_login_for_worker(struct vault *v, uint64_t worker, const uint8_t login[ID_BYTES],
    key_done done, void *arg);
void keys_for_enroll(struct vault *v, uint64_t enroll, const uint8_t login[ID_BYTES],
    key_done done, void *arg);
void keys_new(struct vault *v, const uint8_t user[ID_BYTES], key_done done, void *arg);
void keys_challenge(struct vault *v, const uint8_t login[ID_BYTES], key_done done, void *arg);

/* A keyring is there: takes fd.  An older one is forgotten. */
err_t keys_peer(struct vault *v, int fd) MUST_CHECK;
/* Ends questions whose time is over. */
void keys_tick(struct vault *v, int64_t now);
/* Ends everything; open questions are answered KEY_UNAVAILABLE. */
void keys_end(struct vault *v);

#endif
