/* The authorization endpoint; see authorize.h. */
#include "config.h"

#include <strings.h>

#include "master/portal/authorize.h"
#include "master/portal/clients.h"
#include "master/portal/form.h"
#include "master/portal/oauth_return.h"
#include "master/portal/session.h"
#include "master/portal/show.h"
#include "shared/base/clock.h"
#include "shared/base/log.h"
#include "shared/crypto/b64.h"
#include "shared/crypto/hash.h"
#include "shared/http/redirects.h"
#include "shared/ipc/scopes.h"
#include "shared/ipc/words.h"

#define STATE_MAX 4096
#define CHALLENGE_CHARS B64URL_LEN(SHA256_BYTES)

/* The request as far as it has been read. */
struct asked {
	struct span client_id, challenge;
	struct oauth_return back;
	uint32_t scopes;
};

/* What is wrong with it, for the client; error NULL: nothing. */
struct fault {
	const char *error, *what;
};

static void
refuse(struct page *page, enum message which)
{
	log_info("authorization_refused", LF_UINT("page", which));
	show_message(page, which, 0, span_str(""), span_str(""));
}

static err_t
param(struct page *page, const char *name, struct span *out)
{
	*out = span_str("");
	return form_get(&page->arena, page->query, name, out);
}

bool
authorize_resource(const char *public_url, struct span resource)
{
	const size_t n = strlen(public_url);

	if (resource.n == 0)
		return true;
	if (resource.p[resource.n - 1] == '/')
		resource.n--;
	if (resource.n < n || strncasecmp((const char *)resource.p, public_url, n) != 0)
		return false;
	return resource.n == n || span_is(span_of(resource.p + n, resource.n - n), "/mcp");
}

/* --- what the client may hear of ------------------------------------------------------- */

/* S256 or nothing: a request without a challenge, or with a plain one, would
 * let whoever sees the code use it. */
static struct fault
check_challenge(struct page *page, struct asked *a)
{
	uint8_t raw[SHA256_BYTES];
	struct span method;
	size_t n = 0;

	if (param(page, "code_challenge", &a->challenge) != 0)
		return (struct fault){"invalid_request", "code_challenge is missing (PKCE)"};
	if (param(page, "code_challenge_method", &method) != 0 || !span_is(method, "S256"))
		return (struct fault){"invalid_request", "code_challenge_method must be S256"};
	if (a->challenge.n != CHALLENGE_CHARS ||
	    b64url_decode(a->challenge, raw, sizeof(raw), &n) != 0)
		return (struct fault){"invalid_request", "code_challenge is not a SHA-256 hash"};
	return (struct fault){NULL, NULL};
}

static struct fault
check_scope(struct page *page, struct asked *a)
{
	struct span names;
	err_t err = param(page, "scope", &names);

	if (err != 0 && err != ERR_NOTFOUND)
		return (struct fault){"invalid_request", "scope came twice or is not readable"};
	a->scopes = names.n == 0 ? SCOPE_PRESET : scopes_whole(scopes_read(names, NULL));
	if (a->scopes == 0)
		return (struct fault){"invalid_scope", "none of these scopes is offered here"};
	return (struct fault){NULL, NULL};
}

static struct fault
check_type(struct page *page)
{
	struct span value;
	err_t err = param(page, "response_type", &value);

	if (err != 0)
		return (struct fault){"invalid_request", "response_type is missing or came twice"};
	if (!span_is(value, "code"))
		return (struct fault){"unsupported_response_type", "response_type must be code"};
	err = param(page, "response_mode", &value);
	if (err != ERR_NOTFOUND && (err != 0 || !span_is(value, "query")))
		return (struct fault){"invalid_request", "response_mode must be query"};
	return (struct fault){NULL, NULL};
}

static struct fault
check_rest(struct page *page)
{
	struct span value;
	err_t err = param(page, "resource", &value);

	if ((err != 0 && err != ERR_NOTFOUND) ||
	    !authorize_resource(page->portal->conf.public_url, value))
		return (struct fault){"invalid_target", "tokens are issued for this server only"};
	err = param(page, "prompt", &value);
	if (err != 0 && err != ERR_NOTFOUND)
		return (struct fault){"invalid_request", "prompt came twice or is not readable"};
	/* The person is asked each time. */
	if (span_is(value, "none"))
		return (struct fault){"consent_required", "the person has to be asked"};
	return (struct fault){NULL, NULL};
}

