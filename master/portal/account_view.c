/* An account in words; see account_view.h. */
#include "config.h"

#include <inttypes.h>
#include <string.h>
#include <time.h>

#include "master/portal/account_view.h"
#include "master/portal/consent_view.h"
#include "master/portal/csrf.h"
#include "master/portal/left.h"
#include "master/portal/session.h"
#include "master/portal/ticks.h"
#include "shared/crypto/hash.h"
#include "shared/http/query.h"
#include "shared/ipc/scopes.h"
#include "shared/ipc/words.h"

#define DAY            (24 * 3600)
#define VALID_MONTHS   6
#define WARN_SECONDS   (14 * DAY)

int64_t
account_valid_until(int64_t authorized_at)
{
	time_t t = (time_t)authorized_at;
	struct tm tm;
	int day;

	(void)gmtime_r(&t, &tm);
	day = tm.tm_mday;
	tm.tm_mon += VALID_MONTHS;
	t = timegm(&tm);
	/* 31 August and 6 months would be 3 March: go back to the month's end. */
	if (tm.tm_mday != day) {
		tm.tm_mday = 0;
		t = timegm(&tm);
	}
	return (int64_t)t;
}

struct span
account_date(struct page *page, int64_t when)
{
	static const char *const months[] = {"January", "February", "March", "April", "May",
	    "June", "July", "August", "September", "October", "November", "December"};
	time_t t = (time_t)when;
	struct tm tm;

	if (gmtime_r(&t, &tm) == NULL)
		return span_str("unknown");
	return page_text(page, "%d %s %d", tm.tm_mday, months[tm.tm_mon], tm.tm_year + 1900);
}

struct span
account_ago(struct page *page, int64_t when, int64_t now)
{
	int64_t days = (now - when) / DAY;

	if (when == 0)
		return span_str("never");
	if (now - when < 3600)
		return span_str("just now");
	if (days <= 0)
		return span_str("today");
	if (days == 1)
		return span_str("yesterday");
	return days <= 31 ? page_text(page, "%" PRId64 " days ago", days) :
	    account_date(page, when);
}

/* "open.spotify.com" page of the person (a link back, as Spotify asks). */
static struct span
profile_url(struct page *page)
{
	struct buf url;
	struct span result = span_str("");

	buf_init(&url, 1024);
	if (buf_put_str(&url, "https://open.spotify.com/user/") == 0 &&
	    http_escape(page->account.spotify_id, &url) == 0)
		result = page_copy(page, buf_span(&url));
	buf_free(&url);
	return result;
}

static void
view_credential(struct page *page, struct view *v, const struct msg_account_cred *c, int64_t now)
{
	char grant[2 * ID_BYTES + 1];

	hex_encode(span_of(c->grant, ID_BYTES), grant);
	v->n = 0;
	v->full = false;
	view_text(v, "grant", page_copy(page, span_str(grant)));
	view_text(v, "label", c->label.n > 0 ? c->label : span_str("Without a name"));
	view_text(v, "access", ticks_words(page, c->scopes));
	view_text(v, "host", consent_host(c->client));
	view_text(v, "created", account_date(page, c->created_at));
	view_text(v, "used", account_ago(page, c->last_used_at, now));
	view_flag(v, "expired", c->expires_at != 0 && c->expires_at <= now);
	view_text(v, "expires", c->expires_at == 0 ? span_str("") :
	    account_date(page, c->expires_at));
}

/* A list of the credentials of one kind, newest first as the vault gave them,
 * and whether there are any. */
static err_t
view_credentials(struct page *page, struct view *v, const char *name, const char *any,
    uint8_t kind, int64_t now)
{
	struct view *items;
	void *room;
	size_t i, n = 0;
	err_t err;

	for (i = 0; i < page->n_creds; i++)
		n += page->creds[i].cred_kind == kind;
	err = arena_alloc(&page->arena, sizeof(*items) * (n + 1), &room);
	if (err != 0)
		return err;
	items = room;
	n = 0;
	for (i = 0; i < page->n_creds; i++)
		if (page->creds[i].cred_kind == kind)
			view_credential(page, &items[n++], &page->creds[i], now);
	view_list(v, name, items, n);
	view_flag(v, any, n > 0);
	return 0;
}

/* What Spotify has granted, own scope by own scope. */
static err_t
view_permissions(struct page *page, struct view *v)
{
	uint32_t granted = 0;
	size_t i;

	for (i = 0; i < SCOPES_N; i++)
		if (scopes_covered(span_str(own_scopes[i].spotify), page->account.spotify_scopes))
			granted |= own_scopes[i].bit;
	view_flag(v, "narrow_grant", granted != SCOPE_ALL);
	return ticks_list(page, v, "permissions", SCOPE_ALL, granted);
}

static void
view_application(struct page *page, struct view *v)
{
	const struct msg_account *a = &page->account;

	view_flag(v, "app_shared", a->app == APP_SHARED);
	view_flag(v, "app_own", a->app == APP_OWN);
	view_flag(v, "app_guest", a->app == APP_GUEST);
	view_flag(v, "extended", a->mode != 0);
	view_text(v, "client_id", a->client_id);
}

static void
view_validity(struct page *page, struct view *v, int64_t now)
{
	int64_t until = account_valid_until(page->account.authorized_at);
	int64_t days = (until - now) / DAY;

	view_text(v, "authorized", account_date(page, page->account.authorized_at));
	view_text(v, "valid_until", account_date(page, until));
	view_flag(v, "lapsed", until <= now);
	view_flag(v, "lapsing", until > now && until - now <= WARN_SECONDS);
	view_text(v, "days_left", days < 1 ? span_str("less than a day") : days == 1 ?
	    span_str("one day") : page_text(page, "%" PRId64 " days", days));
}

static const char *const notices[] = {
	"",
	"The personal link is switched off. Whoever uses it is refused from now on.",
	"The token is revoked. Whoever uses it is refused from now on.",
	"The client is disconnected. It is refused from now on.",
	"Everything is revoked. Clients, tokens and link are refused from now on.",
};

err_t
account_view(struct page *page, struct view *v, int64_t now)
{
	const struct msg_account *a = &page->account;
	unsigned notice = session_notice(page);
	char field[CSRF_CHARS + 1];
	err_t err;

	err = csrf_make(page->portal->form_key, page->session, field);
	if (err != 0)
		return err;
	view_text(v, "csrf", page_copy(page, span_str(field)));
	view_text(v, "name", a->display_name.n > 0 ? a->display_name : a->spotify_id);
	view_text(v, "spotify_id", a->spotify_id);
	view_text(v, "profile_url", profile_url(page));
	view_text(v, "signed_in_at", account_ago(page, a->signed_in_at, now));
	view_flag(v, "live", a->live_worker != 0);
	view_text(v, "notice", span_str(notice < sizeof(notices) / sizeof(notices[0]) ?
	    notices[notice] : ""));
	view_validity(page, v, now);
	view_application(page, v);
	view_flag(v, "has_any", page->n_creds > 0);
	err = view_credentials(page, v, "link", "has_link", CRED_LINK, now);
	if (err == 0)
		err = view_credentials(page, v, "tokens", "has_tokens", CRED_PERSONAL, now);
	if (err == 0)
		err = view_credentials(page, v, "clients", "has_clients", CRED_OAUTH, now);
	if (err == 0)
		err = view_permissions(page, v);
	if (err == 0)
		err = left_view(page, v, now);
	return err != 0 ? err : ticks_list(page, v, "ticks", SCOPE_ALL, SCOPE_ALL);
}
