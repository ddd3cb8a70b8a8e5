/* Back to the client; see oauth_return.h. */
#include "config.h"

#include "master/portal/consent_view.h"
#include "master/portal/oauth_return.h"
#include "master/portal/show.h"
#include "shared/http/query.h"
#include "shared/http/redirects.h"
#include "shared/ipc/words.h"

/* Room for a code, an error with its sentence, and the issuer. */
#define REST_MAX 1024

/* Appends "name=value", with "?" or "&" before it. */
static err_t
put_param(struct buf *out, const char *name, struct span value)
{
	const struct span so_far = buf_span(out);
	const char *between = memchr(so_far.p, '?', so_far.n) == NULL ? "?" :
	    so_far.p[so_far.n - 1] == '?' || so_far.p[so_far.n - 1] == '&' ? "" : "&";
	err_t err = buf_printf(out, "%s%s=", between, name);

	return err != 0 ? err : http_escape(value, out);
}

static err_t
put_state(struct buf *out, const struct oauth_return *to)
{
	return to->has_state ? put_param(out, "state", to->state) : 0;
}

bool
oauth_return_fits(const struct oauth_return *to)
{
	struct buf b;
	err_t err;

	buf_init(&b, OAUTH_LOCATION_MAX - REST_MAX);
	err = buf_put_span(&b, to->redirect_uri);
	if (err == 0)
		err = put_state(&b, to);
	buf_free(&b);
	return err == 0;
}

/* How a browser goes back. */
struct way {
	bool refused;   /* the page says that nothing was connected */
	bool by_hand;   /* only when the person clicks */
};

/* A program's own scheme is opened from a page: a browser that a redirect sends
 * to a program which is not there shows nothing at all. */
static void
show_hop(struct page *page, const struct oauth_return *to, struct span target, struct way way,
    struct span cookie1, struct span cookie2)
{
	const struct reply r = {.status = 200, .cookie1 = cookie1, .cookie2 = cookie2};
	struct view v;

	show_common(page, &v);
	view_text(&v, "target", target);
	view_text(&v, "client", consent_client(page));
	view_text(&v, "host", redirect_host(to->redirect_uri));
	view_flag(&v, "refused", way.refused);
	view_flag(&v, "by_hand", way.by_hand);
	show_page(page, "hop.html", &v, &r);
}

static void
send_back(struct page *page, const struct oauth_return *to, struct buf *target, struct way way,
    err_t err, struct span cookie1, struct span cookie2)
{
	struct span place;

	if (err == 0)
		err = put_state(target, to);
	if (err == 0)
		err = put_param(target, "iss", span_str(page->portal->conf.public_url));
	place = err != 0 ? span_str("") : page_copy(page, buf_span(target));
	buf_free(target);
	if (err != 0 || page->broken)
		show_message(page, MESSAGE_BROKEN, 0, span_str(""), span_str(""));
	else if (way.by_hand || redirect_kind(to->redirect_uri) == REDIRECT_APP)
		show_hop(page, to, place, way, cookie1, cookie2);
	else
		show_redirect(page, place, cookie1, cookie2);
}

void
oauth_return_code(struct page *page, const struct oauth_return *to, struct span code,
    struct span cookie1, struct span cookie2)
{
	struct buf b;
	err_t err;

	buf_init(&b, OAUTH_LOCATION_MAX);
	err = buf_put_span(&b, to->redirect_uri);
	if (err == 0)
		err = put_param(&b, "code", code);
	send_back(page, to, &b, (struct way){.refused = false}, err, cookie1, cookie2);
}

static void
return_error(struct page *page, const struct oauth_return *to, const char *error,
    const char *what, struct way way, struct span cookie1, struct span cookie2)
{
	struct buf b;
	err_t err;

	buf_init(&b, OAUTH_LOCATION_MAX);
	err = buf_put_span(&b, to->redirect_uri);
	if (err == 0)
		err = put_param(&b, "error", span_str(error));
	if (err == 0)
		err = put_param(&b, "error_description", span_str(what));
	send_back(page, to, &b, way, err, cookie1, cookie2);
}

void
oauth_return_error(struct page *page, const struct oauth_return *to, const char *error,
    const char *what, struct span cookie1, struct span cookie2)
{
	return_error(page, to, error, what, (struct way){.refused = true}, cookie1, cookie2);
}

void
oauth_return_unasked(struct page *page, const struct oauth_return *to, const char *error,
    const char *what)
{
	/* Anybody may have registered it, for any site. */
	const bool unknown = page->mcp_client.kind == CLIENT_REGISTERED &&
	    redirect_kind(to->redirect_uri) == REDIRECT_WEB;

	return_error(page, to, error, what, (struct way){.refused = true, .by_hand = unknown},
	    span_str(""), span_str(""));
}
