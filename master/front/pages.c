/*
 * Pages; see pages.h.  Knows no page: the portal says status, kind, cookies
 * and body, front writes the head.
 */
#include "config.h"

#include <stdlib.h>
#include <string.h>

#include "master/front/pages.h"
#include "master/front/routes.h"
#include "shared/crypto/token.h"
#include "shared/fault/fault.h"

#define PORTAL_AWAY "the pages are not available at the moment; try again"
#define PAGE_QUEUE_MAX (8 * 1024 * 1024)
#define PAGE_METHODS (METHOD_BIT(METHOD_GET) | METHOD_BIT(METHOD_HEAD) | METHOD_BIT(METHOD_POST))

static struct request *
find(struct front *f, uint64_t id)
{
	struct link *l;

	for (l = list_first(&f->requests[REQUEST_PAGE]); l != NULL;
	    l = list_next(&f->requests[REQUEST_PAGE], l)) {
		struct request *r = LINK_OWNER(l, struct request, link);

		if (r->id == id)
			return r;
	}
	return NULL;
}

static struct span
field(const struct client *c, const char *name)
{
	const struct span *value = http_head_field(&c->head, name, NULL);

	return value == NULL ? span_str("") : *value;
}

static err_t
send_body(struct channel *ch, uint64_t id, struct span body)
{
	struct msg_req_body m = {.last = 0};
	err_t err;

	do {
		size_t n = body.n < BODY_PART ? body.n : BODY_PART;

		m.data = span_of(body.p, n);
		m.last = n == body.n;
		err = send_req_body(ch, id, &m);
		body = span_of(n == 0 ? body.p : body.p + n, body.n - n);
	} while (err == 0 && m.last == 0);
	return err;
}

void
pages_ask(struct request *r)
{
	struct client *c = r->client;
	struct front *f = r->front;
	char address[ADDRESS_TEXT];
	struct msg_page_req m = {.method = (uint8_t)c->head.method, .target = c->head.target,
	    .cookie = field(c, "cookie"), .content_type = field(c, "content-type"),
	    .origin = field(c, "origin"), .fetch_site = field(c, "sec-fetch-site"),
	    .authorization = field(c, "authorization"), .body_bytes = (uint32_t)c->body.len};
	err_t err = ERR_CLOSED;

	address_text(&c->address, address);
	m.client = span_str(address);
	if (f->portal != NULL && channel_queued(f->portal) > PAGE_QUEUE_MAX)
		err = ERR_AGAIN;
	else if (f->portal != NULL)
		err = send_page_req(f->portal, r->id, &m);
	if (err == 0)
		err = send_body(f->portal, r->id, buf_span(&c->body));
	if (err == 0)
		FAULT_SENT(f->portal, front_page);
	buf_free(&c->body);
	if (err == ERR_LIMIT)
		request_fail(r, 431, "a field of the request is too long", 0);
	else if (err != 0)
		request_fail(r, 503, PORTAL_AWAY, 5);
}

void
pages_cancel(struct front *f, uint64_t id)
{
	const struct msg_req_cancel m = {0};

	/* If it cannot be said the portal's answer will be dropped. */
	if (f->portal != NULL && send_req_cancel(f->portal, id, &m) != 0)
		f->counts.late_frames++;
}

void
pages_lost(struct front *f)
{
	while (f->requests[REQUEST_PAGE].n > 0)
		request_fail(LINK_OWNER(list_first(&f->requests[REQUEST_PAGE]), struct request, link),
		    502, PORTAL_AWAY, 2);
}

static err_t
send_data(struct request *r, unsigned status, uint32_t retry_after)
{
	struct span body = status == 200 ? buf_span(&r->hold) : span_str("");
	struct msg_page_data m = {.status = (uint16_t)status, .retry_after = retry_after};
	err_t err;

	do {
		size_t n = body.n < BODY_PART ? body.n : BODY_PART;

		m.data = span_of(body.p, n);
		m.last = n == body.n;
		err = send_page_data(r->front->portal, r->id, &m);
		body = span_of(n == 0 ? body.p : body.p + n, body.n - n);
	} while (err == 0 && m.last == 0);
	return err;
}

void
pages_back(struct request *r, unsigned status, uint32_t retry_after)
{
	err_t err = r->front->portal == NULL ? ERR_CLOSED : send_data(r, status, retry_after);

	r->back = r->download = r->have_head = r->last = false;
	buf_clear(&r->hold);
	if (err != 0)
		request_fail(r, 503, PORTAL_AWAY, 5);
	else
		request_set_state(r, REQUEST_PAGE);
}

static err_t
keep(struct request *r, struct span from, struct span *to)
{
	char *copy;
	err_t err = arena_strdup(&r->arena, from, &copy);

	if (err == 0)
		*to = span_of(copy, from.n);
	return err;
}

/* Addresses and schemes with spaces between them: nothing that could end the
 * directive, or be one of its keywords or a wildcard. */
