/* Faults on demand. */
#include "config.h"

#include "faults.h"

#include "text.h"

#include <stdio.h>
#include <stdlib.h>
#include <string.h>

enum { FAULTS_MAX = 64, DEFAULT_SLOW_MS = 2000, DEFAULT_HANG_MS = 60000 };

struct fault_kind {
	const char *name;
	enum fault_action action;
	unsigned status;
	const char *type; /* null: JSON error object */
	const char *body;
	const char *reason;
	long retry_after; /* default; 0: no such header unless asked for */
};

static const struct fault_kind kinds[] = {
	{ "rate_limit", FAULT_ANSWERED, 429, NULL, "API rate limit exceeded", NULL, 2 },
	{ "rate_limit_no_header", FAULT_ANSWERED, 429, NULL, "API rate limit exceeded", NULL, 0 },
	{ "rate_limit_plain", FAULT_ANSWERED, 429, "text/plain", "Too many requests", NULL, 19056 },
	{ "quota_exceeded", FAULT_ANSWERED, 429, NULL, "Too many requests", "QUOTA_EXCEEDED", 48925 },
	{ "expired_token", FAULT_ANSWERED, 401, NULL, "The access token expired", NULL, 0 },
	{ "forbidden", FAULT_ANSWERED, 403, NULL, "Forbidden", NULL, 0 },
	{ "restriction", FAULT_ANSWERED, 403, NULL, "Player command failed: Restriction violated", "UNKNOWN", 0 },
	{ "no_device", FAULT_ANSWERED, 404, NULL, "Player command failed: No active device found", "NO_ACTIVE_DEVICE", 0 },
	{ "server_error", FAULT_ANSWERED, 500, NULL, "Server error", NULL, 0 },
	{ "bad_gateway", FAULT_ANSWERED, 502, NULL, "Bad gateway.", NULL, 0 },
	{ "html", FAULT_ANSWERED, 502, "text/html",
	  "<html><head><title>502 Server Error</title></head><body>Error: Server Error</body></html>", NULL, 0 },
	{ "unavailable", FAULT_ANSWERED, 503, "text/plain",
	  "upstream connect error or disconnect/reset before headers. reset reason: connection termination", NULL, 0 },
	{ "answer", FAULT_ANSWERED, 200, "", "", NULL, 0 }, /* what the test says */
	{ "slow", FAULT_SLOW, 0, NULL, NULL, NULL, 0 },
	{ "cutoff", FAULT_CUT_OFF, 0, NULL, NULL, NULL, 0 },
	{ "hang", FAULT_HANG, 0, NULL, NULL, NULL, 0 },
};

struct fault {
	long id;
	char *path; /* prefix */
	char *method;
	char *user;
	const struct fault_kind *kind;
	int64_t skip; /* so many that fit go through first */
	int64_t left; /* negative: without end */
	int64_t fired;
	unsigned status; /* of "answer", with type and body */
	char *type;
	char *body;
	long retry_after;
	int64_t ms;
};

struct faults {
	struct fault list[FAULTS_MAX];
	size_t count;
	long next_id;
};

struct faults *faults_create(void)
{
	struct faults *faults = text_must(calloc(1, sizeof *faults));
	faults->next_id = 1;
	return faults;
}

static void clear_fault(struct fault *f)
{
	free(f->path);
	free(f->method);
	free(f->user);
	free(f->type);
	free(f->body);
	*f = (struct fault){ 0 };
}

static void clear_all(struct faults *faults)
{
	while (faults->count > 0)
		clear_fault(&faults->list[--faults->count]);
}

void faults_destroy(struct faults **faults)
{
	if (*faults == NULL)
		return;
	clear_all(*faults);
	free(*faults);
	*faults = NULL;
}

static bool fits(const struct fault *f, const struct request *r)
{
	const char *user = request_user_id(r);
	if (f->left == 0 || !text_begins(r->path, f->path))
		return false;
	if (f->method != NULL && strcmp(f->method, r->method) != 0)
		return false;
	return f->user == NULL || (user != NULL && strcmp(f->user, user) == 0);
}

static void answer_fault(struct request *r, const struct fault *f)
{
	const struct fault_kind *kind = f->kind;
	if (f->body != NULL) {
		answer_text(r, f->status, f->body);
		r->answer.type = f->type;
	} else if (kind->type == NULL) {
		answer_error(r, kind->status, kind->body, kind->reason);
	} else {
		answer_text(r, kind->status, kind->body);
		r->answer.type = kind->type;
	}
	if (f->retry_after > 0) {
		char seconds[24];
		snprintf(seconds, sizeof seconds, "%ld", f->retry_after);
		answer_header(r, "Retry-After", seconds);
	}
}

