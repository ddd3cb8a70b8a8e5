/* Addresses and the checks before them; see route.h. */
#include "config.h"

#include <string.h>

#include "master/portal/account.h"
#include "master/portal/apps.h"
#include "master/portal/authorize.h"
#include "master/portal/callback.h"
#include "master/portal/changes.h"
#include "master/portal/consent.h"
#include "master/portal/csrf.h"
#include "master/portal/download.h"
#include "master/portal/form.h"
#include "master/portal/login.h"
#include "master/portal/metadata.h"
#include "master/portal/oauth_answer.h"
#include "master/portal/register.h"
#include "master/portal/route.h"
#include "master/portal/session.h"
#include "master/portal/show.h"
#include "master/portal/token.h"
#include "master/portal/web.h"
#include "shared/base/log.h"
#include "shared/ipc/words.h"

#define LOOK (METHOD_BIT(METHOD_GET) | METHOD_BIT(METHOD_HEAD))
#define GET  METHOD_BIT(METHOD_GET)
#define POST METHOD_BIT(METHOD_POST)

/* What else is to be known of a route. */
enum {
	SESSION = 1,      /* only for people who are signed in */
	OWN_PROOF = 2,    /* its form's hidden field is the route's own to check */
	PROGRAM = 4,      /* asked by programs, of any origin: JSON, no cookies, no csrf */
	ALONE = 8,        /* needs nothing of the vault */
	KEYS = 16         /* needs the keys that the vault gives at the start */
};

struct route {
	const char *path;
	uint8_t methods;              /* METHOD_BIT of each */
	uint8_t media;                /* for a file: its type, else MEDIA_NONE */
	uint8_t flags;
	const char *file;             /* shown as it is, or NULL */
	void (*start)(struct page *);
};

static const struct route routes[] = {
	{"/", LOOK, MEDIA_HTML, 0, "landing.html", NULL},
	{"/privacy", LOOK, MEDIA_HTML, 0, "privacy.html", NULL},
	{"/terms", LOOK, MEDIA_HTML, 0, "terms.html", NULL},
	{"/style.css", LOOK, MEDIA_CSS, 0, "style.css", NULL},
	{"/favicon.svg", LOOK, MEDIA_SVG, 0, "favicon.svg", NULL},
	{"/icon.png", LOOK, MEDIA_PNG, 0, "icon.png", NULL},
	{"/robots.txt", LOOK, MEDIA_TEXT, 0, "robots.txt", NULL},
	/* These two use something up: GET alone. */
	{"/login", GET, MEDIA_NONE, 0, NULL, login_start},
	{"/callback", GET, MEDIA_NONE, 0, NULL, callback_start},
	{"/app", LOOK, MEDIA_NONE, KEYS, NULL, apps_show},
	{"/app/use", POST, MEDIA_NONE, 0, NULL, apps_use},
	{"/app/invite", POST, MEDIA_NONE, SESSION, NULL, apps_invite},
	{"/app/invite/drop", POST, MEDIA_NONE, SESSION, NULL, apps_invite_drop},
	{"/invite", LOOK, MEDIA_NONE, KEYS, NULL, apps_invited},
	{"/invite", POST, MEDIA_NONE, KEYS, NULL, apps_accept},
	{"/consent", GET, MEDIA_NONE, KEYS, NULL, consent_show},
	{"/consent", POST, MEDIA_NONE, OWN_PROOF, NULL, consent_decide},
	{"/.well-known/oauth-protected-resource", LOOK, MEDIA_NONE, PROGRAM | ALONE, NULL,
	    metadata_resource},
	{"/.well-known/oauth-protected-resource/mcp", LOOK, MEDIA_NONE, PROGRAM | ALONE, NULL,
	    metadata_resource},
	{"/.well-known/oauth-authorization-server", LOOK, MEDIA_NONE, PROGRAM | ALONE, NULL,
	    metadata_server},
	{"/.well-known/openid-configuration", LOOK, MEDIA_NONE, PROGRAM | ALONE, NULL,
	    metadata_server},
	{"/authorize", GET, MEDIA_NONE, 0, NULL, authorize},
	{"/register", POST, MEDIA_NONE, PROGRAM | KEYS, NULL, register_client},
	{"/token", POST, MEDIA_NONE, PROGRAM | KEYS, NULL, token_issue},
	{"/revoke", POST, MEDIA_NONE, PROGRAM | KEYS, NULL, token_revoke},
	{"/account", LOOK, MEDIA_NONE, SESSION, NULL, account_show},
	{"/account/changes", LOOK, MEDIA_NONE, SESSION, NULL, changes_show},
	{"/account/changes", POST, MEDIA_NONE, SESSION, NULL, changes_undo},
	{"/account/link", POST, MEDIA_NONE, SESSION, NULL, account_link_make},
	{"/account/token", POST, MEDIA_NONE, SESSION, NULL, account_token_make},
	{"/account/revoke", POST, MEDIA_NONE, SESSION, NULL, account_revoke},
	{"/account/download", POST, MEDIA_NONE, SESSION, NULL, download_start},
	{"/account/sign-out", POST, MEDIA_NONE, SESSION, NULL, account_sign_out},
	{"/account/delete", LOOK, MEDIA_NONE, SESSION, NULL, account_delete_ask},
	{"/account/delete", POST, MEDIA_NONE, SESSION, NULL, account_delete},
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

/* The route for path and method; MESSAGE_NONE, or why there is none.  With
 * MESSAGE_METHOD it is one of that path's. */
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
		*out = &routes[i];
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
	else if ((route->flags & ALONE) != 0)
		route->start(page);
	else if (page->portal->vault == NULL ||
	    ((route->flags & (SESSION | KEYS)) != 0 && !page->portal->have_key))
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
	if ((page->route->flags & OWN_PROOF) != 0)
		return MESSAGE_NONE;
	if (form_get(&page->arena, buf_span(&page->body), "csrf", &field) != 0 ||
	    !csrf_ok(p->form_key, page->session, field))
		return MESSAGE_FORM_EXPIRED;
	return MESSAGE_NONE;
}