static struct fault
check(struct page *page, struct asked *a)
{
	struct fault f = check_type(page);

	if (f.error == NULL)
		f = check_challenge(page, a);
	if (f.error == NULL)
		f = check_scope(page, a);
	return f.error != NULL ? f : check_rest(page);
}

/* --- on to consent ------------------------------------------------------------------------ */

static void
on_begun(struct page *page)
{
	char id[2 * ID_BYTES + 1];

	hex_encode(span_of(page->auth_id, ID_BYTES), id);
	show_redirect(page, page_text(page, "/consent?request=%s", id),
	    session_browser_cookie(page, span_str(page->secret)), span_str(""));
}

static void
begin(struct page *page, const struct asked *a)
{
	struct msg_auth_begin m = {.client_id = a->client_id,
	    .redirect_uri = a->back.redirect_uri, .has_state = a->back.has_state,
	    .state = a->back.state, .challenge = a->challenge, .scopes = a->scopes};
	struct span browser;
	err_t err;

	/* Two clients may be connected at once in one browser. */
	err = session_browser(page, &browser, m.browser);
	if (err == 0)
		err = arena_strdup(&page->arena, browser, &page->secret);
	else
		err = session_random(page, &page->secret, m.browser);
	if (err == 0)
		err = send_auth_begin(page->portal->vault, page_question(page), &m);
	page_wait_for(page, WAIT_AUTH_BEGUN, ANSWER_MS, err, on_begun);
}

/* From here on faults may be told to the client, at an address that is its own. */
static void
judge(struct page *page, struct asked *a)
{
	struct fault f;
	err_t err = param(page, "state", &a->back.state);

	a->back.has_state = err == 0;
	if (a->back.state.n > STATE_MAX || !oauth_return_fits(&a->back)) {
		refuse(page, MESSAGE_CLIENT_REQUEST);
		return;
	}
	f = err != 0 && err != ERR_NOTFOUND ?
	    (struct fault){"invalid_request", "state came twice or is not readable"} :
	    check(page, a);
	if (f.error == NULL) {
		begin(page, a);
		return;
	}
	log_info("authorization_refused", LF_STR("error", f.error));
	oauth_return_unasked(page, &a->back, f.error, f.what);
}

static void
on_client(struct page *page, enum clients_found found, uint32_t retry_after)
{
	struct asked *a = page->work;

	if (found == CLIENTS_AWAY)
		page_fail(page, PORTAL_UNAVAILABLE, retry_after);
	else if (found == CLIENTS_UNKNOWN)
		refuse(page, MESSAGE_CLIENT_UNKNOWN);
	else if (found == CLIENTS_NO_DOCUMENT && page->fetch_why == FETCH_BUSY)
		page_fail(page, PORTAL_UNAVAILABLE, 5);
	else if (found == CLIENTS_NO_DOCUMENT)
		refuse(page, MESSAGE_CLIENT_SILENT);
	else if (!redirects_allow(page->mcp_client.redirects, a->back.redirect_uri))
		refuse(page, MESSAGE_CLIENT_ADDRESS);
	else
		judge(page, a);
}

void
authorize(struct page *page)
{
	struct asked *a;
	uint32_t wait_s = 0;
	void *room;

	if (!begins_allow(&page->portal->authorizations, page->client, clock_mono_ms(), &wait_s)) {
		show_message(page, MESSAGE_BUSY, wait_s, span_str(""), span_str(""));
		return;
	}
	if (arena_alloc(&page->arena, sizeof(*a), &room) != 0) {
		page_fail(page, PORTAL_UNAVAILABLE, 5);
		return;
	}
	page->work = a = room;
	/* Who asks, and where the answer goes: without both there is nobody to
	 * tell anything to but the person. */
	if (param(page, "client_id", &a->client_id) != 0 || a->client_id.n == 0 ||
	    param(page, "redirect_uri", &a->back.redirect_uri) != 0)
		refuse(page, MESSAGE_CLIENT_REQUEST);
	else
		clients_find(page, a->client_id, on_client);
}
