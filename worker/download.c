/*
 * The person's own download; see download.h.  The vault says what the database
 * holds; what only this worker can read is told in words: that tokens of Spotify
 * are there and until when, never a token; and what the record of changes says.
 */
#include "config.h"

#include <stdlib.h>
#include <string.h>
#include <time.h>

#include <event2/event.h>

#include "shared/base/clock.h"
#include "shared/base/log.h"
#include "shared/json/json.h"
#include "worker/changes.h"
#include "worker/download.h"
#include "worker/mcp/mcp.h"
#include "worker/request.h"
#include "worker/spotify/api.h"
#include "worker/worker.h"

#define TEXT_MAX (1u << 20)
#define PATIENCE_S 10

#define ABOUT "All that this server keeps about you. Tokens, codes and cookies are kept as " \
	"hashes or sealed and are not part of this file. Of your music only what was changed " \
	"through this server is kept, for 30 days, so that it can be undone."

struct downloads {
	struct worker *worker;
	struct request *rq;          /* NULL: nobody waits */
	uint64_t last_question;
	struct buf text;             /* what the vault has said so far */
	struct changes_ask *ask;     /* for a page of the record of changes, or NULL */
	struct arena arena;          /* of that page */
	struct json_object *changes; /* what it said so far */
	struct event *deadline;
};

static void
forget(struct downloads *d)
{
	d->rq = NULL;
	changes_drop(&d->ask);
	arena_reset(&d->arena);
	json_object_put(d->changes);
	d->changes = NULL;
	buf_free(&d->text);
	(void)event_del(d->deadline);
}

static void
on_gone(struct request *rq)
{
	struct downloads *d = rq->state_of_protocol;

	if (d->rq == rq)
		forget(d);
}

static void
refuse(struct request *rq, uint16_t status)
{
	const struct answer a = {.status = status, .media = MEDIA_JSON, .retry_after = 5};

	worker_log(rq->worker, WEV_request_refused, status, 0, 0, 0);
	request_answer(rq, &a, span_str("{\"error\":\"unavailable\"}"));
}

static void
give_up(struct downloads *d)
{
	struct request *rq = d->rq;

	forget(d);
	refuse(rq, 503);
}

static void
on_deadline(evutil_socket_t fd, short what, void *arg)
{
	struct downloads *d = arg;

	(void)fd;
	(void)what;
	if (d->rq != NULL)
		give_up(d);
}

err_t
downloads_create(struct worker *w, struct downloads **out)
{
	struct downloads *d = calloc(1, sizeof(*d));

	if (d == NULL)
		return ERR_NOMEM;
	d->worker = w;
	buf_init(&d->text, TEXT_MAX);
	arena_init(&d->arena, TEXT_MAX);
	d->deadline = event_new(loop_base(w->loop), -1, 0, on_deadline, d);
	if (d->deadline == NULL) {
		free(d);
		return ERR_NOMEM;
	}
	*out = d;
	return 0;
}

void
downloads_destroy(struct downloads **d)
{
	if (*d == NULL)
		return;
	changes_drop(&(*d)->ask);
	arena_reset(&(*d)->arena);
	json_object_put((*d)->changes);
	buf_free(&(*d)->text);
	event_free((*d)->deadline);
	free(*d);
	*d = NULL;
}

/* "2026-11-22T10:00:00Z"; null for a time that is none. */
static err_t
add_time(struct json_object *o, const char *name, int64_t when)
{
	const time_t t = (time_t)when;
	char text[32];
	struct tm tm;

	if (when <= 0 || gmtime_r(&t, &tm) == NULL ||
	    strftime(text, sizeof(text), "%Y-%m-%dT%H:%M:%SZ", &tm) == 0)
		return json_object_object_add(o, name, NULL) == 0 ? 0 : ERR_NOMEM;
	return json_add_text(o, name, text);
}

/* What the sealed rows hold. */
static err_t
describe_rows(struct downloads *d, struct buf *out)
{
	const struct worker *w = d->worker;
	struct json_object *sealed = json_object_new_object();
	struct json_object *spotify = json_object_new_object();
	struct spotify_state s;
	err_t err;

	spotify_state(w->spotify, &s);
	err = json_add_bool(spotify, "tokens_are_kept", s.over != SP_NOT_SIGNED_IN);
	if (err == 0)
		err = json_add_bool(spotify, "spotify_accepts_them", s.over == SP_OK);
	if (err == 0)
		err = add_time(spotify, "signed_in_at", s.authorized_at);
	if (err == 0)
		err = add_time(spotify, "sign_in_ends_at", s.ends_at);
	if (err == 0)
		err = json_add_text(spotify, "spotify_allows", s.scope);
	if (err == 0)
		err = json_add(sealed, "spotify_sign_in", spotify);
	else
		json_object_put(spotify);
	if (err == 0)
		err = json_add_int(sealed, "ended_client_sessions_remembered",
		    mcp_sessions_ended(w->mcp));
	if (err == 0)
		err = json_add(sealed, "changes", json_object_get(d->changes));
	if (err == 0)
		err = json_write(out, sealed);
	json_object_put(sealed);
	return err;
}

