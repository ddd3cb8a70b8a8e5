/* Own applications and invitations; see apps.h. */
#include "config.h"

#include <string.h>

#include "master/portal/account_view.h"
#include "master/portal/apps.h"
#include "master/portal/choice.h"
#include "master/portal/csrf.h"
#include "master/portal/escape.h"
#include "master/portal/form.h"
#include "master/portal/show.h"
#include "master/portal/trip.h"
#include "master/portal/trouble.h"
#include "shared/base/log.h"
#include "shared/crypto/token.h"
#include "shared/ipc/words.h"

#define GUESTS_MAX      4
#define LABEL_BYTES_MAX 64

/* What is kept from step to step. */
struct work {
	uint16_t status;
	const char *notice;          /* or NULL */
	struct span entered;         /* a client id that was none */
	struct span request;         /* of the client that waits, or empty */
	struct span code;            /* of an invitation */
	struct view guests[INVITES_SHOWN];
};

static struct work *
of(const struct page *page)
{
	return page->work;
}

static struct work *
work_create(struct page *page)
{
	void *room = NULL;

	if (arena_alloc(&page->arena, sizeof(struct work), &room) != 0) {
		show_message(page, MESSAGE_BROKEN, 0, span_str(""), span_str(""));
		return NULL;
	}
	memset(room, 0, sizeof(struct work));
	page->work = room;
	of(page)->status = 200;
	return room;
}

/* Refusals in these pages' own words where there are some. */
static void
on_failed(struct page *page, uint8_t why, uint32_t retry_after)
{
	const struct trouble t = {.why = why, .retry_after = retry_after, .own = true};

	if (why == PORTAL_NOT_OFFERED)
		trouble_show(page, &t);
	else
		show_failure(page, why, retry_after, span_str(""));
}

/* --- views ------------------------------------------------------------------------- */

static void
view_common(struct page *page, struct view *v)
{
	char proof[CSRF_CHARS + 1];

	show_common(page, v);
	if (csrf_make(page->portal->form_key, page->session, proof) != 0)
		page->broken = true;
	else
		view_text(v, "csrf", page_copy(page, span_str(proof)));
	view_text(v, "redirect_uri", page_text(page, "%s/callback", page->portal->conf.public_url));
	view_flag(v, "own_offered", page->portal->conf.own_apps);
	view_flag(v, "shared_offered", page->portal->conf.shared_app);
}

static struct span
hex_id(struct page *page, const uint8_t id[ID_BYTES])
{
	char text[2 * ID_BYTES + 1];
	size_t i;

	for (i = 0; i < ID_BYTES; i++) {
		text[2 * i] = "0123456789abcdef"[id[i] >> 4];
		text[2 * i + 1] = "0123456789abcdef"[id[i] & 15];
	}
	return page_copy(page, span_of(text, 2 * (size_t)ID_BYTES));
}

static void
view_guests(struct page *page, struct view *v)
{
	struct work *w = of(page);
	size_t i;

	for (i = 0; i < page->n_invites; i++) {
		const struct msg_invite_row *row = &page->invites[i];
		struct view *g = &w->guests[i];

		view_text(g, "label", row->label);
		view_text(g, "id", hex_id(page, row->id));
		view_text(g, "created", account_date(page, row->created_at));
		view_text(g, "expires", account_date(page, row->expires_at));
		view_text(g, "used", row->used_at == 0 ? span_str("") :
		    account_date(page, row->used_at));
	}
	view_list(v, "guests", w->guests, page->n_invites);
	view_flag(v, "has_guests", page->n_invites > 0);
	view_flag(v, "may_invite", page->n_invites < GUESTS_MAX);
}

/* --- /app ----------------------------------------------------------------------------- */

