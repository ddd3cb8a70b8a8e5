/*
 * A stand-in for everything around tonearm-front: the test is supervisor,
 * vault, portal, workers and clients at once, over the real program's
 * channels and sockets.  Everything waits for conditions, at most RIG_MS.
 */
#ifndef TONEARM_TEST_RIG_H
#define TONEARM_TEST_RIG_H

#include <setjmp.h>
#include <stdarg.h>
#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>
#include <sys/types.h>

#include <cmocka.h>

#include "shared/base/buf.h"
#include "shared/crypto/token.h"
#include "shared/ipc/channel.h"
#include "shared/ipc/messages.h"
#include "shared/ipc/words.h"

#define RIG_MS 8000

/* Our end of one channel. */
struct end {
	int fd;
	uint8_t packet[65536];   /* what came last */
	size_t at, n;
	uint8_t out[65536];      /* what will go in one packet */
	size_t out_n;
};

/* A frame as it came; body points into the end and lives until the next. */
struct got {
	uint8_t type;
	uint64_t request;
	struct span body;
};

struct rig {
	pid_t pid;
	struct end control, vault, portal;
	uint16_t port;
	char host[32];        /* authority of the TCP listener */
	char unix_path[64];
	char log_path[64];
	uint8_t key[KEY_BYTES];
};

struct response {
	unsigned status;
	struct buf head, body;
	bool cut;             /* the connection ended before the body did */
};

/* Starts the program with these further option lines; it is ready and has
 * vault, portal and listeners when this returns. */
void rig_start(struct rig *r, const char *options);

/* As rig_start, with room for that many descriptors. */
void rig_start_with_files(struct rig *r, const char *options, unsigned files);

/* Closes its control channel, waits for its end and checks it was orderly;
 * its log must not hold any of the tokens that rig_token made. */
void rig_stop(struct rig *r);

void rig_vault(struct rig *r);
void rig_portal(struct rig *r);
void rig_worker(struct rig *r, struct end *w, uint64_t id);

/* A worker that has a user already: this front was started anew. */
void rig_bound_worker(struct rig *r, struct end *w, uint64_t id);

/* A token of user number n. */
const char *rig_token(struct rig *r, enum cred_kind kind, uint8_t n);

/* Does the log hold this text?  Waits for it. */
bool rig_logged(const struct rig *r, const char *text);

/* One frame in a packet of its own, or several put together and flushed. */
void end_put(struct end *e, uint8_t type, uint64_t request, struct span body);
void end_flush(struct end *e, int fd);
void end_send(struct end *e, uint8_t type, uint64_t request, struct span body, int fd);
bool end_next(struct end *e, struct got *out, int ms);
void end_close(struct end *e);

/* True when the other side has closed; frames before that are passed over. */
bool end_closed(struct end *e);

#define RIG_PUT(e, id, NAME, name, ...) do { \
	const struct msg_##name m_ = {__VA_ARGS__}; \
	struct buf b_; \
	buf_init(&b_, 65536); \
	assert_int_equal(msg_put_##name(&b_, &m_), 0); \
	end_put((e), MSG_##NAME, (id), buf_span(&b_)); \
	buf_free(&b_); \
} while (0)

#define RIG_SEND(e, id, NAME, name, ...) do { \
	RIG_PUT(e, id, NAME, name, __VA_ARGS__); \
	end_flush((e), -1); \
} while (0)

/* The next frame must be this one: decoded to *m, its request id in *id. */
#define RIG_EXPECT(e, NAME, name, m, id) do { \
	struct got g_ = {0}; \
	assert_true(end_next((e), &g_, RIG_MS)); \
	assert_string_equal(msg_name(g_.type), msg_name(MSG_##NAME)); \
	assert_int_equal(msg_get_##name(g_.body, (m)), 0); \
	*(id) = g_.request; \
} while (0)

int dial(const struct rig *r);
int dial_unix(const struct rig *r);
void put_text(int fd, const char *text);
void put_bytes(int fd, struct span bytes);

/* Reads one response (head_only: to a HEAD request).  False if the connection
 * ended before a head came. */
bool read_response(int fd, bool head_only, struct response *out);
void free_response(struct response *r);

/* Reads until this many bytes came or the text is in them. */
void read_until(int fd, const char *text, struct buf *out);
bool closed(int fd);

/* Value of a field of the response, NULL without; a static copy. */
const char *field_of(const struct response *r, const char *name);

#endif