/* One of the addresses for programs (docs/protocol.md A-21): they understand no
 * page, whatever is wrong. */
static void
start_program(struct page *page, bool method_ok)
{
	page->failed = oauth_failed;
	if (page->method == METHOD_OPTIONS)
		oauth_empty(page, 204);
	else if (!method_ok)
		oauth_method(page, page->route->methods | METHOD_BIT(METHOD_OPTIONS));
	else if (page->method == METHOD_POST && page->body_bytes > FORM_BYTES_MAX)
		oauth_error(page, 413, "invalid_request", "this is more than 16 KiB");
	else if (page->method == METHOD_POST)
		page->wait = WAIT_BODY;
	else
		proceed(page);
}

void
route_start(struct page *page)
{
	enum message why = find_route(page, &page->route);

	if (page->route != NULL && (page->route->flags & PROGRAM) != 0) {
		start_program(page, why == MESSAGE_NONE);
		return;
	}
	session_known(page);
	if (why != MESSAGE_NONE) {
		refuse(page, why);
		return;
	}
	if ((page->route->flags & SESSION) != 0 && page->session.n == 0) {
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
		if ((page->route->flags & PROGRAM) != 0)
			oauth_error(page, 413, "invalid_request", "this is more than 16 KiB");
		else
			refuse(page, MESSAGE_FORM_WRONG);
		return 0;
	}
	if (!last)
		return 0;
	if ((page->route->flags & PROGRAM) != 0) {
		proceed(page);
		return 0;
	}
	why = check_form(page);
	if (why == MESSAGE_NONE) {
		proceed(page);
		return 0;
	}
	log_info("form_refused", LF_STR("route", page->route->path), LF_INT("why", why));
	show_message(page, why, why == MESSAGE_AWAY ? 5 : 0, span_str(""), span_str(""));
	return 0;
}
