/* Browser requests under way; see page.h. */
#include "config.h"

#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "master/portal/form.h"
#include "master/portal/page.h"
#include "master/portal/show.h"
#include "shared/base/log.h"
#include "shared/ipc/words.h"

static void
on_deadline(evutil_socket_t fd, short what, void *arg)
{
	struct page *page = arg;

	(void)fd;
	(void)what;
	log_warn("page_late", LF_INT("waiting_for", page->wait));
	page_fail(page, PORTAL_UNAVAILABLE, 5);
}

static void
set_deadline(struct page *page, int ms)
{
	struct timeval t = {.tv_sec = ms / 1000, .tv_usec = ms % 1000 * 1000};

	if (page->deadline == NULL || event_add(page->deadline, &t) != 0)
		page->broken = true;
}

static void
copy_request(struct page *page, const struct msg_page_req *m)
{
	struct span target = page_copy(page, m->target);
	const uint8_t *mark = target.n == 0 ? NULL : memchr(target.p, '?', target.n);

	page->path = target;
	if (mark != NULL) {
		page->path.n = (size_t)(mark - target.p);
		page->query = span_of(mark + 1, target.n - page->path.n - 1);
	}
	page->method = m->method;
	page->body_bytes = m->body_bytes;
	page->cookie = page_copy(page, m->cookie);
	page->content_type = page_copy(page, m->content_type);
	page->origin = page_copy(page, m->origin);
	page->fetch_site = page_copy(page, m->fetch_site);
	page->authorization = page_copy(page, m->authorization);
	page->client = page_copy(page, m->client);
}

err_t
page_create(struct portal *p, uint64_t id, const struct msg_page_req *m, struct page **out)
{
	struct page *page;

	if (p->n_pages >= PAGES_MAX)
		return ERR_AGAIN;
	page = calloc(1, sizeof(*page));
	if (page == NULL)
		return ERR_NOMEM;
	page->portal = p;
	page->id = id;
	arena_init(&page->arena, PAGE_ARENA_MAX);
	buf_init(&page->body, FORM_BYTES_MAX);
	buf_init(&page->data, WORKER_BYTES_MAX);
	page->deadline = event_new(loop_base(p->loop), -1, 0, on_deadline, page);
	page->next = p->pages;
	p->pages = page;
	p->n_pages++;
	copy_request(page, m);
	set_deadline(page, LOGIN_MS);
	if (page->broken) {
		page_destroy(page);
		return ERR_NOMEM;
	}
	*out = page;
	return 0;
}

void
page_destroy(struct page *page)
{
	struct portal *p = page->portal;
	struct page **at;

	for (at = &p->pages; *at != page; at = &(*at)->next)
		;
	*at = page->next;
	p->n_pages--;
	if (page->deadline != NULL)
		event_free(page->deadline);
	buf_free(&page->body);
	buf_free(&page->data);
	arena_reset(&page->arena);
	explicit_bzero(page, sizeof(*page));
	free(page);
}

struct page *
page_find(struct portal *p, uint64_t id)
{
	struct page *page = p->pages;

	while (page != NULL && page->id != id)
		page = page->next;
	return page;
}

struct page *
page_asking(struct portal *p, uint64_t question, enum page_wait wait)
{
	struct page *page = p->pages;

	while (page != NULL && (page->question != question || page->question == 0))
		page = page->next;
	return page != NULL && page->wait == wait ? page : NULL;
}

bool
page_asks_vault(const struct page *page)
{
	return page->wait >= WAIT_LOGIN_STARTED;
}

static err_t
send_body(struct page *page, struct span body)
{
	struct msg_res_body m = {.last = 0};
	err_t err;

	do {
		size_t n = body.n < BODY_PART ? body.n : BODY_PART;

		m.data = span_of(body.p, n);
		m.last = n == body.n;
		err = send_res_body(page->portal->front, page->id, &m);
		body = span_of(n == 0 ? body.p : body.p + n, body.n - n);
	} while (err == 0 && m.last == 0);
	return err;
}

void
page_answer(struct page *page, const struct reply *r, struct span body)
{
	struct portal *p = page->portal;
	const struct msg_page_res m = {.status = r->status, .media = r->media,
	    .retry_after = r->retry_after, .location = r->location, .cookie1 = r->cookie1,
	    .cookie2 = r->cookie2, .cache = r->cache, .cors = r->cors, .basic = r->basic,
	    .allow = r->allow, .form_action = r->form_action};
	err_t err = send_page_res(p->front, page->id, &m);

	if (err == 0)
		err = send_body(page, body);
	if (err != 0)
		log_warn("page_not_sent", LF_STR("error", err_text(err)));
	p->served++;
	p->failed += r->status >= 500;
	page_destroy(page);
}

void
page_hand(struct page *page, struct span ticket)
{
	struct portal *p = page->portal;
	const struct msg_page_hand m = {.ticket = ticket};
	err_t err = send_page_hand(p->front, page->id, &m);

	if (err != 0)
		log_warn("page_not_sent", LF_STR("error", err_text(err)));
	p->served++;
	page_destroy(page);
}

void
page_ask_worker(struct page *page, struct span ticket, struct span text,
    void (*then)(struct page *))
{
	const struct msg_page_hand m = {.ticket = ticket, .back = 1, .text = text};
	err_t err = send_page_hand(page->portal->front, page->id, &m);

	page->question = 0;
	page_wait_for(page, WAIT_WORKER, WORKER_MS, err, then);
}

void
page_data(struct page *page, const struct msg_page_data *m)
{
	if (page->wait != WAIT_WORKER)
		return;
	page->data_status = m->status;
	page->data_retry = m->retry_after;
	if (buf_put_span(&page->data, m->data) != 0)
		page->data_status = 502;
	if (m->last == 0)
		return;
	page->wait = WAIT_NOTHING;
	page->then(page);
}

uint64_t
page_question(struct page *page)
{
	return page->question = ++page->portal->last_question;
}

void
page_wait_for(struct page *page, enum page_wait wait, int ms, err_t err,
    void (*then)(struct page *))
{
	page->wait = wait;
	page->then = then;
	set_deadline(page, ms);
	if (err != 0 || page->broken) {
		log_warn("vault_not_asked", LF_STR("error", err_text(err)));
		page_fail(page, PORTAL_UNAVAILABLE, 5);
	}
}

void
page_fail(struct page *page, uint8_t why, uint32_t retry_after)
{
	page->wait = WAIT_NOTHING;
	page->question = 0;
	if (page->failed != NULL)
		page->failed(page, why, retry_after);
	else
		show_failure(page, why, retry_after, span_str(""));
}

struct span
page_copy(struct page *page, struct span s)
{
	char *copy;

	if (arena_strdup(&page->arena, s, &copy) != 0) {
		page->broken = true;
		return span_str("");
	}
	return span_of(copy, s.n);
}

struct span
page_text(struct page *page, const char *fmt, ...)
{
	struct span s = span_str("");
	va_list args;
	void *room;
	int n;

	va_start(args, fmt);
	n = vsnprintf(NULL, 0, fmt, args);
	va_end(args);
	if (n < 0 || arena_alloc(&page->arena, (size_t)n + 1, &room) != 0) {
		page->broken = true;
		return s;
	}
	va_start(args, fmt);
	(void)vsnprintf(room, (size_t)n + 1, fmt, args);
	va_end(args);
	return span_of(room, (size_t)n);
}
