/*
 * How an account is put into words: dates, states, lists.  Asks nobody.
 */
#ifndef TONEARM_PORTAL_ACCOUNT_VIEW_H
#define TONEARM_PORTAL_ACCOUNT_VIEW_H

#include <stdint.h>

#include "master/portal/page.h"
#include "master/portal/template.h"

/* Six calendar months after a moment (seconds since 1970, UTC): how long a
 * sign-in with Spotify is good for.  A day that the month does not have becomes
 * its last day. */
int64_t account_valid_until(int64_t authorized_at);

/* "22 November 2026". */
struct span account_date(struct page *page, int64_t when);

/* "today", "3 days ago", "never" for 0. */
struct span account_ago(struct page *page, int64_t when, int64_t now);

/* Adds what the vault said of the account to the view, as of now.  ERR_NOMEM,
 * ERR_LIMIT. */
err_t account_view(struct page *page, struct view *v, int64_t now) MUST_CHECK;

#endif
