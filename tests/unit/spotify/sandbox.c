/* The sandbox in tests; see sandbox.h. */
#include "config.h"

#include <signal.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/prctl.h>
#include <sys/wait.h>
#include <unistd.h>

#include <curl/curl.h>

#include "shared/crypto/b64.h"
#include "shared/crypto/hash.h"
#include "shared/json/json.h"
#include "tests/unit/spotify/sandbox.h"
#include "tests/unit/unit.h"
#include "worker/spotify/field.h"
#include "worker/spotify/ops.h"

int
sandbox_start(struct sandbox *s)
{
	const char *program = getenv("TONEARM_SANDBOX");
	char line[256];
	int out[2], k;
	FILE *f;

	if (program == NULL)
		program = "./tonearm-sandbox";
	if (access(program, X_OK) != 0)
		return -1;
	assert_ok(pipe(out));
	s->pid = fork();
	assert_true(s->pid >= 0);
	if (s->pid == 0) {
		(void)prctl(PR_SET_PDEATHSIG, SIGKILL);
		(void)dup2(out[1], 1);
		(void)close(out[0]);
		(void)close(out[1]);
		(void)execl(program, program, "--listen", "127.0.0.1:0", (char *)NULL);
		_exit(127);
	}
	(void)close(out[1]);
	f = fdopen(out[0], "r");
	assert_non_null(f);
	assert_non_null(fgets(line, sizeof(line), f));
	k = sscanf(line, "sandbox: listening on http://127.0.0.1:%d", &s->port);
	assert_int_equal(k, 1);
	(void)fclose(f);
	(void)snprintf(s->base, sizeof(s->base), "http://127.0.0.1:%d", s->port);
	return 0;
}

void
sandbox_stop(struct sandbox *s)
{
	(void)kill(s->pid, SIGTERM);
	(void)waitpid(s->pid, NULL, 0);
}

static size_t
keep(char *data, size_t size, size_t n, void *arg)
{
	return buf_put(arg, data, size * n) == 0 ? size * n : 0;
}

/* A request; the answer's body goes to out, its Location to location. */
static void
request(struct sandbox *s, const char *path, const char *body, bool json, struct buf *out,
    char *location)
{
	CURL *c = curl_easy_init();
	struct curl_slist *fields = NULL;
	char *to = NULL;
	struct buf url;

	assert_non_null(c);
	buf_init(&url, 4096);
	assert_ok(buf_printf(&url, "%s%s", s->base, path));
	if (json)
		fields = curl_slist_append(fields, "Content-Type: application/json");
	(void)curl_easy_setopt(c, CURLOPT_URL, buf_cstr(&url));
	(void)curl_easy_setopt(c, CURLOPT_TIMEOUT, 10L);
	(void)curl_easy_setopt(c, CURLOPT_WRITEFUNCTION, keep);
	(void)curl_easy_setopt(c, CURLOPT_WRITEDATA, out);
	(void)curl_easy_setopt(c, CURLOPT_HTTPHEADER, fields);
	if (body != NULL)
		(void)curl_easy_setopt(c, CURLOPT_POSTFIELDS, body);
	assert_int_equal(curl_easy_perform(c), CURLE_OK);
	(void)curl_easy_getinfo(c, CURLINFO_REDIRECT_URL, &to);
	if (location != NULL) {
		assert_non_null(to);
		(void)snprintf(location, 2048, "%s", to);
	}
	curl_slist_free_all(fields);
	curl_easy_cleanup(c);
	buf_free(&url);
}

void
sandbox_code(struct sandbox *s, const char *user, char *out)
{
	uint8_t hash[SHA256_BYTES];
	char challenge[64], location[2048];
	struct buf form, page;
	const char *code;

	assert_ok(sha256(span_str(SANDBOX_VERIFIER), hash));
	b64url_encode(span_of(hash, sizeof(hash)), challenge);
	buf_init(&form, 8192);
	buf_init(&page, 1 << 20);
	assert_ok(sp_query_put(&form, "client_id", span_str(SANDBOX_CLIENT)));
	assert_ok(sp_query_put(&form, "response_type", span_str("code")));
	assert_ok(sp_query_put(&form, "redirect_uri", span_str(SANDBOX_REDIRECT)));
	assert_ok(sp_query_put(&form, "scope", span_str(SANDBOX_SCOPES)));
	assert_ok(sp_query_put(&form, "state", span_str("xyz")));
	assert_ok(sp_query_put(&form, "code_challenge_method", span_str("S256")));
	assert_ok(sp_query_put(&form, "code_challenge", span_str(challenge)));
	assert_ok(sp_query_put(&form, "user", span_str(user)));
	request(s, "/authorize/decide", buf_cstr(&form), false, &page, location);
	code = strstr(location, "code=");
	assert_non_null(code);
	(void)snprintf(out, 512, "%.*s", (int)strcspn(code + 5, "&"), code + 5);
	buf_free(&form);
	buf_free(&page);
}

void
sandbox_row(struct sandbox *s, const char *user, struct buf *out)
{
	struct json_object *o = NULL;
	struct buf form, answer;
	struct span access, refresh;
	char code[512];

	sandbox_code(s, user, code);
	buf_init(&form, 8192);
	buf_init(&answer, 8192);
	assert_ok(buf_printf(&form, "grant_type=authorization_code&client_id=" SANDBOX_CLIENT
	    "&code=%s&code_verifier=" SANDBOX_VERIFIER, code));
	assert_ok(sp_query_put(&form, "redirect_uri", span_str(SANDBOX_REDIRECT)));
	request(s, "/api/token", buf_cstr(&form), false, &answer, NULL);
	assert_ok(json_parse(buf_span(&answer), &json_from_spotify, &o));
	access = field_str(o, "access_token");
	refresh = field_str(o, "refresh_token");
	assert_ok(buf_printf(out, "{\"access\":\"%.*s\",\"refresh\":\"%.*s\","
	    "\"expires_at\":4102444800,\"authorized_at\":1750000000,\"scope\":\"" SANDBOX_SCOPES "\"}",
	    (int)access.n, (const char *)access.p, (int)refresh.n, (const char *)refresh.p));
	json_object_put(o);
	buf_free(&form);
	buf_free(&answer);
}

struct json_object *
sandbox_control(struct sandbox *s, const char *path, const char *body)
{
	struct json_object *o = NULL;
	struct buf answer;
	char full[256];

	(void)snprintf(full, sizeof(full), "/_sandbox/%s", path);
	buf_init(&answer, 1 << 20);
	request(s, full, body, true, &answer, NULL);
	if (json_parse(buf_span(&answer), &json_from_spotify, &o) != 0)
		o = NULL;
	buf_free(&answer);
	return o;
}
