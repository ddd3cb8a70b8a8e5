/* One request and its answer, free of any HTTP library. */
#include "config.h"

#include "request.h"

#include "text.h"

#include <stdio.h>
#include <stdlib.h>
#include <string.h>

void request_read_target(struct request *r, const char *target)
{
	r->raw = text_copy(target);
	const char *mark = strchr(target, '?');
	size_t length = mark == NULL ? strlen(target) : (size_t)(mark - target);
	r->path = text_must(strndup(target, length));
	r->split = text_copy(r->path);
	params_decode(r->path, 0);
	char *rest = NULL;
	/* Cut first, decode afterwards: %2F inside an id is no separator. */
	for (char *s = strtok_r(r->split, "/", &rest); s != NULL; s = strtok_r(NULL, "/", &rest)) {
		if (r->segments == SEGMENTS_MAX)
			break;
		r->segment[r->segments++] = params_decode(s, 0);
	}
	if (mark != NULL)
		params_parse(&r->query, mark + 1, strlen(mark + 1));
}

static void clear_answer(struct answer *a)
{
	free(a->body);
	for (size_t i = 0; i < a->headers; i++)
		free(a->header[i].value);
	*a = (struct answer){ 0 };
}

void request_clear(struct request *r)
{
	free(r->raw);
	free(r->path);
	free(r->split);
	params_free(&r->query);
	free(r->body);
	free(r->foreign_headers);
	free(r->note_grant);
	free(r->note_user);
	free(r->note_outcome);
	clear_answer(&r->answer);
}

const char *request_user_id(const struct request *r)
{
	return js_str(r->user, "id");
}

bool request_extended(const struct request *r)
{
	return js_bool(r->app, "extended", false);
}

js *request_json(struct request *r, bool may_be_empty)
{
	js *body = NULL;
	if (r->length == 0 && may_be_empty)
		return text_must(json_object_new_object());
	if (r->content_type != NULL && !text_begins(r->content_type, "application/json")) {
		answer_error(r, 400, "Error parsing JSON.", NULL);
		return NULL;
	}
	body = js_parse(r->body == NULL ? "" : r->body, r->length);
	if (!json_object_is_type(body, json_type_object)) {
		json_object_put(body);
		answer_error(r, 400, "Error parsing JSON.", NULL);
		return NULL;
	}
	return body;
}

bool request_page(struct request *r, long otherwise, long max, long max_offset, long *limit, long *offset)
{
	const char *l = params_get(&r->query, "limit");
	const char *o = params_get(&r->query, "offset");
	long long n = otherwise;
	if (l != NULL && (!text_number(l, &n) || n < 1 || n > max)) {
		answer_error(r, 400, "Invalid limit", NULL);
		return false;
	}
	*limit = (long)n;
	n = 0;
	if (o != NULL && (!text_number(o, &n) || n < 0 || n > max_offset)) {
		answer_error(r, 400, "Invalid offset", NULL);
		return false;
	}
	*offset = (long)n;
	return true;
}

static void set_answer(struct request *r, unsigned status, const char *type, const char *body)
{
	clear_answer(&r->answer);
	r->answer.status = status;
	r->answer.type = type;
	if (body != NULL) {
		r->answer.body = text_copy(body);
		r->answer.length = strlen(body);
	}
}

void answer_json(struct request *r, unsigned status, js *body)
{
	set_answer(r, status, "application/json; charset=utf-8",
		   json_object_to_json_string_ext(body, JSON_C_TO_STRING_PLAIN | JSON_C_TO_STRING_NOSLASHESCAPE));
	json_object_put(body);
}

void answer_error(struct request *r, unsigned status, const char *message, const char *reason)
{
	js *body = text_must(json_object_new_object());
	js *error = js_object_in(body, "error");
	js_put_int(error, "status", (int64_t)status);
	js_put_str(error, "message", message);
	if (reason != NULL)
		js_put_str(error, "reason", reason);
	answer_json(r, status, body);
}

void answer_text(struct request *r, unsigned status, const char *body)
{
	set_answer(r, status, "text/plain", body);
}

void answer_html(struct request *r, unsigned status, const char *body)
{
	set_answer(r, status, "text/html; charset=utf-8", body);
	answer_header(r, "Cache-Control", "no-store");
}

void answer_empty(struct request *r, unsigned status)
{
	set_answer(r, status, NULL, NULL);
}

void answer_redirect(struct request *r, const char *location)
{
	set_answer(r, 303, NULL, NULL);
	answer_header(r, "Location", location);
	answer_header(r, "Cache-Control", "no-store");
}

void answer_header(struct request *r, const char *name, const char *value)
{
	if (r->answer.headers == HEADERS_MAX)
		return;
	r->answer.header[r->answer.headers].name = name;
	r->answer.header[r->answer.headers].value = text_copy(value);
	r->answer.headers++;
}
