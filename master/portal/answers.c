/* Answers of the vault; see answers.h. */
#include "config.h"

#include <string.h>

#include "master/portal/answers.h"
#include "master/portal/csrf.h"
#include "master/portal/left.h"
#include "master/portal/page.h"
#include "shared/fault/fault.h"
#include "shared/ipc/words.h"

/* What was said is in the page: on with it. */
static err_t
next_step(struct page *page)
{
	FAULT(portal_answered);
	page->wait = WAIT_NOTHING;
	if (page->broken)
		page_fail(page, PORTAL_UNAVAILABLE, 5);
	else
		page->then(page);
	return 0;
}

/* --- signing in ---------------------------------------------------------------------- */

static err_t
on_login_started(void *owner, struct channel *ch, const struct frame *f)
{
	struct page *page = page_asking(owner, f->request, WAIT_LOGIN_STARTED);
	struct msg_login_started m;
	err_t err = msg_get_login_started(f->body, &m);

	(void)ch;
	if (err != 0 || page == NULL)
		return err;
	page->challenge = page_copy(page, m.challenge);
	page->client_id = page_copy(page, m.client_id);
	return next_step(page);
}

static err_t
on_login_done(void *owner, struct channel *ch, const struct frame *f)
{
	struct page *page = page_asking(owner, f->request, WAIT_LOGIN_DONE);
	struct msg_login_done m;
	err_t err = msg_get_login_done(f->body, &m);

	(void)ch;
	if (err != 0 || page == NULL)
		return err;
	page->login = m;
	page->login.missing = page_copy(page, m.missing);
	return next_step(page);
}

/* --- the account --------------------------------------------------------------------- */

static err_t
on_account(void *owner, struct channel *ch, const struct frame *f)
{
	struct page *page = page_asking(owner, f->request, WAIT_ACCOUNT);
	struct msg_account m;
	void *room = NULL;
	err_t err = msg_get_account(f->body, &m);

	(void)ch;
	if (err != 0 || page == NULL)
		return err;
	page->account = m;
	page->account.display_name = page_copy(page, m.display_name);
	page->account.spotify_id = page_copy(page, m.spotify_id);
	page->account.spotify_scopes = page_copy(page, m.spotify_scopes);
	page->account.client_id = page_copy(page, m.client_id);
	page->n_creds = 0;
	page->creds_due = m.credentials;
	if (arena_alloc(&page->arena, sizeof(*page->creds) * CREDS_SHOWN, &room) != 0) {
		page_fail(page, PORTAL_UNAVAILABLE, 5);
		return 0;
	}
	page->creds = room;
	if (page->creds_due == 0)
		return next_step(page);
	page->wait = WAIT_CREDS;
	return 0;
}

static err_t
on_account_cred(void *owner, struct channel *ch, const struct frame *f)
{
	struct page *page = page_asking(owner, f->request, WAIT_CREDS);
	struct msg_account_cred m;
	err_t err = msg_get_account_cred(f->body, &m);

	(void)ch;
	if (err != 0 || page == NULL)
		return err;
	if (page->n_creds < CREDS_SHOWN) {
		m.label = page_copy(page, m.label);
		m.client = page_copy(page, m.client);
		page->creds[page->n_creds++] = m;
	}
	return --page->creds_due == 0 ? next_step(page) : 0;
}

static err_t
on_quota(void *owner, struct channel *ch, const struct frame *f)
{
	struct page *page = page_asking(owner, f->request, WAIT_LEFT);
	struct msg_quota m;
	err_t err = msg_get_quota(f->body, &m);

	(void)ch;
	if (err != 0 || page == NULL)
		return err;
	return left_take(page, &m) ? next_step(page) : 0;
}

/* --- MCP clients and what they ask for ------------------------------------------------- */

static err_t
on_client(void *owner, struct channel *ch, const struct frame *f)
{
	struct page *page = page_asking(owner, f->request, WAIT_CLIENT);
	struct msg_client m;
	err_t err = msg_get_client(f->body, &m);

	(void)ch;
	if (err != 0 || page == NULL)
		return err;
	page->mcp_client = m;
	page->mcp_client.client_id = page_copy(page, m.client_id);
	page->mcp_client.name = page_copy(page, m.name);
	page->mcp_client.uri = page_copy(page, m.uri);
	page->mcp_client.redirects = page_copy(page, m.redirects);
	return next_step(page);
}

static err_t
on_client_kept(void *owner, struct channel *ch, const struct frame *f)
{
	struct page *page = page_asking(owner, f->request, WAIT_CLIENT_KEPT);
	struct msg_client_kept m;
	err_t err = msg_get_client_kept(f->body, &m);

	(void)ch;
	if (err != 0 || page == NULL)
		return err;
	page->kept = m;
	page->kept.client_id = page_copy(page, m.client_id);
	return next_step(page);
}

static err_t
on_auth_begun(void *owner, struct channel *ch, const struct frame *f)
{
	struct page *page = page_asking(owner, f->request, WAIT_AUTH_BEGUN);
	struct msg_auth_begun m;
	err_t err = msg_get_auth_begun(f->body, &m);

	(void)ch;
	if (err != 0 || page == NULL)
		return err;
	memcpy(page->auth_id, m.auth, sizeof(page->auth_id));
	return next_step(page);
}

