/*
 * How a request for consent is put before a person: who asks, from where, for
 * what, and what has to be said about it (docs/protocol.md ).  Asks
 * nobody.
 */
#ifndef TONEARM_PORTAL_CONSENT_VIEW_H
#define TONEARM_PORTAL_CONSENT_VIEW_H

#include <stdbool.h>
#include <stdint.h>

#include "master/portal/page.h"
#include "master/portal/template.h"
#include "shared/ipc/messages.h"

/* The client's name for people: what it calls itself, or that it has no name. */
struct span consent_client(const struct page *page);

/* Host of an address that begins with https://, or empty. */
struct span consent_host(struct span url);

/*
 * Adds to the view what the vault said in page->auth, and of page->account if
 * there is a person.  ticked: the boxes that are ticked now.  notice: one more
 * sentence, or empty.  csrf: the form's proof; request: its number, as text.
 * ERR_NOMEM, ERR_LIMIT.
 */
err_t consent_view(struct page *page, struct view *v, bool person, uint32_t ticked,
    struct span notice, struct span csrf, struct span request) MUST_CHECK;

/* Where a form of this page may lead in the end, for CSP: Spotify's sign-in and
 * the client; in the page's arena. */
struct span consent_form_action(struct page *page);

#endif
