/* Looking after what was subscribed to, and what completion keeps: by a clock of the
 * test's own. */
#include "config.h"

#include <stdio.h>
#include <string.h>
#include <strings.h>

#include "shared/base/clock.h"
#include "shared/json/json.h"
#include "tests/unit/mcp/streaming.h"
#include "worker/mcp/inside.h"
#include "worker/mcp/watch.h"
#include "worker/tools/call.h"

int64_t __wrap_clock_mono_ms(void);

static int64_t now_ms = 1000000;

int64_t
__wrap_clock_mono_ms(void)
{
	return now_ms;
}

/* What is looked at. */
static unsigned looks, a_day, questions;
static const char *state_of_things;
static uint32_t pause_s;
static struct call *held;    /* the call that is looking, where looks are slow */
static bool slow, stopped;

static void
on_stop(struct call *c)
{
	stopped = true;
	call_fail(c, "Stopped.");
}

static void
run_look(struct call *c)
{
	looks++;
	assert_int_equal(strncmp(call_str(c, "uri"), "test://", 7), 0);
	if (slow) {
		held = c;
		c->on_stop = on_stop;
		return;
	}
	c->pause_s = pause_s;
	c->requests = questions;
	if (state_of_things == NULL) {
		call_fail(c, "It cannot be told.");
		return;
	}
	call_text(c, "%s", state_of_things);
	call_done(c);
}

static unsigned
looks_of_a_day(const struct worker *w)
{
	(void)w;
	return a_day;
}

static void
read_any(struct call *c)
{
	call_contents(c, call_str(c, "uri"), "text/plain", span_str("x"));
	call_done(c);
}

static bool
is_even(struct span uri)
{
	return uri.n > 0 && (uri.p[uri.n - 1] - '0') % 2 == 0;
}

static const struct look look = {.run = run_look, .least_s = 10, .most_s = 30};
static const struct resource resources[] = {
	{.uri = "test://one", .name = "one", .read = read_any, .subscribable = true, .look = &look},
	{.uri = "test://told", .name = "told", .read = read_any, .subscribable = true},
	{.uri = NULL},
};
static const struct resource_template templates[] = {
	{.uri = "test://n/{n}", .name = "n", .read = read_any, .subscribable = true,
	    .watched = is_even, .look = &look},
	{.uri = NULL},
};

static int
setup(void **state)
{
	struct bench *b;

	assert_int_equal(streaming_setup(state), 0);
	b = *state;
	b->catalog.resources = resources;
	b->catalog.templates = templates;
	b->catalog.subscribe = true;
	b->catalog.looks_a_day = looks_of_a_day;
	looks = a_day = 0;
	questions = 1;
	pause_s = 0;
	state_of_things = "quiet";
	slow = stopped = false;
	held = NULL;
	return 0;
}
#define W(f) cmocka_unit_test_setup_teardown(f, setup, bench_teardown)

static void
turns(struct bench *b)
{
	unsigned i;

	for (i = 0; i < 6; i++)
		turn(b);
}

/* So many seconds later: what is due then happens. */
static void
later(struct bench *b, unsigned seconds)
{
	now_ms += seconds * 1000LL;
	watch_soon(b->worker.mcp, 0);
	turns(b);
}

static void
subscribe(struct bench *b, const char *session, const char *what, const char *uri)
{
	char text[512];

	(void)snprintf(text, sizeof(text), "{\"jsonrpc\":\"2.0\",\"id\":1,\"method\":\"resources/%s\","
	    "\"params\":{\"uri\":\"%s\"}}", what, uri);
	legacy(b, session, text);
	assert_result(b);
}

/* A session that listens to the URI; its stream is kept. */
static struct kept *
listener(struct bench *b, char session[200], const char *uri)
{
	struct kept *k;

	start_session(b, "2025-06-18", session);
	get_stream(b, session, "");
	k = keep(b);
	subscribe(b, session, "subscribe", uri);
	turns(b);
	return k;
}

static unsigned
heard(struct bench *b, struct kept **k)
{
	unsigned n;

	back(b, *k);
	n = events(b);
	*k = keep(b);
	return n;
}

static void
only_what_changed_is_told(void **state)
{
	struct bench *b = *state;
	char session[200];
	struct kept *k = listener(b, session, "test://one");

	assert_int_equal(looks, 1);
	assert_int_equal(heard(b, &k), 0);
	later(b, 9);
	assert_int_equal(looks, 1);
	/* Nothing happens: the looks get rarer, up to a bound. */
	later(b, 6);
	assert_int_equal(looks, 2);
	later(b, 14);
	assert_int_equal(looks, 2);
	later(b, 9);
	assert_int_equal(looks, 3);
	later(b, 30);
	assert_int_equal(looks, 4);
	assert_int_equal(heard(b, &k), 0);
	state_of_things = "loud";
	later(b, 30);
	assert_int_equal(looks, 5);
	assert_int_equal(heard(b, &k), 1);
	/* Where something happens, something else may follow. */
	later(b, 11);
	assert_int_equal(looks, 6);
	assert_int_equal(heard(b, &k), 1);
	back(b, k);
}

