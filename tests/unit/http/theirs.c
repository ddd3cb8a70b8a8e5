/* llhttp's reading; see theirs.h. */
#include "config.h"

#include <stdbool.h>
#include <string.h>

#include <llhttp/llhttp.h>

#include "tests/unit/http/theirs.h"

struct theirs {
	llhttp_t parser;
	struct reading r;
	struct buf url, name, value, body;
	bool begun;
};

static struct theirs *
of(llhttp_t *p)
{
	return p->data;
}

static int
add(struct buf *b, const char *at, size_t n)
{
	return buf_put(b, at, n);
}

static int on_url(llhttp_t *p, const char *at, size_t n) { return add(&of(p)->url, at, n); }
static int on_name(llhttp_t *p, const char *at, size_t n) { return add(&of(p)->name, at, n); }
static int on_value(llhttp_t *p, const char *at, size_t n) { return add(&of(p)->value, at, n); }
static int on_body(llhttp_t *p, const char *at, size_t n) { return add(&of(p)->body, at, n); }

static int
on_begin(llhttp_t *p)
{
	struct theirs *t = of(p);

	buf_clear(&t->url);
	buf_clear(&t->name);
	buf_clear(&t->value);
	buf_clear(&t->body);
	t->begun = false;
	return 0;
}

static void
begin(struct theirs *t)
{
	if (!t->begun)
		reading_begin(&t->r, llhttp_method_name(t->parser.method), buf_span(&t->url),
		    t->parser.http_minor);
	t->begun = true;
}

static int
on_field_done(llhttp_t *p)
{
	struct theirs *t = of(p);

	begin(t);
	reading_field(&t->r, buf_span(&t->name), buf_span(&t->value));
	buf_clear(&t->name);
	buf_clear(&t->value);
	return 0;
}

static int
on_done(llhttp_t *p)
{
	begin(of(p));
	reading_end(&of(p)->r, buf_span(&of(p)->body));
	return 0;
}

void
read_theirs(struct span bytes, struct reading *out, const char **error)
{
	struct theirs t;
	llhttp_settings_t s;
	llhttp_errno_t err;
	const char *at = (const char *)bytes.p, *end = at + bytes.n;

	memset(&t, 0, sizeof(t));
	buf_init(&t.r.text, 1 << 20);
	buf_init(&t.url, 65536);
	buf_init(&t.name, 65536);
	buf_init(&t.value, 65536);
	buf_init(&t.body, 65536);
	llhttp_settings_init(&s);
	s.on_message_begin = on_begin;
	s.on_url = on_url;
	s.on_header_field = on_name;
	s.on_header_value = on_value;
	s.on_header_value_complete = on_field_done;
	s.on_body = on_body;
	s.on_message_complete = on_done;
	llhttp_init(&t.parser, HTTP_REQUEST, &s);
	t.parser.data = &t;
	err = llhttp_execute(&t.parser, at, (size_t)(end - at));
	while (err == HPE_PAUSED_UPGRADE) {
		at = llhttp_get_error_pos(&t.parser);
		llhttp_resume_after_upgrade(&t.parser);
		err = llhttp_execute(&t.parser, at, (size_t)(end - at));
	}
	if (error != NULL)
		*error = llhttp_errno_name(err);
	buf_free(&t.url);
	buf_free(&t.name);
	buf_free(&t.value);
	buf_free(&t.body);
	*out = t.r;
}
