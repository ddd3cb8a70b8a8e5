/*
 * What every entry of the table of tools must keep to (docs/tools.md;
 * docs/protocol.md T-3 to T-18), and the size of the whole list.
 */
#include "config.h"

#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>
#include <string.h>
#include <strings.h>

#include <cmocka.h>

#include "shared/json/json.h"
#include "worker/mcp/catalog.h"
#include "worker/tools/tool.h"

#define LOWER  "abcdefghijklmnopqrstuvwxyz"
#define NAME   LOWER "0123456789_"
#define TOKEN  NAME "ABCDEFGHIJKLMNOPQRSTUVWXYZ!#$%&'*+-.^`|~"

static void
each_name_is_taken_by_every_client(void **state)
{
	size_t i, k;

	(void)state;
	assert_in_range(tool_table_n, 1, 40);
	for (i = 0; i < tool_table_n; i++) {
		const char *name = tool_table[i]->name;

		assert_in_range(strlen(name), 1, 40);
		assert_non_null(strchr(LOWER, name[0]));
		assert_int_equal(strspn(name, NAME), strlen(name));
		for (k = 0; k < i; k++)
			assert_string_not_equal(name, tool_table[k]->name);
	}
}

static void
each_tool_is_described(void **state)
{
	size_t i;

	(void)state;
	for (i = 0; i < tool_table_n; i++) {
		const struct tool *t = tool_table[i];

		if (t->title == NULL || t->title[0] == '\0' || t->about == NULL ||
		    strlen(t->about) < 20 || strlen(t->about) > 2000 || t->run == NULL)
			fail_msg("%s", t->name);
	}
}

/* Is this a name for Mcp-Param-NAME, unique in the tool without case? */
static bool
header_fits(const struct tool *t, const struct arg *a)
{
	const struct arg *other;

	if (a->header[0] == '\0' || strspn(a->header, TOKEN) != strlen(a->header) ||
	    strlen(a->header) > 64 || a->type == ARG_STRS)
		return false;
	for (other = t->args; other != a; other++)
		if (other->header != NULL && strcasecmp(other->header, a->header) == 0)
			return false;
	return true;
}

/* A wrong annotation makes clients drop the tool (M-11). */
static void
headers_of_arguments_are_valid(void **state)
{
	static const struct arg good[] = {{.name = "a", .header = "Region"},
		{.name = "b", .type = ARG_INT, .header = "X-2"}, {.name = NULL}};
	static const struct arg twice[] = {{.name = "a", .header = "Region"},
		{.name = "b", .header = "REGION"}, {.name = NULL}};
	static const struct arg odd[] = {{.name = "a", .header = "a b"},
		{.name = "b", .type = ARG_STRS, .header = "B"}, {.name = "c", .header = ""}};
	const struct tool good_tool = {.args = good}, bad_tool = {.args = twice}, odd_tool = {.args = odd};
	const struct arg *a;
	size_t i;

	(void)state;
	assert_true(header_fits(&good_tool, &good[0]) && header_fits(&good_tool, &good[1]));
	assert_false(header_fits(&bad_tool, &twice[1]));
	for (i = 0; i < 3; i++)
		assert_false(header_fits(&odd_tool, &odd[i]));
	for (i = 0; i < tool_table_n; i++)
		for (a = tool_table[i]->args; a != NULL && a->name != NULL; a++)
			if (a->header != NULL && !header_fits(tool_table[i], a))
				fail_msg("%s.%s", tool_table[i]->name, a->name);
}

/* Only tools of tests show a schema that nothing checks. */
static void
every_published_schema_is_checked(void **state)
{
	size_t i;

	(void)state;
	for (i = 0; i < tool_table_n; i++)
		assert_null(tool_table[i]->raw_input_schema);
}

/* What the shipped catalog says of its resources (9.2). */
static void
each_resource_is_described_and_has_its_tool(void **state)
{
	const struct catalog *c = &worker_catalog;
	const struct resource *r;
	const struct resource_template *t;

	(void)state;
	assert_true(catalog_has_resources(c));
	for (r = c->resources; r->uri != NULL; r++) {
		assert_int_equal(strncmp(r->uri, "spotify://", 10), 0);
		assert_true(r->name != NULL && r->title != NULL && r->about != NULL && r->mime != NULL);
		assert_true((r->tool != NULL) != (r->read != NULL));
		/* What may be subscribed to is looked at, at a decent pace. */
		assert_true(r->subscribable == (r->look != NULL));
		if (r->look != NULL)
			assert_true(r->look->least_s >= 10 && r->look->least_s <= r->look->most_s);
	}
	for (t = c->templates; t->uri != NULL; t++) {
		assert_true(t->name != NULL && t->title != NULL && t->about != NULL && t->tool != NULL);
		assert_true(t->subscribable == (t->look != NULL));
	}
	assert_true(c->subscribe && c->looks_a_day != NULL);
	assert_false(c->tools_change || c->prompts_change || c->resources_change || c->logging);
}

