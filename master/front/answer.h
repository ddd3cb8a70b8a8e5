/*
 * Answers: their heads with the fields that every answer carries, their
 * framing, and the texts of those that front gives itself.
 */
#ifndef TONEARM_FRONT_ANSWER_H
#define TONEARM_FRONT_ANSWER_H

#include <stdbool.h>
#include <stdint.h>

#include "shared/base/err.h"
#include "shared/base/span.h"
#include "shared/ipc/words.h"

struct client;

enum answer_framing { FRAMING_NONE, FRAMING_LENGTH, FRAMING_CHUNKED, FRAMING_CLOSE };

/* How far the answer at hand has come. */
struct answer_state {
	bool begun, done;
	bool stream;               /* SSE: kept alive by comments */
	uint8_t newlines;          /* how many it ended with so far, up to 2 */
	enum answer_framing framing;
	unsigned status;
	uint64_t bytes;            /* of body */
};

/* An answer that front gives itself; `message` is a fixed text. */
struct refusal {
	unsigned status;           /* 0: none */
	const char *message;
	uint32_t retry_after;      /* seconds; 0: not said */
	uint8_t allow;             /* METHOD_BIT mask for a 405 */
	uint8_t auth_error;        /* enum auth_error */
	bool close;                /* the connection ends after it */
};

/* The head of an answer; zero for what does not apply. */
struct answer_head {
	unsigned status;
	enum media media;
	bool has_length;
	size_t length;
	uint32_t retry_after;
	uint8_t allow;
	uint8_t auth_error;
	uint32_t scopes;           /* with AUTH_SCOPE: all that are needed */
	bool basic;                /* a 401 asks for HTTP Basic */
	bool cors;                 /* pages of every origin may read it */
	bool cacheable;            /* the browser may keep it */
	bool download;             /* a file to be saved, never shown */
	struct span session, location, cookie1, cookie2;
	struct span form_action;   /* CSP sources besides our own, checked */
};

/* Writes the head into the client's buffer.  If that fails (memory) the
 * connection is closed, as in all functions here. */
void answer_begin(struct client *c, const struct answer_head *h);

/* Adds a part of the body. */
void answer_data(struct client *c, struct span data);

/* Ends the body and sends everything. */
void answer_end(struct client *c);

/* A whole answer. */
void answer_whole(struct client *c, struct answer_head *h, struct span body);

/* An error or refusal, in the form that its place asks for. */
void answer_refusal(struct client *c, const struct refusal *r);

/* The 204 to a preflight. */
void answer_preflight(struct client *c);

/* Keeps a stream alive. */
void answer_comment(struct client *c);

/* Is a stream at a place where another event may begin? */
bool answer_between_events(const struct client *c);

/* "GET, POST" for a mask of methods. */
err_t answer_methods(uint8_t mask, char *out, size_t room) MUST_CHECK;

#endif
