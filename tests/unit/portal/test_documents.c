/*
 * Documents of clients at the portal (docs/protocol.md A-25): pages wait for a
 * fetch program that the test plays, and go on with what it says, or without.
 */
#include "config.h"

#include <string.h>
#include <unistd.h>

#include "master/portal/documents.h"
#include "master/portal/page.h"
#include "shared/base/clock.h"
#include "tests/unit/portal/rig.h"
#include "tests/unit/unit.h"

#define BACK "https%3A%2F%2Fclient.example%2Fcb"
#define ASK(host) "/authorize?response_type=code&client_id=https%3A%2F%2F" host "%2Fmeta.json" \
	"&redirect_uri=" BACK "&code_challenge=E9Melhoa2OwvFrEMTJguCHaoeK1t8URWbuGJSstw-cM" \
	"&code_challenge_method=S256"
#define URL "https://client.example/meta.json"

/* The test's ends: of the control channel, of up to four fetch programs. */
static struct {
	struct rig *rig;
	struct channel *control, *own_control, *program[4];
	unsigned wanted, asked, ended, ok, wanted_at_ok;
	char url[600];
} w;

static err_t
on_want(void *owner, struct channel *ch, const struct frame *f)
{
	(void)owner;
	(void)ch;
	(void)f;
	w.wanted++;
	return 0;
}

static err_t
on_fetch(void *owner, struct channel *ch, const struct frame *f)
{
	struct msg_fetch m;

	(void)owner;
	(void)ch;
	assert_ok(msg_get_fetch(f->body, &m));
	assert_true(m.url.n < sizeof(w.url));
	memcpy(w.url, m.url.p, m.url.n);
	w.url[m.url.n] = '\0';
	w.asked++;
	return 0;
}

static void
on_end(void *owner, struct channel *ch, enum channel_end why)
{
	(void)owner;
	(void)ch;
	(void)why;
	w.ended++;
}

static err_t
on_peer_ok(void *owner, struct channel *ch, const struct frame *f)
{
	(void)owner;
	(void)ch;
	(void)f;
	w.wanted_at_ok = w.wanted;
	w.ok++;
	return 0;
}

static const struct channel_rule control_rules[] = {{.type = MSG_WANT_FETCH, .handle = on_want},
	{.type = MSG_PEER_OK, .handle = on_peer_ok}};
static const struct channel_table control_table = {.peer = "portal", .rules = control_rules,
	.n_rules = 2, .max_queue = 65536};
static const struct channel_rule fetch_rules[] = {{.type = MSG_FETCH, .handle = on_fetch}};
static const struct channel_table fetch_table = {.peer = "portal", .rules = fetch_rules,
	.n_rules = 1, .max_queue = 65536};
static const struct channel_table nothing = {.peer = "test", .max_queue = 65536};

static void
turns(unsigned n)
{
	unsigned i;

	for (i = 0; i < n; i++) {
		(void)event_base_loop(loop_base(w.rig->loop), EVLOOP_NONBLOCK);
		loop_settle(w.rig->loop);
		(void)usleep(100);
	}
}

static void
until(const unsigned *count, unsigned n)
{
	int64_t end = clock_mono_ms() + 5000;

	while (*count < n && clock_mono_ms() < end)
		turns(1);
	assert_int_equal(*count, n);
}

static void
until_answered(void)
{
	int64_t end = clock_mono_ms() + 5000;

	while (!w.rig->answered && clock_mono_ms() < end)
		turns(1);
	assert_true(w.rig->answered);
}

static void
program_comes(unsigned i)
{
	int fds[2];

	assert_ok(channel_pair(fds));
	assert_ok(documents_join(&w.rig->portal, 100 + i, fds[0]));
	assert_ok(channel_open(w.rig->loop, fds[1], &fetch_table, NULL, on_end, &w.program[i]));
}

static int
setup(void **state)
{
	int fds[2];

	if (rig_setup(state) != 0)
		return -1;
	memset(&w, 0, sizeof(w));
	w.rig = *state;
	assert_ok(channel_pair(fds));
	assert_ok(channel_open(w.rig->loop, fds[0], &nothing, NULL, on_end, &w.own_control));
	assert_ok(channel_open(w.rig->loop, fds[1], &control_table, NULL, on_end, &w.control));
	w.rig->portal.documents.control = w.own_control;
	return 0;
}

