/*
 * A worker without channels: requests are put together here, go through the
 * whole protocol with tools of the test's own, and their answers are kept.
 */
#ifndef TONEARM_TESTS_MCP_FIXTURE_H
#define TONEARM_TESTS_MCP_FIXTURE_H

#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>

#include <cmocka.h>

#include <json-c/json.h>

#include "worker/mcp/catalog.h"
#include "worker/mcp/mcp.h"
#include "worker/request.h"
#include "worker/worker.h"

#define MODERN "2026-07-28"
#define ENVELOPE "\"_meta\":{\"io.modelcontextprotocol/protocolVersion\":\"" MODERN "\"," \
	"\"io.modelcontextprotocol/clientCapabilities\":{}}"

/* An answer as the sink got it. */
struct reply {
	bool head, ended;
	uint16_t status;
	uint8_t media, allow, auth_error;
	uint32_t retry_after, scopes;
	char session[200];
	struct buf body;
	struct json_object *json;   /* the body, where it is JSON */
	unsigned words;             /* how often front was told of a stream; what last: */
	bool parked;
	uint32_t expires;
	char farewell[4097];
	uint8_t note[512];
	size_t note_n;
};

struct bench {
	struct catalog catalog;
	struct worker worker;
	struct conf_values conf;
	struct request *rq;         /* the last one; freed by the next */
	struct reply reply;
	uint8_t cred_kind;          /* of the requests; CRED_NONE: CRED_PERSONAL */
	unsigned logged;
};

int bench_setup(void **state);
int bench_teardown(void **state);

/* Called when the code under test goes to work (true) and when the bench does
 * something of its own (false); NULL: nobody wants to know. */
extern void (*bench_working)(bool now);
void working(bool now);

/* Puts the bench's tools into a catalog; ends what is at work. */
void bench_tools_begin(struct catalog *catalog);
void bench_tools_end(void);

/* offers.c: tools with headers, icons and every kind of block (route, all, image,
 * shown) instead of the bench's; or besides them, with prompts, resources and
 * templates of every kind. */
void offer_tools(struct catalog *catalog);
void offer_everything(struct catalog *catalog);

/* What was to be stored; it is done in the turn that follows, unless the test
 * answers by hand. */
extern struct stores {
	uint8_t row[16384];
	size_t n;
	unsigned calls;
	bool by_hand;
	err_t fails;
	row_answer fn;              /* NULL: none is under way */
	void *arg;
} stores;

/* Fields of a request: name, value, name, value, NULL. */
#define FIELDS(...) ((const char *const[]){__VA_ARGS__, NULL})
#define NO_FIELDS ((const char *const[]){NULL})

/* Sends a request with Content-Type application/json and an Accept for both,
 * unless the fields say otherwise ("" leaves one out), and turns the loop once. */
void send_raw(struct bench *b, uint8_t method, const char *const *fields, const char *body);
void post(struct bench *b, const char *const *fields, const char *body);

/* A modern request with all its headers; params is the inside of the object
 * behind the envelope, with a leading comma, or "". */
void modern(struct bench *b, const char *id, const char *method, const char *params);
void modern_named(struct bench *b, const char *id, const char *method, const char *name,
    const char *params);

/* Starts a legacy session; its id goes to out (200 bytes). */
void start_session(struct bench *b, const char *version, char *out);
void legacy(struct bench *b, const char *session, const char *body);
/* One request in a new session of that version; params is the inside. */
void in_session(struct bench *b, const char *version, const char *method, const char *params);

/* A stream of an earlier worker is this one's. */
void take_stream(struct bench *b, struct span note, bool allowed);

/* Runs the loop for one turn. */
void turn(struct bench *b);
/* The client goes. */
void client_gone(struct bench *b);

/* Sets the last request aside with its answer, so that others can follow, and
 * takes it back. */
struct kept;
struct kept *keep(struct bench *b);
void back(struct bench *b, struct kept *k);

/* What the last answer was. */
/* Paths: "a|b|0|c"; text_at takes dots as well, where no bar is in it. */
struct json_object *at(struct json_object *v, const char *path);
const char *text_at(struct bench *b, const char *path);
void assert_error(struct bench *b, uint16_t status, int code);
void assert_result(struct bench *b);
/* The events of a stream; the n-th one's JSON, which the caller puts. */
unsigned events(struct bench *b);
struct json_object *event_json(struct bench *b, unsigned n);

/* The tools of the bench: echo (library:read), slow (ends by finish_slow),
 * remove (library:write), get_status, get_items. */
extern unsigned slow_running, slow_stopped;
void finish_slow(void);
void progress_slow(double done, const char *message);
/* Its time is over; stubborn: it does not end when it is asked to. */
void slow_time_over(struct bench *b, bool stubborn);

#define TEST_LIST(name) \
	extern const struct CMUnitTest name[]; \
	extern const size_t name##_n
TEST_LIST(ended_tests);
TEST_LIST(ask_tests);
TEST_LIST(asked_tests);
TEST_LIST(form_tests);
TEST_LIST(legacy_tests);
TEST_LIST(logging_tests);
TEST_LIST(modern_tests);
TEST_LIST(state_tests);
TEST_LIST(tools_tests);
TEST_LIST(prompts_tests);
TEST_LIST(params_tests);
TEST_LIST(degrade_tests);
TEST_LIST(streams_tests);
TEST_LIST(resume_tests);
TEST_LIST(subscribe_tests);
TEST_LIST(tasks_tests);

#define T(f) cmocka_unit_test_setup_teardown(f, bench_setup, bench_teardown)

#endif