static void
a_change_of_one_s_own_is_seen_soon(void **state)
{
	struct bench *b = *state;
	char session[200];
	struct kept *k = listener(b, session, "test://one");

	state_of_things = "loud";
	watch_soon(b->worker.mcp, WATCH_AFTER_MS);
	later(b, 1);
	assert_int_equal(looks, 1);
	later(b, 1);
	assert_int_equal(looks, 2);
	assert_int_equal(heard(b, &k), 1);
	back(b, k);
}

static void
without_anybody_to_tell_nothing_is_looked_at(void **state)
{
	struct bench *b = *state;
	char session[200];
	struct kept *k;

	start_session(b, "2025-06-18", session);
	subscribe(b, session, "subscribe", "test://one");
	turns(b);
	later(b, 60);
	assert_int_equal(looks, 0);
	get_stream(b, session, "");
	turns(b);
	assert_int_equal(looks, 1);
	k = keep(b);
	subscribe(b, session, "unsubscribe", "test://one");
	later(b, 60);
	assert_int_equal(looks, 1);
	subscribe(b, session, "subscribe", "test://one");
	turns(b);
	assert_int_equal(looks, 2);
	back(b, k);
	client_gone(b);
	later(b, 60);
	assert_int_equal(looks, 2);
}

static void
what_has_no_look_is_not_looked_at(void **state)
{
	struct bench *b = *state;
	char session[200];
	struct kept *k = listener(b, session, "test://told");

	later(b, 60);
	assert_int_equal(looks, 0);
	back(b, k);
	assert_false(catalog_subscribable(&b->catalog, span_str("test://n/3"), SCOPE_ALL));
	assert_true(catalog_subscribable(&b->catalog, span_str("test://n/4"), SCOPE_ALL));
	assert_null(catalog_look(&b->catalog, span_str("test://told")));
	assert_ptr_equal(catalog_look(&b->catalog, span_str("test://n/4")), &look);
}

/* Modern streams; several resources take turns. */
static void
a_listen_stream_hears_of_its_own(void **state)
{
	struct bench *b = *state;

	modern(b, "5", "subscriptions/listen", ",\"notifications\":{\"resourceSubscriptions\":["
	    "\"test://n/2\",\"test://n/4\",\"test://n/5\"]}");
	turns(b);
	assert_int_equal(looks, 1);
	later(b, 1);
	assert_int_equal(looks, 1);
	later(b, 1);
	assert_int_equal(looks, 2);
	assert_int_equal(events(b), 1);    /* the acknowledgement */
	state_of_things = "loud";
	later(b, 30);
	assert_int_equal(looks, 3);
	later(b, 2);
	assert_int_equal(looks, 4);
	assert_int_equal(events(b), 3);
	assert_method(b, 1, "notifications/resources/updated");
	assert_method(b, 2, "notifications/resources/updated");
	client_gone(b);
	later(b, 60);
	assert_int_equal(looks, 4);
}

/* The less is left of the day, the rarer the looks; they never end. */
static void
a_day_s_share_is_not_exceeded(void **state)
{
	struct bench *b = *state;
	char session[200];
	struct kept *k;
	unsigned i;

	a_day = 20;
	k = listener(b, session, "test://one");
	for (i = 0; i < 3600; i++)
		later(b, 1);
	assert_in_range(looks, 12, 20);
	for (i = 0; i < 24 * 60; i++)
		later(b, 60);
	/* A full share at the beginning, and a day's. */
	assert_in_range(looks, 30, 41);
	back(b, k);
}

/* As at a list of several pages: the pace of what Spotify is asked stays. */
static void
a_look_of_many_questions_counts_as_many(void **state)
{
	struct bench *b = *state;
	char session[200];
	struct kept *k;
	unsigned i;

	questions = 4;
	k = listener(b, session, "test://one");
	assert_int_equal(looks, 1);
	later(b, 59);
	assert_int_equal(looks, 1);
	later(b, 1);
	assert_int_equal(looks, 2);
	/* One's own change is looked for at once all the same. */
	watch_soon(b->worker.mcp, WATCH_AFTER_MS);
	later(b, 2);
	assert_int_equal(looks, 3);
	/* Nothing was there to begin with; two days bring 80 questions. */
	a_day = 40;
	for (i = 0; i < 2 * 24 * 60; i++)
		later(b, 60);
	assert_in_range(looks, 3 + 15, 3 + 20);
	back(b, k);
}

