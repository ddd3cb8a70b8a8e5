/* Addresses and the checks before them; see route.h. */
#include "config.h"

#include <string.h>

#include "master/portal/account.h"
#include "master/portal/csrf.h"
#include "master/portal/form.h"
#include "master/portal/login.h"
#include "master/portal/route.h"
#include "master/portal/session.h"
#include "master/portal/show.h"
#include "master/portal/web.h"
#include "shared/base/log.h"
#include "shared/ipc/words.h"

#define LOOK (METHOD_BIT(METHOD_GET) | METHOD_BIT(METHOD_HEAD))
#define GET  METHOD_BIT(METHOD_GET)
#define POST METHOD_BIT(METHOD_POST)

struct route {
	const char *path;
	uint8_t methods;              /* METHOD_BIT of each */
	uint8_t media;                /* for a file: its type, else MEDIA_NONE */
	bool session;                 /* only for people who are signed in */
	const char *file;             /* shown as it is, or NULL */
	void (*start)(struct page *);
};

static const struct route routes[] = {
	{"/", LOOK, MEDIA_HTML, false, "landing.html", NULL},
	{"/privacy", LOOK, MEDIA_HTML, false, "privacy.html", NULL},
	{"/terms", LOOK, MEDIA_HTML, false, "terms.html", NULL},
	{"/style.css", LOOK, MEDIA_CSS, false, "style.css", NULL},
	{"/favicon.svg", LOOK, MEDIA_SVG, false, "favicon.svg", NULL},
	{"/icon.png", LOOK, MEDIA_PNG, false, "icon.png", NULL},
	{"/robots.txt", LOOK, MEDIA_TEXT, false, "robots.txt", NULL},
	/* These two use something up: GET alone. */
	{"/login", GET, MEDIA_NONE, false, NULL, login_start},
	{"/callback", GET, MEDIA_NONE, false, NULL, login_callback},
	{"/account", LOOK, MEDIA_NONE, true, NULL, account_show},
	{"/account/link", POST, MEDIA_NONE, true, NULL, account_link_make},
	{"/account/token", POST, MEDIA_NONE, true, NULL, account_token_make},
	{"/account/revoke", POST, MEDIA_NONE, true, NULL, account_revoke},
	{"/account/sign-out", POST, MEDIA_NONE, true, NULL, account_sign_out},
	{"/account/delete", LOOK, MEDIA_NONE, true, NULL, account_delete_ask},
	{"/account/delete", POST, MEDIA_NONE, true, NULL, account_delete},
};

static void
refuse(struct page *page, enum message which)
{
	show_message(page, which, 0, span_str(""), span_str(""));
}

static void
show_file(struct page *page)
{
	const struct route *route = page->route;
	struct reply r = {.status = 200, .media = route->media, .cache = 1};
	struct span data = {0};
	struct view v;

	if (route->media == MEDIA_HTML) {
		show_common(page, &v);
		show_page(page, route->file, &v, &r);
	} else if (web_find(span_str(route->file), &data) == 0) {
		page_answer(page, &r, data);
	} else {
		refuse(page, MESSAGE_BROKEN);
	}
}

/* The route for path and method; MESSAGE_NONE, or why there is none. */
static enum message
find_route(const struct page *page, const struct route **out)
{
	enum message why = MESSAGE_NOT_FOUND;
	size_t i;

	for (i = 0; i < sizeof(routes) / sizeof(routes[0]); i++) {
		if (!span_is(page->path, routes[i].path))
			continue;
		if (page->method < METHOD_COUNT &&
		    (routes[i].methods & METHOD_BIT(page->method)) != 0) {
			*out = &routes[i];
			return MESSAGE_NONE;
		}
		why = MESSAGE_METHOD;
	}
	return why;
}

/* Everything is there and checked but what the route itself asks. */
static void
proceed(struct page *page)
{
	const struct route *route = page->route;

	page->wait = WAIT_NOTHING;
	if (route->start == NULL)
		show_file(page);
	else if (page->portal->vault == NULL || (route->session && !page->portal->have_key))
		page_fail(page, PORTAL_UNAVAILABLE, 5);
	else
		route->start(page);
}

/* A form's proofs, in the order in which they say most to a person. */
static enum message
check_form(struct page *page)
{
	const struct portal *p = page->portal;
	struct span field = {0};

	if (!csrf_same_site(page->origin, page->fetch_site, p->conf.public_url))
		return MESSAGE_FORM_FOREIGN;
	if (!form_type(page->content_type))
		return MESSAGE_FORM_WRONG;
	if (!p->have_key)
		return MESSAGE_AWAY;
	if (form_get(&page->arena, buf_span(&page->body), "csrf", &field) != 0 ||
	    !csrf_ok(p->form_key, page->session, field))
		return MESSAGE_FORM_EXPIRED;
	return MESSAGE_NONE;
}

void
route_start(struct page *page)
{
	enum message why = find_route(page, &page->route);

	session_read(page);
	if (why != MESSAGE_NONE) {
		refuse(page, why);
		return;
	}
	if (page->route->session && page->session.n == 0) {
		page_fail(page, PORTAL_NO_SESSION, 0);
		return;
	}
	if (page->method == METHOD_POST && page->body_bytes > FORM_BYTES_MAX) {
		refuse(page, MESSAGE_FORM_WRONG);
		return;
	}
	/* A GET's body, if front lets one through, means nothing. */
	if (page->method == METHOD_POST)
		page->wait = WAIT_BODY;
	else
		proceed(page);
}

err_t
route_body(struct page *page, struct span data, bool last)
{
	enum message why;

	if (page->wait != WAIT_BODY)
		return ERR_STATE;
	if (buf_put_span(&page->body, data) != 0) {
		refuse(page, MESSAGE_FORM_WRONG);
		return 0;
	}
	if (!last)
		return 0;
	why = check_form(page);
	if (why == MESSAGE_NONE) {
		proceed(page);
		return 0;
	}
	log_info("form_refused", LF_STR("route", page->route->path), LF_INT("why", why));
	show_message(page, why, why == MESSAGE_AWAY ? 5 : 0, span_str(""), span_str(""));
	return 0;
}
