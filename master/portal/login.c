/* Sign-in; see login.h. */
#include "config.h"

#include <string.h>

#include "master/portal/choice.h"
#include "master/portal/form.h"
#include "master/portal/login.h"
#include "master/portal/session.h"
#include "master/portal/show.h"
#include "master/portal/trip.h"
#include "master/portal/trouble.h"
#include "shared/base/clock.h"
#include "shared/base/log.h"
#include "shared/ipc/scopes.h"
#include "shared/ipc/words.h"

static void
say_over(struct page *page)
{
	show_message(page, MESSAGE_REQUEST_OVER, 0, span_str(""), span_str(""));
}

/* Through what this person or this browser signed in before, or what the link
 * names.  False, and the page is answered, when there is nothing to go through. */
static bool
choose_app(struct page *page, struct trip *t)
{
	const struct portal_conf *c = &page->portal->conf;
	struct choice choice = {0};
	bool have = choice_read(page, &choice) == 0;

	if (have && (t->own || (choice.kept && !t->shared && !t->person))) {
		t->client_id = choice.client_id;
		memcpy(t->invite, choice.invite, HASH_BYTES);
		t->foreign = t->chosen = true;
	} else if (t->person && !t->shared && !t->own && page->account.app != APP_SHARED) {
		t->client_id = page->account.client_id;
		t->foreign = true;
	}
	if (t->foreign || (c->shared_app && !t->own))
		return true;
	show_redirect(page, page_text(page, "/app%s%.*s", t->request.n > 0 ? "?request=" : "",
	    (int)t->request.n, (const char *)t->request.p), span_str(""), span_str(""));
	return false;
}

/* The union of what is needed and what was granted, so that nothing that works
 * stops working; without either, all that own scopes need. */
static void
choose_scopes(struct page *page, struct trip *t)
{
	if (t->person && !t->other_account)
		t->granted = page->account.spotify_scopes;
	if (t->wanted == 0 && t->granted.n == 0 && t->request.n == 0)
		t->wanted = SCOPE_ALL;
}

/* The sign-in was not begun.  A choice that leads nowhere is forgotten. */
static void
on_not_begun(struct page *page, uint8_t why, uint32_t retry_after)
{
	const struct trip *t = trip_of(page);
	struct trouble trouble = {.why = why, .retry_after = retry_after, .own = t->foreign,
	    .request = t->request};

	if (t->chosen && (why == PORTAL_NOT_OFFERED || why == PORTAL_NOT_FOUND))
		trouble.cookie1 = choice_cookie(page, NULL);
	trouble_show(page, &trouble);
}

static void
go(struct page *page)
{
	struct trip *t = trip_of(page);

	if (!choose_app(page, t))
		return;
	choose_scopes(page, t);
	trip_set_out(page, on_not_begun);
}

static void
on_request_over(struct page *page, uint8_t why, uint32_t retry_after)
{
	if (why == PORTAL_UNAVAILABLE)
		show_failure(page, why, retry_after, span_str(""));
	else
		say_over(page);
}

static void
on_auth(struct page *page)
{
	struct trip *t = trip_of(page);

	t->wanted |= page->auth.consented != 0 ? page->auth.consented : page->auth.scopes;
	go(page);
}

static void
on_person(struct page *page)
{
	struct trip *t = trip_of(page);

	t->person = page->account.spotify_id.n > 0;
	if (t->request.n > 0)
		trip_ask_request(page, on_auth, on_request_over);
	else
		go(page);
}

/* A session that is over is as good as none. */
static void
on_no_person(struct page *page, uint8_t why, uint32_t retry_after)
{
	if (why != PORTAL_NO_SESSION) {
		show_failure(page, why, retry_after, span_str(""));
		return;
	}
	memset(&page->account, 0, sizeof(page->account));
	on_person(page);
}

/* False, and the page is answered, if too many come from that address. */
static bool
begin_allowed(struct page *page)
{
	uint32_t wait_s = 0;

	if (begins_allow(&page->portal->begins, page->client, clock_mono_ms(), &wait_s))
		return true;
	page->portal->begins_refused++;
	/* Once for a hundred: whoever does this could fill the log. */
	if (page->portal->begins_refused % 100 == 1)
		log_warn("sign_ins_refused", LF_SPAN("address", page->client),
		    LF_UINT("so_far", page->portal->begins_refused));
	show_message(page, MESSAGE_BUSY, wait_s, span_str(""), span_str(""));
	return false;
}

static bool
says(struct page *page, const char *name, const char *value)
{
	struct span got = {0};

	return form_get(&page->arena, page->query, name, &got) == 0 && span_is(got, value);
}

/* What the link says; false, and the page is answered, if it names no request. */
static bool
read_link(struct page *page, struct trip *t)
{
	struct span scopes = {0};

	t->other_account = says(page, "switch", "1");
	t->shared = says(page, "app", "shared");
	t->own = says(page, "app", "own");
	if (form_get(&page->arena, page->query, "scopes", &scopes) == 0)
		t->wanted = span_is(scopes, "all") ? SCOPE_ALL : scopes_read(scopes, NULL);
	if (form_get(&page->arena, page->query, "request", &t->request) != 0)
		t->request = span_str("");
	if (t->request.n == 0 || form_id(t->request, t->auth) == 0)
		return true;
	say_over(page);
	return false;
}

void
login_start(struct page *page)
{
	struct trip *t;

	if (!begin_allowed(page))
		return;
	t = trip_create(page);
	if (t == NULL || !read_link(page, t))
		return;
	if (page->session.n > 0)
		trip_ask_person(page, on_person, on_no_person);
	else
		on_person(page);
}