static int
teardown(void **state)
{
	unsigned i;

	documents_end(&w.rig->portal);
	w.rig->portal.documents.control = NULL;
	channel_close(&w.control);
	channel_close(&w.own_control);
	for (i = 0; i < 4; i++)
		channel_close(&w.program[i]);
	turns(5);
	return rig_teardown(state);
}

static void
begin(const char *target)
{
	const struct ask a = {.method = METHOD_GET, .target = target};

	rig_ask_only(w.rig, &a);
}

static void
say_document(unsigned i, const char *id)
{
	const struct msg_fetched m = {.client_id = span_str(id), .name = span_str("A client"),
	    .uri = span_str("https://client.example"), .redirects = span_str("http://127.0.0.1/x\n"
	    "https://client.example/cb"), .auth_method = CLIENT_AUTH_NONE, .keep_s = 7000};

	assert_ok(send_fetched(w.program[i], 0, &m));
}

static void
a_page_waits_for_a_program_and_goes_on_with_the_document(void **state)
{
	struct rig *r = *state;

	begin(ASK("client.example"));
	until(&w.wanted, 1);
	assert_false(r->answered);
	program_comes(0);
	until(&w.asked, 1);
	assert_string_equal(w.url, URL);
	/* It was the only one. */
	until(&w.wanted, 2);
	say_document(0, URL);
	until_answered();
	assert_int_equal(r->status, 303);
	assert_string_equal(r->location, "/consent?request=a1b2c3d4e5f60718293a4b5c6d7e8f90");
	assert_true(span_is(r->client_put.client_id, URL));
	assert_true(span_is(r->client_put.name, "A client"));
	assert_int_equal(r->client_put.kind, CLIENT_DOCUMENT);
	assert_int_equal(r->client_put.keep_s, 7000);
	assert_true(span_is(r->auth_begin.client_id, URL));
	assert_int_equal(r->portal.documents.fetched, 1);
	/* Its task is done: the portal has let go of it. */
	until(&w.ended, 1);
}

static void
a_program_that_waits_is_asked_at_once_and_another_is_wanted(void **state)
{
	struct rig *r = *state;

	program_comes(0);
	turns(20);
	assert_int_equal(w.wanted + w.asked, 0);
	begin(ASK("client.example"));
	until(&w.asked, 1);
	until(&w.wanted, 1);
	say_document(0, URL);
	until_answered();
	assert_int_equal(r->status, 303);
}

static void
refused(uint8_t why)
{
	const struct msg_fetch_failed m = {.why = why, .status = 404};
	struct rig *r = w.rig;

	w.asked = w.ended = 0;
	program_comes(0);
	begin(ASK("client.example"));
	until(&w.asked, 1);
	assert_ok(send_fetch_failed(w.program[0], 0, &m));
	until_answered();
	assert_true(r->status >= 400);
	assert_string_equal(r->location, "");
	assert_true(rig_shows(r, "For whoever makes the client") == (why != FETCH_BUSY));
	assert_int_equal(r->status, why == FETCH_BUSY ? 503 : 502);
	assert_true(r->client_put.client_id.n == 0 && r->auth_begin.client_id.n == 0);
	until(&w.ended, 1);
	channel_close(&w.program[0]);
}

static void
a_failure_is_a_page_and_nothing_is_kept(void **state)
{
	uint8_t why;

	(void)state;
	for (why = FETCH_BUSY; why <= FETCH_CONTENT; why++)
		refused(why);
	assert_int_equal(w.rig->portal.documents.failed, FETCH_CONTENT);
}

static void
a_program_speaks_for_the_document_that_it_was_asked_for(void **state)
{
	struct rig *r = *state;

	program_comes(0);
	begin(ASK("client.example"));
	until(&w.asked, 1);
	say_document(0, "https://other.example/meta.json");
	until_answered();
	assert_true(r->status >= 400);
	assert_int_equal(r->client_put.client_id.n, 0);
	until(&w.ended, 1);
}

