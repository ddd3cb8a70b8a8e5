/* What front reads from the network: heads, bodies, queries, names. */
#include "config.h"

#include "master/front/address.h"
#include "master/front/guard.h"
#include "shared/http/chunked.h"
#include "shared/http/media.h"
#include "shared/http/query.h"
#include "shared/http/response.h"
#include "tests/fuzz/fuzz.h"
#include "tests/unit/http/reader.h"
#ifdef WITH_LLHTTP
#include "tests/unit/http/theirs.h"
#endif

/* However the bytes come, they mean the same. */
FUZZ(http_head)
{
	struct reading whole, slow;
	static const size_t steps[] = {1, 7};
	size_t i;

	read_ours(in, in.n, &whole);
	for (i = 0; i < 2; i++) {
		read_ours(in, steps[i], &slow);
		must(slow.end == whole.end && slow.complete == whole.complete);
		must(slow.end != ERR_SYNTAX || slow.status == whole.status);
		must(span_eq(buf_span(&slow.text), buf_span(&whole.text)));
		buf_free(&slow.text);
	}
	/* 0: the head is fine, the body is not. */
	must(whole.end != ERR_SYNTAX || whole.status == 0 || (whole.status >= 400 && whole.status < 600));
	buf_free(&whole.text);
}

/* What we accept llhttp reads in the same way. */
FUZZ(http_against)
{
#ifdef WITH_LLHTTP
	struct reading ours, theirs;

	read_ours(in, in.n, &ours);
	read_theirs(in, &theirs, NULL);
	must(theirs.text.len >= ours.text.len);
	theirs.text.len = ours.text.len;
	must(span_eq(buf_span(&ours.text), buf_span(&theirs.text)));
	buf_free(&ours.text);
	buf_free(&theirs.text);
#else
	fuzz_http_head(in);
#endif
}

static err_t
unchunk(struct span in, size_t step, struct buf *body, size_t *used)
{
	struct http_chunked c = {0};
	err_t err = ERR_SHORT;
	size_t n, taken;

	buf_init(body, 2000);
	for (*used = 0; err == ERR_SHORT && *used < in.n; *used += taken) {
		n = step < in.n - *used ? step : in.n - *used;
		err = http_chunked_feed(&c, span_of(in.p + *used, n), body, &taken);
		must(taken <= n);
		must(err != ERR_SHORT || taken == n);
	}
	return err;
}

FUZZ(chunked)
{
	size_t step = take_byte(&in) + 1u, used, used_slowly;
	struct buf body, slowly, again;
	err_t err = unchunk(in, in.n, &body, &used);

	must(unchunk(in, step, &slowly, &used_slowly) == err);
	must(err != 0 || used == used_slowly);
	must(err == ERR_LIMIT || span_eq(buf_span(&body), buf_span(&slowly)));
	if (err == 0 && body.len > 0) {
		/* What we write we read. */
		struct buf out;

		buf_init(&out, 4000);
		must(http_put_chunk(&out, buf_span(&body)) == 0);
		must(http_put_chunk(&out, span_of(NULL, 0)) == 0);
		must(unchunk(buf_span(&out), step, &again, &used) == 0 && used == out.len);
		must(span_eq(buf_span(&again), buf_span(&body)));
		buf_free(&again);
		buf_free(&out);
	}
	buf_free(&body);
	buf_free(&slowly);
}

static void
response_field(const char *name, struct span value)
{
	struct buf out;
	size_t i, lines = 0;

	buf_init(&out, 8192);
	if (http_put_field(&out, name, value) == 0) {
		for (i = 0; i < out.len; i++) {
			must(out.data[i] != '\0');
			lines += out.data[i] == '\n' || out.data[i] == '\r';
		}
		must(lines == 2 && out.data[out.len - 1] == '\n');
	} else {
		must(out.len == 0);
	}
	buf_free(&out);
}

FUZZ(http_words)
{
	struct span word = take_until(&in, '\n');
	struct buf name, plain, text;

	buf_init(&name, 2048);
	buf_init(&plain, 2048);
	buf_init(&text, 8192);
	must(buf_put_span(&name, word) == 0);
	response_field(buf_cstr(&name), in);
	(void)http_media_is(in, "application/json");
	must(!http_accepts_named(in, "text/event-stream") || http_accepts(in, "text/event-stream"));
	if (http_query_get(in, buf_cstr(&name), &plain) == 0 && plain.len == strlen(buf_cstr(&plain)))
		must(http_query_has(in, buf_cstr(&name)));
	buf_clear(&plain);
	if (http_unescape(in, (word.n & 1) != 0, &plain) == 0) {
		must(memchr(buf_cstr(&plain), 0, plain.len) == NULL || memchr(in.p, 0, in.n) != NULL);
		must(http_escape(buf_span(&plain), &text) == 0);
		buf_clear(&name);
		must(http_unescape(buf_span(&text), true, &name) == 0 ||
		    memchr(buf_cstr(&plain), 0, plain.len) != NULL);
		must(name.len == 0 || span_eq(buf_span(&name), buf_span(&plain)));
	} else {
		must(plain.len == 0);
	}
	buf_free(&name);
	buf_free(&plain);
	buf_free(&text);
}

FUZZ(front_names)
{
	struct guard_conf ours = {.port = 0};
	struct address a, b;
	struct networks nets;
	struct span first = take_until(&in, '\n');
	char text[ADDRESS_TEXT], url[300], origins[300];

	must(guard_conf_read(&ours, "https://tonearm.example:8443", "https://chat.example") == 0);
	/* A name of ours is ours with nothing around it. */
	if (guard_host(&ours, first, 8443))
		must(first.n <= 20 && memchr(first.p, '/', first.n) == NULL &&
		    memchr(first.p, '@', first.n) == NULL);
	if (guard_origin(&ours, first))
		must(span_is_nocase(first, "https://tonearm.example:8443") ||
		    span_is_nocase(first, "https://chat.example"));
	if (address_parse(first, &a) == 0) {
		address_text(&a, text);
		must(strcmp(text, "unix") == 0 || (address_parse(span_str(text), &b) == 0 &&
		    memcmp(&a, &b, sizeof(a)) == 0));
	}
	if (networks_parse(in, &nets) == 0) {
		must(nets.n <= NETWORKS_MAX);
		if (address_forwarded(first, &a) == 0)
			(void)networks_have(&nets, &a);
	}
	if (first.n < sizeof(url) && in.n < sizeof(origins)) {
		memcpy(url, first.p, first.n);
		url[first.n] = '\0';
		if (in.n > 0)
			memcpy(origins, in.p, in.n);
		origins[in.n] = '\0';
		if (guard_conf_read(&ours, url, origins) == 0) {
			must(strlen(ours.host) < GUARD_NAME_MAX && strlen(ours.host) > 0);
			(void)guard_origin(&ours, first);
		}
	}
}
