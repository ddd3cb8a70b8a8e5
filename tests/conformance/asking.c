/* Tools that ask the client for one thing, in the way of either era. */
#include "config.h"

#include "shared/json/json.h"
#include "tests/conformance/fixtures.h"
#include "worker/tools/ask.h"

#define NOTHING span_of(NULL, 0)

struct json_object *
fixture_json(const char *text)
{
	struct json_object *o = NULL;

	return json_parse(span_str(text), &json_from_client, &o) == 0 ? o : NULL;
}

struct json_object *
fixture_form(const char *message, const char *schema)
{
	struct json_object *o = json_object_new_object();
	err_t err = json_add_text(o, "message", message);

	if (err == 0)
		err = json_add(o, "requestedSchema", fixture_json(schema));
	if (err == 0)
		return o;
	json_object_put(o);
	return NULL;
}

struct json_object *
fixture_sample(const char *text, int most)
{
	struct json_object *o = json_object_new_object(), *message, *messages;
	err_t err;

	message = json_object_new_object();
	messages = json_object_new_array();
	err = json_add_text(message, "role", "user");
	if (err == 0)
		err = json_add(message, "content", block_text(span_str(text)));
	if (err == 0)
		err = json_append(messages, json_object_get(message));
	if (err == 0)
		err = json_add(o, "messages", json_object_get(messages));
	if (err == 0)
		err = json_add_int(o, "maxTokens", most);
	json_object_put(message);
	json_object_put(messages);
	if (err == 0)
		return o;
	json_object_put(o);
	return NULL;
}

const char *
fixture_said(struct json_object *sampled)
{
	struct json_object *content = json_get(sampled, "content");

	if (json_object_is_type(content, json_type_array))
		content = json_object_array_get_idx(content, 0);
	content = json_get(content, "text");
	return content == NULL ? "" : json_object_get_string(content);
}

const char *
fixture_field(struct json_object *answer, const char *name)
{
	struct json_object *v = json_get(json_get_obj(answer, "content"), name);

	return v == NULL ? "" : json_object_get_string(v);
}

/* Asks for what CAP_* it takes; the answer, or NULL: the call waits or is over. */
static struct json_object *
ask_one(struct call *c, uint32_t cap, enum ask_kind kind, const char *key,
    struct json_object *params)
{
	struct json_object *answer;

	if (!call_can(c, cap)) {
		json_object_put(params);
		call_lacks(c, cap);
		return NULL;
	}
	call_ask(c, key, kind, params);
	answer = call_answer(c, key);
	if (answer == NULL)
		call_wait(c, NOTHING);
	return answer;
}

/* What an elicitation ended with, as a text of the result. */
static void
tell(struct call *c, const char *before, struct json_object *answer)
{
	struct json_object *content = json_get_obj(answer, "content"), *action = json_get(answer, "action");

	call_text(c, "%saction=%s, content=%s", before,
	    action == NULL ? "none" : json_object_get_string(action),
	    content == NULL ? "{}" : json_object_to_json_string_ext(content, JSON_C_TO_STRING_PLAIN));
	call_done(c);
}

static const struct arg prompt_args[] = {
	{.name = "prompt", .type = ARG_STR, .required = true, .about = "What the model is asked"},
	{.name = NULL},
};

static void
run_sampling(struct call *c)
{
	struct json_object *answer = ask_one(c, CAP_SAMPLING, ASK_SAMPLE, "model",
	    fixture_sample(call_str(c, "prompt"), 100));

	if (answer == NULL)
		return;
	call_text(c, "LLM response: %s", fixture_said(answer));
	call_done(c);
}

const struct tool fixture_sampling = {
	FIXTURE("test_sampling", "Asks the client's model", run_sampling),
	.args = prompt_args,
};

static void
run_missing_capability(struct call *c)
{
	if (!call_can(c, CAP_SAMPLING)) {
		call_lacks(c, CAP_SAMPLING);
		return;
	}
	call_text(c, "The client can sample.");
	call_done(c);
}

const struct tool fixture_missing_capability = {
	FIXTURE("test_missing_capability", "Needs a client that can sample", run_missing_capability),
};

static const struct arg message_args[] = {
	{.name = "message", .type = ARG_STR, .required = true, .about = "What the person is shown"},
	{.name = NULL},
};