static void
show_app(struct page *page)
{
	const struct work *w = of(page);
	const struct reply r = {.status = w->status};
	bool person = page->account.spotify_id.n > 0;
	struct view v;

	view_common(page, &v);
	view_text(&v, "notice", span_str(w->notice));
	view_text(&v, "entered", w->entered);
	view_text(&v, "request", w->request);
	view_text(&v, "client_id", page->account.client_id);
	view_flag(&v, "uses_own", person && page->account.app == APP_OWN);
	view_flag(&v, "uses_guest", person && page->account.app == APP_GUEST);
	view_flag(&v, "uses_other", person && page->account.app != APP_SHARED);
	view_guests(page, &v);
	show_page(page, "app.html", &v, &r);
}

static void
on_person(struct page *page)
{
	struct msg_invites_get m;

	if (page->account.app != APP_OWN) {
		show_app(page);
		return;
	}
	memcpy(m.session, page->session_hash, HASH_BYTES);
	page_wait_for(page, WAIT_INVITES, ANSWER_MS,
	    send_invites_get(page->portal->vault, page_question(page), &m), show_app);
}

/* The page is for people who are not signed in as well. */
static void
on_no_person(struct page *page, uint8_t why, uint32_t retry_after)
{
	if (why != PORTAL_NO_SESSION) {
		on_failed(page, why, retry_after);
		return;
	}
	page->session = span_str("");
	memset(&page->account, 0, sizeof(page->account));
	show_app(page);
}

static void
look(struct page *page)
{
	if (page->session.n > 0)
		trip_ask_person(page, on_person, on_no_person);
	else
		show_app(page);
}

/* The client that waits, by its number; anything else is nothing. */
static struct span
read_request(struct page *page, struct span fields)
{
	struct span request = {0};
	uint8_t id[ID_BYTES];

	if (form_get(&page->arena, fields, "request", &request) != 0 || form_id(request, id) != 0)
		return span_str("");
	return request;
}

void
apps_show(struct page *page)
{
	struct work *w = work_create(page);

	if (w == NULL)
		return;
	w->request = read_request(page, page->query);
	look(page);
}

/* --- a choice is made, and Spotify comes next -------------------------------------------- */

static void
show_next(struct page *page, const struct choice *choice, struct span back)
{
	const struct reply r = {.status = 200, .cookie1 = choice_cookie(page, choice)};
	const struct span request = of(page)->request;
	struct view v;

	view_common(page, &v);
	view_text(&v, "client_id", choice->client_id);
	view_text(&v, "back", back);
	view_text(&v, "go", page_text(page, "/login?app=own%s%.*s",
	    request.n > 0 ? "&request=" : "", (int)request.n, (const char *)request.p));
	show_page(page, "app-next.html", &v, &r);
}

void
apps_use(struct page *page)
{
	const struct trouble not_offered = {.why = PORTAL_NOT_OFFERED, .own = true};
	struct work *w = work_create(page);
	struct choice choice = {0};
	struct span text = {0};
	err_t err;

	if (w == NULL)
		return;
	if (!page->portal->conf.own_apps) {
		trouble_show(page, &not_offered);
		return;
	}
	w->request = read_request(page, buf_span(&page->body));
	err = form_get(&page->arena, buf_span(&page->body), "client_id", &text);
	if (err == 0)
		err = choice_client_id(page, text, &choice.client_id);
	if (err == 0) {
		show_next(page, &choice, w->request.n == 0 ? span_str("/app") : page_text(page,
		    "/app?request=%.*s", (int)w->request.n, (const char *)w->request.p));
		return;
	}
	w->status = 400;
	w->entered = text.n <= 200 ? text : span_str("");
	w->notice = "That is no client id: it has 32 characters, digits and letters from a to f. "
	    "Copy it from the settings of your application.";
	look(page);
}

/* --- inviting --------------------------------------------------------------------------- */

static void
on_invited(struct page *page)
{
	const struct reply r = {.status = 200};
	struct view v;

	log_info("invitation_made");
	view_common(page, &v);
	view_text(&v, "label", page->label);
	view_text(&v, "link", page_text(page, "%s/invite?code=%s", page->portal->conf.public_url,
	    page->secret));
	show_page(page, "app-invite.html", &v, &r);
}