static void
who_says_that_it_is_no_use_is_heard(void **state)
{
	struct bench *b = *state;
	char session[200];
	struct kept *k;
	unsigned i;

	state_of_things = NULL;
	pause_s = 3600;
	k = listener(b, session, "test://one");
	subscribe(b, session, "subscribe", "test://n/2");
	watch_soon(b->worker.mcp, WATCH_AFTER_MS);
	for (i = 0; i < 59; i++)
		later(b, 60);
	assert_int_equal(looks, 1);
	state_of_things = "quiet";
	later(b, 60);
	later(b, 2);
	assert_int_equal(looks, 3);
	/* Without a word: a minute, then two. */
	state_of_things = NULL;
	pause_s = 0;
	subscribe(b, session, "unsubscribe", "test://n/2");
	later(b, 30);
	assert_int_equal(looks, 4);
	later(b, 59);
	assert_int_equal(looks, 4);
	later(b, 1);
	assert_int_equal(looks, 5);
	later(b, 119);
	assert_int_equal(looks, 5);
	later(b, 1);
	assert_int_equal(looks, 6);
	/* The first state that is known is no change. */
	state_of_things = "quiet";
	later(b, 240);
	assert_int_equal(looks, 7);
	assert_int_equal(heard(b, &k), 0);
	back(b, k);
}

static void
a_look_ends_with_the_worker(void **state)
{
	struct bench *b = *state;
	char session[200];
	struct kept *k;

	slow = true;
	k = listener(b, session, "test://one");
	assert_non_null(held);
	later(b, 50);
	assert_int_equal(looks, 1);   /* one at a time */
	watch_end(b->worker.mcp);
	assert_true(stopped);
	turns(b);
	back(b, k);
}

/* --- completion -------------------------------------------------------------------------- */

static unsigned asked;
static bool fails;

static void
offer_some(struct call *c)
{
	asked++;
	if (fails) {
		call_fail(c, "Not now.");
		return;
	}
	call_offer(c, "1", "Rainy Days");
	call_offer(c, call_other(c, "kind")[0] != '\0' ? call_other(c, "kind") : "2", "rain");
	call_offer(c, "3", "sun");
	call_done(c);
}

static bool
begins(const char *name, const char *typed)
{
	return strncasecmp(name, typed, strlen(typed)) == 0;
}

static const struct text_arg offered[] = {
	{.name = "kind"},
	{.name = "what", .all = offer_some, .by = "kind", .fits = begins},
	{.name = NULL},
};

static void
run_prompt(struct call *c)
{
	call_message(c, ROLE_USER, "x");
	call_done(c);
}

static void
complete(struct bench *b, const char *typed, const char *kind)
{
	char text[512];

	(void)snprintf(text, sizeof(text), ",\"ref\":{\"type\":\"ref/prompt\",\"name\":\"p\"},"
	    "\"argument\":{\"name\":\"what\",\"value\":\"%s\"},"
	    "\"context\":{\"arguments\":{\"kind\":\"%s\"}}", typed, kind);
	modern(b, "1", "completion/complete", text);
	turns(b);
	assert_result(b);
}

static void
what_can_be_offered_is_asked_for_once_a_minute(void **state)
{
	static const struct prompt p = {.name = "p", .args = offered, .run = run_prompt};
	static const struct prompt *const prompts[] = {&p, NULL};
	struct bench *b = *state;

	b->catalog.prompts = prompts;
	asked = 0;
	fails = false;
	complete(b, "", "");
	assert_string_equal(text_at(b, "result.completion"),
	    "{ \"values\": [ \"1\", \"2\", \"3\" ], \"total\": 3, \"hasMore\": false }");
	complete(b, "RAINY", "");
	assert_string_equal(text_at(b, "result.completion.values"), "[ \"1\" ]");
	complete(b, "rain", "");
	assert_string_equal(text_at(b, "result.completion.values"), "[ \"1\", \"2\" ]");
	/* By what is filled in as well. */
	complete(b, "3", "");
	assert_string_equal(text_at(b, "result.completion.values"), "[ \"3\" ]");
	assert_int_equal(asked, 1);
	/* Another argument asks for other things. */
	complete(b, "rain", "odd");
	assert_string_equal(text_at(b, "result.completion.values"), "[ \"1\", \"odd\" ]");
	assert_int_equal(asked, 2);
	now_ms += 61000;
	complete(b, "", "");
	assert_int_equal(asked, 3);
	/* What cannot be had is not offered, and not asked for at each letter. */
	now_ms += 61000;
	fails = true;
	complete(b, "r", "");
	assert_string_equal(text_at(b, "result.completion.values"), "[ ]");
	complete(b, "ra", "");
	assert_int_equal(asked, 4);
	now_ms += 16000;
	fails = false;
	complete(b, "rai", "");
	assert_string_equal(text_at(b, "result.completion.values"), "[ \"1\", \"2\" ]");
	assert_int_equal(asked, 5);
}

int
main(void)
{
	const struct CMUnitTest tests[] = {
		W(only_what_changed_is_told), W(a_change_of_one_s_own_is_seen_soon),
		W(without_anybody_to_tell_nothing_is_looked_at), W(what_has_no_look_is_not_looked_at),
		W(a_listen_stream_hears_of_its_own), W(a_day_s_share_is_not_exceeded),
		W(a_look_of_many_questions_counts_as_many),
		W(who_says_that_it_is_no_use_is_heard), W(a_look_ends_with_the_worker),
		W(what_can_be_offered_is_asked_for_once_a_minute),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
