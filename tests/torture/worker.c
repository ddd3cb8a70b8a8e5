/* Scenarios of the worker: what Spotify says, the protocol, the tools. */
#include "config.h"

#include <string.h>

#include "shared/json/json.h"
#include "tests/fuzz/fuzz.h"
#include "tests/torture/judge.h"
#include "tests/torture/memory.h"
#include "tests/unit/mcp/fixture.h"
#include "worker/fetch/document.h"
#include "worker/spotify/errors.h"
#include "worker/spotify/grant.h"
#include "worker/spotify/text.h"

/* --- Spotify ----------------------------------------------------------------------- */
/* A line that is a row, an answer on top of it. */
static err_t
tokens(struct span in, struct buf *told)
{
	struct grant g = {.expires_at = 7};
	struct span row = take_until(&in, '\n');
	struct buf out;
	err_t err = grant_read(row, &g), renewed;

	if (err != 0 && err != ERR_NOMEM)
		err = 0;   /* an answer needs no row before it */
	renewed = err == 0 ? grant_renew(in, 1800000000, &g) : err;
	if (renewed == ERR_NOMEM)
		err = renewed;
	tell(told, "renewed", renewed);
	buf_init(&out, 65536);
	if (err == 0 && g.access.len > 0)
		err = grant_write(&g, &out);
	if (err == 0)
		tell_span(told, "row", buf_span(&out));
	buf_free(&out);
	grant_clear(&g);
	return err;
}

static err_t
errors(struct span in, struct buf *told)
{
	const struct sp_error_facts facts = {.login_url = "https://tonearm.example/", .now = 1800000000};
	enum sp_op op = take_byte(&in) % SP_OP_COUNT;
	int status = take_byte(&in) * 4 + take_byte(&in) % 4;
	struct sp_error e;
	struct buf text;
	err_t err;

	(void)take_byte(&in);
	(void)take_until(&in, '\n');
	sp_classify(op, status, "application/json", in, 3, &e);
	buf_init(&text, 4096);
	err = sp_error_text(&e, &facts, &text);
	/* A body that cannot be read says less; it never says that a sign-in ended. */
	if (memory->failed_n > 0 && err == 0 && !sp_grant_over(e.problem))
		err = ERR_NOMEM;
	if (err == 0) {
		tell(told, "problem", e.problem);
		tell_span(told, "text", buf_span(&text));
	}
	buf_free(&text);
	return err;
}

static err_t
names(struct span in, struct buf *told)
{
	struct buf once, twice;
	err_t err;

	buf_init(&once, 8192);
	buf_init(&twice, 8192);
	err = text_clean(in, 200, &once);
	if (err == 0)
		err = text_clean_html(in, 200, &twice);
	if (err == 0 && utf8_valid(in))
		err = text_fold(in, &twice);
	if (err == 0) {
		tell_span(told, "clean", buf_span(&once));
		tell_span(told, "folded", buf_span(&twice));
	}
	buf_free(&once);
	buf_free(&twice);
	return err;
}

/* --- the protocol ------------------------------------------------------------------- */
extern void (*mcp_answered)(struct bench *b);

#define ANSWERS_MAX 8
static struct buf answers[ANSWERS_MAX];   /* what was answered without a failure */
static unsigned n_answers;
static bool strayed;                      /* an honest error: nothing to compare after it */

/* Does this answer say that something went wrong in here? */
static bool
says_so(const struct reply *r)
{
	const char *body = buf_cstr(&r->body);

	/* Without memory for its title the server gives its name alone, which is
	 * all that the protocol asks for. */
	if (strstr(body, "{\"name\":\"tonearm\",\"version\":\"" PACKAGE_VERSION "\"}") != NULL)
		return true;
	return r->status >= 500 || strstr(body, "\"code\":-32603") != NULL ||
	    strstr(body, "\"isError\":true") != NULL ||
	    strstr(body, "\"status\":\"failed\"") != NULL;   /* a task */
}

/* The same refusal, with less said of it. */
static bool
same_refusal(const struct buf *was, const struct buf *now)
{
	static const char begin[] = "\"error\":{\"code\":";
	const char *a = strstr(buf_cstr(was), begin), *b = strstr(buf_cstr(now), begin);

	if (strncmp(buf_cstr(was), buf_cstr(now), 10) != 0)
		return false;   /* another status */
	return a != NULL && (b == NULL ? now->len == 10 : strncmp(a, b, sizeof(begin) + 6) == 0);
}

static void
differs(const struct buf *was, const struct buf *now)
{
	size_t i = 0;

	while (i < was->len && i < now->len && was->data[i] == now->data[i])
		i++;
	i = i < 20 ? 0 : i - 20;
	unfair(buf_cstr(now) + i, (int)i, buf_cstr(was) + i);
}

/* Random ids (of streams, of our requests) and states with their time differ from
 * one run to the next: they count as so many characters. */
