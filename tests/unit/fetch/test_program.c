/*
 * tonearm-fetch as it is started by the supervisor, under its filter: the test
 * plays supervisor, portal and egress; the document is on the scripted server,
 * plain or behind TLS.
 */
#include "config.h"

#include <arpa/inet.h>
#include <netinet/in.h>
#include <signal.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/socket.h>
#include <sys/wait.h>
#include <unistd.h>

#include "shared/base/clock.h"
#include "shared/ipc/channel.h"
#include "shared/ipc/words.h"
#include "tests/unit/enroll/tls.h"
#include "tests/unit/spotify/server.h"
#include "tests/unit/unit.h"

struct stage {
	struct loop *loop;
	struct server *server;
	int port;                    /* where the sockets that it gets lead */
	pid_t pid;
	struct channel *control, *portal, *egress;
	unsigned ready, joined, dials;
	enum channel_end control_end;
	uint8_t refuse;              /* enum dial_why; 0: connect */
	bool silent;                 /* egress does not answer */
	char host[254];              /* that was asked for */
	uint16_t dialled_port;
	bool fetched, failed, gone;
	uint8_t why;
	uint16_t status;
	uint32_t keep_s;
	char id[600], name[200], uri[600], redirects[2000];
};

static struct stage *stage;

static err_t
on_ready(void *owner, struct channel *ch, const struct frame *f)
{
	(void)owner;
	(void)ch;
	(void)f;
	stage->ready++;
	return 0;
}

static err_t
on_peer_ok(void *owner, struct channel *ch, const struct frame *f)
{
	struct msg_peer_ok m;

	(void)owner;
	(void)ch;
	assert_ok(msg_get_peer_ok(f->body, &m));
	assert_true(m.worker == 77);
	stage->joined++;
	return 0;
}

static void
copy(char *out, size_t n, struct span s)
{
	assert_true(s.n < n);
	if (s.n > 0)
		memcpy(out, s.p, s.n);
	out[s.n] = '\0';
}

static err_t
on_fetched(void *owner, struct channel *ch, const struct frame *f)
{
	struct msg_fetched m;

	(void)owner;
	(void)ch;
	assert_ok(msg_get_fetched(f->body, &m));
	stage->fetched = true;
	stage->keep_s = m.keep_s;
	assert_int_equal(m.auth_method, CLIENT_AUTH_NONE);
	copy(stage->id, sizeof(stage->id), m.client_id);
	copy(stage->name, sizeof(stage->name), m.name);
	copy(stage->uri, sizeof(stage->uri), m.uri);
	copy(stage->redirects, sizeof(stage->redirects), m.redirects);
	return 0;
}

static err_t
on_fetch_failed(void *owner, struct channel *ch, const struct frame *f)
{
	struct msg_fetch_failed m;

	(void)owner;
	(void)ch;
	assert_ok(msg_get_fetch_failed(f->body, &m));
	stage->failed = true;
	stage->why = m.why;
	stage->status = m.status;
	return 0;
}

static err_t
on_dial_name(void *owner, struct channel *ch, const struct frame *f)
{
	struct sockaddr_in a = {.sin_family = AF_INET, .sin_addr.s_addr = htonl(INADDR_LOOPBACK),
	    .sin_port = htons((uint16_t)stage->port)};
	const struct msg_dial_failed no = {.why = stage->refuse};
	struct msg_dial_name m;
	int fd;

	(void)owner;
	assert_ok(msg_get_dial_name(f->body, &m));
	copy(stage->host, sizeof(stage->host), m.host);
	stage->dialled_port = m.port;
	stage->dials++;
	if (stage->silent)
		return 0;
	if (stage->refuse != 0)
		return send_dial_failed(ch, f->request, &no);
	fd = socket(AF_INET, SOCK_STREAM | SOCK_CLOEXEC | SOCK_NONBLOCK, 0);
	(void)connect(fd, (struct sockaddr *)&a, sizeof(a));
	assert_ok(send_dialled_fd(ch, f->request, fd));
	(void)close(fd);
	return 0;
}

static void
ended(void *owner, struct channel *ch, enum channel_end why)
{
	(void)owner;
	if (ch != stage->control)
		return;
	stage->control_end = why;
	stage->gone = true;
}

static const struct channel_rule control_rules[] = {
	{.type = MSG_READY, .handle = on_ready}, {.type = MSG_PEER_OK, .handle = on_peer_ok}};
