/* What arrived, in a ring of fixed size. Secrets never get in: tokens only as
 * SHA-256, parameters that carry secrets masked, bodies not at all. */
#include "config.h"

#include "record.h"

#include "text.h"

#include <stdbool.h>
#include <stdlib.h>
#include <string.h>

struct entry {
	uint64_t seq;
	int64_t time_ms;
	char method[12];
	char *target;
	unsigned status;
	char *user;
	char token[65];
	char *grant;
	char *outcome;
	char *foreign;
	const char *fault;
};

struct record {
	struct entry *ring; /* entry of seq s stands at s % RECORD_ROOM */
	uint64_t first;	    /* oldest kept */
	uint64_t next;	    /* number of the entry to come, from 1 */
	uint64_t dropped;
};

struct record *record_create(void)
{
	struct record *record = text_must(calloc(1, sizeof *record));
	record->ring = text_must(calloc(RECORD_ROOM, sizeof *record->ring));
	record->first = 1;
	record->next = 1;
	return record;
}

static void empty_entry(struct entry *e)
{
	free(e->target);
	free(e->user);
	free(e->grant);
	free(e->outcome);
	free(e->foreign);
	*e = (struct entry){ 0 };
}

void record_clear(struct record *record)
{
	for (; record->first < record->next; record->first++)
		empty_entry(&record->ring[record->first % RECORD_ROOM]);
	record->dropped = 0;
}

void record_destroy(struct record **record)
{
	if (*record == NULL)
		return;
	record_clear(*record);
	free((*record)->ring);
	free(*record);
	*record = NULL;
}

static bool is_secret(const char *name, size_t length)
{
	static const char *const secret[] = { "code", "code_verifier", "code_challenge", "state",
					      "access_token", "refresh_token", "token", "client_secret" };
	for (size_t i = 0; i < sizeof secret / sizeof secret[0]; i++)
		if (strlen(secret[i]) == length && memcmp(secret[i], name, length) == 0)
			return true;
	return false;
}

char *record_mask(const char *target)
{
	struct text out = { 0 };
	const char *query = strchr(target, '?');
	if (query == NULL)
		return text_copy(target);
	text_add_bytes(&out, target, (size_t)(query - target) + 1);
	for (const char *s = query + 1; *s != '\0';) {
		size_t pair = strcspn(s, "&");
		size_t name = strcspn(s, "=&");
		if (is_secret(s, name) && name < pair) {
			text_add_bytes(&out, s, name + 1);
			text_add(&out, "***");
		} else {
			text_add_bytes(&out, s, pair);
		}
		s += pair;
		if (*s == '&')
			text_add_bytes(&out, s++, 1);
	}
	return out.data;
}

static char *copy_or_null(const char *s)
{
	return s == NULL ? NULL : text_copy(s);
}

void record_add(struct record *record, const struct request *r)
{
	struct entry *e = &record->ring[record->next % RECORD_ROOM];
	const char *user = request_user_id(r);
	if (text_begins(r->path, "/_sandbox") || strcmp(r->path, "/") == 0)
		return; /* what tests and people look at is no traffic */
	if (record->next - record->first == RECORD_ROOM) {
		record->first++;
		record->dropped++;
	}
	empty_entry(e);
	e->seq = record->next++;
	e->time_ms = state_now_ms(r->box);
	memcpy(e->method, r->method, sizeof e->method);
	e->target = record_mask(r->raw);
	e->status = r->answer.status;
	e->user = copy_or_null(user != NULL ? user : r->note_user);
	memcpy(e->token, r->token_hash, sizeof e->token);
	e->grant = copy_or_null(r->note_grant);
	e->outcome = copy_or_null(r->note_outcome);
	e->foreign = copy_or_null(r->foreign_headers);
	e->fault = r->fault;
}

static js *entry_json(const struct entry *e)
{
	js *o = text_must(json_object_new_object());
	char time[40];
	state_iso_ms(e->time_ms, time);
	js_put_int(o, "seq", (int64_t)e->seq);
	js_put_str(o, "time", time);
	js_put_str(o, "method", e->method);
	js_put_str(o, "path", e->target);
	js_put_int(o, "status", (int64_t)e->status);
	js_put_str(o, "user", e->user);
	js_put_str(o, "token_sha256", e->token[0] == '\0' ? NULL : e->token);
	if (e->grant != NULL)
		js_put_str(o, "grant_type", e->grant);
	if (e->outcome != NULL)
		js_put_str(o, "outcome", e->outcome);
	if (e->fault != NULL)
		js_put_str(o, "fault", e->fault);
	if (e->foreign != NULL)
		js_put_str(o, "foreign_headers", e->foreign);
	return o;
}

js *record_list(const struct record *record, uint64_t since, size_t limit)
{
	js *o = text_must(json_object_new_object());
	js *list = js_array_in(o, "entries");
	uint64_t seq = since + 1 > record->first ? since + 1 : record->first;
	uint64_t last = since;
	for (; seq < record->next && js_len(list) < limit; seq++) {
		js_add(list, entry_json(&record->ring[seq % RECORD_ROOM]));
		last = seq;
	}
	js_put_int(o, "next", (int64_t)last);
	js_put_bool(o, "more", seq < record->next);
	js_put_int(o, "total", (int64_t)(record->next - record->first));
	js_put_int(o, "dropped", (int64_t)record->dropped);
	return o;
}
