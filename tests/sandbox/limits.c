/* Spotify's own limits. Both count in the document, so that a restart forgives
 * nothing, and by the movable clock. */
#include "config.h"

#include "limits.h"

#include "text.h"

#include <stdio.h>
#include <stdlib.h>
#include <string.h>

enum { WINDOW_MS = 30000, DAY_MS = 86400000 };

static void refuse(struct request *r, const char *message, const char *reason, int64_t wait_ms)
{
	char seconds[24];
	snprintf(seconds, sizeof seconds, "%lld", (long long)((wait_ms + 999) / 1000));
	answer_error(r, 429, message, reason);
	answer_header(r, "Retry-After", seconds);
}

/* The times of the calls that are younger than span, oldest first. */
static js *recent(js *table, const char *key, int64_t now, int64_t span)
{
	js *times = js_array_in(table, key);
	size_t old = 0;
	while (old < js_len(times) && json_object_get_int64(js_at(times, old)) <= now - span)
		old++;
	if (old > 0)
		json_object_array_del_idx(times, 0, old);
	return times;
}

static int64_t wait_for(js *times, int64_t now, int64_t span)
{
	return json_object_get_int64(js_at(times, 0)) + span - now;
}

/* me/player of /v1/me/player/play, artists of /v1/artists/ID; a cover counts
 * for itself. */
static char *family(const struct request *r)
{
	if (r->segments > 3 && strcmp(r->segment[3], "images") == 0 && strcmp(r->method, "PUT") == 0)
		return text_copy("covers");
	if (r->segments > 2 && strcmp(r->segment[1], "me") == 0)
		return text_format("me/%s", r->segment[2]);
	return text_copy(r->segments > 1 ? r->segment[1] : "");
}

/* One number for every family, or an object with one for each, * for the rest. */
static int64_t quota_for(const struct request *r, const char *name)
{
	js *setting = js_get(js_get(r->box->doc, "switches"), "daily_quota");
	if (request_extended(r))
		return 0;
	if (json_object_is_type(setting, json_type_object))
		return js_int(setting, name, js_int(setting, "*", 0));
	return state_switch_number(r->box, "daily_quota");
}

/* The seeded development app belongs to nobody that has an account here. */
static const char *owner(const struct request *r)
{
	const char *id = js_str(r->app, "owner");
	return id == NULL ? "nobody" : id;
}

bool limits_pass(struct request *r)
{
	int64_t rate = state_switch_number(r->box, "rate_limit_30s");
	int64_t now = state_now_ms(r->box);
	js *limits = js_object_in(r->box->doc, "limits");
	bool pass = true;
	char *name = family(r);
	int64_t quota = quota_for(r, name);
	js *calls = rate <= 0 ? NULL : recent(js_object_in(limits, "rate"), js_str(r->app, "id"), now, WINDOW_MS);
	js *day = quota <= 0 ? NULL : recent(js_object_in(js_object_in(limits, "days"), owner(r)), name, now, DAY_MS);
	if (calls != NULL && (int64_t)js_len(calls) >= rate) {
		refuse(r, "API rate limit exceeded", NULL, wait_for(calls, now, WINDOW_MS));
		pass = false;
	} else if (day != NULL && (int64_t)js_len(day) >= quota) {
		refuse(r, "Too many requests", "QUOTA_EXCEEDED", wait_for(day, now, DAY_MS));
		pass = false;
	}
	if (pass && calls != NULL)
		js_add(calls, text_must(json_object_new_int64(now)));
	if (pass && day != NULL)
		js_add(day, text_must(json_object_new_int64(now)));
	if (calls != NULL || day != NULL)
		state_changed(r->box);
	free(name);
	return pass;
}
