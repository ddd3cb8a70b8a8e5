/* The modern era: envelope, headers, discovery, listening (docs/protocol.md
 * sections 3 and 4), and the HTTP door (section 2). */
#include "config.h"

#include <stdio.h>
#include <string.h>

#include "shared/http/media.h"
#include "shared/json/json.h"
#include "tests/unit/mcp/fixture.h"
#include "worker/credentials.h"
#include "worker/mcp/inside.h"

#define HEADERS(method) FIELDS("mcp-protocol-version", MODERN, "mcp-method", method)
#define META(version, caps) "\"_meta\":{\"io.modelcontextprotocol/protocolVersion\":" version \
	",\"io.modelcontextprotocol/clientCapabilities\":" caps "}"
#define BODY(method, params) "{\"jsonrpc\":\"2.0\",\"id\":1,\"method\":\"" method \
	"\",\"params\":{" params "}}"

static void
discover_says_what_the_server_can(void **state)
{
	struct bench *b = *state;

	modern(b, "1", "server/discover", "");
	assert_result(b);
	assert_string_equal(text_at(b, "result.resultType"), "complete");
	assert_string_equal(text_at(b, "result.supportedVersions.0"), MODERN);
	assert_string_equal(text_at(b, "result.supportedVersions.4"), "2024-11-05");
	assert_non_null(at(b->reply.json, "result|capabilities|tools"));
	assert_non_null(at(b->reply.json, "result|capabilities|resources"));
	assert_null(at(b->reply.json, "result|capabilities|prompts"));
	assert_string_equal(text_at(b, "result.cacheScope"), "public");
	assert_string_equal(text_at(b,
	    "result|_meta|io.modelcontextprotocol/serverInfo|name"), "tonearm");
	assert_true(strlen(text_at(b, "result.instructions")) < 2048);
	assert_string_equal(b->reply.session, "");
}

static void
a_missing_envelope_is_minus_32602(void **state)
{
	static const char *const bodies[] = {
		"{\"jsonrpc\":\"2.0\",\"id\":1,\"method\":\"tools/list\"}",
		BODY("tools/list", ""),
		BODY("tools/list", "\"_meta\":{}"),
		BODY("tools/list", "\"_meta\":7"),
		BODY("tools/list", "\"_meta\":{\"io.modelcontextprotocol/clientCapabilities\":{}}"),
		BODY("tools/list", "\"_meta\":{\"io.modelcontextprotocol/protocolVersion\":\"" MODERN "\"}"),
		BODY("tools/list", META("7", "{}")),
		BODY("tools/list", META("null", "{}")),
		BODY("tools/list", META("\"" MODERN "\"", "[]")),
		BODY("tools/list", META("\"" MODERN "\"", "null")),
		BODY("tools/list", META("\"" MODERN "\"", "\"x\"")),
		"{\"jsonrpc\":\"2.0\",\"id\":1,\"method\":\"tools/list\",\"params\":[]}",
		"{\"jsonrpc\":\"2.0\",\"id\":1,\"method\":\"initialize\",\"params\":{}}",
	};
	struct bench *b = *state;
	size_t i;

	for (i = 0; i < sizeof(bodies) / sizeof(bodies[0]); i++) {
		post(b, HEADERS("tools/list"), bodies[i]);
		assert_error(b, 400, -32602);
		assert_string_equal(text_at(b, "id"), "1");
	}
	/* Any later date in the header means modern as well. */
	post(b, FIELDS("mcp-protocol-version", "2027-01-01"), bodies[0]);
	assert_error(b, 400, -32602);
}

static void
a_version_header_absent_or_different_is_minus_32020(void **state)
{
	static const char body[] = BODY("tools/list", ENVELOPE);
	struct bench *b = *state;

	post(b, FIELDS("mcp-method", "tools/list"), body);
	assert_error(b, 400, -32020);
	post(b, FIELDS("mcp-method", "tools/list", "mcp-protocol-version", "2025-11-25"), body);
	assert_error(b, 400, -32020);
	post(b, FIELDS("mcp-method", "tools/list", "mcp-protocol-version", MODERN ", " MODERN), body);
	assert_error(b, 400, -32020);
}

