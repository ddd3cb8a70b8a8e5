/*
 * A worker in a process of its own, under its real filter, and the test in
 * the place of its five peers.
 */
#ifndef TONEARM_TESTS_WORKER_PEERS_H
#define TONEARM_TESTS_WORKER_PEERS_H

#include <setjmp.h>
#include <stdarg.h>
#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>
#include <sys/types.h>

#include <cmocka.h>

#include "shared/base/buf.h"
#include "shared/ipc/messages.h"
#include "shared/ipc/words.h"

/* Our ends, in the order of the worker's start. */
enum peer { CONTROL, FRONT, VAULT, KEYRING, EGRESS, PEERS };

/* A packet's frames wait here until they are asked for. */
struct inbox {
	uint8_t room[65536];
	size_t len, at;
};

struct stage {
	pid_t pid;
	int fd[PEERS];
	struct inbox inbox[PEERS];
};

/* A frame; body is valid until the next one of the same peer is asked for. */
struct got {
	uint8_t type;
	uint64_t request;
	struct span body;
};

/* Starts a worker that retires after idle_s without work. */
void start_worker(struct stage *s, unsigned idle_s);
/* Ends it and says how it ended: its exit status, -1 for a signal.  Waits at
 * most ms for it to end by itself, then kills it (and fails). */
int end_worker(struct stage *s, unsigned ms);
void kill_worker(struct stage *s);

/* Sends one frame; put_* of the message made the body. */
void send_frame(struct stage *s, enum peer to, uint8_t type, uint64_t request, struct buf *body);
#define SEND(s, to, TYPE, type, request, ...) do { \
	struct msg_##type m_ = {__VA_ARGS__}; \
	struct buf b_; \
	buf_init(&b_, 61440); \
	assert_int_equal(msg_put_##type(&b_, &m_), 0); \
	send_frame((s), (to), MSG_##TYPE, (request), &b_); \
} while (0)

/* The next frame from a peer's channel within ms; false if none came (also at
 * its end). */
bool next_frame(struct stage *s, enum peer from, struct got *out, unsigned ms);
/* The same, but worker_log frames are passed over and it must be of this type. */
struct got expect(struct stage *s, enum peer from, uint8_t type);

/* Gives the worker a new channel to a peer over its control channel. */
void reconnect(struct stage *s, enum peer which, uint8_t kind);

/* The user of the stage: id, data key, credential. */
extern const uint8_t stage_user[ID_BYTES], stage_key[KEY_BYTES];
extern const char stage_token[];

void give_keys(struct stage *s, const uint8_t user[ID_BYTES]);
void give_identity(struct stage *s);
void give_credential(struct stage *s, const char *token, uint8_t kind, int64_t expires);
void give_end(struct stage *s);
/* All of it. */
void bind_worker(struct stage *s);

/* Sends a POST; field pairs as in the protocol's tests, ending with NULL. */
void request(struct stage *s, uint64_t id, const char *token, const char *const *fields,
    const char *body);
/* Reads an answer: ACK is expected first if ack.  The body goes to out (freed
 * by the caller), credit is given back if credit. */
struct msg_res_head answer(struct stage *s, uint64_t id, struct buf *out, char session[200]);

/* Wait status of a process that rehearsed as the nursery does; 0: it went well
 * and left no descriptor. */
int rehearsal_status(void);

#endif