static bool
may_be_subscribed_to(const char *uri)
{
	return catalog_subscribable(&worker_catalog, span_str(uri), SCOPE_ALL);
}

/* Only what can be looked at with one question. */
static void
the_player_and_playlists_may_be_subscribed_to(void **state)
{
	(void)state;
	assert_true(may_be_subscribed_to("spotify://player"));
	assert_true(may_be_subscribed_to("spotify://playlists"));
	assert_true(may_be_subscribed_to("spotify://playlist/37i9dQZF1DXcBWIGoYBM5M"));
	assert_false(may_be_subscribed_to("spotify://playlist/"));
	assert_false(may_be_subscribed_to("spotify://playlist/../me"));
	assert_false(may_be_subscribed_to("spotify://track/37i9dQZF1DXcBWIGoYBM5M"));
	/* What is no id of Spotify's is no resource. */
	assert_false(may_be_subscribed_to("spotify://playlist/37i9dQZF1DXcBWIGoYBM5"));
	assert_false(may_be_subscribed_to("spotify://playlist/37i9dQZF1DXcBWIGoYBM5MX"));
	assert_false(may_be_subscribed_to("spotify://player/queue"));
	assert_false(may_be_subscribed_to("spotify://status"));
	assert_false(may_be_subscribed_to("spotify://me"));
	assert_false(catalog_subscribable(&worker_catalog, span_str("spotify://player"),
	    SCOPE_LIBRARY_READ));
}

/* 9.3: six of them, each with words for a person. */
static void
each_prompt_is_described(void **state)
{
	const struct prompt *const *p;
	const struct text_arg *a;
	size_t n = 0;

	(void)state;
	for (p = worker_catalog.prompts; *p != NULL; p++, n++) {
		assert_true(strspn((*p)->name, NAME) == strlen((*p)->name));
		assert_true((*p)->title != NULL && (*p)->about != NULL && (*p)->run != NULL);
		for (a = (*p)->args; a != NULL && a->name != NULL; a++) {
			assert_true(a->title != NULL && a->about != NULL);
			assert_true(a->all == NULL || a->fits != NULL);
		}
	}
	assert_int_equal(n, 6);
}

static void
hints_and_scopes_agree(void **state)
{
	const uint32_t writes = SCOPE_LIBRARY_WRITE | SCOPE_PLAYLISTS_WRITE | SCOPE_PLAYBACK_CONTROL;
	size_t i;

	(void)state;
	for (i = 0; i < tool_table_n; i++) {
		const struct tool *t = tool_table[i];

		if ((t->read_only && (t->destructive || ((t->scope | t->scope_or) & writes) != 0)) ||
		    (!t->read_only && ((t->scope & writes) == 0 ||
		    (t->scope_or != 0 && (t->scope_or & writes) == 0))))
			fail_msg("%s", t->name);
	}
}

static void
no_tool_asks_spotify_more_often_than_allowed(void **state)
{
	size_t i;

	(void)state;
	for (i = 0; i < tool_table_n; i++) {
		const struct tool *t = tool_table[i];

		if (t->max_requests > (t->read_only ? 20u : 100u))
			fail_msg("%s: %u", t->name, t->max_requests);
	}
}

static void
arguments_are_well_formed(void **state)
{
	size_t i;

	(void)state;
	for (i = 0; i < tool_table_n; i++) {
		const struct arg *a;

		for (a = tool_table[i]->args; a != NULL && a->name != NULL; a++) {
			if (strspn(a->name, NAME) != strlen(a->name) || strlen(a->name) > 64 ||
			    a->min > a->max ||
			    (a->required && a->fallback != NULL) ||
			    (a->max_items > 0 && a->min_items > a->max_items))
				fail_msg("%s.%s", tool_table[i]->name, a->name);
		}
	}
}

/* A value that fits a required argument. */
static void
add_required(struct json_object *sent, const struct arg *a)
{
	struct json_object *list;
	uint32_t i;

	if (a->type != ARG_STRS) {
		assert_int_equal(json_add_text(sent, a->name, a->words != NULL ? a->words[0] :
		    a->type == ARG_BOOL ? "true" : "1"), 0);
		return;
	}
	list = json_object_new_array();
	for (i = 0; i == 0 || i < a->min_items; i++)
		assert_int_equal(json_append(list, json_object_new_string(a->words != NULL ?
		    a->words[0] : "1")), 0);
	assert_int_equal(json_object_object_add(sent, a->name, list), 0);
}