static void
blank_ids(struct buf *text)
{
	static const char in_ids[] = "ABCDEFGHIJKLMNOPQRSTUVWXYZabcdefghijklmnopqrstuvwxyz0123456789-_";
	size_t i = 0, n;

	while (i < text->len) {
		for (n = 0; i + n < text->len && memchr(in_ids, text->data[i + n],
		    sizeof(in_ids) - 1) != NULL; n++)
			;
		if (n >= 22)
			memset(text->data + i, 'X', n);
		i += n + 1;
	}
}

/* And so do the times of a task. */
static void
blank_times(struct buf *text)
{
	static const char name[] = "At\":\"", form[] = "2026-11-28T00:00:00Z";
	char *p = (char *)text->data;

	while (p != NULL && (p = strstr(p, name)) != NULL) {
		p += sizeof(name) - 1;
		if (strlen(p) >= sizeof(form) - 1)
			memset(p, 'X', sizeof(form) - 1);
	}
}

/*
 * What no client may count on is not compared: without memory to keep its events a
 * stream has no ids and cannot be resumed, and a log message may be lost.  With
 * them go the lines around events.
 */
static void
take_lines(struct span s, struct buf *out)
{
	static const char log[] = "data: {\"jsonrpc\":\"2.0\",\"method\":\"notifications/message\"";

	while (s.n > 0) {
		struct span line = take_until(&s, '\n');

		if (line.n > 0 && !span_starts(line, "id: ") && !span_is(line, "data: ") &&
		    !span_is(line, "event: message") && !span_starts(line, log))
			hold(buf_put_span(out, line) == 0 && buf_put_byte(out, '\n') == 0);
	}
}

static void
on_answered(struct bench *b)
{
	struct buf *was = &answers[n_answers], now;

	if (n_answers++ >= ANSWERS_MAX || strayed)
		return;
	buf_init(&now, 1u << 20);
	hold(buf_printf(&now, "%d %u %d %d ", b->reply.head, b->reply.status, b->reply.media,
	    b->reply.ended) == 0);
	take_lines(buf_span(&b->reply.body), &now);
	blank_ids(&now);
	(void)buf_cstr(&now);
	blank_times(&now);
	if (memory->fail_at == 0) {
		buf_free(was);
		*was = now;
		return;
	}
	if (!span_eq(buf_span(was), buf_span(&now))) {
		/* No answer at all would leave a client waiting. */
		hold(b->reply.head);
		if (!says_so(&b->reply) && !b->rq->starved && !same_refusal(was, &now))
			differs(was, &now);
		strayed = true;
	}
	buf_free(&now);
}

static err_t
protocol(struct span in, struct buf *told)
{
	memory_on(false);
	bench_working = memory_on;
	mcp_answered = on_answered;
	n_answers = 0;
	strayed = false;
	fuzz_mcp(in);
	bench_working = NULL;
	tell(told, "answers", n_answers);
	return strayed ? ERR_NOMEM : 0;
}

/* --- the tools ---------------------------------------------------------------------- */
extern void (*tool_ended)(struct span result, bool failed);

static struct buf result;                 /* without a failure */

static void
on_tool_ended(struct span now, bool failed)
{
	if (memory->fail_at == 0) {
		buf_free(&result);
		buf_init(&result, 1u << 20);
		hold(buf_put_span(&result, now) == 0);
	} else if (!span_eq(now, buf_span(&result))) {
		/* Another result must be one that failed. */
		strayed = true;
		if (!failed) {
			struct buf copy;

			buf_init(&copy, now.n);
			hold(buf_put_span(&copy, now) == 0);
			differs(&result, &copy);
		}
	}
}

static err_t
a_tool(struct span in, struct buf *told)
{
	memory_on(false);
	fuzz_working = memory_on;
	tool_ended = on_tool_ended;
	strayed = false;
	fuzz_tool_run(in);
	fuzz_working = NULL;
	tell(told, "done", 1);
	return strayed ? ERR_NOMEM : 0;
}

/* As in tests/fuzz/document.c: an address, a line of Cache-Control, the text. */
static err_t
documents(struct span in, struct buf *told)
{
	struct span url = take_until(&in, '\n');
	struct document d;
	err_t err;

	(void)take_until(&in, '\n');
	err = document_read(in, url, &d);
	tell(told, "read", err);
	if (err == 0) {
		tell_span(told, "name", buf_span(&d.name));
		tell_span(told, "redirects", buf_span(&d.redirects));
	}
	document_free(&d);
	return err == ERR_NOMEM ? err : 0;
}

const struct scenario worker_scenarios[] = {
	{.name = "tokens", .run = tokens, .corpus = "spotify_grant", .deaths = true},
	{.name = "errors_of_spotify", .run = errors, .corpus = "spotify_error", .deaths = true},
	{.name = "names", .run = names, .corpus = "spotify_text"},
	{.name = "documents_of_clients", .run = documents, .corpus = "document", .deaths = true},
	{.name = "the_protocol", .run = protocol, .corpus = "mcp", .deaths = true},
	{.name = "the_tools", .run = a_tool, .corpus = "tool_run", .deaths = true},
	{.name = NULL},
};