static void
an_unknown_version_is_minus_32022_with_the_supported_ones(void **state)
{
	struct bench *b = *state;

	post(b, FIELDS("mcp-protocol-version", "2099-01-01", "mcp-method", "tools/list"),
	    BODY("tools/list", META("\"2099-01-01\"", "{}")));
	assert_error(b, 400, -32022);
	assert_string_equal(text_at(b, "error.data.requested"), "2099-01-01");
	assert_string_equal(text_at(b, "error.data.supported.0"), MODERN);
	assert_int_equal(json_object_array_length(at(b->reply.json, "error|data|supported")), 5);
	/* A legacy version inside an envelope is no way in either. */
	post(b, FIELDS("mcp-protocol-version", "2025-11-25", "mcp-method", "tools/list"),
	    BODY("tools/list", META("\"2025-11-25\"", "{}")));
	assert_error(b, 400, -32022);
}

static void
a_method_header_absent_or_different_is_minus_32020(void **state)
{
	static const char body[] = BODY("tools/list", ENVELOPE);
	struct bench *b = *state;

	post(b, FIELDS("mcp-protocol-version", MODERN), body);
	assert_error(b, 400, -32020);
	post(b, HEADERS("tools/call"), body);
	assert_error(b, 400, -32020);
	post(b, HEADERS("Tools/List"), body);
	assert_error(b, 400, -32020);
}

static void
a_name_header_absent_or_different_is_minus_32020(void **state)
{
	static const char arguments[] = ",\"name\":\"get_status\"";
	struct bench *b = *state;

	modern_named(b, "1", "tools/call", "", arguments);
	assert_error(b, 400, -32020);
	modern_named(b, "1", "tools/call", "other", arguments);
	assert_error(b, 400, -32020);
	modern_named(b, "1", "tools/call", "Get_status", arguments);
	assert_error(b, 400, -32020);
	modern_named(b, "1", "tools/call", "get_status", "");
	assert_error(b, 400, -32020);
	modern_named(b, "1", "resources/read", "spotify://x", ",\"uri\":\"spotify://status\"");
	assert_error(b, 400, -32020);
	modern_named(b, "1", "tools/call", "get_status", arguments);
	assert_result(b);
}

static void
a_base64_name_header_is_decoded_strictly(void **state)
{
	static const char arguments[] = ",\"name\":\"get_status\"";
	static const char *const wrong[] = {
		"=?base64?Z2V0X3N0YXR1cw=?=", "=?base64?Z2V0X3N0YXR1cw?=",
		"=?base64?Z2V0X3N0YXR1cx==?=", "=?base64?Z2V0_3N0YXR1cw==?=",
		"=?base64? Z2V0X3N0YXR1cw==?=", "=?base64?\?=", "=?base64?/w==?=",
		"=?BASE64?Z2V0X3N0YXR1cw==?=", "=?base64?Z2V0X3N0YXR1cw==", "=?base64?=",
		"Z2V0X3N0YXR1cw=="};
	struct bench *b = *state;
	size_t i;

	modern_named(b, "1", "tools/call", "=?base64?Z2V0X3N0YXR1cw==?=", arguments);
	assert_result(b);
	for (i = 0; i < sizeof(wrong) / sizeof(wrong[0]); i++) {
		modern_named(b, "1", "tools/call", wrong[i], arguments);
		assert_error(b, 400, -32020);
	}
}

static void
removed_and_unknown_methods_are_404_and_minus_32601(void **state)
{
	static const char *const methods[] = {"initialize", "ping", "logging/setLevel",
		"resources/subscribe", "resources/unsubscribe", "prompts/list", "completion/complete",
		"tasks/get", "nope"};
	struct bench *b = *state;
	size_t i;

	for (i = 0; i < sizeof(methods) / sizeof(methods[0]); i++) {
		modern(b, "\"q\"", methods[i], "");
		assert_error(b, 404, -32601);
		assert_string_equal(text_at(b, "id"), "q");
	}
}

