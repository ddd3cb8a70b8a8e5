/*
 * The project's collection of Spotify's odd answers (TONEARM_SHARED or ../shared;
 * skipped where it is absent), each sent by the scripted server with its status,
 * fields and body: what comes out of the client, and how often it asked.
 */
#include "config.h"

#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "shared/json/json.h"
#include "tests/unit/spotify/rig.h"
#include "worker/spotify/field.h"

#define FIELDS 512

/* turns: how often the server says so before it answers well. */
static const struct wanted {
	const char *name;
	enum sp_op op;
	int turns;
	const char *word;       /* of the problem that is told */
	unsigned asked;         /* requests of the Web API */
	const char *refresh;    /* accounts: the refresh token in the row afterwards */
} all[] = {
	{"missing_token", SP_OP_ME, FOREVER, "token_refused", 2, NULL},
	{"invalid_token", SP_OP_ME, 1, "ok", 2, NULL},
	{"expired_token_older_wording", SP_OP_ME, 1, "ok", 2, NULL},
	{"player_scope_missing", SP_OP_PLAYER, FOREVER, "permission_missing", 1, NULL},
	{"scope_missing", SP_OP_SAVED_TRACKS, FOREVER, "permission_missing", 1, NULL},
	{"closed_to_this_app", SP_OP_TOP_TRACKS, FOREVER, "closed", 1, NULL},
	{"user_not_allowlisted", SP_OP_ME, FOREVER, "not_allowlisted", 1, NULL},
	{"owner_not_premium", SP_OP_ME, FOREVER, "owner_not_premium", 1, NULL},
	{"premium_required", SP_OP_PAUSE, FOREVER, "premium_required", 1, NULL},
	{"player_restriction", SP_OP_PAUSE, FOREVER, "restricted", 1, NULL},
	{"no_active_device", SP_OP_PAUSE, FOREVER, "no_active_device", 1, NULL},
	{"device_not_found", SP_OP_PAUSE, FOREVER, "device_not_found", 1, NULL},
	{"resource_not_found", SP_OP_ME, FOREVER, "not_found", 1, NULL},
	{"route_not_found", SP_OP_ME, FOREVER, "no_such_endpoint", 1, NULL},
	{"invalid_limit", SP_OP_SEARCH, FOREVER, "bad_limit", 1, NULL},
	{"library_uris_in_body", SP_OP_LIBRARY_SAVE, FOREVER, "bad_uris", 1, NULL},
	{"too_many_uris", SP_OP_LIBRARY_SAVE, FOREVER, "too_many", 1, NULL},
	{"rate_limited", SP_OP_ME, 1, "ok", 2, NULL},
	{"rate_limited_plain", SP_OP_ME, FOREVER, "rate_limited", 1, NULL},
	{"rate_limited_no_header", SP_OP_ME, 1, "ok", 2, NULL},
	{"quota_exceeded", SP_OP_SEARCH, FOREVER, "quota_exceeded", 1, NULL},
	/* A question is asked again; a change that adds is not, and not said to have
	 * failed. */
	{"bad_gateway", SP_OP_ME, 1, "ok", 2, NULL},
	{"edge_unavailable", SP_OP_NEXT, FOREVER, "outcome_unknown", 1, NULL},
	{"edge_html", SP_OP_LIBRARY_SAVE, 1, "ok", 2, NULL},
	{"player_ok_plain_text", SP_OP_PAUSE, FOREVER, "ok", 1, NULL},
	{"player_nothing_playing", SP_OP_PLAYER, FOREVER, "ok", 1, NULL},
	{"refresh_expired", SP_OP_TOKEN, FOREVER, "sign_in_expired", 0, ""},
	{"refresh_revoked", SP_OP_TOKEN, FOREVER, "sign_in_revoked", 0, ""},
	{"refresh_invalid", SP_OP_TOKEN, FOREVER, "sign_in_invalid", 0, ""},
	{"code_invalid", SP_OP_TOKEN, FOREVER, "code_invalid", 0, ""},
	{"client_invalid", SP_OP_TOKEN, FOREVER, "client_invalid", 0, ""},
	{"client_secret_invalid", SP_OP_TOKEN, FOREVER, "client_invalid", 0, ""},
	{"client_missing", SP_OP_TOKEN, FOREVER, "client_invalid", 0, ""},
	{"token_edge_failure", SP_OP_TOKEN, FOREVER, "accounts_down", 0, ""},
	{"token_ok_first", SP_OP_TOKEN, FOREVER, "ok", 1, "AQexampleRefresh"},
	{"token_ok_refresh_without_refresh_token", SP_OP_TOKEN, FOREVER, "ok", 1, "refresh-1"},
	{"token_ok_refresh_rotated", SP_OP_TOKEN, FOREVER, "ok", 1, "AQexampleRefresh2"},
};

