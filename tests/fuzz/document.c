/* Metadata documents of clients: their addresses, what they say, how long they
 * are kept. */
#include "config.h"

#include <string.h>

#include "shared/http/docurl.h"
#include "shared/json/json.h"
#include "tests/fuzz/fuzz.h"
#include "worker/fetch/document.h"
#include "worker/fetch/keep.h"

static void
check_address(struct span url)
{
	struct docurl u, local;
	bool strict = docurl_parse(url, false, &u) == 0, loose = docurl_parse(url, true, &local) == 0;

	must(!strict || (loose && u.https && docurl_meant(url)));
	if (!loose)
		return;
	u = local;
	must(strict == u.https && url.n <= DOCURL_MAX);
	/* The parts are the whole, and there is no second way to read it. */
	must(u.origin.n + u.target.n == url.n && u.target.p == u.origin.p + u.origin.n);
	must(u.target.n >= 2 && u.target.p[0] == '/');
	must(memchr(u.origin.p, '@', u.origin.n) == NULL && memchr(url.p, '#', url.n) == NULL);
	must(u.host.n > 0 && u.host.n <= 253 && u.port > 0);
	must(memmem(u.target.p, u.target.n, "/../", 4) == NULL || memchr(u.target.p, '?', u.target.n));
}

static void
check_redirects(struct span all)
{
	must(all.n > 0 && all.n <= DOCUMENT_REDIRECTS);
	while (all.n > 0) {
		struct span one = take_until(&all, '\n');
		size_t i;

		must(one.n > 2 && one.n <= DOCUMENT_REDIRECT);
		for (i = 0; i < one.n; i++)
			must(one.p[i] > ' ' && one.p[i] < 0x7f && one.p[i] != '#');
		must(one.n < 11 || !span_is_nocase(span_of(one.p, 11), "javascript:"));
		must(one.n < 5 || !span_is_nocase(span_of(one.p, 5), "data:"));
		must(memchr(one.p, ':', one.n) != NULL);
	}
}

FUZZ(document)
{
	struct span url = take_until(&in, '\n'), control = take_until(&in, '\n');
	struct keep_said said = {.cache_control = control, .age = -1, .expires = -1, .date = -1};
	struct document d;
	uint32_t keep = keep_seconds(&said, 1000000);
	size_t i;

	must(keep >= KEEP_LEAST && keep <= KEEP_MOST);
	said.age = said.expires = (int64_t)(control.n * 1000);
	keep = keep_seconds(&said, 0);
	must(keep >= KEEP_LEAST && keep <= KEEP_MOST);
	check_address(url);
	if (document_read(in, url, &d) == 0) {
		must(json_guard(in, &json_from_client) == 0);
		must(d.name.len > 0 && d.name.len <= DOCUMENT_NAME && utf8_valid(buf_span(&d.name)));
		for (i = 0; i < d.name.len; i++)
			must(d.name.data[i] >= ' ' && d.name.data[i] != 0x7f);
		must(d.uri.len == 0 || span_starts(buf_span(&d.uri), "https://"));
		check_redirects(buf_span(&d.redirects));
	}
	document_free(&d);
}