static bool
sources_ok(struct span s)
{
	size_t i;

	for (i = 0; i < s.n; i++) {
		const uint8_t c = s.p[i];

		if (!(c >= 'a' && c <= 'z') && !(c >= 'A' && c <= 'Z') && !(c >= '0' && c <= '9') &&
		    (c == '\0' || strchr(".:/+- ", c) == NULL))
			return false;
	}
	return true;
}

static err_t
on_page_res(void *owner, struct channel *ch, const struct frame *fr)
{
	struct front *f = owner;
	struct request *r = find(f, fr->request);
	struct msg_page_res m;
	err_t err = msg_get_page_res(fr->body, &m);

	(void)ch;
	if (err != 0)
		return err;
	/* 205 and 304 have no body to whoever reads them: the next in line would
	 * take it for its own answer. */
	if (m.status < 200 || m.status > 599 || m.status == 205 || m.status == 304 ||
	    m.media >= MEDIA_COUNT || m.media == MEDIA_SSE || !sources_ok(m.form_action))
		return ERR_SYNTAX;
	if (r == NULL) {
		f->counts.late_frames++;
		return 0;
	}
	if (r->have_head)
		return ERR_STATE;
	r->have_head = true;
	r->head = (struct answer_head){.status = m.status, .media = (enum media)m.media,
	    .retry_after = m.retry_after, .cacheable = m.cache == 1, .cors = m.cors == 1,
	    .basic = m.basic == 1 && m.status == 401, .allow = m.allow != 0 ? m.allow : PAGE_METHODS};
	err = keep(r, m.location, &r->head.location);
	if (err == 0)
		err = keep(r, m.cookie1, &r->head.cookie1);
	if (err == 0)
		err = keep(r, m.cookie2, &r->head.cookie2);
	if (err == 0)
		err = keep(r, m.form_action, &r->head.form_action);
	if (err != 0)
		request_fail(r, 502, "the page could not be kept", 0);
	return 0;
}

/*
 * The portal lets the worker of a person answer: of whom, says the ticket, which
 * the vault and the worker judge like any other credential.  From here on it is
 * a request to a worker, but for its place.
 */
static err_t
on_page_hand(void *owner, struct channel *ch, const struct frame *fr)
{
	struct front *f = owner;
	struct request *r = find(f, fr->request);
	enum cred_kind kind = CRED_NONE;
	struct msg_page_hand m;
	err_t err = msg_get_page_hand(fr->body, &m);

	(void)ch;
	if (err != 0)
		return err;
	if (r == NULL) {
		f->counts.late_frames++;
		return 0;
	}
	if (r->have_head)
		return ERR_STATE;
	if (!f->have_key) {
		request_fail(r, 503, PORTAL_AWAY, 5);
		return 0;
	}
	if (token_check(m.ticket, f->check_key, &kind) != 0 || kind != CRED_TICKET)
		return ERR_DENIED;
	r->cred_kind = (uint8_t)kind;
	r->download = true;
	r->back = m.back == 1;
	/* In place of the form, which the portal has read. */
	if (buf_put_span(&r->client->body, m.text) != 0) {
		request_fail(r, 503, PORTAL_AWAY, 5);
		return 0;
	}
	err = token_hash(m.ticket, r->hash);
	if (err == 0)
		err = secret_set(&r->credential, m.ticket);
	if (err != 0) {
		request_fail(r, 503, PORTAL_AWAY, 5);
		return 0;
	}
	request_set_state(r, REQUEST_BINDING);
	routes_find_worker(r);
	return 0;
}

/* Pages are small: one is kept until it is whole, so its length is known. */
static err_t
on_page_body(void *owner, struct channel *ch, const struct frame *fr)
{
	struct front *f = owner;
	struct request *r = find(f, fr->request);
	struct msg_res_body m;
	err_t err = msg_get_res_body(fr->body, &m);

	(void)ch;
	if (err != 0)
		return err;
	if (r == NULL) {
		f->counts.late_frames++;
		return 0;
	}
	if (!r->have_head)
		return ERR_STATE;
	err = buf_put_span(&r->hold, m.data);
	if (err != 0) {
		pages_cancel(f, r->id);
		request_fail(r, 502, "the page is too long", 0);
	} else if (m.last != 0) {
		request_answer_whole(r, buf_span(&r->hold));
	}
	return 0;
}

static const struct channel_rule page_rules[] = {
	{.type = MSG_PAGE_RES, .handle = on_page_res},
	{.type = MSG_RES_BODY, .handle = on_page_body},
	{.type = MSG_PAGE_HAND, .handle = on_page_hand},
};

const struct channel_table pages_table = {
	.peer = "portal", .vital = true, .rules = page_rules,
	.n_rules = sizeof(page_rules) / sizeof(page_rules[0]),
	.max_queue = 2 * PAGE_QUEUE_MAX,
};
