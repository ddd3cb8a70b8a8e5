/*
 * tonearm-enroll as it is started by the supervisor, under its filter: the test
 * plays supervisor, vault, keyring and egress, Spotify is the scripted server
 * or the sandbox.
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

#include <curl/curl.h>

#include "shared/base/clock.h"
#include "shared/crypto/seal.h"
#include "shared/ipc/channel.h"
#include "shared/ipc/words.h"
#include "tests/unit/enroll/tls.h"
#include "tests/unit/spotify/sandbox.h"
#include "tests/unit/spotify/server.h"
#include "tests/unit/unit.h"
#include "worker/spotify/grant.h"

static const uint8_t login[ID_BYTES] = {1, 2, 3, 4, 5, 6, 7, 8, 9, 10, 11, 12, 13, 14, 15, 16};
static const uint8_t key[KEY_BYTES] = {42, 7, 42};

struct stage {
	struct loop *loop;
	struct server *server;
	int port;
	pid_t pid;
	struct channel *control, *vault, *keyring, *egress;
	unsigned ready, joined, dials;
	bool no_egress;
	const char *url;             /* of Spotify; NULL: http://127.0.0.1:PORT */
	const char *ca_file;
	bool enrolled, failed, gone;
	uint8_t why;
	char account_id[300], spotify_id[300], name[300], scopes[1100];
	struct buf sealed;
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
on_enrolled(void *owner, struct channel *ch, const struct frame *f)
{
	struct msg_enrolled m;

	(void)owner;
	(void)ch;
	assert_ok(msg_get_enrolled(f->body, &m));
	assert_memory_equal(m.login, login, ID_BYTES);
	stage->enrolled = true;
	copy(stage->account_id, sizeof(stage->account_id), m.account_id);
	copy(stage->spotify_id, sizeof(stage->spotify_id), m.spotify_id);
	copy(stage->name, sizeof(stage->name), m.display_name);
	copy(stage->scopes, sizeof(stage->scopes), m.scopes);
	assert_ok(buf_put_span(&stage->sealed, m.sealed));
	return 0;
}

static err_t
on_enroll_failed(void *owner, struct channel *ch, const struct frame *f)
{
	struct msg_enroll_failed m;

	(void)owner;
	(void)ch;
	assert_ok(msg_get_enroll_failed(f->body, &m));
	assert_memory_equal(m.login, login, ID_BYTES);
	stage->failed = true;
	stage->why = m.why;
	return 0;
}

static err_t
on_dial(void *owner, struct channel *ch, const struct frame *f)
{
	struct sockaddr_in a = {.sin_family = AF_INET, .sin_addr.s_addr = htonl(INADDR_LOOPBACK),
	    .sin_port = htons((uint16_t)stage->port)};
	const struct msg_dial_failed no = {.why = DIAL_REFUSED};
	struct msg_dial m;
	int fd;

	(void)owner;
	assert_ok(msg_get_dial(f->body, &m));
	assert_true(m.host == DIAL_API || m.host == DIAL_ACCOUNTS);
	stage->dials++;
	if (stage->no_egress)
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
	assert_int_equal(why, CHANNEL_EOF);
	if (ch == stage->control)
		stage->gone = true;
}

static const struct channel_rule control_rules[] = {
	{.type = MSG_READY, .handle = on_ready}, {.type = MSG_PEER_OK, .handle = on_peer_ok}};
static const struct channel_rule vault_rules[] = {
	{.type = MSG_ENROLLED, .once = true, .handle = on_enrolled},
	{.type = MSG_ENROLL_FAILED, .once = true, .handle = on_enroll_failed}};
static const struct channel_rule egress_rules[] = {{.type = MSG_DIAL, .handle = on_dial}};
static const struct channel_table control_table = {.peer = "enroll", .rules = control_rules,
	.n_rules = 2, .max_queue = 65536};
static const struct channel_table vault_table = {.peer = "enroll", .rules = vault_rules,
	.n_rules = 2, .max_queue = 65536};
static const struct channel_table keyring_table = {.peer = "enroll", .max_queue = 65536};
static const struct channel_table egress_table = {.peer = "enroll", .rules = egress_rules,
	.n_rules = 1, .max_queue = 65536};

static void
on_tick(evutil_socket_t fd, short what, void *arg)
{
	(void)fd;
	(void)what;
	loop_stop(arg);
}