static void
the_checks_come_in_their_order(void **state)
{
	struct bench *b = *state;

	/* Everything wrong at once: the envelope first, ... */
	post(b, FIELDS("mcp-protocol-version", "2099-01-01", "mcp-method", "x"),
	    BODY("nope", META("7", "{}")));
	assert_error(b, 400, -32602);
	/* ... then the header against the body, ... */
	post(b, FIELDS("mcp-protocol-version", "2098-01-01", "mcp-method", "x"),
	    BODY("nope", META("\"2099-01-01\"", "{}")));
	assert_error(b, 400, -32020);
	/* ... then the version, ... */
	post(b, FIELDS("mcp-protocol-version", "2099-01-01", "mcp-method", "x"),
	    BODY("nope", META("\"2099-01-01\"", "{}")));
	assert_error(b, 400, -32022);
	/* ... then the method's header, then the method. */
	post(b, HEADERS("x"), BODY("nope", ENVELOPE));
	assert_error(b, 400, -32020);
	post(b, HEADERS("nope"), BODY("nope", ENVELOPE));
	assert_error(b, 404, -32601);
}

static void
modern_ids_are_strings_or_whole_numbers(void **state)
{
	struct bench *b = *state;

	modern(b, "0", "server/discover", "");
	assert_result(b);
	assert_true(json_object_is_type(at(b->reply.json, "id"), json_type_int));
	modern(b, "\"0\"", "server/discover", "");
	assert_true(json_object_is_type(at(b->reply.json, "id"), json_type_string));
	modern(b, "1.5", "server/discover", "");
	assert_error(b, 400, -32600);
	assert_false(json_has(b->reply.json, "id"));
	modern(b, "null", "server/discover", "");
	assert_error(b, 400, -32600);
}

static void
a_modern_notification_is_202(void **state)
{
	struct bench *b = *state;

	post(b, FIELDS("mcp-protocol-version", MODERN),
	    "{\"jsonrpc\":\"2.0\",\"method\":\"notifications/anything\"}");
	assert_int_equal(b->reply.status, 202);
	assert_int_equal(b->reply.body.len, 0);
	post(b, NO_FIELDS, "{\"jsonrpc\":\"2.0\",\"method\":\"x\",\"params\":{" ENVELOPE "}}");
	assert_int_equal(b->reply.status, 202);
}

static void
a_modern_request_needs_and_gets_no_session(void **state)
{
	struct bench *b = *state;

	post(b, FIELDS("mcp-protocol-version", MODERN, "mcp-method", "tools/list", "mcp-session-id",
	    "rubbish", "last-event-id", "7"), BODY("tools/list", ENVELOPE));
	assert_result(b);
	assert_string_equal(b->reply.session, "");
}

static void
a_modern_batch_is_minus_32600(void **state)
{
	struct bench *b = *state;

	post(b, HEADERS("tools/list"), "[" BODY("tools/list", ENVELOPE) "]");
	assert_error(b, 400, -32600);
	post(b, NO_FIELDS, "[" BODY("tools/list", ENVELOPE) "]");
	assert_error(b, 400, -32600);
}

static void
lists_say_how_long_and_for_whom_they_hold(void **state)
{
	static const char *const methods[] = {"server/discover", "tools/list", "resources/list",
		"resources/templates/list"};
	struct bench *b = *state;
	int64_t ttl;
	size_t i;

	for (i = 0; i < 4; i++) {
		modern(b, "1", methods[i], "");
		assert_result(b);
		assert_true(json_get_int(at(b->reply.json, "result"), "ttlMs", &ttl) && ttl >= 0);
		assert_string_equal(text_at(b, "result.cacheScope"), i == 0 ? "public" : "private");
		assert_string_equal(text_at(b, "result.resultType"), "complete");
	}
	modern_named(b, "1", "resources/read", "spotify://status", ",\"uri\":\"spotify://status\"");
	assert_result(b);
	assert_string_equal(text_at(b, "result.cacheScope"), "private");
	assert_string_equal(text_at(b, "result.contents.0.text"), "{\"fine\":true}");
	assert_string_equal(text_at(b, "result.contents.0.uri"), "spotify://status");
}

