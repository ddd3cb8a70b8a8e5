/* Rendering pages; see template.h. */
#include "config.h"

#include <string.h>

#include "master/portal/escape.h"
#include "master/portal/template.h"
#include "master/portal/web.h"

#define DEPTH_MAX 8

/* Where in the HTML the output stands. */
enum place { PLACE_TEXT, PLACE_TAG, PLACE_VALUE };

struct render {
	struct buf *out;
	const struct view *top;
	const struct view *item;   /* entry of the list being shown, or NULL */
	enum place place;
	unsigned depth;
};

/* A template and how far it has been read. */
struct reader {
	struct span text;
	size_t at;
};

/* Puts a value in place of the one of that name, or behind the others. */
static void
set(struct view *v, const struct view_value *value)
{
	size_t i = 0;

	while (i < v->n && strcmp(v->values[i].name, value->name) != 0)
		i++;
	if (i == VIEW_VALUES_MAX) {
		v->full = true;
		return;
	}
	v->values[i] = *value;
	if (i == v->n)
		v->n++;
}

void
view_text(struct view *v, const char *name, struct span text)
{
	set(v, &(struct view_value){.name = name, .kind = VIEW_TEXT, .text = text});
}

void
view_flag(struct view *v, const char *name, bool flag)
{
	set(v, &(struct view_value){.name = name, .kind = VIEW_FLAG, .flag = flag});
}

void
view_list(struct view *v, const char *name, const struct view *items, size_t n)
{
	set(v, &(struct view_value){.name = name, .kind = VIEW_LIST, .items = items,
	    .n_items = n});
}

static const struct view_value *
find_in(const struct view *v, struct span name)
{
	size_t i;

	for (i = 0; v != NULL && i < v->n; i++)
		if (span_is(name, v->values[i].name))
			return &v->values[i];
	return NULL;
}

static const struct view_value *
find(const struct render *r, struct span name)
{
	const struct view_value *e = find_in(r->item, name);

	return e != NULL ? e : find_in(r->top, name);
}

/* Appends text of the file itself and follows where it leads. */
static err_t
put_literal(struct render *r, struct span s)
{
	size_t i;

	for (i = 0; i < s.n; i++) {
		if (r->place == PLACE_TEXT && s.p[i] == '<')
			r->place = PLACE_TAG;
		else if (r->place == PLACE_TAG && s.p[i] == '>')
			r->place = PLACE_TEXT;
		else if (r->place == PLACE_TAG && s.p[i] == '"')
			r->place = PLACE_VALUE;
		else if (r->place == PLACE_VALUE && s.p[i] == '"')
			r->place = PLACE_TAG;
	}
	return buf_put_span(r->out, s);
}

/* The bytes up to the next mark, then the mark's inside; false at the end. */
static bool
next_mark(struct reader *in, struct span *literal, struct span *mark, err_t *err)
{
	const uint8_t *p = in->text.p + in->at, *open, *close;
	size_t left = in->text.n - in->at;

	open = memmem(p, left, "{{", 2);
	if (open == NULL) {
		*literal = span_of(p, left);
		in->at = in->text.n;
		return false;
	}
	*literal = span_of(p, (size_t)(open - p));
	close = memmem(open, left - literal->n, "}}", 2);
	if (close == NULL || close == open + 2) {
		*err = ERR_SYNTAX;
		return false;
	}
	*mark = span_of(open + 2, (size_t)(close - open) - 2);
	in->at = (size_t)(close + 2 - in->text.p);
	return true;
}

static struct span
after(struct span s, size_t n)
{
	return span_of(s.p + n, s.n - n);
}