static const struct channel_rule portal_rules[] = {
	{.type = MSG_FETCHED, .once = true, .handle = on_fetched},
	{.type = MSG_FETCH_FAILED, .once = true, .handle = on_fetch_failed}};
static const struct channel_rule egress_rules[] = {{.type = MSG_DIAL_NAME, .handle = on_dial_name}};
static const struct channel_table control_table = {.peer = "fetch", .rules = control_rules,
	.n_rules = 2, .max_queue = 65536};
static const struct channel_table portal_table = {.peer = "fetch", .rules = portal_rules,
	.n_rules = 2, .max_queue = 65536};
static const struct channel_table egress_table = {.peer = "fetch", .rules = egress_rules,
	.n_rules = 1, .max_queue = 65536};

static void
on_tick(evutil_socket_t fd, short what, void *arg)
{
	(void)fd;
	(void)what;
	loop_stop(arg);
}

static void
turn(void)
{
	static const struct timeval tick = {.tv_usec = 1000};

	assert_ok(event_base_once(loop_base(stage->loop), -1, EV_TIMEOUT, on_tick, stage->loop, &tick));
	assert_ok(loop_run(stage->loop));
}

static void
until(const bool *flag)
{
	int64_t end = clock_mono_ms() + 8000;

	while (!*flag && clock_mono_ms() < end)
		turn();
	assert_true(*flag);
}

static struct channel *
join(uint8_t kind, const struct channel_table *table)
{
	const struct msg_peer m = {.kind = kind, .worker = 77};
	struct channel *ch;
	int fds[2];

	assert_ok(channel_pair(fds));
	assert_ok(channel_open(stage->loop, fds[0], table, stage, ended, &ch));
	assert_ok(send_peer_fd(stage->control, &m, fds[1]));
	(void)close(fds[1]);
	return ch;
}

/* Starts the program and joins it to everybody; false: it was not built. */
static bool
start(int port, bool loopback, const char *ca_file)
{
	const char *program = getenv("TONEARM_FETCH");
	struct msg_config m;
	char conf[600];
	int fds[2];

	if (program == NULL)
		program = "./tonearm-fetch";
	if (access(program, X_OK) != 0)
		return false;
	stage->port = port;
	assert_ok(channel_pair(fds));
	stage->pid = fork();
	assert_true(stage->pid >= 0);
	if (stage->pid == 0) {
		if (dup2(fds[1], 3) == 3)
			(void)execl(program, program, (char *)NULL);
		_exit(127);
	}
	(void)close(fds[1]);
	assert_ok(channel_open(stage->loop, fds[0], &control_table, stage, ended, &stage->control));
	(void)snprintf(conf, sizeof(conf), "clients.documents_loopback=%s\nclients.ca_file=%s\n"
	    "log.level=error\n", loopback ? "yes" : "no", ca_file);
	m.text = span_str(conf);
	assert_ok(send_config(stage->control, 0, &m));
	channel_flush(stage->control);
	stage->egress = join(PEER_EGRESS, &egress_table);
	stage->portal = join(PEER_PORTAL, &portal_table);
	while (stage->joined < 2 || stage->ready < 1) {
		turn();
		assert_false(stage->gone);
	}
	return true;
}

static int
setup(void **state)
{
	(void)state;
	stage = calloc(1, sizeof(*stage));
	assert_non_null(stage);
	assert_ok(loop_create(&stage->loop));
	stage->server = server_new(loop_base(stage->loop));
	return 0;
}

static int
teardown(void **state)
{
	(void)state;
	channel_close(&stage->control);
	channel_close(&stage->portal);
	channel_close(&stage->egress);
	if (stage->pid > 0)
		(void)waitpid(stage->pid, NULL, 0);   /* without control it ends */
	server_free(stage->server);
	loop_settle(stage->loop);
	loop_destroy(&stage->loop);
	free(stage);
	return 0;
}

#define START(port, loopback, ca) do { \
	if (!start(port, loopback, ca)) { \
		print_message("skipped: no tonearm-fetch here (TONEARM_FETCH names it)\n"); \
		skip(); \
	} \
} while (0)

