/*
 * What is left today of what the person's Spotify application may ask: the
 * question to the vault, and the answer as a section of the account page.
 * Without an answer the page is shown all the same.
 */
#ifndef TONEARM_PORTAL_LEFT_H
#define TONEARM_PORTAL_LEFT_H

#include <stdint.h>

#include "master/portal/page.h"
#include "master/portal/template.h"
#include "shared/base/err.h"

/* Asks; then comes next, with an answer or without. */
void left_ask(struct page *page, void (*then)(struct page *));

/* Part of the answer; true: it was the last. */
bool left_take(struct page *page, const struct msg_quota *m);

/* Adds what the page says of it at time now.  ERR_NOMEM, ERR_LIMIT. */
err_t left_view(struct page *page, struct view *v, int64_t now) MUST_CHECK;

#endif
