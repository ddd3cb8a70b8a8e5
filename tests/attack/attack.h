/*
 * A worker that has been conquered: the real nursery, confinement and binding,
 * but it does what its orders say.  For tests only; never installed.
 *
 * An order is a tools/call of the tool "attack" whose arguments are
 * {"do": NAME, "pid": N, "n": N, "text": TEXT}.
 */
#ifndef TONEARM_TESTS_ATTACK_ATTACK_H
#define TONEARM_TESTS_ATTACK_ATTACK_H

#include <stdbool.h>
#include <stdint.h>
#include <sys/types.h>

#include "shared/base/span.h"
#include "shared/ipc/messages.h"
#include "worker/request.h"

/* Where the nursery puts a worker's channels. */
enum attack_fd { FD_CONTROL = 3, FD_FRONT, FD_VAULT, FD_KEYRING, FD_EGRESS };

struct order {
	struct request *rq;      /* the request that brought it */
	const char *what;
	pid_t pid;               /* of the one to attack */
	int64_t n;
	const char *text;
};

/* Answers the order: {"outcome": TEXT}, what an attack says if it survived. */
void attack_answer(const struct order *o, const char *format, ...)
    __attribute__((format(printf, 2, 3)));

/* Waits without serving anything, for the blow that should come. */
void attack_wait(int ms);

/* calls.c: a system call by name.  false: there is none of that name. */
bool attack_call(const struct order *o);

/* frames.c: something said on a channel. */
bool attack_frame(const struct order *o);

/* misuse.c: hanging, eating, leaving, answers for others. */
bool attack_misuse(const struct order *o);

/* Answers a download as an order planned it; false: there is none. */
bool attack_download(struct request *rq);

/* One frame with its header to a descriptor, waiting for room; 0, or an errno. */
int attack_send(int fd, uint8_t type, uint64_t request, struct span body);
/* Bytes as one packet. */
int attack_packet(int fd, const void *p, size_t n);
/* Head and body of an answer to a request. */
int attack_reply(uint64_t request, uint16_t status, uint8_t media, const char *session,
    struct span body, uint8_t last);

/* main.c: what a worker does before it has a user, the n-th that was forked. */
void attack_at_birth(unsigned n);

#endif
