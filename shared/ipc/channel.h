/*
 * A channel: one SEQPACKET socket pair between two programs.  A packet holds
 * one to 256 frames; a frame has a 16-byte little-endian header (version u8,
 * type u8, zero u16, body length u32, request id u64) and a body of at most
 * 60 KiB.  Descriptors travel only towards a side whose table offers room.
 *
 * Each program has one table for each kind of peer.  What a table does not
 * allow closes the channel and is reported to the owner as CHANNEL_VIOLATION;
 * it never ends the trusted side.
 */
#ifndef TONEARM_IPC_CHANNEL_H
#define TONEARM_IPC_CHANNEL_H

#include <stdbool.h>
#include <stdint.h>

#include "shared/base/err.h"
#include "shared/base/span.h"
#include "shared/ipc/messages.h"
#include "shared/loop/loop.h"

#define CHANNEL_VERSION 1
#define FRAME_HEAD  16
#define FRAME_BODY_MAX (60 * 1024)
#define CHANNEL_FDS_MAX 5

struct channel;

/* A received frame; body and fds are valid during the handler's call. */
struct frame {
	uint8_t type;           /* enum msg_type */
	uint64_t request;
	struct span body;
	int *fds;               /* take one by reading it and storing -1 */
	unsigned n_fds;
};

/*
 * Handles one frame.  0, or an error: the frame broke the rules (wrong body,
 * wrong moment), the channel is closed and reported as a violation.  A frame
 * that is merely too late must be ignored with 0.
 */
typedef err_t (*frame_handler)(void *owner, struct channel *ch, const struct frame *f);

/* One allowed message.  when: bit mask of channel states in which it is
 * allowed, 0 for all.  once: at most one in the life of the channel.  fds: how
 * many descriptors it must carry. */
struct channel_rule {
	uint8_t type;
	bool once;
	uint8_t fds;
	uint32_t when;
	frame_handler handle;
};

struct channel_table {
	const char *peer;                /* for the log */
	const struct channel_rule *rules;
	unsigned n_rules;
	unsigned max_fds;                /* room for descriptors; 0 from workers */
	size_t max_queue;                /* bytes that may wait to be sent */
	bool vital;                      /* see channel_vital_ends */
};

/*
 * From now on this program ends, with status 1, when it lacks the memory for a
 * message on a vital channel, or when such a channel fails (a peer's violation
 * ends no program).  Nobody but the supervisor can join two programs again, and it does so
 * when one of them is started anew: whoever waited for the message is then
 * answered at once.  child_start calls it.
 */
void channel_vital_ends(void);

/* A message could not be queued for want of memory. */
void channel_lost_message(const struct channel *ch);

enum channel_end {
	CHANNEL_EOF,        /* the peer closed or died */
	CHANNEL_VIOLATION,  /* the peer broke the rules */
	CHANNEL_FAILED      /* a system call failed, or memory ran out */
};

/* Called once when the channel has ended, for whatever reason but
 * channel_close.  The channel is closed already; the owner should call
 * channel_close to forget it. */
typedef void (*channel_ended)(void *owner, struct channel *ch, enum channel_end end);

/* Makes a channel on descriptor fd (owned from then on, also on error).  The
 * table must outlive it.  ERR_NOMEM, ERR_SYSTEM. */
err_t channel_open(struct loop *loop, int fd, const struct channel_table *table,
    void *owner, channel_ended ended, struct channel **out) MUST_CHECK;

/* Closes and forgets; *ch becomes NULL.  Unsent frames are tried once.  Safe
 * inside a handler: memory goes at the end of the turn. */
void channel_close(struct channel **ch);

/* The state for the rules' `when` masks: one bit; 1 at first. */
void channel_set_state(struct channel *ch, uint32_t state);
uint32_t channel_state(const struct channel *ch);

/* Sends what is queued now, as far as the socket takes it. */
void channel_flush(struct channel *ch);

/* False as soon as the channel has ended, also before the owner hears of it. */
bool channel_is_open(const struct channel *ch);

/* True when nothing is waiting to be sent. */
bool channel_drained(const struct channel *ch);

/* Bytes waiting to be sent. */
size_t channel_queued(const struct channel *ch);

/*
 * Building one frame by hand; the send_* functions below do it for you.
 * channel_begin gives the buffer to append the body to; channel_commit queues
 * the frame, with copies (dup) of n_fds descriptors; after an error in between,
 * channel_abort.  ERR_AGAIN: the queue is full.  ERR_CLOSED: it has ended.
 */
err_t channel_begin(struct channel *ch, uint8_t type, uint64_t request,
    struct buf **body) MUST_CHECK;
err_t channel_commit(struct channel *ch, const int *fds, unsigned n_fds) MUST_CHECK;
void channel_abort(struct channel *ch);

/*
 * send_bind(ch, request, m) and so on: queue one message; it leaves at the end
 * of the turn.  Errors: as channel_begin, ERR_LIMIT for a string that is too
 * long, ERR_NOMEM.
 */
#define M_SEND(NAME, name) \
	err_t send_##name(struct channel *ch, uint64_t request, \
	    const struct msg_##name *m) MUST_CHECK;
MESSAGES(M_SEND)
#undef M_SEND

/* RES_BODY with the last or only part of an answer, which is put together from
 * parts in the packet that it leaves in; at most BODY_PART bytes. */
err_t send_res_body_parts(struct channel *ch, uint64_t request, const struct span *parts,
    size_t n_parts) MUST_CHECK;

/* The messages that carry descriptors (dup'ed; the caller keeps its own). */
err_t send_peer_fd(struct channel *ch, const struct msg_peer *m, int fd) MUST_CHECK;
err_t send_listener_fd(struct channel *ch, const struct msg_listener *m, int fd) MUST_CHECK;
err_t send_keyfile_fd(struct channel *ch, int fd) MUST_CHECK;
err_t send_spawn_fds(struct channel *ch, const struct msg_spawn *m, const int fds[5]) MUST_CHECK;
err_t send_dialled_fd(struct channel *ch, uint64_t request, int fd) MUST_CHECK;

/* A connected pair, close-on-exec and non-blocking.  ERR_SYSTEM. */
err_t channel_pair(int fds[2]) MUST_CHECK;

#endif
