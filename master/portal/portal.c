/* The portal's channels; see portal.h. */
#include "config.h"

#include <string.h>

#include "master/portal/answers.h"
#include "master/portal/page.h"
#include "master/portal/portal.h"
#include "master/portal/route.h"
#include "shared/base/log.h"
#include "shared/fault/fault.h"
#include "shared/ipc/words.h"

err_t
portal_conf_read(struct portal_conf *out, const struct conf_values *values)
{
	struct portal_conf c = {
		.public_url = conf_str(values, "server.public_url"),
		.accounts_url = conf_str(values, "spotify.accounts_url"),
		.operator_name = conf_str(values, "operator.name"),
		.operator_contact = conf_str(values, "operator.contact"),
		.links = conf_bool(values, "links.enabled"),
		.shared_app = conf_bool(values, "apps.shared"),
		.own_apps = conf_bool(values, "apps.own"),
		.sandbox = conf_bool(values, "spotify.sandbox"),
		.registration = conf_bool(values, "oauth.registration"),
		.documents = conf_bool(values, "clients.documents"),
		.documents_loopback = conf_bool(values, "clients.documents_loopback"),
	};

	if (c.public_url[0] == '\0' || c.accounts_url[0] == '\0')
		return ERR_CONFIG;
	c.https = strncmp(c.public_url, "https://", 8) == 0;
	c.development = strcmp(conf_str(values, "spotify.mode"), "extended") != 0;
	*out = c;
	return 0;
}

void
portal_init(struct portal *p, struct loop *loop, const struct portal_conf *conf)
{
	memset(p, 0, sizeof(*p));
	p->loop = loop;
	p->conf = *conf;
	/* Hosted clients come for thousands of people from few addresses; claude.ai
	 * registers anew for each connection, often twice. */
	p->authorizations.burst = 600;
	p->authorizations.each_ms = 1000;
	p->registrations.burst = 300;
	p->registrations.each_ms = 2000;
	p->token_failures.burst = 200;
	p->token_failures.each_ms = 1000;
}

/* --- from front ------------------------------------------------------------------ */

static err_t
on_page_req(void *owner, struct channel *ch, const struct frame *f)
{
	struct portal *p = owner;
	struct msg_page_req m;
	struct page *page = NULL;
	err_t err = msg_get_page_req(f->body, &m);

	if (err != 0)
		return err;
	if (page_find(p, f->request) != NULL)
		return ERR_STATE;
	FAULT(portal_page);
	err = page_create(p, f->request, &m, &page);
	if (err == 0) {
		route_start(page);
	} else {
		const struct msg_page_res busy = {.status = 503, .media = MEDIA_TEXT,
		    .retry_after = 5};
		const struct msg_res_body body = {.last = 1, .data = span_str("Busy.\n")};

		log_warn("page_refused", LF_STR("error", err_text(err)));
		if (send_page_res(ch, f->request, &busy) != 0 ||
		    send_res_body(ch, f->request, &body) != 0)
			log_warn("page_not_sent");
	}
	return 0;
}

static err_t
on_req_body(void *owner, struct channel *ch, const struct frame *f)
{
	struct page *page = page_find(owner, f->request);
	struct msg_req_body m;
	err_t err = msg_get_req_body(f->body, &m);

	(void)ch;
	/* None: answered already, say because the form was too long.  None
	 * waited for: the empty body of a GET. */
	if (err != 0 || page == NULL || (page->wait != WAIT_BODY && m.data.n == 0))
		return err;
	return route_body(page, m.data, m.last != 0);
}

static err_t
on_req_cancel(void *owner, struct channel *ch, const struct frame *f)
{
	struct page *page = page_find(owner, f->request);

	(void)ch;
	if (page != NULL)
		page_destroy(page);
	return 0;
}

static err_t
on_page_data(void *owner, struct channel *ch, const struct frame *f)
{
	struct page *page = page_find(owner, f->request);
	struct msg_page_data m;
	err_t err = msg_get_page_data(f->body, &m);

	(void)ch;
	/* None: its time was over. */
	if (err == 0 && page != NULL)
		page_data(page, &m);
	return err;
}

/* --- channels ------------------------------------------------------------------------ */

static const struct channel_rule front_rules[] = {
	{.type = MSG_PAGE_REQ, .handle = on_page_req},
	{.type = MSG_REQ_BODY, .handle = on_req_body},
	{.type = MSG_REQ_CANCEL, .handle = on_req_cancel},
	{.type = MSG_PAGE_DATA, .handle = on_page_data},
};
static const struct channel_table front_table = {.peer = "front", .vital = true, .rules = front_rules,
	.n_rules = sizeof(front_rules) / sizeof(front_rules[0]), .max_queue = 16 * 1024 * 1024};

/* Nobody waits for these pages any more. */
static void
front_gone(struct portal *p)
{
	channel_close(&p->front);
	while (p->pages != NULL)
		page_destroy(p->pages);
}

/* Who waits for the vault is told; who does not goes on. */
static void
vault_gone(struct portal *p)
{
	struct page *page = p->pages, *next;

	channel_close(&p->vault);
	for (; page != NULL; page = next) {
		next = page->next;
		if (page_asks_vault(page))
			page_fail(page, PORTAL_UNAVAILABLE, 5);
	}
}

static void
front_ended(void *owner, struct channel *ch, enum channel_end why)
{
	(void)ch;
	log_warn("front_gone", LF_INT("how", why));
	front_gone(owner);
}

static void
vault_ended(void *owner, struct channel *ch, enum channel_end why)
{
	(void)ch;
	log_warn("vault_gone", LF_INT("how", why));
	vault_gone(owner);
}

err_t
portal_peer(struct portal *p, uint8_t kind, int fd)
{
	if (kind == PEER_FRONT) {
		front_gone(p);
		return channel_open(p->loop, fd, &front_table, p, front_ended, &p->front);
	}
	if (kind == PEER_VAULT) {
		vault_gone(p);
		return channel_open(p->loop, fd, &answers_table, p, vault_ended, &p->vault);
	}
	return ERR_UNSUPPORTED;
}

void
portal_end(struct portal *p)
{
	front_gone(p);
	documents_end(p);
	channel_close(&p->vault);
	explicit_bzero(p->check_key, sizeof(p->check_key));
	explicit_bzero(p->form_key, sizeof(p->form_key));
	p->have_key = false;
}