static err_t
compose(struct downloads *d, struct buf *out)
{
	struct json_object *head = json_object_new_object();
	err_t err = json_add_text(head, "about", ABOUT);

	if (err == 0)
		err = add_time(head, "made_at", clock_wall_s());
	if (err == 0)
		err = json_write(out, head);
	json_object_put(head);
	/* Further members, before the brace that closes the object. */
	if (err == 0) {
		out->len--;
		err = buf_put_str(out, ",\n\"kept_sealed_for_you_alone\":");
	}
	if (err == 0)
		err = describe_rows(d, out);
	if (err == 0)
		err = buf_put_str(out, ",\n\"kept_in_the_database\":");
	if (err == 0)
		err = buf_put_span(out, buf_span(&d->text));
	return err == 0 ? buf_put_str(out, "}\n") : err;
}

static void
answer(struct downloads *d)
{
	const struct answer a = {.status = 200, .media = MEDIA_JSON};
	struct request *rq = d->rq;
	struct buf out;

	buf_init(&out, 2 * TEXT_MAX);
	if (compose(d, &out) != 0) {
		give_up(d);
	} else {
		forget(d);
		request_answer(rq, &a, buf_span(&out));
	}
	buf_free(&out);
}

/* One change: what was done to what, when and by what. */
static err_t
describe_change(const struct change_record *r, struct json_object *list)
{
	static const char *const kinds[CHANGE_KINDS] = {"unknown", "entries of a playlist changed",
	    "entries added to a playlist", "playlist made", "words of a playlist changed",
	    "cover of a playlist changed", "playlist deleted", "saved to the library",
	    "removed from the library", "followed", "unfollowed"};
	static const char *const states[] = {"not finished", "done", "done in part", "nothing came of it"};
	struct json_object *o = json_object_new_object();
	err_t err = json_add_text(o, "what", kinds[r->kind]);

	if (err == 0)
		err = add_time(o, "made_at", r->at / 1000000);
	if (err == 0)
		err = json_add_text(o, "tool", r->tool);
	if (err == 0 && r->thing[0] != '\0')
		err = json_add_text(o, "playlist", r->thing);
	if (err == 0 && r->name[0] != '\0')
		err = json_add_text(o, "name", r->name);
	if (err == 0 && r->client[0] != '\0')
		err = json_add_text(o, "client", r->client);
	if (err == 0)
		err = json_add_text(o, "state", r->spoilt ? "cannot be read" : r->undone ? "undone" :
		    states[r->state]);
	if (err != 0) {
		json_object_put(o);
		return err;
	}
	return json_append(list, o);
}

static void list_changes(struct downloads *d, int64_t before);

static void
on_changes(void *arg, enum change_word word, const struct change_record *records, size_t n,
    bool more, uint32_t retry_s)
{
	struct downloads *d = arg;
	size_t i;
	err_t err = word == CHANGE_STORED ? 0 : ERR_AGAIN;

	(void)retry_s;
	d->ask = NULL;
	for (i = 0; i < n && err == 0; i++)
		err = describe_change(&records[i], d->changes);
	if (err != 0)
		give_up(d);
	else if (more && n > 0)
		list_changes(d, records[n - 1].at);
	else
		answer(d);
}

static void
list_changes(struct downloads *d, int64_t before)
{
	arena_reset(&d->arena);
	if (d->changes == NULL)
		d->changes = json_object_new_array();
	if (d->changes == NULL || changes_list(d->worker, before, CHANGES_PAGE, &d->arena, on_changes,
	    d, &d->ask) != 0)
		give_up(d);
}

err_t
download_on_export(void *owner, struct channel *ch, const struct frame *f)
{
	struct worker *w = owner;
	struct downloads *d = w->downloads;
	struct msg_export m;
	err_t err = msg_get_export(f->body, &m);

	(void)ch;
	/* Of one whose browser has gone, maybe. */
	if (err != 0 || d->rq == NULL || f->request != d->last_question)
		return err;
	if (buf_put_span(&d->text, m.text) != 0 || (m.last != 0 && d->text.len == 0))
		give_up(d);
	else if (m.last != 0)
		list_changes(d, 0);
	return 0;
}

void
download_serve(struct downloads *d, struct request *rq)
{
	const struct timeval patience = {.tv_sec = PATIENCE_S};
	struct msg_export_ask m;

	if (d->rq != NULL) {
		refuse(rq, 429);
		return;
	}
	/* The vault takes the ticket for this user's only, and once. */
	memcpy(m.ticket, rq->hash, sizeof(m.ticket));
	if (d->worker->vault == NULL ||
	    send_export_ask(d->worker->vault, ++d->last_question, &m) != 0 ||
	    event_add(d->deadline, &patience) != 0) {
		refuse(rq, 503);
		return;
	}
	d->rq = rq;
	rq->state_of_protocol = d;
	rq->on_gone = on_gone;
}