static void
until(const bool *flag)
{
	static const struct timeval tick = {.tv_usec = 1000};
	int64_t end = clock_mono_ms() + 8000;
	struct event *ev = event_new(loop_base(stage->loop), -1, EV_PERSIST, on_tick, stage->loop);

	assert_ok(event_add(ev, &tick));
	while (!*flag && clock_mono_ms() < end)
		assert_ok(loop_run(stage->loop));
	event_free(ev);
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
start(int port)
{
	const char *program = getenv("TONEARM_ENROLL");
	char conf[600], plain[64];
	struct msg_config m;
	bool joined = false;
	int fds[2];

	if (program == NULL)
		program = "./tonearm-enroll";
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
	(void)snprintf(plain, sizeof(plain), "http://127.0.0.1:%d", port);
	if (stage->url == NULL)
		stage->url = plain;
	(void)snprintf(conf, sizeof(conf), "spotify.api_url=%s/v1\nspotify.accounts_url=%s\n"
	    "spotify.sandbox=%s\nspotify.ca_file=%s\nlog.level=error\n", stage->url, stage->url,
	    stage->url == plain ? "yes" : "no", stage->ca_file == NULL ? "" : stage->ca_file);
	m.text = span_str(conf);
	assert_ok(send_config(stage->control, 0, &m));
	channel_flush(stage->control);
	stage->keyring = join(PEER_KEYRING, &keyring_table);
	stage->egress = join(PEER_EGRESS, &egress_table);
	stage->vault = join(PEER_VAULT, &vault_table);
	while (!joined) {
		static const struct timeval tick = {.tv_usec = 1000};

		assert_ok(event_base_once(loop_base(stage->loop), -1, EV_TIMEOUT, on_tick, stage->loop,
		    &tick));
		assert_ok(loop_run(stage->loop));
		joined = stage->joined == 3 && stage->ready == 1;
		assert_false(stage->gone);
	}
	return true;
}

static void
give_job(const char *code)
{
	struct msg_enroll m = {.code = span_str(code), .client_id = span_str(SANDBOX_CLIENT),
	    .redirect_uri = span_str(SANDBOX_REDIRECT)};

	memcpy(m.login, login, ID_BYTES);
	assert_ok(send_enroll(stage->vault, 0, &m));
}

static void
give_keys(const uint8_t *whose)
{
	struct msg_enroll_keys m = {.verifier = span_str(SANDBOX_VERIFIER)};

	memcpy(m.login, whose, ID_BYTES);
	memcpy(m.key, key, KEY_BYTES);
	assert_ok(send_enroll_keys(stage->keyring, 0, &m));
}

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

static int
setup(void **state)
{
	stage = calloc(1, sizeof(*stage));
	assert_non_null(stage);
	assert_ok(loop_create(&stage->loop));
	stage->server = server_new(loop_base(stage->loop));
	buf_init(&stage->sealed, 32768);
	*state = stage;
	return 0;
}

static int
teardown(void **state)
{
	(void)state;
	channel_close(&stage->control);
	channel_close(&stage->vault);
	channel_close(&stage->keyring);
	channel_close(&stage->egress);
	if (stage->pid > 0)
		(void)waitpid(stage->pid, NULL, 0);   /* without control it ends */
	server_free(stage->server);
	loop_settle(stage->loop);
	loop_destroy(&stage->loop);
	buf_free(&stage->sealed);
	free(stage);
	return 0;
}

#define START(port) do { \
	if (!start(port)) { \
		print_message("skipped: no tonearm-enroll here (TONEARM_ENROLL names it)\n"); \
		skip(); \
	} \
} while (0)

#define TOKENS "{\"access_token\":\"the-access\",\"token_type\":\"Bearer\",\"expires_in\":3600," \
	"\"refresh_token\":\"the-refresh\",\"scope\":\"user-read-private\"}"