/* Waits for the end of the program, which must be a good one. */
static void
ends_well(void)
{
	int status;

	until(&stage->gone);
	assert_int_equal(waitpid(stage->pid, &status, 0), stage->pid);
	stage->pid = 0;
	assert_true(WIFEXITED(status));
	assert_int_equal(WEXITSTATUS(status), 0);
}

static void
want(const char *url)
{
	const struct msg_fetch m = {.url = span_str(url)};

	assert_ok(send_fetch(stage->portal, 0, &m));
}

static void
fails(const char *url, uint8_t why)
{
	want(url);
	until(&stage->failed);
	assert_int_equal(stage->why, why);
	assert_false(stage->fetched);
	ends_well();
}

static char url_room[200], doc_room[1000];

/* The address of a document on the scripted server, and its text. */
static const char *
document(const char *scheme, const char *host, int port, const char *more)
{
	(void)snprintf(url_room, sizeof(url_room), "%s://%s:%d/client.json", scheme, host, port);
	(void)snprintf(doc_room, sizeof(doc_room), "{\"client_id\":\"%s\",\"client_name\":\"A \\u202eclient\","
	    "\"client_uri\":\"https://client.example\",\"redirect_uris\":[\"http://127.0.0.1/callback\","
	    "\"https://client.example/cb\"]%s}", url_room, more);
	return url_room;
}

static void
a_document_is_fetched_and_the_program_ends(void **state)
{
	const char *url;

	(void)state;
	START(server_port(stage->server), true, "");
	url = document("http", "127.0.0.1", stage->port, "");
	server_on(stage->server, (struct server_rule){.method = "GET", .target = "/client.json",
	    .status = 200, .body = doc_room, .fields = "Cache-Control: max-age=7200\r\nAge: 200\r\n",
	    .turns = FOREVER});
	want(url);
	until(&stage->fetched);
	assert_string_equal(stage->id, url);
	assert_string_equal(stage->name, "A client");
	assert_string_equal(stage->uri, "https://client.example");
	assert_string_equal(stage->redirects, "http://127.0.0.1/callback\nhttps://client.example/cb");
	assert_int_equal(stage->keep_s, 7000);
	assert_string_equal(stage->host, "127.0.0.1");
	assert_int_equal(stage->dialled_port, stage->port);
	assert_int_equal(server_count(stage->server), 1);
	assert_int_equal(stage->dials, 1);
	ends_well();
}

/* Behind nginx with a certificate for localhost, by the name and by the authority. */
static void
over_tls(const char *host, bool trusted, uint8_t why)
{
	struct tls_front tls;
	char ca[100];
	const char *url;

	if (tls_front_start(&tls, server_port(stage->server)) != 0) {
		print_message("skipped: nginx or openssl is not installed\n");
		skip();
	}
	(void)snprintf(ca, sizeof(ca), "%s/ca.pem", tls.dir);
	if (!start(tls.port, false, trusted ? ca : "")) {
		tls_front_stop(&tls);
		print_message("skipped: no tonearm-fetch here (TONEARM_FETCH names it)\n");
		skip();
	}
	url = document("https", host, tls.port, "");
	ON(stage->server, "GET", "/client.json", 200, doc_room);
	want(url);
	until(why == 0 ? &stage->fetched : &stage->failed);
	assert_int_equal(stage->why, why);
	assert_int_equal(server_count(stage->server), why == 0 ? 1 : 0);
	if (why == 0)
		assert_int_equal(stage->keep_s, 3600);
	ends_well();
	tls_front_stop(&tls);
}

static void
over_tls_with_a_right_certificate(void **state)
{
	(void)state;
	over_tls("localhost", true, 0);
}

static void
a_certificate_of_an_unknown_authority_is_refused(void **state)
{
	(void)state;
	over_tls("localhost", false, FETCH_TLS);
}

static void
a_certificate_of_another_name_is_refused(void **state)
{
	(void)state;
	over_tls("client.example", true, FETCH_TLS);
}

static void
addresses_that_are_none_are_refused_without_a_dial(void **state)
{
	(void)state;
	START(server_port(stage->server), false, "");
	fails("http://127.0.0.1/client.json", FETCH_ADDRESS);
	assert_int_equal(stage->dials, 0);
}

static void
an_address_that_is_too_long_is_refused(void **state)
{
	char url[1000];

	(void)state;
	memset(url, 'a', sizeof(url));
	memcpy(url, "https://a/", 10);
	url[999] = '\0';
	START(server_port(stage->server), false, "");
	fails(url, FETCH_ADDRESS);
	assert_int_equal(stage->dials, 0);
}