static void
what_a_program_says_is_looked_at_once_more(void **state)
{
	const struct msg_fetched m = {.client_id = span_str(URL), .name = span_str("\xe2\x80\xae A\n client\a"),
	    .uri = span_str("javascript:alert(1)"), .redirects = span_str("https://client.example/cb"),
	    .keep_s = 600};
	const struct msg_fetched nameless = {.client_id = span_str(URL), .name = span_str("\xe2\x80\xae "),
	    .redirects = span_str("https://client.example/cb"), .keep_s = 600};
	struct rig *r = *state;

	program_comes(0);
	begin(ASK("client.example"));
	until(&w.asked, 1);
	assert_ok(send_fetched(w.program[0], 0, &m));
	until_answered();
	assert_int_equal(r->status, 303);
	assert_true(span_is(r->client_put.name, "A client"));
	assert_int_equal(r->client_put.uri.n, 0);
	program_comes(1);
	begin(ASK("client.example"));
	until(&w.asked, 2);
	assert_ok(send_fetched(w.program[1], 0, &nameless));
	until_answered();
	assert_int_equal(r->status, 502);
}

static void
a_program_that_speaks_unasked_is_let_go(void **state)
{
	(void)state;
	program_comes(0);
	say_document(0, URL);
	until(&w.ended, 1);
	assert_int_equal(w.rig->portal.documents.fetched, 0);
	assert_null(w.rig->portal.documents.fetchers);
}

static void
the_supervisor_hears_of_a_program_before_it_hears_that_none_is_left(void **state)
{
	const struct msg_peer_ok ok = {.kind = PEER_FETCH, .worker = 100};

	(void)state;
	begin(ASK("client.example"));
	until(&w.wanted, 1);
	/* As main.c does it. */
	program_comes(0);
	assert_ok(send_peer_ok(w.own_control, 0, &ok));
	until(&w.asked, 1);
	until(&w.wanted, 2);
	until(&w.ok, 1);
	assert_int_equal(w.wanted_at_ok, 1);
}

static void
a_program_that_dies_is_a_page(void **state)
{
	struct rig *r = *state;

	program_comes(0);
	begin(ASK("client.example"));
	until(&w.asked, 1);
	channel_close(&w.program[0]);
	until_answered();
	assert_true(r->status >= 400);
	assert_int_equal(r->client_put.client_id.n, 0);
}

static void
a_browser_that_goes_away_leaves_nothing_behind(void **state)
{
	const struct msg_req_cancel m = {.none = 0};
	struct rig *r = *state;

	program_comes(0);
	begin(ASK("client.example"));
	until(&w.asked, 1);
	assert_ok(send_req_cancel(r->front, r->last_id, &m));
	turns(20);
	assert_int_equal(r->portal.n_pages, 0);
	say_document(0, URL);
	until(&w.ended, 1);
	assert_int_equal(r->client_put.client_id.n, 0);
}

static void
an_address_has_four_pages_waiting_at_the_most(void **state)
{
	struct rig *r = *state;
	int i;

	for (i = 0; i < DOCUMENTS_EACH; i++) {
		begin(ASK("client.example"));
		turns(20);
		assert_false(r->answered);
	}
	begin(ASK("client.example"));
	until_answered();
	assert_true(r->status >= 400);
	assert_int_equal(r->portal.n_pages, DOCUMENTS_EACH);
}

static void
what_is_no_address_of_a_document_asks_no_program(void **state)
{
	static const char *const hosts[] = {ASK("user@client.example"), ASK("127.1"), ASK("client.example%2F..")};
	struct rig *r = *state;
	size_t i;

	program_comes(0);
	for (i = 0; i < sizeof(hosts) / sizeof(hosts[0]); i++) {
		begin(hosts[i]);
		until_answered();
		assert_true(r->status >= 400);
		assert_string_equal(r->location, "");
	}
	assert_int_equal(w.asked, 0);
}

int
main(void)
{
#define T(name) cmocka_unit_test_setup_teardown(name, setup, teardown)
	const struct CMUnitTest tests[] = {
		T(a_page_waits_for_a_program_and_goes_on_with_the_document),
		T(a_program_that_waits_is_asked_at_once_and_another_is_wanted),
		T(a_failure_is_a_page_and_nothing_is_kept),
		T(a_program_speaks_for_the_document_that_it_was_asked_for),
		T(a_program_that_speaks_unasked_is_let_go),
		T(what_a_program_says_is_looked_at_once_more),
		T(a_program_that_dies_is_a_page),
		T(the_supervisor_hears_of_a_program_before_it_hears_that_none_is_left),
		T(a_browser_that_goes_away_leaves_nothing_behind),
		T(an_address_has_four_pages_waiting_at_the_most),
		T(what_is_no_address_of_a_document_asks_no_program),
	};

	return cmocka_run_group_tests(tests, rig_log_to_file, NULL);
}
