/* One request and its answer, free of any HTTP library: the parts read the
 * request here and say the answer here; http.c carries both. */
#ifndef SANDBOX_REQUEST_H
#define SANDBOX_REQUEST_H

#include "js.h"
#include "params.h"
#include "state.h"

#include <stdbool.h>
#include <stddef.h>

#define SEGMENTS_MAX 8
#define HEADERS_MAX 6

struct answer {
	unsigned status; /* 0: none yet */
	char *body;
	size_t length;
	const char *type; /* null: no Content-Type */
	struct {
		const char *name;
		char *value;
	} header[HEADERS_MAX];
	size_t headers;
	bool cut_off; /* the connection breaks in the middle of the body */
};

struct request {
	struct sandbox *box;
	char method[12];
	char *raw;  /* request target as received */
	char *path; /* decoded, without query */
	char *split; /* the path in pieces, owned; segment[] points into it */
	const char *segment[SEGMENTS_MAX];
	size_t segments;
	struct params query;
	char *body;
	size_t length;
	size_t room;
	bool too_large;
	/* borrowed header values, may be null */
	const char *authorization;
	const char *content_type;
	const char *cookie;
	char *foreign_headers; /* x-tonearm-* names that should never get here; may be null */
	/* who calls, from the access token; null when there is none */
	js *app;
	js *user;
	const char *scope;
	char token_hash[65]; /* empty: no token was sent */
	bool expired;
	/* notes for the record, owned, may be null */
	char *note_grant;
	char *note_user;
	char *note_outcome;
	const char *fault; /* kind of the fault that fired, borrowed, or null */
	struct answer answer;
};

/* Fills raw, path, segments and query from a request target. */
void request_read_target(struct request *r, const char *target);

/* Frees what r owns (not r itself). */
void request_clear(struct request *r);

/* Identity of the caller. */
const char *request_user_id(const struct request *r);
bool request_extended(const struct request *r);

/* The body as a JSON object, owned by the caller, or null (then it answered
 * 400 unless the body is empty and may_be_empty: an empty object comes back). */
js *request_json(struct request *r, bool may_be_empty);

/* Reads limit (1..max) and offset (0..max_offset); false after answering 400. */
bool request_page(struct request *r, long otherwise, long max, long max_offset, long *limit, long *offset);

/* Answers. Each sets the whole answer; the last one said counts. */
void answer_json(struct request *r, unsigned status, js *body); /* takes body */
void answer_error(struct request *r, unsigned status, const char *message, const char *reason);
void answer_text(struct request *r, unsigned status, const char *body);
void answer_html(struct request *r, unsigned status, const char *body);
void answer_empty(struct request *r, unsigned status);
void answer_redirect(struct request *r, const char *location);
void answer_header(struct request *r, const char *name, const char *value);

#endif