static void
a_code_becomes_a_sealed_row(void **state)
{
	struct seal_place place = {.kind = ROW_TOKENS};
	struct grant g = {.expires_at = 0};
	struct buf plain;

	(void)state;
	START(server_port(stage->server));
	ON(stage->server, "POST", "/api/token", 200, TOKENS);
	ON(stage->server, "GET", "/v1/me", 200, "{\"account_id\":\"acc\",\"id\":\"someone\","
	    "\"display_name\":\"Some\\u202e One\"}");
	give_job("the-code/+=");
	give_keys(login);
	until(&stage->enrolled);
	ends_well();
	assert_string_equal(server_seen(stage->server, 0)->body, "grant_type=authorization_code"
	    "&code=the-code%2F%2B%3D&redirect_uri=http%3A%2F%2F127.0.0.1%3A8001%2Fcallback"
	    "&client_id=" SANDBOX_CLIENT "&code_verifier=" SANDBOX_VERIFIER);
	assert_string_equal(server_seen(stage->server, 1)->bearer, "the-access");
	assert_string_equal(stage->account_id, "acc");
	assert_string_equal(stage->spotify_id, "someone");
	assert_string_equal(stage->name, "Some One");
	assert_string_equal(stage->scopes, "user-read-private");
	memcpy(place.owner, login, ID_BYTES);
	buf_init(&plain, 16384);
	assert_ok(open_row(key, &place, buf_span(&stage->sealed), &plain));
	assert_ok(grant_read(buf_span(&plain), &g));
	assert_true(span_is(secret_span(&g.refresh), "the-refresh"));
	assert_true(g.authorized_at > 1700000000 && g.expires_at == g.authorized_at + 3600);
	grant_clear(&g);
	buf_free(&plain);
}

static void
keys_may_come_first(void **state)
{
	(void)state;
	START(server_port(stage->server));
	ON(stage->server, "POST", "/api/token", 200, TOKENS);
	ON(stage->server, "GET", "/v1/me", 200, "{\"id\":\"someone\",\"display_name\":null}");
	give_keys(login);
	give_job("c");
	until(&stage->enrolled);
	ends_well();
	assert_string_equal(stage->account_id, "");
	assert_string_equal(stage->name, "");
}

static void
failure(const char *token_body, int token_status, const char *me_body, int me_status, uint8_t why)
{
	START(server_port(stage->server));
	server_on(stage->server, (struct server_rule){.target = "/api/token", .status = token_status,
	    .body = token_body, .turns = FOREVER});
	server_on(stage->server, (struct server_rule){.target = "/v1/me", .status = me_status,
	    .body = me_body, .type = me_body[0] == '{' ? NULL : "text/plain", .turns = FOREVER});
	give_job("c");
	give_keys(login);
	until(&stage->failed);
	ends_well();
	assert_int_equal(stage->why, why);
	assert_false(stage->enrolled);
	assert_int_equal(server_counted(stage->server, "POST", "/api/token"), 1);
}

static void
a_used_code_is_denied(void **state)
{
	(void)state;
	failure("{\"error\":\"invalid_grant\",\"error_description\":\"Invalid authorization code\"}", 400,
	    "{}", 200, ENROLL_DENIED);
}

static void
somebody_not_on_the_list_is_told_so(void **state)
{
	(void)state;
	failure(TOKENS, 200, "User not registered in the Developer Dashboard", 403,
	    ENROLL_NOT_ALLOWED);
}

static void
an_owner_without_premium_is_told_so(void **state)
{
	(void)state;
	failure(TOKENS, 200, "Active premium subscription required for the owner of the app.", 403,
	    ENROLL_OWNER_PREMIUM);
}

static void
an_accounts_service_that_fails_is_told_so(void **state)
{
	(void)state;
	failure("upstream connect error", 503, "{}", 200, ENROLL_SPOTIFY_DOWN);
}

static void
an_application_that_spotify_does_not_know_is_said_so(void **state)
{
	(void)state;
	failure("{\"error\":\"invalid_client\"}", 400, "{}", 200, ENROLL_WRONG_APP);
}

static void
a_me_without_any_id_is_no_sign_in(void **state)
{
	(void)state;
	failure(TOKENS, 200, "{\"display_name\":\"x\"}", 200, ENROLL_SPOTIFY_DOWN);
}

static void
a_me_that_fails_once_is_asked_again(void **state)
{
	(void)state;
	START(server_port(stage->server));
	ON(stage->server, "POST", "/api/token", 200, TOKENS);
	ONCE(stage->server, "GET", "/v1/me", 502, "{}");
	ON(stage->server, "GET", "/v1/me", 200, "{\"id\":\"someone\"}");
	give_job("c");
	give_keys(login);
	until(&stage->enrolled);
	ends_well();
}

