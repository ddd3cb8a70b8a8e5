/* JSON: the guard, and json-c behind it. */
#include "config.h"

#include "shared/json/json.h"
#include "tests/fuzz/fuzz.h"

static void
reads_as_written(struct span text, const struct json_limits *limits)
{
	struct json_object *v = NULL, *w = NULL;
	struct buf one, two;

	buf_init(&one, 1u << 20);
	buf_init(&two, 1u << 20);
	must(utf8_valid(text));
	/* What the guard lets pass json-c reads, and what it writes means the same. */
	must(json_parse(text, limits, &v) == 0);
	must(json_write(&one, v) == 0);
	must(span_is(buf_span(&one), json_object_to_json_string_ext(v,
	    JSON_C_TO_STRING_PLAIN | JSON_C_TO_STRING_NOSLASHESCAPE)));
	must(json_guard(buf_span(&one), limits) != ERR_SYNTAX);
	if (json_guard(buf_span(&one), limits) == 0) {
		must(json_parse(buf_span(&one), limits, &w) == 0);
		must(json_object_equal(v, w));
		must(json_write(&two, w) == 0);
		must(span_eq(buf_span(&one), buf_span(&two)));
	}
	json_object_put(v);
	json_object_put(w);
	buf_free(&one);
	buf_free(&two);
}

FUZZ(json)
{
	struct json_object *v = NULL;
	struct buf out;
	struct span s;
	err_t client = json_guard(in, &json_from_client), spotify = json_guard(in, &json_from_spotify);

	if (client == 0)
		reads_as_written(in, &json_from_client);
	if (spotify == 0)
		reads_as_written(in, &json_from_spotify);
	if (client != 0)
		must(json_parse(in, &json_from_client, &v) == client && v == NULL);
	if (!utf8_valid(in))
		return;
	/* Any text can be written as a string. */
	buf_init(&out, 1u << 20);
	must(json_write_str(&out, in) == 0);
	if (memchr(buf_cstr(&out), 0, out.len) == NULL &&
	    json_parse(buf_span(&out), &json_from_spotify, &v) == 0) {
		must(json_is_str(v, &s) && span_eq(s, in));
		json_object_put(v);
	}
	buf_free(&out);
}
