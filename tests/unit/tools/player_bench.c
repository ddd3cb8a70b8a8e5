/* What each tool of the player must bear; see player_bench.h. */
#include "config.h"

#include <stdio.h>
#include <string.h>

#include "tests/unit/tools/bench.h"
#include "tests/unit/tools/player_bench.h"

static const struct {
	int status;
	const char *fields, *body, *says;
} family[] = {
	{401, NULL, "{\"error\":{\"status\":401,\"message\":\"Permissions missing\"}}",
	    "https://tonearm.example/login"},
	{403, NULL, "{\"error\":{\"status\":403,\"message\":\"Player command failed: Premium required\","
	    "\"reason\":\"PREMIUM_REQUIRED\"}}", "only Premium accounts"},
	{403, NULL, "{\"error\":{\"status\":403,\"message\":\"Forbidden\"}}", "closed to the application"},
	{403, NULL, "User not registered in the Developer Dashboard", "not on the list of users"},
	{429, "Retry-After: 40000\r\n", "{\"error\":{\"status\":429,\"message\":\"x\","
	    "\"reason\":\"QUOTA_EXCEEDED\"}}", "allowance of this Spotify application for player"},
	{429, "Retry-After: 90\r\n", "{\"error\":{\"status\":429,\"message\":\"x\"}}", "in 90 seconds"},
};

void
the_family(const char *tool, const char *args)
{
	struct result a;
	struct rig *r;
	void *state;
	size_t i;

	for (i = 0; i < sizeof(family) / sizeof(family[0]); i++) {
		/* A new one each time: the client remembers some of them. */
		assert_int_equal(rig_setup(&state), 0);
		r = state;
		rig_bind(r, ROW_GOOD);
		server_on(r->server, (struct server_rule){.target = "/v1/me/player", .turns = FOREVER,
		    .status = family[i].status, .fields = family[i].fields, .body = family[i].body});
		tool_call(r, tool, args, &a);
		assert_true(a.failed);
		assert_true(says(&a, family[i].says));
		result_free(&a);
		assert_int_equal(rig_teardown(&state), 0);
	}
}

static void
bad_names(struct rig *r, const char *tool, const char *args)
{
	static const struct {
		const char *name, *says;
	} bad[] = {
		{"attic", "No device is called \"attic\". Known devices: Kitchen Speaker (Speaker), "
		    "Kitchen Radio"},
		{"kitchen", "More than one device is called"},
		{"museum", "takes no commands"},
	};
	struct result a;
	char text[300];
	size_t i;

	for (i = 0; i < sizeof(bad) / sizeof(bad[0]); i++) {
		server_forget(r->server);
		ON(r->server, "GET", DEVICES, 200, LIST(KITCHEN_OFF "," DEVICE("\"radio\"",
		    "Kitchen Radio", "Speaker", "false", "false", "true") "," MUSEUM));
		(void)snprintf(text, sizeof(text), "%s'device':'%s'}", args, bad[i].name);
		tool_call(r, tool, text, &a);
		assert_true(a.failed);
		if (!says(&a, bad[i].says))
			fail_msg("%s", text);
		assert_int_equal(server_count(r->server), 1);
		result_free(&a);
	}
}

void
devices_by_name(struct rig *r, const char *tool, const char *args, const char *command,
    const char *state)
{
	static const char *const good[] = {"Kitchen Speaker", "kITCHEN speaker", "kitchen s", "kitchen"};
	const char *method = strcmp(command, "/v1/me/player/queue") == 0 ? "POST" : "PUT";
	char text[300], where[200];
	struct result a;
	size_t i;

	(void)snprintf(where, sizeof(where), "%s?", command);
	for (i = 0; i < sizeof(good) / sizeof(good[0]); i++) {
		server_forget(r->server);
		ON(r->server, "GET", DEVICES, 200, LIST(DESK "," KITCHEN_OFF));
		ON(r->server, "GET", STATE, 200, state);
		ON(r->server, "GET", "/v1/me/player/queue", 200, "{\"queue\":[]}");
		ON(r->server, NULL, "/v1/me/player", 204, "");
		(void)snprintf(text, sizeof(text), "%s'device':'%s'}", args, good[i]);
		tool_call(r, tool, text, &a);
		if (a.failed)
			fail_msg("%s: %s", text, buf_cstr(&a.text));
		assert_non_null(strstr(server_nth(r->server, method, command, 0)->target,
		    "device_id=kit-1"));
		result_free(&a);
	}
	bad_names(r, tool, args);
	/* The id changed between the list and the command. */
	server_forget(r->server);
	ONCE(r->server, "GET", DEVICES, 200, LIST(DESK "," KITCHEN_OFF));
	ON(r->server, "GET", DEVICES, 200, LIST(DESK "," KITCHEN_NEW));
	ON(r->server, "GET", STATE, 200, state);
	ON(r->server, "GET", "/v1/me/player/queue", 200, "{\"queue\":[]}");
	ONCE(r->server, method, where, 404, GONE);
	ON(r->server, NULL, "/v1/me/player", 204, "");
	(void)snprintf(text, sizeof(text), "%s'device':'kitchen'}", args);
	tool_call(r, tool, text, &a);
	assert_false(a.failed);
	assert_non_null(strstr(server_nth(r->server, method, command, 1)->target, "device_id=kit-2"));
	result_free(&a);
	/* It did not change: no use in trying again. */
	server_forget(r->server);
	ON(r->server, "GET", DEVICES, 200, LIST(DESK "," KITCHEN_OFF));
	ON(r->server, "GET", STATE, 200, state);
	ON(r->server, method, where, 404, GONE);
	tool_call(r, tool, text, &a);
	assert_true(a.failed);
	assert_true(says(&a, "Known devices: Desk Laptop"));
	assert_int_equal(server_counted(r->server, method, where), 1);
	result_free(&a);
	server_forget(r->server);
}

void
refusals(struct rig *r, const char *tool, const char *args)
{
	struct result a;

	server_forget(r->server);
	ON(r->server, "GET", STATE, 200, AD(DESK));
	ON(r->server, "GET", DEVICES, 200, LIST(DESK));
	ON(r->server, NULL, "/v1/me/player", 403, RESTRICTED);
	tool_call(r, tool, args, &a);
	assert_true(a.failed);
	assert_true(says(&a, "advertisement"));
	result_free(&a);
	server_forget(r->server);
	ON(r->server, "GET", STATE, 200, PLAYER("true", "1000", TRACK_A, MUSEUM));
	ON(r->server, "GET", DEVICES, 200, LIST(MUSEUM));
	ON(r->server, NULL, "/v1/me/player", 403, RESTRICTED);
	tool_call(r, tool, args, &a);
	assert_true(a.failed);
	assert_true(says(&a, "Museum Loudspeaker"));
	result_free(&a);
	server_forget(r->server);
	ON(r->server, "GET", STATE, 200, PLAYER("true", "1000", TRACK_A, DESK));
	ON(r->server, "GET", DEVICES, 200, LIST(DESK));
	ON(r->server, NULL, "/v1/me/player", 403, RESTRICTED);
	tool_call(r, tool, args, &a);
	assert_true(a.failed);
	assert_true(says(&a, "did not accept the command"));
	result_free(&a);
	server_forget(r->server);
}