static err_t
on_auth(void *owner, struct channel *ch, const struct frame *f)
{
	struct page *page = page_asking(owner, f->request, WAIT_AUTH);
	struct msg_auth m;
	err_t err = msg_get_auth(f->body, &m);

	(void)ch;
	if (err != 0 || page == NULL)
		return err;
	page->auth = m;
	page->auth.client_id = page_copy(page, m.client_id);
	page->auth.name = page_copy(page, m.name);
	page->auth.uri = page_copy(page, m.uri);
	page->auth.redirects = page_copy(page, m.redirects);
	page->auth.redirect_uri = page_copy(page, m.redirect_uri);
	page->auth.state = page_copy(page, m.state);
	return next_step(page);
}

static err_t
on_tokens(void *owner, struct channel *ch, const struct frame *f)
{
	struct page *page = page_asking(owner, f->request, WAIT_TOKENS);
	struct msg_tokens m;
	err_t err = msg_get_tokens(f->body, &m);

	(void)ch;
	if (err != 0 || page == NULL)
		return err;
	page->tokens = m;
	page->tokens.sealed = page_copy(page, m.sealed);
	return next_step(page);
}

/* --- invitations --------------------------------------------------------------------- */

static err_t
on_invite(void *owner, struct channel *ch, const struct frame *f)
{
	struct page *page = page_asking(owner, f->request, WAIT_INVITE);
	struct msg_invite m;
	err_t err = msg_get_invite(f->body, &m);

	(void)ch;
	if (err != 0 || page == NULL)
		return err;
	page->invite = m;
	page->invite.inviter = page_copy(page, m.inviter);
	return next_step(page);
}

static err_t
on_invites(void *owner, struct channel *ch, const struct frame *f)
{
	struct page *page = page_asking(owner, f->request, WAIT_INVITES);
	struct msg_invites m;
	err_t err = msg_get_invites(f->body, &m);

	(void)ch;
	if (err != 0 || page == NULL)
		return err;
	page->n_invites = 0;
	page->invites_due = m.invites;
	if (m.invites == 0)
		return next_step(page);
	page->wait = WAIT_INVITE_ROWS;
	return 0;
}

static err_t
on_invite_row(void *owner, struct channel *ch, const struct frame *f)
{
	struct page *page = page_asking(owner, f->request, WAIT_INVITE_ROWS);
	struct msg_invite_row m;
	err_t err = msg_get_invite_row(f->body, &m);

	(void)ch;
	if (err != 0 || page == NULL)
		return err;
	if (page->n_invites < INVITES_SHOWN) {
		m.label = page_copy(page, m.label);
		page->invites[page->n_invites++] = m;
	}
	return --page->invites_due == 0 ? next_step(page) : 0;
}

/* --- to every question ----------------------------------------------------------------- */

static err_t
on_portal_ok(void *owner, struct channel *ch, const struct frame *f)
{
	struct page *page = page_asking(owner, f->request, WAIT_OK);

	(void)ch;
	return page == NULL ? 0 : next_step(page);
}

static err_t
on_portal_failed(void *owner, struct channel *ch, const struct frame *f)
{
	struct portal *p = owner;
	struct page *page = p->pages;
	struct msg_portal_failed m;
	err_t err = msg_get_portal_failed(f->body, &m);

	(void)ch;
	if (err != 0)
		return err;
	while (page != NULL && page->question != f->request)
		page = page->next;
	if (page != NULL && page_asks_vault(page))
		page_fail(page, m.why, m.retry_after);
	return 0;
}

static err_t
on_check_key(void *owner, struct channel *ch, const struct frame *f)
{
	struct portal *p = owner;
	struct msg_check_key m;
	err_t err = msg_get_check_key(f->body, &m);

	(void)ch;
	if (err != 0)
		return err;
	memcpy(p->check_key, m.key, sizeof(p->check_key));
	explicit_bzero(&m, sizeof(m));
	p->have_key = csrf_key(p->check_key, p->form_key) == 0;
	return 0;
}

static const struct channel_rule rules[] = {
	{.type = MSG_LOGIN_STARTED, .handle = on_login_started},
	{.type = MSG_LOGIN_DONE, .handle = on_login_done},
	{.type = MSG_ACCOUNT, .handle = on_account},
	{.type = MSG_ACCOUNT_CRED, .handle = on_account_cred},
	{.type = MSG_QUOTA, .handle = on_quota},
	{.type = MSG_CLIENT, .handle = on_client},
	{.type = MSG_CLIENT_KEPT, .handle = on_client_kept},
	{.type = MSG_AUTH_BEGUN, .handle = on_auth_begun},
	{.type = MSG_AUTH, .handle = on_auth},
	{.type = MSG_TOKENS, .handle = on_tokens},
	{.type = MSG_INVITE, .handle = on_invite},
	{.type = MSG_INVITES, .handle = on_invites},
	{.type = MSG_INVITE_ROW, .handle = on_invite_row},
	{.type = MSG_PORTAL_OK, .handle = on_portal_ok},
	{.type = MSG_PORTAL_FAILED, .handle = on_portal_failed},
	{.type = MSG_CHECK_KEY, .handle = on_check_key},
};
const struct channel_table answers_table = {.peer = "vault", .vital = true, .rules = rules,
	.n_rules = sizeof(rules) / sizeof(rules[0]), .max_queue = 4 * 1024 * 1024};
