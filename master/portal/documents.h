/*
 * Metadata documents of clients (docs/protocol.md A-25): fetch programs are kept
 * at hand, a page asks for a document, and goes on when it is there.  Each
 * program is asked once.  Knows nothing of what a client is for.
 */
#ifndef TONEARM_PORTAL_DOCUMENTS_H
#define TONEARM_PORTAL_DOCUMENTS_H

#include <stdint.h>

#include "shared/base/err.h"
#include "shared/base/span.h"
#include "shared/loop/loop.h"

#define DOCUMENTS_WAITING 32  /* pages that wait for one, of all */
#define DOCUMENTS_EACH    4   /* and of one address */

struct page;
struct portal;
struct channel;
struct fetcher;

struct documents {
	struct channel *control;   /* to the supervisor; not owned; NULL in a test */
	struct fetcher *fetchers;  /* owned; blank ones and those at work */
	struct deferred give;      /* of pages that wait to programs that came */
	uint64_t fetched, failed;
};

/*
 * Gets the document at url and calls then(page): page->fetched is what it says
 * (views into the page's arena) and page->fetch_why 0, or fetch_why says why
 * there is nothing (enum fetch_why; FETCH_BUSY: try again in a moment).  Pages
 * that want the same document share one fetch.  The caller keeps it, for
 * page->fetched.keep_s seconds at most.  It must be the caller's last step with
 * the page: then may be called within, for what is no address of a document,
 * say.
 */
void documents_fetch(struct page *page, struct span url, void (*then)(struct page *));

/* Why there is no document, for whoever made it; "" for FETCH_BUSY and what is no
 * reason.  A host that is not public and one that is not there are told alike:
 * nobody is to learn the names of somebody's inner network. */
const char *documents_reason(uint8_t why);

/* A fetch program's channel (fd owned from then on).  ERR_NOMEM, ERR_SYSTEM. */
err_t documents_join(struct portal *p, uint64_t id, int fd) MUST_CHECK;

/* Closes all channels; nobody is told. */
void documents_end(struct portal *p);

#endif
