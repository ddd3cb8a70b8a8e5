/* The account page's errands; see desk.h. */
#include "config.h"

#include <stdlib.h>
#include <string.h>

#include "shared/json/json.h"
#include "worker/desk.h"
#include "worker/mcp/catalog.h"
#include "worker/request.h"
#include "worker/spotify/field.h"
#include "worker/tools/call.h"
#include "worker/tools/change_words.h"
#include "worker/worker.h"

#define SAID_MAX 4000
#define LIST_MAX 50

/* One errand, from its request to its answer. */
struct desk {
	struct request *rq;          /* NULL: nobody waits any more */
	struct worker *worker;
	struct call *call;           /* that is at work */
	struct changes_ask *ask;     /* the list is being read */
	struct arena arena;
	struct json_object *answer;
};

static void ask_list(struct desk *d, int64_t before);

static void
end(struct desk *d)
{
	if (d->ask != NULL)
		changes_drop(&d->ask);
	json_object_put(d->answer);
	arena_reset(&d->arena);
	free(d);
}

static void
refuse(struct request *rq, uint16_t status)
{
	const struct answer a = {.status = status, .media = MEDIA_JSON, .retry_after = 5};

	worker_log(rq->worker, WEV_request_refused, status, 0, 0, 0);
	request_answer(rq, &a, span_str("{\"error\":\"unavailable\"}"));
}

static void
reply(struct desk *d)
{
	const struct answer a = {.status = 200, .media = MEDIA_JSON};
	struct request *rq = d->rq;
	struct buf out;

	if (rq == NULL) {
		end(d);
		return;
	}
	rq->on_gone = NULL;
	buf_init(&out, 1 << 18);
	if (json_write(&out, d->answer) != 0)
		refuse(rq, 503);
	else
		request_answer(rq, &a, buf_span(&out));
	buf_free(&out);
	end(d);
}

/* Nobody reads the list; what is being undone goes on to its end. */
static void
on_gone(struct request *rq)
{
	struct desk *d = rq->state_of_protocol;

	d->rq = NULL;
	if (d->call == NULL)
		end(d);
}

/* --- the list -------------------------------------------------------------------------- */

static err_t
put_record(struct json_object *list, const struct change_record *r)
{
	struct json_object *o = field_append_obj(list);
	char text[200], link[160];
	err_t err = o == NULL ? ERR_NOMEM : 0;

	change_id_text(r->id, text);
	if (err == 0)
		err = json_add_text(o, "id", text);
	change_what(r, text, sizeof(text));
	if (err == 0)
		err = json_add_text(o, "what", text);
	change_time_words(r->at, text);
	if (err == 0)
		err = json_add_text(o, "when", text);
	if (err == 0)
		err = json_add_text(o, "client", r->client);
	if (err == 0 && change_link(r, link, sizeof(link)))
		err = json_add_text(o, "link", link);
	if (err == 0)
		err = json_add_text(o, "note", change_note(r));
	if (err == 0)
		err = json_add_bool(o, "undone", r->undone);
	if (err == 0)
		err = json_add_bool(o, "can_undo", change_can_undo(r));
	return err != 0 ? err : json_add_bool(o, "can_finish", change_can_finish(r));
}

static void
on_records(void *arg, enum change_word word, const struct change_record *records, size_t n,
    bool more, uint32_t retry_s)
{
	struct desk *d = arg;
	struct json_object *list;
	char older[24];
	size_t i;
	err_t err = 0;

	(void)retry_s;
	d->ask = NULL;
	if (word != CHANGE_STORED) {
		if (json_add_text(d->answer, "trouble", "The record of changes cannot be read just now. "
		    "Load this page again in a minute.") == 0)
			reply(d);
		return;
	}
	list = field_add_arr(d->answer, "changes");
	for (i = 0; i < n && err == 0; i++)
		err = list == NULL ? ERR_NOMEM : put_record(list, &records[i]);
	if (err == 0 && more && n > 0) {
		(void)snprintf(older, sizeof(older), "%lld", (long long)records[n - 1].at);
		err = json_add_text(d->answer, "older", older);
	}
	if (err != 0 && d->rq != NULL) {
		d->rq->on_gone = NULL;
		refuse(d->rq, 503);
		end(d);
	} else
		reply(d);
}