static void
without_egress_it_fails_in_time(void **state)
{
	(void)state;
	START(server_port(stage->server));
	stage->no_egress = true;
	give_job("c");
	give_keys(login);
	until(&stage->failed);
	ends_well();
	assert_int_equal(stage->why, ENROLL_SPOTIFY_DOWN);
	assert_true(stage->dials > 0);
}

static void
keys_of_another_login_end_it(void **state)
{
	static const uint8_t other[ID_BYTES] = {9};

	(void)state;
	START(server_port(stage->server));
	give_job("c");
	give_keys(other);
	/* It closes the channel that broke the rules and asks Spotify nothing. */
	channel_close(&stage->vault);
	ends_well();
	assert_int_equal(server_count(stage->server), 0);
}

static void
without_a_vault_it_ends(void **state)
{
	(void)state;
	START(server_port(stage->server));
	channel_close(&stage->vault);
	ends_well();
}

static void
a_real_sign_in_with_the_sandbox(void **state)
{
	struct sandbox box;
	char code[512];

	(void)state;
	if (sandbox_start(&box) != 0) {
		print_message("skipped: no tonearm-sandbox here (TONEARM_SANDBOX names it)\n");
		skip();
	}
	sandbox_code(&box, "juniper", code);
	START(box.port);
	give_job(code);
	give_keys(login);
	until(&stage->enrolled);
	ends_well();
	assert_string_equal(stage->name, "Juniper");
	assert_true(stage->account_id[0] != '\0');
	sandbox_stop(&box);
}

/* Through nginx with TLS and HTTP/2, to a host by name, under the filter. */
static void
tls_sign_in(const char *host, const char *ca, bool works)
{
	struct tls_front t;
	char url[96], file[128];

	if (tls_front_start(&t, server_port(stage->server)) != 0) {
		print_message("skipped: nginx or openssl is not installed\n");
		skip();
	}
	(void)snprintf(url, sizeof(url), "https://%s:%d", host, t.port);
	(void)snprintf(file, sizeof(file), "%s/%s", t.dir, ca);
	stage->url = url;
	stage->ca_file = ca[0] == '\0' ? "" : file;
	ON(stage->server, "POST", "/api/token", 200, TOKENS);
	ON(stage->server, "GET", "/v1/me", 200, "{\"id\":\"someone\"}");
	START(t.port);
	give_job("c");
	give_keys(login);
	until(works ? &stage->enrolled : &stage->failed);
	ends_well();
	if (works) {
		assert_int_equal(tls_front_logged(&t, "HTTP/2.0 TLSv1.3 /api/token"), 1);
		assert_int_equal(tls_front_logged(&t, "HTTP/2.0 TLSv1.3 /v1/me"), 1);
	} else
		assert_int_equal(server_count(stage->server), 0);
	tls_front_stop(&t);
}

static void
tls_and_http2_work_under_the_filter(void **state)
{
	(void)state;
	tls_sign_in("localhost", "ca.pem", true);
}

static void
a_certificate_for_another_name_is_refused(void **state)
{
	(void)state;
	tls_sign_in("spotify.invalid", "ca.pem", false);
}

static void
an_authority_that_is_not_trusted_is_refused(void **state)
{
	(void)state;
	/* The system's own authorities, which do not know this one. */
	tls_sign_in("localhost", "", false);
}

#define T(f) cmocka_unit_test_setup_teardown(f, setup, teardown)

int
main(void)
{
	const struct CMUnitTest tests[] = {
		T(a_code_becomes_a_sealed_row),
		T(keys_may_come_first),
		T(a_used_code_is_denied),
		T(somebody_not_on_the_list_is_told_so),
		T(an_owner_without_premium_is_told_so),
		T(an_accounts_service_that_fails_is_told_so),
		T(an_application_that_spotify_does_not_know_is_said_so),
		T(a_me_without_any_id_is_no_sign_in),
		T(a_me_that_fails_once_is_asked_again),
		T(without_egress_it_fails_in_time),
		T(keys_of_another_login_end_it),
		T(without_a_vault_it_ends),
		T(a_real_sign_in_with_the_sandbox),
		T(tls_and_http2_work_under_the_filter),
		T(a_certificate_for_another_name_is_refused),
		T(an_authority_that_is_not_trusted_is_refused),
	};

	assert_ok(curl_global_init(CURL_GLOBAL_DEFAULT));
	return cmocka_run_group_tests(tests, NULL, NULL);
}
