/* What Spotify's answers say: errors, names, grants. */
#include "config.h"

#include <stdlib.h>

#include "shared/json/json.h"
#include "tests/fuzz/fuzz.h"
#include "worker/spotify/errors.h"
#include "worker/spotify/grant.h"
#include "worker/spotify/limits.h"
#include "worker/spotify/text.h"

/* Operation, status (two bytes), pause; a line of media type; the body. */
FUZZ(spotify_error)
{
	const struct sp_error_facts facts = {.login_url = "https://tonearm.example/", .now = 1800000000};
	enum sp_op op = take_byte(&in) % SP_OP_COUNT;
	int status = take_byte(&in) * 4 + take_byte(&in) % 4;
	int64_t pause = (int64_t)take_byte(&in) * 997 - 1;
	struct span type = take_until(&in, '\n');
	struct sp_error e, why;
	struct limits l;
	struct buf text;
	char type_text[100];

	type = take_bytes(&type, sizeof(type_text) - 1);
	if (type.n > 0)
		memcpy(type_text, type.p, type.n);
	type_text[type.n] = '\0';
	sp_classify(op, status, type_text, in, pause, &e);
	must(e.problem < SP_PROBLEM_COUNT && e.status == status && e.op == op);
	must((e.problem == SP_OK) == (status >= 200 && status < 300));
	must(sp_problem_word(e.problem) != NULL);
	/* Only these two answers end a sign-in. */
	must(!sp_grant_over(e.problem) || status == 400 || status == 401);
	limits_init(&l, 0, 4);
	limits_note(&l, &e, 0);
	must(limits_ask(&l, op, false, 1, &why) >= -1);
	buf_init(&text, 4096);
	must(sp_error_text(&e, &facts, &text) == 0);
	must(e.problem == SP_OK || text.len > 0);
	must(utf8_valid(buf_span(&text)) && memchr(buf_cstr(&text), '\n', text.len) == NULL);
	buf_free(&text);
}

static void
is_clean(const struct buf *b, size_t max)
{
	struct span s = buf_span(b);
	size_t i = 0;
	unsigned c;

	must(s.n <= max && utf8_valid(s));
	while (i < s.n) {
		c = text_next(s, &i);
		must(c >= 0x20 && (c < 0x7f || c > 0x9f) && c != 0x2028 && c != 0x2029);
		must(!(c >= 0x202a && c <= 0x202e) && !(c >= 0x2066 && c <= 0x2069) && c != 0x200b);
	}
}

FUZZ(spotify_text)
{
	size_t max = take_byte(&in), i = 0, was;
	struct buf once, twice;

	buf_init(&once, 8192);
	buf_init(&twice, 8192);
	must(text_clean(in, max, &once) == 0);
	is_clean(&once, max);
	must(text_clean(buf_span(&once), max, &twice) == 0);
	must(span_eq(buf_span(&once), buf_span(&twice)));
	buf_clear(&once);
	must(text_clean_html(in, max, &once) == 0);
	is_clean(&once, max);
	buf_clear(&once);
	buf_clear(&twice);
	if (utf8_valid(in)) {
		must(text_fold(in, &once) == 0 && utf8_valid(buf_span(&once)));
		must(text_fold(buf_span(&once), &twice) == 0);
		must(span_eq(buf_span(&once), buf_span(&twice)));
	}
	while (i < in.n) {
		was = i;
		must(text_next(in, &i) <= 0x10ffff && i > was && i <= in.n && i - was <= 4);
	}
	buf_free(&once);
	buf_free(&twice);
}

static bool
one_line(const struct secret *s)
{
	struct span text = secret_span(s);
	size_t i;

	for (i = 0; i < text.n; i++)
		if (text.p[i] < 0x20 || text.p[i] == 0x7f)
			return false;
	return text.n > 0;
}

FUZZ(spotify_grant)
{
	struct grant g = {.expires_at = 7}, kept = {.expires_at = 0};
	struct span first = take_until(&in, '\n');
	struct buf row;
	bool there = grant_read(first, &g) == 0;

	/* A first answer without a row before it, or one on top of it. */
	if (grant_renew(in, 1800000000, &g) == 0)
		there = true;
	if (there) {
		must(one_line(&g.access) && one_line(&g.refresh));
		must(strlen(g.scope) < sizeof(g.scope));
		buf_init(&row, 65536);
		must(grant_write(&g, &row) == 0);
		must(grant_read(buf_span(&row), &kept) == 0);
		must(grant_same(&g, &kept) && strcmp(g.scope, kept.scope) == 0);
		must(kept.expires_at == g.expires_at);
		(void)grant_ends_at(g.authorized_at);
		buf_free(&row);
	} else {
		must(g.expires_at == 7 && g.access.len == 0 && g.refresh.len == 0);
	}
	grant_clear(&g);
	grant_clear(&kept);
}