static const struct wanted *
wanted_of(struct span name)
{
	size_t i;

	for (i = 0; i < sizeof(all) / sizeof(all[0]); i++)
		if (span_is(name, all[i].name))
			return &all[i];
	fail_msg("%.*s is not in the table", (int)name.n, (const char *)name.p);
	return NULL;
}

/* The server's rule for a case; its texts go to the buffers. */
static void
script(struct rig *r, const struct wanted *w, struct json_object *c, struct buf *body,
    struct buf *fields, char *type)
{
	struct json_object *b = json_get(c, "body"), *headers = json_get_obj(c, "headers");
	bool accounts = w->op == SP_OP_TOKEN;

	if (json_object_is_type(b, json_type_string))
		assert_ok(buf_put_span(body, field_str(c, "body")));
	else if (b != NULL)
		assert_ok(json_write(body, b));
	json_object_object_foreach(headers, name, value) {
		assert_ok(buf_printf(fields, "%s: %s\r\n", name, json_object_get_string(value)));
	}
	(void)snprintf(type, 64, "%.*s", (int)field_str(c, "content_type").n,
	    (const char *)field_str(c, "content_type").p);
	server_on(r->server, (struct server_rule){.target = accounts ? "/api/token" : "/v1/",
	    .status = (int)field_int(c, "status", 0), .type = type[0] == '\0' ? NULL : type,
	    .fields = buf_cstr(fields), .body = buf_cstr(body), .turns = w->turns});
	ON(r->server, "POST", "/api/token", 200, ANSWER_NEW);
	ON(r->server, NULL, "/v1/", 200, "{\"id\":\"owner\"}");
}

static void
check_stored(const struct rig *r, const char *refresh)
{
	char part[128];

	if (refresh == NULL || refresh[0] == '\0')
		return;
	(void)snprintf(part, sizeof(part), "\"refresh\":\"%s\"", refresh);
	if (strstr(r->stored, part) == NULL)
		fail_msg("%s is not in the row", refresh);
}

static void
try_case(struct json_object *c)
{
	const struct wanted *w = wanted_of(field_str(c, "name"));
	bool accounts = w->op == SP_OP_TOKEN;
	struct buf body, fields;
	struct answer a;
	void *state = NULL;
	char type[64];
	struct rig *r;

	assert_ok(rig_setup(&state));
	r = state;
	rig_bind(r, accounts ? ROW_OLD : ROW_GOOD);
	/* The end of a sign-in is believed: the row is still the same. */
	r->reread = RIG_NEWER;
	r->newer = ROW_OLD;
	r->grant_word = 1;
	buf_init(&body, 65536);
	buf_init(&fields, FIELDS);
	script(r, w, c, &body, &fields, type);
	rig_ask(r, accounts ? SP_OP_ME : w->op, NULL, NULL, NULL, &a);
	if (strcmp(sp_problem_word(a.error.problem), w->word) != 0)
		fail_msg("%s: %s", w->name, sp_problem_word(a.error.problem));
	if (server_counted(r->server, "", "/v1/") + server_counted(r->server, "GET", "/v1/") +
	    server_counted(r->server, "PUT", "/v1/") +
	    server_counted(r->server, "POST", "/v1/") != w->asked)
		fail_msg("%s: %zu requests", w->name, server_count(r->server));
	check_stored(r, w->refresh);
	answer_free(&a);
	buf_free(&body);
	buf_free(&fields);
	assert_ok(rig_teardown(&state));
}

static void
every_collected_answer_means_the_same_on_the_way(void **state)
{
	const char *shared = getenv("TONEARM_SHARED");
	struct json_object *cases;
	char path[512];
	size_t i;

	(void)state;
	(void)snprintf(path, sizeof(path), "%s/spotify/examples/errors.json",
	    shared != NULL ? shared : "../shared");
	cases = json_object_from_file(path);
	if (cases == NULL) {
		print_message("skipped: %s is not there (TONEARM_SHARED)\n", path);
		skip();
	}
	for (i = 0; i < field_len(cases); i++)
		try_case(json_object_array_get_idx(cases, i));
	assert_int_equal(i, sizeof(all) / sizeof(all[0]));
	json_object_put(cases);
}

int
main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(every_collected_answer_means_the_same_on_the_way),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
