/* What browsers send, and what strangers' words become in a page. */
#include "config.h"

#include "master/portal/csrf.h"
#include "master/portal/escape.h"
#include "master/portal/form.h"
#include "master/portal/template.h"
#include "master/portal/web.h"
#include "shared/json/guard.h"
#include "tests/fuzz/fuzz.h"

/* First line: a name; second: a cookie, an origin, a type; then the form. */
FUZZ(portal_form)
{
	static const uint8_t key[KEY_BYTES] = {3};
	struct span name = take_until(&in, '\n'), head = take_until(&in, '\n'), value;
	struct arena a;
	char text[64];
	size_t i;
	err_t err;

	arena_init(&a, 65536);
	for (i = 0; i < name.n && i < sizeof(text) - 1; i++)
		text[i] = (char)name.p[i];
	text[i] = '\0';
	err = form_get(&a, in, text, &value);
	must(err == 0 || err == ERR_NOTFOUND || err == ERR_SYNTAX || err == ERR_LIMIT);
	if (err == 0)
		must(value.n == 0 || memchr(value.p, 0, value.n) == NULL);
	if (cookie_get(head, text, &value) == 0)
		must(value.n == 0 || (value.p >= head.p && value.p + value.n <= head.p + head.n));
	(void)form_type(head);
	if (csrf_same_site(head, name, "https://tonearm.example"))
		must(span_is(head, "https://tonearm.example") || span_is(name, "same-origin"));
	must(!csrf_ok(key, name, head) && !csrf_ok(key, name, in));
	arena_reset(&a);
}

/* Characters that mean something in HTML; a stranger must add none. */
static void
count_marks(const struct buf *page, size_t marks[4])
{
	static const char which[] = "<>\"'";
	size_t i;

	memset(marks, 0, 4 * sizeof(*marks));
	for (i = 0; i < page->len; i++) {
		const char *at = strchr(which, page->data[i]);

		if (page->data[i] != '\0' && at != NULL)
			marks[at - which]++;
	}
}

static void
fill(struct view *v, struct view items[2], struct span text)
{
	static const char *const texts[] = {"access", "action", "authorized", "client",
	    "client_host", "client_id", "contact", "contact_url", "created", "csrf", "days_left",
	    "detail", "expires", "field", "grant", "host", "href", "label", "name", "next",
	    "notice", "operator", "person", "profile_url", "public_url", "request", "secret",
	    "sentence", "signed_in_at", "spotify_id", "switch_url", "target", "target_host",
	    "target_note", "title", "used", "valid_until", "version", "vouched", "what"};
	static const char *const flags[] = {"app_guest", "app_own", "app_shared", "development",
	    "expired", "extended", "has_also", "has_any", "has_asked", "has_clients", "has_tokens",
	    "lapsed", "lapsing", "link", "live", "local", "narrow_grant", "own_apps", "refused",
	    "sandbox", "signed_in", "ticked"};
	size_t i;

	for (i = 0; i < sizeof(texts) / sizeof(texts[0]); i++) {
		view_text(v, texts[i], text);
		view_text(&items[0], texts[i], text);
	}
	for (i = 0; i < sizeof(flags) / sizeof(flags[0]); i++)
		view_flag(v, flags[i], true);
	must(!v->full && !items[0].full);
}

static err_t
render(const char *file, struct span text, struct buf *out)
{
	static const char *const lists[] = {"also", "asked", "clients", "links", "permissions",
	    "ticks", "tokens"};
	struct view v = {.n = 0}, items[2] = {{.n = 0}, {.n = 0}};
	size_t i;

	buf_init(out, 1u << 20);
	fill(&v, items, text);
	for (i = 0; i < sizeof(lists) / sizeof(lists[0]); i++)
		view_list(&v, lists[i], items, 1);
	return template_render(file, &v, out);
}

FUZZ(portal_page)
{
	err_t (*const ways[])(struct buf *, struct span) = {escape_text, escape_attr, escape_url,
	    escape_app};
	const struct web_file *f;
	size_t i, n, plain[4], marks[4];
	struct buf page;

	for (i = 0; i < 4; i++) {
		buf_init(&page, 65536);
		must(ways[i](&page, in) == 0 && utf8_valid(buf_span(&page)));
		count_marks(&page, marks);
		must(marks[0] + marks[1] + marks[2] + marks[3] == 0);
		if (i >= 2 && page.len > 0)
			must(strncmp(buf_cstr(&page), "javascript:", 11) != 0 &&
			    strncmp(buf_cstr(&page), "//", 2) != 0);
		buf_free(&page);
	}
	must(!escape_harmless(in) || utf8_valid(in));
	if (in.n == 0)
		return;
	/* One page each time; which is left to the input. */
	for (n = 0; web_files[n].name != NULL; n++)
		;
	must(n > 0);
	for (i = in.n * 7 + in.p[0]; strstr(web_files[i % n].name, ".html") == NULL; i++)
		;
	f = &web_files[i % n];
	must(render(f->name, span_str("x"), &page) == 0);
	count_marks(&page, plain);
	buf_free(&page);
	must(render(f->name, in, &page) == 0 && utf8_valid(buf_span(&page)));
	count_marks(&page, marks);
	must(memcmp(plain, marks, sizeof(marks)) == 0);
	buf_free(&page);
}