static void
ask_list(struct desk *d, int64_t before)
{
	err_t err = changes_list(d->worker, before, LIST_MAX, &d->arena, on_records, d, &d->ask);

	if (err != 0) {
		d->rq->on_gone = NULL;
		refuse(d->rq, 503);
		end(d);
	}
}

/* --- undoing ---------------------------------------------------------------------------- */

static void
on_undone(struct call *c, void *arg)
{
	struct desk *d = arg;
	struct span said = buf_span(&c->text);

	d->call = NULL;
	if (d->rq == NULL) {
		end(d);
		return;
	}
	if (said.n > SAID_MAX)
		said.n = 0;
	while (said.n > 0 && said.p[said.n - 1] == '\n')
		said.n--;
	if (json_add_str(d->answer, "said", said) != 0 ||
	    json_add_bool(d->answer, "failed", c->failed) != 0) {
		d->rq->on_gone = NULL;
		refuse(d->rq, 503);
		end(d);
	} else
		ask_list(d, 0);
}

static err_t
start_undo(struct desk *d, struct json_object *asked)
{
	struct call_start start = {.worker = d->worker, .scopes = SCOPE_ALL,
	    .client = "the account page", .finished = on_undone,
	    .tool = catalog_tool(d->worker->catalog, span_str("undo_change")), .arg = d};
	struct json_object *args = json_object_new_object();
	struct span change = {0};
	bool finish = false;
	char why[256];
	err_t err = start.tool == NULL ? ERR_UNSUPPORTED : 0;

	(void)json_get_str(asked, "change", &change);
	(void)json_get_bool(asked, "finish", &finish);
	if (err == 0)
		err = json_add_str(args, "change_id", change);
	if (err == 0)
		err = json_add_bool(args, "finish", finish);
	if (err == 0)
		err = tool_check_args(start.tool, args, &start.args, why, sizeof(why));
	if (err == 0)
		err = call_start(&start, &d->call);
	json_object_put(args);
	return err;
}

/* --- the beginning ------------------------------------------------------------------------ */

static int64_t
number(struct json_object *o, const char *name)
{
	struct span s = {0};
	int64_t n = 0;
	size_t i;

	(void)json_get_str(o, name, &s);
	for (i = 0; i < s.n && i < 18 && s.p[i] >= '0' && s.p[i] <= '9'; i++)
		n = n * 10 + (s.p[i] - '0');
	return n;
}

void
desk_serve(struct request *rq)
{
	struct json_object *asked = NULL;
	struct span what = {0};
	struct desk *d = calloc(1, sizeof(*d));
	err_t err = d == NULL ? ERR_NOMEM : json_parse(buf_span(&rq->body), &json_from_client, &asked);

	if (err == 0)
		d->answer = json_object_new_object();
	if (err != 0 || d->answer == NULL || !json_get_str(asked, "do", &what)) {
		json_object_put(asked);
		if (d != NULL)
			json_object_put(d->answer);
		free(d);
		refuse(rq, err == ERR_NOMEM ? 503 : 400);
		return;
	}
	arena_init(&d->arena, 4u << 20);
	d->rq = rq;
	d->worker = rq->worker;
	rq->state_of_protocol = d;
	rq->on_gone = on_gone;
	if (span_is(what, "undo")) {
		err = start_undo(d, asked);
		if (err != 0) {
			rq->on_gone = NULL;
			refuse(rq, 503);
			end(d);
		}
	} else
		ask_list(d, number(asked, "before"));
	json_object_put(asked);
}
