/*
 * Reading what came for a question: how the transfer ended, the status, then the
 * body, which must be of the kind that the operation has (ops.h).  A success that
 * carries an error is that error.  Acts on nothing and keeps nothing.
 */
#ifndef TONEARM_SPOTIFY_ANSWER_H
#define TONEARM_SPOTIFY_ANSWER_H

#include <json-c/json.h>

#include "worker/spotify/errors.h"
#include "worker/spotify/transfer.h"

/*
 * Fills *e and, if there is JSON to be had, *json, which the caller puts; NULL
 * otherwise.  SP_UNREACHABLE: there was no answer; SP_UNREADABLE: a success whose
 * body is not what it must be.
 */
void answer_read(enum sp_op op, const struct transfer_answer *a, struct sp_error *e,
    struct json_object **json);

#endif
