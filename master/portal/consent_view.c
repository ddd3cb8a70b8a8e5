/* A request for consent in words; see consent_view.h. */
#include "config.h"

#include <string.h>

#include "master/portal/consent_view.h"
#include "master/portal/ticks.h"
#include "shared/http/redirects.h"
#include "shared/ipc/scopes.h"
#include "shared/ipc/words.h"

#define NO_NAME "A client without a name"

struct span
consent_client(const struct page *page)
{
	struct span name = page->auth.name.n > 0 ? page->auth.name : page->mcp_client.name;

	return name.n > 0 ? name : span_str(NO_NAME);
}

struct span
consent_host(struct span url)
{
	static const char begin[] = "https://";
	size_t n;

	if (!span_starts(url, begin))
		return span_str("");
	url = span_of(url.p + sizeof(begin) - 1, url.n - (sizeof(begin) - 1));
	for (n = 0; n < url.n && url.p[n] != '/' && url.p[n] != '?' && url.p[n] != '#'; n++)
		;
	return span_of(url.p, n);
}

/* Who says that it has this name?  Only a document's host and the operator do. */
static struct span
vouched(struct page *page)
{
	struct span host = consent_host(page->auth.client_id);

	if (page->auth.kind == CLIENT_GIVEN)
		return span_str("as the operator of this server entered it");
	if (page->auth.kind == CLIENT_DOCUMENT && host.n > 0)
		return page_text(page, "as %.*s describes it", (int)host.n, (const char *)host.p);
	return span_str("as it calls itself; nobody has checked that");
}

static void
view_target(struct page *page, struct view *v)
{
	enum redirect_kind kind = redirect_kind(page->auth.redirect_uri);
	const char *note = "";

	if (kind == REDIRECT_LOOPBACK)
		note = "a program on this device";
	if (kind == REDIRECT_APP)
		note = "the program on this device that opens such addresses";
	view_text(v, "target_host", redirect_host(page->auth.redirect_uri));
	view_text(v, "target_note", span_str(note));
	/* Whoever listens there first gets the answer (RFC 8252 section 8.6):
	 * worth a word even if the client has other addresses too. */
	view_flag(v, "local", kind == REDIRECT_LOOPBACK || kind == REDIRECT_APP ||
	    redirects_all_loopback(page->auth.redirects));
}

err_t
consent_view(struct page *page, struct view *v, bool person, uint32_t ticked,
    struct span notice, struct span csrf, struct span request)
{
	const struct msg_auth *a = &page->auth;
	const uint32_t asked = scopes_whole(a->scopes), also = SCOPE_ALL & ~asked;
	err_t err;

	view_text(v, "client", consent_client(page));
	view_text(v, "vouched", vouched(page));
	view_text(v, "client_host", a->kind == CLIENT_DOCUMENT ? consent_host(a->client_id) :
	    span_str(""));
	view_target(page, v);
	view_text(v, "person", !person ? span_str("") : page->account.display_name.n > 0 ?
	    page->account.display_name : page->account.spotify_id);
	view_text(v, "switch_url", page_text(page, "/login?switch=1&request=%.*s",
	    (int)request.n, (const char *)request.p));
	view_text(v, "notice", notice);
	view_text(v, "csrf", csrf);
	view_text(v, "request", request);
	view_flag(v, "has_asked", asked != 0);
	view_flag(v, "has_also", also != 0);
	err = ticks_list(page, v, "asked", asked, ticked);
	return err != 0 ? err : ticks_list(page, v, "also", also, ticked);
}

/* "https://accounts.spotify.com" of an address below it. */
static struct span
origin_of(struct span url)
{
	const uint8_t *slashes = url.n == 0 ? NULL : memmem(url.p, url.n, "://", 3);
	size_t n = slashes == NULL ? 0 : (size_t)(slashes - url.p) + 3;

	while (n > 0 && n < url.n && url.p[n] != '/')
		n++;
	return span_of(url.p, n);
}

struct span
consent_form_action(struct page *page)
{
	struct span accounts = origin_of(span_str(page->portal->conf.accounts_url));
	struct span result;
	struct buf out;
	err_t err;

	buf_init(&out, 512);
	err = buf_put_span(&out, accounts);
	if (err == 0)
		err = buf_put_str(&out, " ");
	if (err == 0)
		err = redirect_source(page->auth.redirect_uri, &out);
	/* Without it the way back would be blocked in some browsers; Spotify's
	 * alone lets at least the sign-in through. */
	result = page_copy(page, err == 0 ? buf_span(&out) : accounts);
	buf_free(&out);
	return result;
}
