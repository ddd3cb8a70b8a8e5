/*
 * Answers of the addresses that programs ask and no person sees: JSON, readable
 * by pages of every origin, never kept, errors in the words of RFC 6749 section
 * 5.2 (docs/protocol.md A-21).
 */
#ifndef TONEARM_PORTAL_OAUTH_ANSWER_H
#define TONEARM_PORTAL_OAUTH_ANSWER_H

#include <json-c/json.h>

#include "master/portal/page.h"

/* Answers with the object, which is taken over (NULL: memory ran out).
 * Destroys the page, as all functions here. */
void oauth_answer(struct page *page, uint16_t status, struct json_object *object);

/* The same with 200 for what is the same for everybody: it may be kept. */
void oauth_answer_kept(struct page *page, struct json_object *object);

/*
 * The same with more members: text like `"name":"value"`, for secrets, which
 * json-c would leave behind in memory.
 */
void oauth_answer_with(struct page *page, uint16_t status, struct json_object *object,
    struct span members);

/* Answers {"error": ..., "error_description": ...}. */
void oauth_error(struct page *page, uint16_t status, const char *error, const char *what);

/* 401 invalid_client, with a challenge if the client came with HTTP Basic. */
void oauth_bad_client(struct page *page, const char *what);

/* 429: this address has to wait. */
void oauth_busy(struct page *page, uint32_t wait_s);

/* For a question to the vault that failed; fits page->failed. */
void oauth_failed(struct page *page, uint8_t why, uint32_t retry_after);

/* 200 or 204 without a body. */
void oauth_empty(struct page *page, uint16_t status);

/* 405 with these methods (METHOD_BIT each). */
void oauth_method(struct page *page, uint8_t allow);

#endif
