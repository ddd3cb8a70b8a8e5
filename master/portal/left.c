/* What is left today; see left.h. */
#include "config.h"

#include <inttypes.h>
#include <string.h>
#include <time.h>

#include "master/portal/left.h"

#define LEFT_MS 3000

static const char *const family_names[] = {
#define X(name, text) text,
	SP_FAMILIES(X)
#undef X
};

static void
on_failed(struct page *page, uint8_t why, uint32_t retry_after)
{
	(void)why;
	(void)retry_after;
	page->failed = NULL;
	page->left_known = false;
	page->then(page);
}

void
left_ask(struct page *page, void (*then)(struct page *))
{
	struct msg_quota_get m;

	memcpy(m.session, page->session_hash, sizeof(m.session));
	page->failed = on_failed;
	page->then = then;
	page->left_known = false;
	memset(page->left, 0, sizeof(page->left));
	page_wait_for(page, WAIT_LEFT, LEFT_MS,
	    send_quota_get(page->portal->vault, page_question(page), &m), then);
}

bool
left_take(struct page *page, const struct msg_quota *m)
{
	if (m->family < SP_FAMILY_COUNT) {
		page->left[m->family] = *m;
		page->left_known = m->last != 0;
	}
	return m->last != 0;
}

/* "at 14:05 UTC today", or with the day. */
static struct span
clock_time(struct page *page, int64_t when, int64_t now)
{
	time_t t = (time_t)when, today = (time_t)now;
	struct tm tm, tn;

	if (gmtime_r(&t, &tm) == NULL || gmtime_r(&today, &tn) == NULL)
		return span_str("later");
	if (tm.tm_yday == tn.tm_yday && tm.tm_year == tn.tm_year)
		return page_text(page, "%02d:%02d UTC", tm.tm_hour, tm.tm_min);
	return page_text(page, "%02d:%02d UTC on %04d-%02d-%02d", tm.tm_hour, tm.tm_min,
	    tm.tm_year + 1900, tm.tm_mon + 1, tm.tm_mday);
}

static void
view_family(struct page *page, struct view *v, const struct msg_quota *m, int64_t now)
{
	const uint32_t left = m->allowed > m->used ? m->allowed - m->used : 0;

	v->n = 0;
	v->full = false;
	view_text(v, "family", span_str(family_names[m->family]));
	view_text(v, "used", page_text(page, "%" PRIu32, m->used));
	view_text(v, "allowed", m->allowed == 0 ? span_str("") :
	    page_text(page, "%" PRIu32, m->allowed));
	view_text(v, "left", page_text(page, "%" PRIu32, left));
	view_text(v, "until", m->until <= now ? span_str("") :
	    clock_time(page, m->until, now));
}

err_t
left_view(struct page *page, struct view *v, int64_t now)
{
	struct view *items;
	void *room;
	size_t n = 0;
	unsigned i;
	err_t err = arena_alloc(&page->arena, sizeof(*items) * SP_FAMILY_COUNT, &room);

	if (err != 0)
		return err;
	items = room;
	view_text(v, "each", span_str(""));
	for (i = 0; i < SP_FAMILY_COUNT && page->left_known; i++) {
		const struct msg_quota *m = &page->left[i];

		if (m->allowed > 0)
			view_text(v, "each", page_text(page, "%" PRIu32, m->allowed));
		if (m->used > 0 || m->until > now)
			view_family(page, &items[n++], m, now);
	}
	view_flag(v, "left_known", page->left_known);
	view_flag(v, "any_used", n > 0);
	view_list(v, "families", items, n);
	return 0;
}
