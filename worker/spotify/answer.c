/* Answers; see answer.h. */
#include "config.h"

#include "shared/json/json.h"
#include "worker/spotify/answer.h"
#include "worker/spotify/field.h"

/* Has it the list for which it was asked? */
static bool
has_list(struct json_object *o, const char *name)
{
	struct json_object *artists = json_get_obj(o, "artists");

	/* The artists that somebody follows come one level deeper. */
	return json_get_arr(o, name) != NULL || json_get_arr(artists, name) != NULL;
}

static bool
is_right(enum sp_body kind, struct json_object *o)
{
	switch (kind) {
	case SP_BODY_LIST:
		return json_object_is_type(o, json_type_array);
	case SP_BODY_ITEMS:
		return has_list(o, "items");
	case SP_BODY_DEVICES:
		return has_list(o, "devices");
	case SP_BODY_QUEUE:
		return o == NULL || has_list(o, "queue");
	case SP_BODY_PERHAPS:
		return o == NULL || json_object_is_type(o, json_type_object);
	case SP_BODY_OBJECT:
		return json_object_is_type(o, json_type_object);
	case SP_BODY_ANY:
		break;
	}
	return true;
}

/* The status that a body says in spite of its own; 0: it says none. */
static int
says_error(struct json_object *o)
{
	int64_t status;

	if (json_get(o, "error") == NULL)
		return 0;
	status = field_int(json_get_obj(o, "error"), "status", 500);
	return status >= 400 && status <= 599 ? (int)status : 500;
}

static void
read_success(enum sp_op op, const struct transfer_answer *a, struct sp_error *e,
    struct json_object **json)
{
	const enum sp_body kind = sp_op_info(op)->body;
	struct json_object *o = NULL;
	int status;

	if (kind == SP_BODY_ANY)
		return;
	if (a->body.n > 0 && json_parse(a->body, &json_from_spotify, &o) != 0) {
		e->problem = SP_UNREADABLE;
		return;
	}
	status = says_error(o);
	if (status != 0)
		sp_classify(op, status, a->content_type, a->body, a->retry_after, e);
	else if (is_right(kind, o)) {
		*json = o;
		return;
	} else
		e->problem = SP_UNREADABLE;
	json_object_put(o);
}

void
answer_read(enum sp_op op, const struct transfer_answer *a, struct sp_error *e,
    struct json_object **json)
{
	*json = NULL;
	switch (a->end) {
	case TRANSFER_ANSWERED:
		sp_classify(op, a->status, a->content_type, a->body, a->retry_after, e);
		if (e->problem == SP_OK)
			read_success(op, a, e, json);
		return;
	case TRANSFER_TOO_LARGE:
		*e = (struct sp_error){.problem = SP_UNREADABLE};
		break;
	case TRANSFER_NOT_SENT:
	case TRANSFER_BROKEN:
		*e = (struct sp_error){.problem = SP_UNREACHABLE};
		break;
	}
	e->op = op;
	e->curl = a->curl;
	e->retry_after = -1;
}