static void
listen_acknowledges_first_and_stays_open(void **state)
{
	struct bench *b = *state;
	struct json_object *e;

	modern(b, "0", "subscriptions/listen",
	    ",\"notifications\":{\"toolsListChanged\":true,\"resourceSubscriptions\":[\"spotify://player\"]}");
	assert_int_equal(b->reply.status, 200);
	assert_int_equal(b->reply.media, MEDIA_SSE);
	assert_false(b->reply.ended);
	assert_true(b->rq->quiet);
	assert_int_equal(events(b), 1);
	e = event_json(b, 0);
	assert_string_equal(json_object_get_string(at(e, "method")),
	    "notifications/subscriptions/acknowledged");
	assert_int_equal(json_object_object_length(at(e, "params|notifications")), 0);
	assert_true(json_object_is_type(at(e, "params|_meta|io.modelcontextprotocol/subscriptionId"),
	    json_type_int));
	json_object_put(e);
}

static void
a_listen_stream_that_the_server_ends_gets_its_result(void **state)
{
	struct bench *b = *state;
	struct json_object *e;

	modern(b, "\"s\"", "subscriptions/listen", ",\"notifications\":{}");
	mcp_end_streams(b->worker.mcp, NULL);
	assert_true(b->reply.ended);
	assert_int_equal(events(b), 2);
	e = event_json(b, 1);
	assert_string_equal(json_object_get_string(at(e, "id")), "s");
	assert_string_equal(json_object_get_string(at(e, "result|resultType")), "complete");
	assert_string_equal(json_object_get_string(
	    at(e, "result|_meta|io.modelcontextprotocol/subscriptionId")), "s");
	json_object_put(e);
}

static void
a_revoked_credential_ends_its_listen_stream(void **state)
{
	static const uint8_t hash[HASH_BYTES], other[HASH_BYTES] = {1};
	struct bench *b = *state;

	modern(b, "1", "subscriptions/listen", ",\"notifications\":{}");
	mcp_end_streams(b->worker.mcp, other);
	assert_false(b->reply.ended);
	mcp_check_streams(b->worker.mcp);
	assert_false(b->reply.ended);
	credentials_remove(b->worker.credentials, hash);
	mcp_check_streams(b->worker.mcp);
	assert_true(b->reply.ended);
}

static void
listen_checks_its_filter(void **state)
{
	static const char *const wrong[] = {"", ",\"notifications\":7", ",\"notifications\":null",
		",\"notifications\":{\"toolsListChanged\":1}",
		",\"notifications\":{\"resourceSubscriptions\":\"x\"}",
		",\"notifications\":{\"resourceSubscriptions\":[1]}",
		",\"notifications\":{\"promptsListChanged\":null}"};
	struct bench *b = *state;
	size_t i;

	for (i = 0; i < sizeof(wrong) / sizeof(wrong[0]); i++) {
		modern(b, "1", "subscriptions/listen", wrong[i]);
		assert_error(b, 200, -32602);
	}
}

static void
a_ninth_listen_stream_is_an_error(void **state)
{
	struct bench *b = *state;
	struct kept *kept[8];
	size_t i;

	for (i = 0; i < 8; i++) {
		modern(b, "1", "subscriptions/listen", ",\"notifications\":{}");
		assert_int_equal(b->reply.media, MEDIA_SSE);
		kept[i] = keep(b);
	}
	modern(b, "1", "subscriptions/listen", ",\"notifications\":{}");
	assert_error(b, 200, -32603);
	back(b, kept[0]);
	client_gone(b);
	modern(b, "1", "subscriptions/listen", ",\"notifications\":{}");
	assert_int_equal(b->reply.media, MEDIA_SSE);
	for (i = 1; i < 8; i++)
		back(b, kept[i]);
}