enum fault_action faults_fire(struct faults *faults, struct request *r, int64_t *delay_ms)
{
	for (size_t i = 0; i < faults->count; i++) {
		struct fault *f = &faults->list[i];
		if (!fits(f, r))
			continue;
		if (f->skip > 0) {
			f->skip--;
			continue;
		}
		f->fired++;
		if (f->left > 0)
			f->left--;
		r->fault = f->kind->name;
		*delay_ms = f->ms;
		if (f->kind->action == FAULT_ANSWERED)
			answer_fault(r, f);
		return f->kind->action;
	}
	return FAULT_NONE;
}

static const struct fault_kind *find_kind(const char *name)
{
	for (size_t i = 0; name != NULL && i < sizeof kinds / sizeof kinds[0]; i++)
		if (strcmp(kinds[i].name, name) == 0)
			return &kinds[i];
	return NULL;
}

static js *fault_json(const struct fault *f)
{
	js *o = text_must(json_object_new_object());
	js_put_int(o, "id", f->id);
	js_put_str(o, "path", f->path);
	js_put_str(o, "method", f->method);
	js_put_str(o, "user", f->user);
	js_put_str(o, "kind", f->kind->name);
	js_put_int(o, "left", f->left);
	js_put_int(o, "fired", f->fired);
	return o;
}

static char *copy_or_null(const char *s)
{
	return s == NULL ? NULL : text_copy(s);
}

void faults_post(struct request *r)
{
	struct faults *faults = r->box->faults;
	js *body = request_json(r, false);
	if (body == NULL)
		return;
	const struct fault_kind *kind = find_kind(js_str(body, "kind"));
	const char *path = js_str(body, "path");
	if (kind == NULL || path == NULL || path[0] != '/') {
		answer_error(r, 400, "path (beginning with /) and a known kind are needed", NULL);
	} else if (faults->count == FAULTS_MAX) {
		answer_error(r, 409, "too many faults: DELETE /_sandbox/faults first", NULL);
	} else {
		struct fault *f = &faults->list[faults->count++];
		f->id = faults->next_id++;
		f->path = text_copy(path);
		f->method = copy_or_null(js_str(body, "method"));
		f->user = copy_or_null(js_str(body, "user"));
		f->kind = kind;
		f->skip = js_int(body, "skip", 0);
		f->left = js_int(body, "count", 1);
		if (strcmp(kind->name, "answer") == 0) {
			const char *type = js_str(body, "type");
			const char *text = js_str(body, "body");
			f->status = (unsigned)js_int(body, "status", kind->status);
			f->type = text_copy(type == NULL ? "application/json" : type);
			f->body = text_copy(text == NULL ? "" : text);
		}
		f->retry_after = (long)js_int(body, "retry_after", kind->retry_after);
		f->ms = js_int(body, "ms", kind->action == FAULT_HANG ? DEFAULT_HANG_MS : DEFAULT_SLOW_MS);
		answer_json(r, 201, fault_json(f));
	}
	json_object_put(body);
}

void faults_get(struct request *r)
{
	js *o = text_must(json_object_new_object());
	js *list = js_array_in(o, "faults");
	for (size_t i = 0; i < r->box->faults->count; i++)
		js_add(list, fault_json(&r->box->faults->list[i]));
	answer_json(r, 200, o);
}

static bool clear_one(struct faults *faults, const char *id)
{
	char number[24];
	for (size_t i = 0; i < faults->count; i++) {
		snprintf(number, sizeof number, "%ld", faults->list[i].id);
		if (strcmp(number, id) != 0)
			continue;
		clear_fault(&faults->list[i]);
		/* The last one takes its place; nothing of it stays behind. */
		faults->list[i] = faults->list[--faults->count];
		faults->list[faults->count] = (struct fault){ 0 };
		return true;
	}
	return false;
}

void faults_delete(struct request *r)
{
	const char *id = params_get(&r->query, "id");
	if (id != NULL && !clear_one(r->box->faults, id)) {
		answer_error(r, 404, "No such fault", NULL);
		return;
	}
	if (id == NULL)
		clear_all(r->box->faults);
	answer_empty(r, 204);
}
