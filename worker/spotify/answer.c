/* Answers; see answer.h. */
#include "config.h"

#include "shared/json/json.h"
#include "worker/spotify/answer.h"
#include "worker/spotify/field.h"

/* A list, and how many there are in all: without that nobody knows where it ends. */
static bool
is_page(struct json_object *o)
{
	return json_get_arr(o, "items") != NULL && field_int(o, "total", -1) >= 0;
}

/* Who asked for a thing, or parts of one, must be given some of these. */
static bool
is_thing(struct json_object *o)
{
	return json_has(o, "id") || json_has(o, "uri") || json_has(o, "name") ||
	    json_has(o, "owner") || json_has(o, "snapshot_id");
}

/* What was not found is a list as well. */
static bool
has_found(struct json_object *o)
{
	static const char *const names[] = {"tracks", "albums", "artists", "playlists", "shows",
		"episodes", "audiobooks"};
	size_t i, pages = 0;

	for (i = 0; i < sizeof(names) / sizeof(names[0]); i++) {
		if (json_get(o, names[i]) == NULL)
			continue;
		if (json_get_arr(json_get_obj(o, names[i]), "items") == NULL)
			return false;
		pages++;
	}
	return pages > 0;
}

static bool
is_right(enum sp_body kind, struct json_object *o)
{
	switch (kind) {
	case SP_BODY_ANY:
		break;
	case SP_BODY_THING:
		return is_thing(o);
	case SP_BODY_ITEMS:
		return is_page(o);
	case SP_BODY_TOTAL:
		return is_page(o) || (field_int(o, "total", -1) >= 0 && !json_has(o, "items"));
	case SP_BODY_RECENT:
		return json_get_arr(o, "items") != NULL;
	case SP_BODY_ARTISTS:
		/* Its end is told by a cursor. */
		return json_get_arr(json_get_obj(o, "artists"), "items") != NULL;
	case SP_BODY_FOUND:
		return has_found(o);
	case SP_BODY_DEVICES:
		return json_get_arr(o, "devices") != NULL;
	case SP_BODY_QUEUE:
		return o == NULL || json_get_arr(o, "queue") != NULL;
	case SP_BODY_PLAYER:
		return o == NULL || json_has(o, "is_playing") || json_has(o, "device") ||
		    json_has(o, "item");
	case SP_BODY_LIST:
		return json_object_is_type(o, json_type_array);
	case SP_BODY_PERHAPS:
		return o == NULL || json_object_is_type(o, json_type_object);
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
	else if ((o != NULL || a->body.n == 0) && is_right(kind, o)) {
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