static err_t
ask_invite(struct page *page)
{
	struct msg_invite_new m = {.label = page->label};
	void *room;
	err_t err = arena_alloc(&page->arena, TOKEN_CHARS + 1, &room);

	if (err != 0)
		return err;
	page->secret = room;
	err = token_make(CRED_INVITE, page->account.user, page->portal->check_key, page->secret);
	if (err == 0)
		err = token_hash(span_str(page->secret), m.hash);
	if (err != 0)
		return err;
	memcpy(m.session, page->session_hash, HASH_BYTES);
	return send_invite_new(page->portal->vault, page_question(page), &m);
}

static void
on_inviter(struct page *page)
{
	page_wait_for(page, WAIT_OK, ANSWER_MS, ask_invite(page), on_invited);
}

void
apps_invite(struct page *page)
{
	struct span label = {0};

	if (form_get(&page->arena, buf_span(&page->body), "label", &label) != 0 ||
	    label.n == 0 || label.n > LABEL_BYTES_MAX || !escape_harmless(label)) {
		show_message(page, MESSAGE_FORM_WRONG, 0, span_str(""), span_str(""));
		return;
	}
	page->label = label;
	trip_ask_person(page, on_inviter, on_failed);
}

static void
on_dropped(struct page *page)
{
	log_info("invitation_dropped");
	show_redirect(page, span_str("/app"), span_str(""), span_str(""));
}

void
apps_invite_drop(struct page *page)
{
	struct msg_invite_drop m;
	struct span id = {0};

	if (form_get(&page->arena, buf_span(&page->body), "id", &id) != 0 ||
	    form_id(id, m.id) != 0) {
		show_message(page, MESSAGE_FORM_WRONG, 0, span_str(""), span_str(""));
		return;
	}
	memcpy(m.session, page->session_hash, HASH_BYTES);
	page_wait_for(page, WAIT_OK, ANSWER_MS,
	    send_invite_drop(page->portal->vault, page_question(page), &m), on_dropped);
}

/* --- being invited ------------------------------------------------------------------------ */

static void
on_no_invitation(struct page *page, uint8_t why, uint32_t retry_after)
{
	const struct trouble t = {.why = why, .retry_after = retry_after, .own = true};

	trouble_show(page, &t);
}

static void
on_invitation(struct page *page)
{
	const struct reply r = {.status = 200};
	struct view v;

	view_common(page, &v);
	view_text(&v, "inviter", page->invite.inviter);
	view_flag(&v, "guest", page->invite.app == APP_GUEST);
	view_flag(&v, "used", page->invite.used != 0);
	view_text(&v, "expires", account_date(page, page->invite.expires_at));
	view_text(&v, "code", of(page)->code);
	show_page(page, "invite.html", &v, &r);
}

static void
on_accepted(struct page *page)
{
	struct choice choice = {.code = of(page)->code};

	show_next(page, &choice, page_text(page, "/invite?code=%.*s", (int)choice.code.n,
	    (const char *)choice.code.p));
}

/* The command line's codes have no check sum; any other is ours by its own. */
static bool
could_be_ours(const struct page *page, struct span code)
{
	enum cred_kind kind = CRED_NONE;

	return code.n != TOKEN_CHARS || (token_check(code, page->portal->check_key, &kind) == 0 &&
	    kind == CRED_INVITE);
}

/* Asks the vault for the invitation with the code among the fields. */
static void
ask_invitation(struct page *page, struct span fields, void (*then)(struct page *))
{
	struct work *w = work_create(page);
	struct msg_invite_get m;

	if (w == NULL)
		return;
	if (form_get(&page->arena, fields, "code", &w->code) != 0 ||
	    !could_be_ours(page, w->code) || choice_invite(w->code, m.invite) != 0) {
		on_no_invitation(page, PORTAL_NOT_FOUND, 0);
		return;
	}
	page->failed = on_no_invitation;
	page_wait_for(page, WAIT_INVITE, ANSWER_MS,
	    send_invite_get(page->portal->vault, page_question(page), &m), then);
}

void
apps_invited(struct page *page)
{
	ask_invitation(page, page->query, on_invitation);
}

void
apps_accept(struct page *page)
{
	ask_invitation(page, buf_span(&page->body), on_accepted);
}
