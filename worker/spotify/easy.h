/*
 * How one request is put to libcurl: method, body, fields, limits of the
 * connection.  Knows nothing of sockets, lists or answers; those callbacks are
 * its owner's.
 */
#ifndef TONEARM_SPOTIFY_EASY_H
#define TONEARM_SPOTIFY_EASY_H

#include <stdbool.h>
#include <stdint.h>

#include <curl/curl.h>

#include "shared/base/buf.h"
#include "shared/base/err.h"
#include "shared/base/span.h"

struct easy_ask {
	const char *url;              /* copied by libcurl */
	const char *method;           /* a literal */
	const struct buf *body;       /* must last as long as the handle */
	const char *content_type;     /* a literal; NULL or "" without a body */
	struct span bearer;           /* access token, or empty */
	struct curl_slist *resolve;   /* must last as long as the handle */
	bool allow_http;
	bool once;                    /* never to be sent twice */
	curl_read_callback give_body; /* of a request that is sent once */
	void *arg;                    /* CURLOPT_PRIVATE and the callback's */
};

/* Sets the handle up.  *fields, NULL at first, is the list of header fields,
 * also on error; it must outlive the handle and be freed with easy_wipe.
 * ERR_NOMEM, ERR_LIMIT. */
err_t easy_prepare(CURL *easy, const struct easy_ask *ask, struct curl_slist **fields) MUST_CHECK;

/*
 * The seconds that a Retry-After says, as a number or as a date (RFC 9110 section
 * 10.2.3), rounded up; EASY_WAIT_MOST if it is more; -1 if it says nothing.  now:
 * seconds since 1970.
 */
#define EASY_WAIT_MOST INT64_C(100000000)
int64_t easy_wait_s(const char *text, int64_t now);

/* Wipes and frees a list of fields. */
void easy_wipe(struct curl_slist *fields);

#endif
