/*
 * Turning what is known into pages: the values that every page may name, the
 * message pages, and the headers that go with a page.
 */
#ifndef TONEARM_PORTAL_SHOW_H
#define TONEARM_PORTAL_SHOW_H

#include "master/portal/page.h"
#include "master/portal/template.h"

/* Pages that say one thing; their text is one entry in show.c's table. */
enum message {
	MESSAGE_NONE, MESSAGE_NOT_FOUND, MESSAGE_METHOD, MESSAGE_BROKEN, MESSAGE_AWAY,
	MESSAGE_FORM_EXPIRED, MESSAGE_FORM_WRONG, MESSAGE_FORM_FOREIGN, MESSAGE_SIGNED_OUT,
	MESSAGE_BAD_STATE, MESSAGE_STALE, MESSAGE_GONE, MESSAGE_CANCELLED, MESSAGE_SPOTIFY_SAID,
	MESSAGE_DENIED, MESSAGE_NOT_ALLOWED, MESSAGE_OWNER_PREMIUM, MESSAGE_SPOTIFY_DOWN,
	MESSAGE_LIMIT, MESSAGE_BUSY, MESSAGE_LINKS_OFF, MESSAGE_DELETED,
	/* Clients. */
	MESSAGE_REQUEST_OVER, MESSAGE_CLIENT_UNKNOWN, MESSAGE_CLIENT_SILENT,
	MESSAGE_CLIENT_ADDRESS, MESSAGE_CLIENT_REQUEST,
	/* Spotify applications. */
	MESSAGE_NOT_INVITED, MESSAGE_NOT_OFFERED, MESSAGE_WRONG_APP,
	MESSAGE_COUNT
};

/* An empty view with what every page may name. */
void show_common(struct page *page, struct view *v);

/*
 * Answers with a page of web/.  r gives status, cookies and Retry-After; media
 * and caching are set here.  When the page cannot be made the answer is a bare
 * 500.  Destroys the page.
 */
void show_page(struct page *page, const char *file, const struct view *v,
    const struct reply *r);

/* Answers with a message page; detail is one more line of outside text or
 * empty, cookie a Set-Cookie value or empty. */
void show_message(struct page *page, enum message which, uint32_t retry_after,
    struct span detail, struct span cookie);

/* Answers for a question that failed (enum portal_why). */
void show_failure(struct page *page, uint8_t why, uint32_t retry_after, struct span cookie);

/* Answers 303 to a place; the cookies may be empty. */
void show_redirect(struct page *page, struct span location, struct span cookie1,
    struct span cookie2);

#endif
