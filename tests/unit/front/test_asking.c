/* tonearm-front: who may ask at all, before anybody else is asked. */
#include "config.h"

#include <poll.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/socket.h>
#include <unistd.h>

#include "tests/unit/front/steps.h"

static void
the_probes_say_what_is_missing(void **state)
{
	int fd = dial(&rig);
	struct end w;

	(void)state;
	get_path(fd, "/health", "");
	expect(fd, 200, "{\"status\":\"ok\"}");
	get_path(fd, "/ready", "");
	expect(fd, 503, "{\"status\":\"not ready\",\"missing\":[\"workers\"],\"isolation\":\"reduced\"}");
	rig_worker(&rig, &w, ++next_worker);
	get_path(fd, "/ready", "");
	expect(fd, 200, "{\"status\":\"ready\",\"missing\":[],\"isolation\":\"reduced\"}");
	RIG_SEND(&rig.vault, 0, HEALTH, health, .database = 0, .keyring = 1);
	RIG_SEND(&rig.control, 0, WORKER_GONE, worker_gone, .worker = next_worker);
	assert_true(end_closed(&w));
	get_path(fd, "/ready", "");
	expect(fd, 503, "{\"status\":\"not ready\",\"missing\":[\"database\",\"workers\"],"
	    "\"isolation\":\"reduced\"}");
	RIG_SEND(&rig.vault, 0, HEALTH, health, .database = 1, .keyring = 1);
	end_close(&w);
	(void)close(fd);
}

static void
who_has_no_token_is_refused_without_a_question(void **state)
{
	char junk[TOKEN_CHARS + 1];
	struct response r;
	int fd = dial(&rig);

	(void)state;
	get_path(fd, "/mcp", "");
	assert_true(read_response(fd, false, &r));
	assert_int_equal(r.status, 401);
	assert_null(strstr(field_of(&r, "WWW-Authenticate"), "error="));
	assert_string_equal(field_of(&r, "Content-Type"), "application/json");
	free_response(&r);
	(void)snprintf(junk, sizeof(junk), "%s", rig_token(&rig, CRED_PERSONAL, 1));
	junk[40] = junk[40] == 'A' ? 'B' : 'A';
	post(fd, junk, "", "{}");
	assert_true(read_response(fd, false, &r));
	assert_int_equal(r.status, 401);
	assert_non_null(strstr(field_of(&r, "WWW-Authenticate"), "error=\"invalid_token\""));
	free_response(&r);
	post(fd, rig_token(&rig, CRED_LINK, 1), "", "{}");
	expect(fd, 401, NULL);
	get_path(fd, "/mcp/", "Authorization: Basic abc\r\n");
	expect(fd, 401, NULL);
	no_frame(&rig.vault);
	(void)close(fd);
}

static void
a_token_counts_only_in_its_own_place(void **state)
{
	char path[256];
	struct response r;
	int fd = dial(&rig);

	(void)state;
	(void)snprintf(path, sizeof(path), "/mcp?token=%s", rig_token(&rig, CRED_PERSONAL, 1));
	get_path(fd, path, "");
	expect(fd, 400, NULL);
	(void)snprintf(path, sizeof(path), "/claude-mcp?token=%s", rig_token(&rig, CRED_PERSONAL, 1));
	get_path(fd, path, "");
	assert_true(read_response(fd, false, &r));
	assert_int_equal(r.status, 401);
	assert_null(strstr(field_of(&r, "WWW-Authenticate"), "Bearer"));
	free_response(&r);
	get_path(fd, "/claude-mcp", "");
	expect(fd, 401, NULL);
	no_frame(&rig.vault);
	(void)close(fd);
}

static void
foreign_names_and_origins_are_refused(void **state)
{
	char text[512];
	int fd = dial(&rig);

	(void)state;
	put_text(fd, "POST /mcp HTTP/1.1\r\nHost: evil.example.com\r\nContent-Length: 0\r\n\r\n");
	expect(fd, 403, NULL);
	get_path(fd, "/mcp", "Origin: https://evil.example.com\r\n");
	expect(fd, 403, NULL);
	get_path(fd, "/mcp", "Origin: null\r\n");
	expect(fd, 403, NULL);
	get_path(fd, "/mcp", "Origin: http://localhost:6274\r\n");
	expect(fd, 401, NULL);
	get_path(fd, "/mcp", "Origin: https://inspector.example\r\n");
	expect(fd, 401, NULL);
	(void)snprintf(text, sizeof(text), "GET /mcp HTTP/1.1\r\nHost: localhost:%u\r\n\r\n", rig.port);
	put_text(fd, text);
	expect(fd, 401, NULL);
	put_text(fd, "GET /mcp HTTP/1.1\r\nHost: localhost:1\r\n\r\n");
	expect(fd, 403, NULL);
	(void)close(fd);
}

