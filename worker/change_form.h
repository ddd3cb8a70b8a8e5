/*
 * How the record of a change is written down: a part's plain text is a row of
 * records, each with a letter, a length (u16) and that many bytes, all numbers
 * little-endian.  A record is never divided over parts.  Must not know where parts
 * are kept.
 *
 *   H  the head: what change_begin was told, alone in part 0
 *   U  things, in the order of their numbers
 *   B  how many of them were in the playlist before (u16)
 *   A  numbers (u16) of what is to be in it, to be joined
 *   S  a step's intent      O  the outcome of the next step without one (u8)
 *   T  the playlist's URI, once it is known
 *   E  the end: state u8, steps done u16, URI as in T     (a mark)
 *   N  nobody heard of its end           (beside E)
 *   D  taken back by the change with this id              (a mark)
 *
 * A thing is a letter for its sort and 22 characters of its id, or "x", a length (u8)
 * and its whole URI; a local file is "l" and 22 characters of a hash of its URI, an
 * entry without content "0".
 */
#ifndef TONEARM_WORKER_CHANGE_FORM_H
#define TONEARM_WORKER_CHANGE_FORM_H

#include "shared/base/arena.h"
#include "shared/base/buf.h"
#include "worker/changes.h"

/* Most bytes of a part's plain text, and of one that lists show. */
#define CHANGE_PLAIN_MAX 16000
#define CHANGE_HEAD_MAX  4000

#define CHANGE_PART_END    65535
#define CHANGE_PART_UNDONE 65534

/* How local files and their marks begin. */
#define CHANGE_LOCAL      "spotify:local:"
#define CHANGE_LOCAL_MARK "spotify:local#"

/* Letters of things with an ordinary id; the last has no head. */
struct change_sort {
	char letter;
	const char *head;
};
extern const struct change_sort change_sorts[];

/* Each appends one record; errors of buf_put. */
err_t change_put_head(struct buf *out, const struct change_about *about) MUST_CHECK;
err_t change_put_step(struct buf *out, const struct change_step *step) MUST_CHECK;
err_t change_put_outcome(struct buf *out, enum change_step_state state) MUST_CHECK;
err_t change_put_thing(struct buf *out, const char *uri) MUST_CHECK;
err_t change_put_end(struct buf *out, enum change_state state, size_t done,
    const char *thing) MUST_CHECK;
err_t change_put_unheard(struct buf *out) MUST_CHECK;
err_t change_put_undone(struct buf *out, const uint8_t by[ID_BYTES]) MUST_CHECK;

/* As many records as n things or numbers need. */
err_t change_put_uris(struct buf *out, const char *const *uris, size_t n) MUST_CHECK;
err_t change_put_contents(struct buf *out, size_t n_before, const uint32_t *after,
    size_t n_after) MUST_CHECK;

/* The length of the first record of text, its head included; 0 if there is none. */
size_t change_record_bytes(struct span text);

/*
 * Makes out of the plain texts of a change's parts, one after the other in their
 * order, a record in the arena; out->id, at and running are the caller's.  A
 * letter that is not known is passed over.  ERR_SYNTAX, ERR_NOMEM, ERR_LIMIT.
 */
err_t change_read(struct span text, struct arena *arena, struct change_record *out) MUST_CHECK;

#endif