static void
run_elicitation(struct call *c)
{
	struct json_object *answer = ask_one(c, CAP_ELICIT_FORM, ASK_ELICIT, "person",
	    fixture_form(call_str(c, "message"),
	    "{\"type\":\"object\",\"properties\":{"
	    "\"username\":{\"type\":\"string\",\"description\":\"User's response\"},"
	    "\"email\":{\"type\":\"string\",\"description\":\"User's email address\"}},"
	    "\"required\":[\"username\",\"email\"]}"));

	if (answer != NULL)
		tell(c, "User response: ", answer);
}

const struct tool fixture_elicitation = {
	FIXTURE("test_elicitation", "Asks the person for a name and an address", run_elicitation),
	.args = message_args,
};

static void
run_defaults(struct call *c)
{
	struct json_object *answer = ask_one(c, CAP_ELICIT_FORM, ASK_ELICIT, "form",
	    fixture_form("Please look through these values.",
	    "{\"type\":\"object\",\"properties\":{"
	    "\"name\":{\"type\":\"string\",\"default\":\"John Doe\"},"
	    "\"age\":{\"type\":\"integer\",\"default\":30},"
	    "\"score\":{\"type\":\"number\",\"default\":95.5},"
	    "\"status\":{\"type\":\"string\",\"enum\":[\"active\",\"inactive\",\"pending\"],"
	    "\"default\":\"active\"},"
	    "\"verified\":{\"type\":\"boolean\",\"default\":true}}}"));

	if (answer != NULL)
		tell(c, "Elicitation completed: ", answer);
}

const struct tool fixture_elicitation_sep1034_defaults = {
	FIXTURE("test_elicitation_sep1034_defaults", "Asks with preset values", run_defaults),
};

static void
run_enums(struct call *c)
{
	struct json_object *answer = ask_one(c, CAP_ELICIT_FORM, ASK_ELICIT, "form",
	    fixture_form("Please choose.",
	    "{\"type\":\"object\",\"properties\":{"
	    "\"untitledSingle\":{\"type\":\"string\",\"enum\":[\"option1\",\"option2\",\"option3\"]},"
	    "\"titledSingle\":{\"type\":\"string\",\"oneOf\":[{\"const\":\"value1\",\"title\":\"One\"},"
	    "{\"const\":\"value2\",\"title\":\"Two\"},{\"const\":\"value3\",\"title\":\"Three\"}]},"
	    "\"legacyEnum\":{\"type\":\"string\",\"enum\":[\"opt1\",\"opt2\",\"opt3\"],"
	    "\"enumNames\":[\"One\",\"Two\",\"Three\"]},"
	    "\"untitledMulti\":{\"type\":\"array\",\"items\":{\"type\":\"string\","
	    "\"enum\":[\"option1\",\"option2\",\"option3\"]}},"
	    "\"titledMulti\":{\"type\":\"array\",\"items\":{\"anyOf\":["
	    "{\"const\":\"value1\",\"title\":\"One\"},{\"const\":\"value2\",\"title\":\"Two\"},"
	    "{\"const\":\"value3\",\"title\":\"Three\"}]}}}}"));

	if (answer != NULL)
		tell(c, "Elicitation completed: ", answer);
}

const struct tool fixture_elicitation_sep1330_enums = {
	FIXTURE("test_elicitation_sep1330_enums", "Asks for choices of every form", run_enums),
};

static void
run_streaming(struct call *c)
{
	struct json_object *answer;

	call_progress(c, 0, 1, NULL);
	answer = ask_one(c, CAP_ELICIT_FORM, ASK_ELICIT, "user_name",
	    fixture_form("What is your name?", FIXTURE_NAME_SCHEMA));
	if (answer != NULL)
		tell(c, "", answer);
}

const struct tool fixture_streaming_elicitation = {
	FIXTURE("test_streaming_elicitation", "Asks the person in the middle of its work", run_streaming),
};

static void
run_url(struct call *c)
{
	struct json_object *answer = ask_one(c, CAP_ELICIT_URL, ASK_ELICIT, "page",
	    fixture_json("{\"mode\":\"url\",\"message\":\"Please confirm in the browser.\","
	    "\"url\":\"https://music.example.org/confirm\"}"));

	if (answer != NULL)
		tell(c, "", answer);
}

const struct tool fixture_elicitation_url = {
	FIXTURE("test_elicitation_url", "Asks the person to open a page", run_url),
};