static void
a_wrong_content_type_is_415(void **state)
{
	static const char body[] = BODY("tools/list", ENVELOPE);
	struct bench *b = *state;

	post(b, FIELDS("content-type", ""), body);
	assert_int_equal(b->reply.status, 415);
	post(b, FIELDS("content-type", "text/plain"), body);
	assert_int_equal(b->reply.status, 415);
	post(b, FIELDS("content-type", "application/jsonp"), body);
	assert_int_equal(b->reply.status, 415);
	post(b, FIELDS("content-type", "Application/JSON; charset=utf-8", "mcp-protocol-version",
	    MODERN, "mcp-method", "tools/list"), body);
	assert_result(b);
}

static void
accept_decides_between_json_and_events(void **state)
{
	static const struct {
		const char *accept;
		bool json, sse;
	} cases[] = {
		{"application/json, text/event-stream", true, true}, {"*/*", true, true},
		{"application/json", true, false}, {"text/event-stream", false, true},
		{"text/*", false, true}, {"application/*;q=0.5", true, false},
		{"text/html", false, false}, {"*/*;q=0", false, false},
		{"application/json;q=0, */*", false, true}, {"*/*, application/json;q=0.0", false, true},
		{"TEXT/EVENT-STREAM , Application/Json", true, true}, {",,;,", false, false},
		{"application/json;q=1;x=y", true, false}, {"application/json;version=2", true, false},
	};
	struct bench *b = *state;
	bool json, sse;
	size_t i;

	for (i = 0; i < sizeof(cases) / sizeof(cases[0]); i++) {
		json = http_accepts(span_str(cases[i].accept), "application/json");
		sse = http_accepts(span_str(cases[i].accept), "text/event-stream");
		if (json != cases[i].json || sse != cases[i].sse)
			fail_msg("%s", cases[i].accept);
	}
	post(b, FIELDS("accept", "text/html"), BODY("tools/list", ENVELOPE));
	assert_int_equal(b->reply.status, 406);
	post(b, FIELDS("accept", "", "mcp-protocol-version", MODERN, "mcp-method", "tools/list"),
	    BODY("tools/list", ENVELOPE));
	assert_int_equal(b->reply.media, MEDIA_JSON);
	post(b, FIELDS("accept", "text/event-stream", "mcp-protocol-version", MODERN, "mcp-method",
	    "tools/list"), BODY("tools/list", ENVELOPE));
	assert_int_equal(b->reply.media, MEDIA_SSE);
	assert_int_equal(events(b), 1);
	assert_true(b->reply.ended);
	/* An error of the gates stays a plain answer with its status. */
	post(b, FIELDS("accept", "text/event-stream"), BODY("tools/list", ENVELOPE));
	assert_error(b, 400, -32020);
}

const struct CMUnitTest modern_tests[] = {
	T(discover_says_what_the_server_can),
	T(a_missing_envelope_is_minus_32602),
	T(a_version_header_absent_or_different_is_minus_32020),
	T(an_unknown_version_is_minus_32022_with_the_supported_ones),
	T(a_method_header_absent_or_different_is_minus_32020),
	T(a_name_header_absent_or_different_is_minus_32020),
	T(a_base64_name_header_is_decoded_strictly),
	T(removed_and_unknown_methods_are_404_and_minus_32601),
	T(the_checks_come_in_their_order),
	T(modern_ids_are_strings_or_whole_numbers),
	T(a_modern_notification_is_202),
	T(a_modern_request_needs_and_gets_no_session),
	T(a_modern_batch_is_minus_32600),
	T(lists_say_how_long_and_for_whom_they_hold),
	T(listen_acknowledges_first_and_stays_open),
	T(a_listen_stream_that_the_server_ends_gets_its_result),
	T(a_revoked_credential_ends_its_listen_stream),
	T(listen_checks_its_filter),
	T(a_ninth_listen_stream_is_an_error),
	T(a_wrong_content_type_is_415),
	T(accept_decides_between_json_and_events),
};
const size_t modern_tests_n = sizeof(modern_tests) / sizeof(modern_tests[0]);
