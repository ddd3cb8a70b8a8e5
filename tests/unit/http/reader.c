/* What the project's own code understands of a stream; see reader.h. */
#include "config.h"

#include <assert.h>

#include "shared/base/ascii.h"
#include "shared/http/chunked.h"
#include "shared/http/head.h"
#include "tests/unit/http/reader.h"

#define BODY_MAX 65536

static void
put(struct reading *r, struct span s)
{
	err_t err = buf_put_span(&r->text, s);

	assert(err == 0);
	(void)err;
}

void
reading_begin(struct reading *r, const char *method, struct span target, unsigned minor)
{
	put(r, span_str(method));
	put(r, span_str(" "));
	put(r, target);
	put(r, span_str(minor == 1 ? " 1\n" : " 0\n"));
}

void
reading_field(struct reading *r, struct span name, struct span value)
{
	put(r, name);
	put(r, span_str(":"));
	put(r, ascii_trim(value));
	put(r, span_str("\n"));
}

void
reading_end(struct reading *r, struct span body)
{
	put(r, span_str("\n"));
	put(r, body);
	put(r, span_str("\n--\n"));
	r->complete++;
}

/* One body; *used bytes of in belong to it. */
static err_t
read_body(const struct http_head *h, struct span in, size_t step, struct buf *body, size_t *used)
{
	struct http_chunked c = {0};
	err_t err = ERR_SHORT;

	*used = 0;
	if (h->framing == HTTP_BODY_NONE)
		return 0;
	if (h->framing == HTTP_BODY_LENGTH) {
		if (h->content_length > BODY_MAX)
			return ERR_LIMIT;
		if (h->content_length > in.n)
			return ERR_SHORT;
		*used = (size_t)h->content_length;
		return buf_put(body, in.p, *used);
	}
	while (err == ERR_SHORT && *used < in.n) {
		size_t n = step < in.n - *used ? step : in.n - *used, taken;

		err = http_chunked_feed(&c, span_of(in.p + *used, n), body, &taken);
		*used += taken;
	}
	return err;
}

static const char *
method_text(enum http_method m)
{
	static const char *const names[METHOD_COUNT] = {"", "GET", "HEAD", "POST", "DELETE", "OPTIONS"};

	return names[m];
}

/* One request from the start of in; *used bytes were its. */
static err_t
read_one(struct span in, size_t step, struct reading *r, size_t *used, bool *more)
{
	struct http_scan scan = {0};
	struct http_field fields[HTTP_FIELDS_MAX];
	struct http_head head;
	struct buf body;
	size_t i, have = 0, body_used;
	err_t err = ERR_SHORT;

	buf_init(&body, BODY_MAX);
	while (err == ERR_SHORT && have < in.n) {
		have += step < in.n - have ? step : in.n - have;
		err = http_scan(&scan, span_of(in.p, have));
	}
	r->status = scan.status;
	if (err == 0)
		err = http_head_parse(span_of(in.p + scan.skip, scan.at - scan.skip), fields, &head,
		    &r->status);
	if (err == 0)
		err = read_body(&head, span_of(in.p + scan.at, in.n - scan.at), step, &body, &body_used);
	if (err == 0) {
		reading_begin(r, method_text(head.method), head.target, head.minor);
		for (i = 0; i < head.n_fields; i++)
			reading_field(r, head.fields[i].name, head.fields[i].value);
		reading_end(r, buf_span(&body));
		*used = scan.at + body_used;
		*more = head.keep_alive;
	}
	buf_free(&body);
	return err;
}

void
read_ours(struct span bytes, size_t step, struct reading *out)
{
	bool more = true;
	size_t used;

	buf_init(&out->text, 1 << 20);
	out->complete = 0;
	out->end = 0;
	out->status = 0;
	while (more && out->end == 0 && bytes.n > 0) {
		out->end = read_one(bytes, step, out, &used, &more);
		if (out->end == 0)
			bytes = span_of(bytes.p + used, bytes.n - used);
	}
}