/* A fallback must itself pass the check: with only required arguments given,
 * everything else is filled in. */
static void
fallbacks_are_valid(void **state)
{
	size_t i;

	(void)state;
	for (i = 0; i < tool_table_n; i++) {
		const struct tool *t = tool_table[i];
		struct json_object *sent = json_object_new_object(), *clean = NULL;
		const struct arg *a;
		char why[512] = "";

		for (a = t->args; a != NULL && a->name != NULL; a++)
			if (a->required)
				add_required(sent, a);
		if (tool_check_args(t, sent, &clean, why, sizeof(why)) != 0)
			fail_msg("%s: %s", t->name, why);
		json_object_put(sent);
		json_object_put(clean);
	}
}

/* Members of a schema that clients stumble over (T-6), at any depth. */
static void
check_schema(struct json_object *s, const char *tool)
{
	static const char *const refused[] = {"oneOf", "anyOf", "allOf", "not", "if", "$ref",
		"$defs", "$schema", "strict", "const"};
	struct json_object *props = json_get_obj(s, "properties");
	struct span type;
	size_t i;

	for (i = 0; i < sizeof(refused) / sizeof(refused[0]); i++)
		if (json_has(s, refused[i]))
			fail_msg("%s: %s", tool, refused[i]);
	if (!json_get_str(s, "type", &type))
		fail_msg("%s: a value without type", tool);
	if (span_is(type, "array")) {
		if (json_get_obj(s, "items") == NULL)
			fail_msg("%s: an array without items", tool);
		check_schema(json_get_obj(s, "items"), tool);
	}
	if (props != NULL) {
		json_object_object_foreach(props, name, value) {
			(void)name;
			check_schema(value, tool);
		}
	}
}

static void
schemas_keep_to_what_all_clients_take(void **state)
{
	size_t i;

	(void)state;
	for (i = 0; i < tool_table_n; i++) {
		struct json_object *in = tool_input_schema(tool_table[i], true);
		struct json_object *out = tool_output_schema(tool_table[i]);
		struct span type;

		assert_non_null(in);
		assert_non_null(out);
		assert_true(json_get_str(in, "type", &type) && span_is(type, "object"));
		assert_true(json_get_str(out, "type", &type) && span_is(type, "object"));
		assert_false(json_has(out, "additionalProperties"));
		check_schema(in, tool_table[i]->name);
		check_schema(out, tool_table[i]->name);
		json_object_put(in);
		json_object_put(out);
	}
}

/* Everything of all tools together, as tools/list sends it. */
static void
the_whole_list_stays_under_32_kib(void **state)
{
	static const char rest[] =
	    "{\"name\":\"\",\"title\":\"\",\"description\":\"\",\"inputSchema\":,\"outputSchema\":,"
	    "\"annotations\":{\"title\":\"\",\"readOnlyHint\":false,\"destructiveHint\":false,"
	    "\"idempotentHint\":false,\"openWorldHint\":false}},";
	size_t i, total = 0;

	(void)state;
	for (i = 0; i < tool_table_n; i++) {
		const struct tool *t = tool_table[i];
		struct json_object *in = tool_input_schema(t, true), *out = tool_output_schema(t);

		total += strlen(t->name) + 2 * strlen(t->title) + strlen(t->about) + sizeof(rest) - 1 +
		    strlen(json_object_to_json_string_ext(in, JSON_C_TO_STRING_PLAIN)) +
		    strlen(json_object_to_json_string_ext(out, JSON_C_TO_STRING_PLAIN));
		json_object_put(in);
		json_object_put(out);
	}
	print_message("%zu tools, %zu bytes\n", tool_table_n, total);
	assert_in_range(total, 1, 32768);
}

int
main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(each_name_is_taken_by_every_client),
		cmocka_unit_test(each_tool_is_described),
		cmocka_unit_test(hints_and_scopes_agree),
		cmocka_unit_test(headers_of_arguments_are_valid),
		cmocka_unit_test(every_published_schema_is_checked),
		cmocka_unit_test(each_resource_is_described_and_has_its_tool),
		cmocka_unit_test(the_player_and_playlists_may_be_subscribed_to),
		cmocka_unit_test(each_prompt_is_described),
		cmocka_unit_test(no_tool_asks_spotify_more_often_than_allowed),
		cmocka_unit_test(arguments_are_well_formed),
		cmocka_unit_test(fallbacks_are_valid),
		cmocka_unit_test(schemas_keep_to_what_all_clients_take),
		cmocka_unit_test(the_whole_list_stays_under_32_kib),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