static void
a_preflight_needs_no_token(void **state)
{
	struct response r;
	char text[512];
	int fd = dial(&rig);

	(void)state;
	(void)snprintf(text, sizeof(text), "OPTIONS /mcp HTTP/1.1\r\nHost: %s\r\n"
	    "Origin: http://localhost:6274\r\nAccess-Control-Request-Method: POST\r\n"
	    "Access-Control-Request-Headers: content-type, mcp-param-a, x-evil\r\n\r\n", rig.host);
	put_text(fd, text);
	assert_true(read_response(fd, false, &r));
	assert_int_equal(r.status, 204);
	assert_string_equal(field_of(&r, "Access-Control-Allow-Origin"), "http://localhost:6274");
	assert_non_null(strstr(field_of(&r, "Access-Control-Allow-Headers"), "Mcp-Session-Id"));
	assert_non_null(strstr(field_of(&r, "Access-Control-Allow-Headers"), ", mcp-param-a"));
	assert_null(strstr(field_of(&r, "Access-Control-Allow-Headers"), "evil"));
	assert_null(field_of(&r, "Access-Control-Allow-Credentials"));
	free_response(&r);
	(void)snprintf(text, sizeof(text), "HEAD /mcp HTTP/1.1\r\nHost: %s\r\n\r\n", rig.host);
	put_text(fd, text);
	assert_true(read_response(fd, true, &r));
	assert_int_equal(r.status, 405);
	assert_string_equal(field_of(&r, "Allow"), "GET, POST, DELETE, OPTIONS");
	free_response(&r);
	(void)close(fd);
}

static void
failures_are_limited_by_the_forwarded_address(void **state)
{
	char more[64];
	int fd = dial_unix(&rig), i;
	struct response r;
	bool limited = false;

	(void)state;
	for (i = 0; i < 400 && !limited; i++) {
		get_path(fd, "/mcp", "X-Forwarded-For: 1.2.3.4, 203.0.113.7\r\n");
		assert_true(read_response(fd, false, &r));
		limited = r.status == 429;
		assert_true(limited || r.status == 401);
		free_response(&r);
	}
	assert_true(limited && i > 100);
	(void)snprintf(more, sizeof(more), "X-Forwarded-For: 203.0.113.7, 1.2.3.4\r\n");
	get_path(fd, "/mcp", more);
	expect(fd, 401, NULL);
	(void)close(fd);
	/* Over TCP nobody is believed who is not configured. */
	fd = dial(&rig);
	get_path(fd, "/mcp", "X-Forwarded-For: 203.0.113.7\r\n");
	expect(fd, 401, NULL);
	(void)close(fd);
}

static void
junk_from_an_address_does_not_shut_out_a_good_token(void **state)
{
	static const char from[] = "X-Forwarded-For: 203.0.113.9\r\n";
	struct asked a;
	struct end w;
	struct response r;
	int fd = dial_unix(&rig), i;
	unsigned status = 0;

	(void)state;
	for (i = 0; i < 400 && status != 429; i++) {
		get_path(fd, "/mcp", from);
		assert_true(read_response(fd, false, &r));
		status = r.status;
		free_response(&r);
	}
	assert_int_equal(status, 429);
	rig_worker(&rig, &w, ++next_worker);
	post(fd, rig_token(&rig, CRED_PERSONAL, 61), from, "{}");
	assert_true(bind_next(&rig) == next_worker);
	take_request(&w, &a);
	give_answer(&w, a.id, 200, "1");
	expect(fd, 200, "1");
	free_asked(&a);
	end_close(&w);
	(void)close(fd);
}

/* Sends a request with a token; the status that front gives, after the vault
 * said that it knows no such token, if it was asked. */
static unsigned
status_of_revoked(int fd, const char *token)
{
	struct pollfd p[] = {{.fd = fd, .events = POLLIN}, {.fd = rig.vault.fd, .events = POLLIN}};
	struct response r;
	struct msg_bind m;
	unsigned status;
	uint64_t id;

	post(fd, token, "", "{}");
	assert_true(poll(p, 2, RIG_MS) > 0);
	if (p[0].revents == 0) {
		RIG_EXPECT(&rig.vault, BIND, bind, &m, &id);
		RIG_SEND(&rig.vault, id, BIND_REFUSED, bind_refused, .why = BIND_UNKNOWN);
	}
	assert_true(read_response(fd, false, &r));
	status = r.status;
	free_response(&r);
	return status;
}

static void
a_revoked_token_is_limited_by_itself(void **state)
{
	const char *token = rig_token(&rig, CRED_PERSONAL, 62);
	struct end w;
	int fd = dial(&rig), i;
	unsigned status = 401;

	(void)state;
	rig_worker(&rig, &w, ++next_worker);
	for (i = 0; i < 400 && status == 401; i++)
		status = status_of_revoked(fd, token);
	assert_int_equal(status, 429);
	assert_true(i > 100);
	assert_int_equal(status_of_revoked(fd, rig_token(&rig, CRED_PERSONAL, 63)), 401);
	end_close(&w);
	(void)close(fd);
}

static int
start(void **state)
{
	(void)state;
	rig_start(&rig, "server.isolation=reduced\nserver.allowed_origins=https://inspector.example\n");
	return 0;
}

static int
stop(void **state)
{
	(void)state;
	rig_stop(&rig);
	return 0;
}

#define TEST(name) cmocka_unit_test_setup_teardown(name, start, stop)

int
main(void)
{
	const struct CMUnitTest tests[] = {
		TEST(the_probes_say_what_is_missing),
		TEST(who_has_no_token_is_refused_without_a_question),
		TEST(a_token_counts_only_in_its_own_place),
		TEST(foreign_names_and_origins_are_refused),
		TEST(a_preflight_needs_no_token),
		TEST(failures_are_limited_by_the_forwarded_address),
		TEST(junk_from_an_address_does_not_shut_out_a_good_token),
		TEST(a_revoked_token_is_limited_by_itself),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
