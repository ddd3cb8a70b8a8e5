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

/* The names that a file and what it includes have marks for. */
struct marks {
	struct { char name[32]; bool text; } of[VIEW_VALUES_MAX];
	size_t n;
};

static void
add_mark(struct marks *m, struct span name, bool text)
{
	size_t i;

	must(name.n < sizeof(m->of[0].name));
	for (i = 0; i < m->n; i++)
		if (span_is(name, m->of[i].name))
			break;
	must(i < VIEW_VALUES_MAX);
	if (i == m->n) {
		memcpy(m->of[i].name, name.p, name.n);
		m->of[i].name[name.n] = '\0';
		m->of[i].text = false;
		m->n++;
	}
	m->of[i].text = m->of[i].text || text;
}

static void
find_marks(struct marks *m, struct span file)
{
	struct span data, mark;
	const uint8_t *at, *end;

	must(web_find(file, &data) == 0);
	while ((at = memmem(data.p, data.n, "{{", 2)) != NULL) {
		end = memmem(at, data.n - (size_t)(at - data.p), "}}", 2);
		must(end != NULL);
		mark = span_of(at + 2, (size_t)(end - at) - 2);
		data = span_of(end, data.n - (size_t)(end - data.p));
		if (span_starts(mark, "> "))
			find_marks(m, span_of(mark.p + 2, mark.n - 2));
		else if (span_starts(mark, "#") || span_starts(mark, "^"))
			add_mark(m, span_of(mark.p + 1, mark.n - 1), false);
		else if (!span_starts(mark, "/")) {
			const uint8_t *blank = memchr(mark.p, ' ', mark.n);
			const size_t word = blank == NULL ? 0 : (size_t)(blank - mark.p) + 1;

			add_mark(m, span_of(mark.p + word, mark.n - word), true);
		}
	}
}

/* The page with this for every text; its sections are all shown, or none is
 * that shows no text. */
static err_t
render(const char *file, struct span text, bool shown, struct buf *out)
{
	static const char *const lists[] = {"also", "asked", "clients", "guests", "links",
	    "permissions", "ticks", "tokens"};
	struct view v = {.n = 0}, item = {.n = 0};
	struct marks m = {.n = 0};
	size_t i;

	buf_init(out, 1u << 20);
	find_marks(&m, span_str(file));
	for (i = 0; i < m.n; i++) {
		if (m.of[i].text)
			view_text(&v, m.of[i].name, text);
		else
			view_flag(&v, m.of[i].name, shown);
	}
	for (i = 0; i < sizeof(lists) / sizeof(lists[0]); i++)
		view_list(&v, lists[i], &item, 1);
	must(!v.full);
	return template_render(file, &v, out);
}

FUZZ(portal_page)
{
	err_t (*const ways[])(struct buf *, struct span) = {escape_text, escape_attr, escape_url,
	    escape_app};
	const struct web_file *f;
	size_t i, n, plain[4], marks[4];
	const bool shown = in.n % 2 == 0;
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
	must(render(f->name, span_str("x"), shown, &page) == 0);
	count_marks(&page, plain);
	buf_free(&page);
	must(render(f->name, in, shown, &page) == 0 && utf8_valid(buf_span(&page)));
	count_marks(&page, marks);
	must(memcmp(plain, marks, sizeof(marks)) == 0);
	buf_free(&page);
}
