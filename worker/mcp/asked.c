/* Questions for older clients; see asked.h. */
#include "config.h"

#include "shared/crypto/b64.h"
#include "shared/crypto/random.h"
#include "shared/json/json.h"
#include "worker/mcp/asked.h"

#define ID_RANDOM 16

/* oneOf [{const, title}] becomes enum and enumNames. */
static err_t
choices_to_names(struct json_object *property)
{
	struct json_object *choices = json_get_arr(property, "oneOf"), *choice, *title;
	struct json_object *values, *names;
	size_t i;
	err_t err = 0;

	if (choices == NULL)
		return 0;
	values = json_object_new_array();
	names = json_object_new_array();
	for (i = 0; err == 0 && i < json_object_array_length(choices); i++) {
		choice = json_object_array_get_idx(choices, i);
		title = json_get(choice, "title");
		if (title == NULL)
			title = json_get(choice, "const");
		err = json_append(values, json_object_get(json_get(choice, "const")));
		if (err == 0)
			err = json_append(names, json_object_get(title));
	}
	if (err == 0) {
		err = json_add(property, "enum", values);
		values = NULL;
	}
	if (err == 0) {
		err = json_add(property, "enumNames", names);
		names = NULL;
	}
	json_object_put(values);
	json_object_put(names);
	json_object_object_del(property, "oneOf");
	return err;
}

/* A form as 2025-06-18 knows it. */
static err_t
simplify(struct json_object *form)
{
	struct json_object *properties = json_get_obj(form, "properties");
	struct json_object_iter it;
	struct span type;
	err_t err = 0;

	if (properties == NULL)
		return 0;
	json_object_object_foreachC(properties, it) {
		if (!json_get_str(it.val, "type", &type) || span_is(type, "array"))
			return ERR_UNSUPPORTED;
		if (!span_is(type, "boolean"))
			json_object_object_del(it.val, "default");
		if (err == 0)
			err = choices_to_names(it.val);
	}
	return err;
}

/* A page has an id in 2025-11-25 only. */
static err_t
page_id(struct json_object *params, enum mcp_version version)
{
	uint8_t random[ID_RANDOM];
	char id[B64URL_LEN(ID_RANDOM) + 1];
	err_t err;

	if (version != MCP_2025_11_25) {
		json_object_object_del(params, "elicitationId");
		return 0;
	}
	if (json_has(params, "elicitationId"))
		return 0;
	err = random_bytes(random, sizeof(random));
	if (err != 0)
		return err;
	b64url_encode(span_of(random, sizeof(random)), id);
	return json_add_text(params, "elicitationId", id);
}

err_t
asked_params(const struct question *q, enum mcp_version version, struct json_object **out)
{
	struct json_object *params = NULL;
	err_t err = 0;

	if (q->params == NULL) {
		*out = NULL;
		return 0;
	}
	if (json_object_deep_copy(q->params, &params, NULL) != 0)
		return ERR_NOMEM;
	if (q->kind == ASK_ELICIT && q->need == CAP_ELICIT_URL) {
		err = page_id(params, version);
	} else if (q->kind == ASK_ELICIT && version <= MCP_2025_06_18) {
		json_object_object_del(params, "mode");
		err = simplify(json_get_obj(params, "requestedSchema"));
	}
	if (err != 0)
		json_object_put(params);
	else
		*out = params;
	return err;
}
