/*
 * The pages about whose Spotify application a person uses: bringing one's own,
 * letting others in to it, being let in.  Nothing here signs anybody in: what is
 * chosen is kept in the browser (choice.h), and a link leads on to /login.
 */
#ifndef TONEARM_PORTAL_APPS_H
#define TONEARM_PORTAL_APPS_H

#include "master/portal/page.h"

/* GET /app: how to make an application, who was invited to it; with request=ID
 * for a client that waits. */
void apps_show(struct page *page);

/* POST /app/use: a client id was entered. */
void apps_use(struct page *page);

/* POST /app/invite and /app/invite/drop: an invitation is made, shown once, and
 * taken back. */
void apps_invite(struct page *page);
void apps_invite_drop(struct page *page);

/* GET and POST /invite: what an invitation says; it is accepted. */
void apps_invited(struct page *page);
void apps_accept(struct page *page);

#endif