static err_t
put_value(struct render *r, struct span mark)
{
	static const struct {
		const char *word;
		err_t (*escape)(struct buf *, struct span);
	} kinds[] = {{"attr ", escape_attr}, {"url ", escape_url}, {"app ", escape_app}};
	err_t (*escape)(struct buf *, struct span) = escape_text;
	enum place wanted = PLACE_TEXT;
	const struct view_value *e;
	size_t i;

	for (i = 0; i < sizeof(kinds) / sizeof(kinds[0]); i++) {
		if (!span_starts(mark, kinds[i].word))
			continue;
		wanted = PLACE_VALUE;
		escape = kinds[i].escape;
		mark = after(mark, strlen(kinds[i].word));
		break;
	}
	/* A whole address: what stands before it must be the quote. */
	if (escape != escape_text && escape != escape_attr &&
	    (r->out->len == 0 || r->out->data[r->out->len - 1] != '"'))
		return ERR_SYNTAX;
	if (r->place != wanted)
		return ERR_SYNTAX;
	e = find(r, mark);
	if (e == NULL)
		return ERR_NOTFOUND;
	return e->kind == VIEW_TEXT ? escape(r->out, e->text) : ERR_SYNTAX;
}

/* Moves behind the end of the section called name. */
static err_t
skip_section(struct reader *in, struct span name)
{
	struct span literal, mark;
	unsigned open = 1;
	err_t err = 0;

	while (open > 0 && next_mark(in, &literal, &mark, &err)) {
		if ((mark.p[0] == '#' || mark.p[0] == '^') && span_eq(after(mark, 1), name))
			open++;
		if (mark.p[0] == '/' && span_eq(after(mark, 1), name))
			open--;
	}
	return err != 0 ? err : open == 0 ? 0 : ERR_SYNTAX;
}

static err_t render_part(struct render *r, struct reader *in, struct span until);

/* Shows the section once, leaving the reader where it was. */
static err_t
show_once(struct render *r, const struct reader *in, struct span name, const struct view *item)
{
	struct reader body = *in;
	const struct view *outer = r->item;
	enum place place = r->place;
	err_t err;

	if (item != NULL)
		r->item = item;
	err = render_part(r, &body, name);
	r->item = outer;
	return err != 0 ? err : place == r->place ? 0 : ERR_SYNTAX;
}

static err_t
put_section(struct render *r, struct reader *in, struct span mark)
{
	struct span name = after(mark, 1);
	const struct view_value *e = find(r, name);
	bool shown;
	size_t i;
	err_t err = 0;

	if (e == NULL)
		return ERR_NOTFOUND;
	shown = e->kind == VIEW_FLAG ? e->flag : e->kind == VIEW_LIST ? e->n_items > 0 :
	    e->text.n > 0;
	if (mark.p[0] == '^') {
		if (!shown)
			err = show_once(r, in, name, NULL);
	} else if (e->kind == VIEW_LIST) {
		for (i = 0; i < e->n_items && err == 0; i++)
			err = show_once(r, in, name, &e->items[i]);
	} else if (shown) {
		err = show_once(r, in, name, NULL);
	}
	return err != 0 ? err : skip_section(in, name);
}

static err_t
put_file(struct render *r, struct span name)
{
	struct reader in = {.at = 0};
	err_t err;

	while (name.n > 0 && name.p[0] == ' ')
		name = after(name, 1);
	err = web_find(name, &in.text);
	return err != 0 ? err : render_part(r, &in, span_str(""));
}

/* Renders up to the end of the section `until`, or of the file if empty. */
static err_t
render_part(struct render *r, struct reader *in, struct span until)
{
	struct span literal, mark;
	bool more = true;
	err_t err = r->depth == DEPTH_MAX ? ERR_LIMIT : 0;

	r->depth++;
	while (err == 0) {
		more = next_mark(in, &literal, &mark, &err);
		if (err == 0)
			err = put_literal(r, literal);
		if (err != 0 || !more)
			break;
		if (mark.p[0] == '/') {
			more = span_eq(after(mark, 1), until);
			err = more && until.n > 0 ? 0 : ERR_SYNTAX;
			break;
		}
		if (mark.p[0] == '#' || mark.p[0] == '^')
			err = put_section(r, in, mark);
		else if (mark.p[0] == '>')
			err = put_file(r, after(mark, 1));
		else
			err = put_value(r, mark);
	}
	r->depth--;
	/* A section must close; a file must not end inside one. */
	return err == 0 && !more && until.n > 0 ? ERR_SYNTAX : err;
}

err_t
template_render(const char *file, const struct view *v, struct buf *out)
{
	struct render r = {.out = out, .top = v, .place = PLACE_TEXT};

	return v->full ? ERR_LIMIT : put_file(&r, span_str(file));
}
