/* Documents by way of fetch programs; see documents.h. */
#include "config.h"

#include <stdlib.h>
#include <string.h>
#include <unistd.h>

#include "master/portal/documents.h"
#include "master/portal/escape.h"
#include "master/portal/page.h"
#include "shared/base/log.h"
#include "shared/http/docurl.h"
#include "shared/ipc/words.h"

/* A program answers within 5 s; as long again to get one. */
#define WAIT_MS 10000
#define NAME_BYTES_MAX 128   /* as in FETCHED */

struct fetcher {
	struct fetcher *next;
	struct portal *portal;
	struct channel *channel;
	uint64_t id;
	bool used;
	char url[DOCURL_MAX + 1];   /* what it was asked for */
};

static void
forget(struct fetcher *f)
{
	struct fetcher **at;

	for (at = &f->portal->documents.fetchers; *at != f; at = &(*at)->next)
		;
	*at = f->next;
	channel_close(&f->channel);
	free(f);
}

static struct fetcher *
blank(struct portal *p)
{
	struct fetcher *f = p->documents.fetchers;

	while (f != NULL && f->used)
		f = f->next;
	return f;
}

/* Tells the supervisor when none is left. */
static void
want(struct portal *p)
{
	const struct msg_want_fetch m = {.none = 0};

	if (p->documents.control == NULL || blank(p) != NULL)
		return;
	if (send_want_fetch(p->documents.control, 0, &m) != 0)
		log_warn("fetch_not_wanted");
}

/* --- the end of a fetch -------------------------------------------------------------- */

/* Keeps what the program says, looked at once more: it has read what a stranger
 * wrote, and might be his by now. */
static uint8_t
keep(struct page *page, const struct msg_fetched *m)
{
	struct buf name;
	err_t err;

	buf_init(&name, NAME_BYTES_MAX);
	err = escape_name(&name, m->name, NAME_BYTES_MAX);
	page->fetched = *m;
	page->fetched.client_id = page_copy(page, m->client_id);
	page->fetched.name = page_copy(page, buf_span(&name));
	page->fetched.uri = span_starts(m->uri, "https://") ? page_copy(page, m->uri) : span_str("");
	page->fetched.redirects = page_copy(page, m->redirects);
	buf_free(&name);
	if (err != 0 || page->broken)
		return FETCH_BUSY;
	return page->fetched.name.n == 0 ? FETCH_CONTENT : 0;
}

/* The page goes on, with a document or without. */
static void
go_on(struct page *page, const struct msg_fetched *m, uint8_t why)
{
	page->fetch_why = m != NULL ? keep(page, m) : why;
	page->fetcher = 0;
	page->wait = WAIT_NOTHING;
	page->then(page);
}

/* All pages for which this program worked.  What one does next may end others:
 * the search begins anew each time. */
static void
finish(struct portal *p, uint64_t fetcher, const struct msg_fetched *m, uint8_t why)
{
	struct page *page;

	do {
		page = p->pages;
		while (page != NULL && (page->wait != WAIT_FETCH || page->fetcher != fetcher))
			page = page->next;
		if (page != NULL)
			go_on(page, m, why);
	} while (page != NULL);
}

static err_t
on_fetched(void *owner, struct channel *ch, const struct frame *frame)
{
	struct fetcher *f = owner;
	struct portal *p = f->portal;
	uint64_t id = f->id;
	struct msg_fetched m;
	err_t err = msg_get_fetched(frame->body, &m);

	(void)ch;
	if (err != 0)
		return err;
	/* It was asked for one document, and speaks for that one only. */
	if (!f->used || !span_is(m.client_id, f->url))
		return ERR_DENIED;
	p->documents.fetched++;
	forget(f);
	finish(p, id, &m, 0);
	return 0;
}

static err_t
on_failed(void *owner, struct channel *ch, const struct frame *frame)
{
	struct fetcher *f = owner;
	struct portal *p = f->portal;
	uint64_t id = f->id;
	struct msg_fetch_failed m;
	struct docurl u;
	err_t err = msg_get_fetch_failed(frame->body, &m);

	(void)ch;
	if (err != 0)
		return err;
	if (!f->used || m.why == 0)
		return ERR_DENIED;
	/* The path may hold somebody's name; the host says enough. */
	if (docurl_parse(span_str(f->url), true, &u) == 0)
		log_info("document_refused", LF_UINT("why", m.why), LF_UINT("status", m.status),
		    LF_SPAN("origin", u.origin));
	p->documents.failed++;
	forget(f);
	finish(p, id, NULL, m.why);
	return 0;
}

static const struct channel_rule rules[] = {
	{.type = MSG_FETCHED, .once = true, .handle = on_fetched},
	{.type = MSG_FETCH_FAILED, .once = true, .handle = on_failed},
};
static const struct channel_table table = {.peer = "fetch", .rules = rules,
	.n_rules = sizeof(rules) / sizeof(rules[0]), .max_queue = 64 * 1024};