static void
a_forbidden_host_is_told(void **state)
{
	(void)state;
	stage->refuse = DIAL_FORBIDDEN;
	START(server_port(stage->server), false, "");
	fails("https://inner.example/client.json", FETCH_FORBIDDEN);
	assert_string_equal(stage->host, "inner.example");
	assert_int_equal(stage->dialled_port, 443);
}

static void
a_host_without_address_is_told(void **state)
{
	(void)state;
	stage->refuse = DIAL_UNRESOLVED;
	START(server_port(stage->server), false, "");
	fails("https://[2001:db8::1]:8443/client.json", FETCH_UNREACHABLE);
	assert_string_equal(stage->host, "2001:db8::1");
	assert_int_equal(stage->dialled_port, 8443);
}

static void
five_seconds_are_the_end_of_it(void **state)
{
	int64_t began = clock_mono_ms();

	(void)state;
	stage->silent = true;
	START(server_port(stage->server), false, "");
	fails("https://slow.example/client.json", FETCH_SLOW);
	assert_in_range(clock_mono_ms() - began, 4900, 7000);
}

static void
answered(int status, const char *type, const char *fields, const char *body, uint8_t why)
{
	const char *url;

	START(server_port(stage->server), true, "");
	url = document("http", "localhost", stage->port, "");
	server_on(stage->server, (struct server_rule){.method = "GET", .target = "/client.json",
	    .status = status, .type = type, .fields = fields, .body = body == NULL ? doc_room : body,
	    .turns = FOREVER});
	fails(url, why);
	assert_int_equal(server_count(stage->server), 1);
}

static void
a_redirect_is_not_followed(void **state)
{
	(void)state;
	answered(302, NULL, "Location: /other.json\r\n", NULL, FETCH_STATUS);
	assert_int_equal(stage->status, 302);
}

static void
another_type_is_refused(void **state)
{
	(void)state;
	answered(200, "text/html", NULL, NULL, FETCH_TYPE);
}

static void
a_large_document_is_refused(void **state)
{
	static char large[70000];

	(void)state;
	memset(large, ' ', sizeof(large) - 1);
	answered(200, NULL, NULL, large, FETCH_LARGE);
}

static void
another_clients_document_is_refused(void **state)
{
	(void)state;
	answered(200, NULL, NULL, "{\"client_id\":\"https://other.example/c\",\"client_name\":\"x\","
	    "\"redirect_uris\":[\"https://other.example/cb\"]}", FETCH_CONTENT);
}

static void
a_second_question_ends_it(void **state)
{
	int status;

	(void)state;
	stage->silent = true;
	START(server_port(stage->server), false, "");
	want("https://a.example/client.json");
	want("https://b.example/client.json");
	until(&stage->gone);
	assert_int_equal(waitpid(stage->pid, &status, 0), stage->pid);
	stage->pid = 0;
	assert_false(stage->fetched || stage->failed);
	assert_in_range(stage->dials, 0, 1);
}

static void
without_a_portal_it_ends(void **state)
{
	(void)state;
	START(server_port(stage->server), false, "");
	channel_close(&stage->portal);
	ends_well();
}

int
main(void)
{
#define TEST(name) cmocka_unit_test_setup_teardown(name, setup, teardown)
	const struct CMUnitTest tests[] = {
		TEST(a_document_is_fetched_and_the_program_ends),
		TEST(over_tls_with_a_right_certificate),
		TEST(a_certificate_of_an_unknown_authority_is_refused),
		TEST(a_certificate_of_another_name_is_refused),
		TEST(addresses_that_are_none_are_refused_without_a_dial),
		TEST(an_address_that_is_too_long_is_refused),
		TEST(a_forbidden_host_is_told),
		TEST(a_host_without_address_is_told),
		TEST(five_seconds_are_the_end_of_it),
		TEST(a_redirect_is_not_followed),
		TEST(another_type_is_refused),
		TEST(a_large_document_is_refused),
		TEST(another_clients_document_is_refused),
		TEST(a_second_question_ends_it),
		TEST(without_a_portal_it_ends),
	};

	(void)signal(SIGPIPE, SIG_IGN);
	return cmocka_run_group_tests(tests, NULL, NULL);
}