/* Without an answer: it died, or said what it must not say. */
static void
on_end(void *owner, struct channel *ch, enum channel_end why)
{
	struct fetcher *f = owner;
	struct portal *p = f->portal;
	uint64_t id = f->id;
	bool used = f->used;

	(void)ch;
	if (why != CHANNEL_EOF || used)
		log_warn("fetch_lost", LF_INT("how", why), LF_INT("asked", used));
	forget(f);
	if (!used)
		return;
	p->documents.failed++;
	finish(p, id, NULL, FETCH_BUSY);
}

/* --- asking --------------------------------------------------------------------------- */

/* Gives this page's question to a program that has it already, or to a blank
 * one; false if there is none. */
static bool
give(struct page *page)
{
	struct portal *p = page->portal;
	const struct msg_fetch m = {.url = page->document};
	struct fetcher *f = p->documents.fetchers;

	while (f != NULL && !(f->used && span_is(page->document, f->url)))
		f = f->next;
	if (f != NULL) {
		page->fetcher = f->id;
		return true;
	}
	f = blank(p);
	if (f == NULL)
		return false;
	memcpy(f->url, m.url.p, m.url.n);
	f->url[m.url.n] = '\0';
	f->used = true;
	page->fetcher = f->id;
	/* If it cannot be told, its end comes soon; nothing is waiting to be sent
	 * on a blank one's channel. */
	if (send_fetch(f->channel, 0, &m) != 0)
		log_warn("fetch_not_asked");
	want(p);
	return true;
}

static void
give_all(void *arg)
{
	struct portal *p = arg;
	struct page *page;

	for (page = p->pages; page != NULL; page = page->next)
		if (page->wait == WAIT_FETCH && page->fetcher == 0 && !give(page))
			return;
}

/* Is there room for one more, of this page's address? */
static bool
room(const struct page *page)
{
	unsigned all = 0, own = 0;
	const struct page *other;

	for (other = page->portal->pages; other != NULL; other = other->next) {
		if (other == page || other->wait != WAIT_FETCH)
			continue;
		all++;
		own += span_eq(other->client, page->client);
	}
	return all < DOCUMENTS_WAITING && own < DOCUMENTS_EACH;
}

void
documents_fetch(struct page *page, struct span url, void (*then)(struct page *))
{
	struct portal *p = page->portal;
	struct docurl u;
	uint8_t why = 0;

	page->document = page_copy(page, url);
	page->fetcher = 0;
	if (!p->conf.documents || docurl_parse(url, p->conf.documents_loopback, &u) != 0)
		why = FETCH_ADDRESS;
	else if (!room(page) || page->broken)
		why = FETCH_BUSY;
	if (why != 0) {
		page->then = then;
		go_on(page, NULL, why);
		return;
	}
	if (!give(page))
		want(p);
	page_wait_for(page, WAIT_FETCH, WAIT_MS, 0, then);
}

err_t
documents_join(struct portal *p, uint64_t id, int fd)
{
	struct fetcher *f = calloc(1, sizeof(*f));
	err_t err;

	if (f == NULL) {
		(void)close(fd);
		return ERR_NOMEM;
	}
	f->portal = p;
	f->id = id;
	err = channel_open(p->loop, fd, &table, f, on_end, &f->channel);
	if (err != 0) {
		free(f);
		return err;
	}
	f->next = p->documents.fetchers;
	p->documents.fetchers = f;
	/* Later: the supervisor has to hear of this one (PEER_OK) before it hears that
	 * none is left, else it takes this one for blank and makes no other. */
	loop_defer(p->loop, &p->documents.give, give_all, p);
	return 0;
}

void
documents_end(struct portal *p)
{
	loop_defer_cancel(p->loop, &p->documents.give);
	while (p->documents.fetchers != NULL)
		forget(p->documents.fetchers);
}

const char *
documents_reason(uint8_t why)
{
	static const char *const reasons[] = {
		[FETCH_ADDRESS] = "its address is not https with a path, or not written plainly",
		[FETCH_UNREACHABLE] = "its server cannot be reached on the public internet",
		[FETCH_FORBIDDEN] = "its server cannot be reached on the public internet",
		[FETCH_TLS] = "its server’s certificate is not valid for it",
		[FETCH_SLOW] = "its server took longer than 5 seconds",
		[FETCH_LARGE] = "it is larger than 64 KiB",
		[FETCH_STATUS] = "its server did not answer 200 (redirects are not followed)",
		[FETCH_TYPE] = "its type is not application/json",
		[FETCH_CONTENT] = "it does not describe this client: it needs its own address as "
		    "client_id, a client_name, redirect_uris that a browser may go to, and must be "
		    "content with no proof at the token endpoint",
	};

	return why < sizeof(reasons) / sizeof(reasons[0]) && reasons[why] != NULL ? reasons[why] : "";
}
