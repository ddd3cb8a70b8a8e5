/* The steps of a sign-in; see signin.h. */
#include "config.h"

#include <stdlib.h>
#include <string.h>

#include "shared/base/clock.h"
#include "shared/base/secret.h"
#include "shared/crypto/seal.h"
#include "shared/json/json.h"
#include "worker/enroll/signin.h"
#include "worker/spotify/errors.h"
#include "worker/spotify/field.h"
#include "worker/spotify/grant.h"
#include "worker/spotify/ops.h"
#include "worker/spotify/text.h"

#define NAME_BYTES 250
#define ROW_BYTES 16000
#define FORM_BYTES 16384
#define TRIES_MOST 3
#define PAUSE_MS 500

struct signin {
	struct loop *loop;
	struct transfers *ts;
	uint8_t login[ID_BYTES];
	struct secret key, verifier, code;
	struct buf client_id, redirect_uri;
	struct grant grant;
	struct transfer *transfer;
	struct event *timer;
	unsigned tries;
	signin_done done;
	void *arg;
};

static void exchange(struct signin *s);
static void ask_me(struct signin *s);

/* Which of the few reasons the browser is shown. */
static uint8_t
why_of(enum sp_problem p)
{
	switch (p) {
	case SP_CODE_INVALID:
	case SP_GRANT_EXPIRED:
	case SP_GRANT_REVOKED:
	case SP_GRANT_INVALID:
		return ENROLL_DENIED;
	case SP_CLIENT_INVALID:
		return ENROLL_WRONG_APP;
	case SP_NOT_ALLOWLISTED:
		return ENROLL_NOT_ALLOWED;
	case SP_OWNER_PREMIUM:
		return ENROLL_OWNER_PREMIUM;
	case SP_DOWN:
	case SP_ACCOUNTS_DOWN:
	case SP_UNREACHABLE:
	case SP_OUTCOME_UNKNOWN:
	case SP_UNREADABLE:
	case SP_RATE:
	case SP_RATE_UNKNOWN:
	case SP_QUOTA:
		return ENROLL_SPOTIFY_DOWN;
	default:
		return ENROLL_BROKEN;
	}
}

static void
fail(struct signin *s, enum sp_problem p, int status)
{
	const struct signin_outcome o = {.why = why_of(p), .status = status,
	    .problem = sp_problem_word(p)};

	s->done(s->arg, &o);
}

static void
on_timer(evutil_socket_t fd, short what, void *arg)
{
	struct signin *s = arg;

	(void)fd;
	(void)what;
	if (s->grant.access.len == 0)
		exchange(s);
	else
		ask_me(s);
}

/* Tries again after a moment, if that has not been done often enough. */
static bool
once_more(struct signin *s)
{
	static const struct timeval pause = {.tv_usec = PAUSE_MS * 1000};

	return ++s->tries < TRIES_MOST && evtimer_add(s->timer, &pause) == 0;
}

/* --- who is it? ------------------------------------------------------------------------- */

static err_t
seal(struct signin *s, struct buf *sealed)
{
	struct seal_place place = {.kind = ROW_TOKENS};
	struct buf row;
	err_t err;

	memcpy(place.owner, s->login, sizeof(place.owner));
	buf_init(&row, ROW_BYTES);
	err = grant_write(&s->grant, &row);
	if (err == 0)
		err = seal_row(s->key.page, &place, buf_span(&row), sealed);
	buf_free(&row);
	return err;
}

/* The name is shown to people: cleaned.  The ids are keys: as they are. */
static void
take_me(struct signin *s, struct json_object *me)
{
	struct signin_outcome o = {.account_id = field_str(me, "account_id"),
	    .spotify_id = field_str(me, "id"), .scopes = span_str(s->grant.scope)};
	struct buf name, sealed;
	err_t err;

	if (o.account_id.n + o.spotify_id.n == 0 || o.account_id.n > 256 || o.spotify_id.n > 256) {
		fail(s, SP_UNREADABLE, 200);
		return;
	}
	buf_init(&name, 1024);
	buf_init(&sealed, 16384);
	err = text_clean(field_str(me, "display_name"), NAME_BYTES, &name);
	if (err == 0)
		err = seal(s, &sealed);
	o.display_name = buf_span(&name);
	o.sealed = buf_span(&sealed);
	if (err != 0)
		fail(s, SP_LOCAL, 0);
	else
		s->done(s->arg, &o);
	buf_free(&name);
	buf_free(&sealed);
}

static void
on_me(void *arg, const struct transfer_answer *a)
{
	struct signin *s = arg;
	struct json_object *me = NULL;
	struct sp_error e;

	s->transfer = NULL;
	if (a->end != TRANSFER_ANSWERED) {
		if (!once_more(s))
			fail(s, SP_UNREACHABLE, 0);
		return;
	}
	sp_classify(SP_OP_ME, a->status, a->content_type, a->body, a->retry_after, &e);
	if (e.problem == SP_DOWN && once_more(s))
		return;
	if (e.problem != SP_OK)
		fail(s, e.problem, e.status);
	else if (json_parse(a->body, &json_from_spotify, &me) != 0)
		fail(s, SP_UNREADABLE, e.status);
	else
		take_me(s, me);
	json_object_put(me);
}

static void
ask_me(struct signin *s)
{
	const struct transfer_ask ask = {.host = DIAL_API, .method = "GET",
	    .target = span_str(sp_op_info(SP_OP_ME)->path), .bearer = secret_span(&s->grant.access),
	    .repeatable = true};

	if (transfer_start(s->ts, &ask, on_me, s, &s->transfer) != 0)
		fail(s, SP_LOCAL, 0);
}

/* --- the code ------------------------------------------------------------------------------- */

static void
on_tokens(void *arg, const struct transfer_answer *a)
{
	struct signin *s = arg;
	struct sp_error e;

	s->transfer = NULL;
	if (a->end != TRANSFER_ANSWERED) {
		/* A code works once: it is sent again only if it cannot have arrived. */
		if (a->end != TRANSFER_NOT_SENT || !once_more(s))
			fail(s, SP_UNREACHABLE, 0);
		return;
	}
	sp_classify(SP_OP_TOKEN, a->status, a->content_type, a->body, a->retry_after, &e);
	if (e.problem != SP_OK) {
		fail(s, e.problem, e.status);
		return;
	}
	s->grant.authorized_at = clock_wall_s();
	if (grant_renew(a->body, s->grant.authorized_at, &s->grant) != 0) {
		fail(s, SP_UNREADABLE, e.status);
		return;
	}
	secret_clear(&s->code);
	secret_clear(&s->verifier);
	s->tries = 0;
	ask_me(s);
}

static err_t
put_form(const struct signin *s, struct buf *form)
{
	err_t err = sp_query_put(form, "grant_type", span_str("authorization_code"));

	if (err == 0)
		err = sp_query_put(form, "code", secret_span(&s->code));
	if (err == 0)
		err = sp_query_put(form, "redirect_uri", buf_span(&s->redirect_uri));
	if (err == 0)
		err = sp_query_put(form, "client_id", buf_span(&s->client_id));
	if (err == 0)
		err = sp_query_put(form, "code_verifier", secret_span(&s->verifier));
	return err;
}

static void
exchange(struct signin *s)
{
	struct transfer_ask ask = {.host = DIAL_ACCOUNTS, .method = "POST",
	    .target = span_str(sp_op_info(SP_OP_TOKEN)->path),
	    .content_type = "application/x-www-form-urlencoded"};
	struct buf form;
	err_t err;

	buf_init(&form, FORM_BYTES);
	err = put_form(s, &form);
	ask.body = buf_span(&form);
	if (err == 0)
		err = transfer_start(s->ts, &ask, on_tokens, s, &s->transfer);
	buf_free(&form);
	if (err != 0)
		fail(s, SP_LOCAL, 0);
}

/* --- beginning and end ------------------------------------------------------------------------ */

err_t
signin_begin(struct loop *loop, struct transfers *ts, const struct signin_ask *ask,
    signin_done done, void *arg, struct signin **out)
{
	static const struct timeval at_once = {0, 0};
	struct signin *s = calloc(1, sizeof(*s));
	err_t err;

	if (s == NULL)
		return ERR_NOMEM;
	s->loop = loop;
	s->ts = ts;
	s->done = done;
	s->arg = arg;
	memcpy(s->login, ask->login, sizeof(s->login));
	buf_init(&s->client_id, 256);
	buf_init(&s->redirect_uri, 1024);
	err = secret_set(&s->key, span_of(ask->key, KEY_BYTES));
	if (err == 0)
		err = secret_set(&s->verifier, ask->verifier);
	if (err == 0)
		err = secret_set(&s->code, ask->code);
	if (err == 0)
		err = buf_put_span(&s->client_id, ask->client_id);
	if (err == 0)
		err = buf_put_span(&s->redirect_uri, ask->redirect_uri);
	s->timer = evtimer_new(loop_base(loop), on_timer, s);
	if (err == 0 && (s->timer == NULL || evtimer_add(s->timer, &at_once) != 0))
		err = ERR_NOMEM;
	if (err != 0)
		signin_end(&s);
	else
		*out = s;
	return err;
}

void
signin_end(struct signin **sp)
{
	struct signin *s = *sp;

	*sp = NULL;
	if (s == NULL)
		return;
	transfer_cancel(&s->transfer);
	if (s->timer != NULL)
		event_free(s->timer);
	secret_clear(&s->key);
	secret_clear(&s->verifier);
	secret_clear(&s->code);
	buf_free(&s->client_id);
	buf_free(&s->redirect_uri);
	grant_clear(&s->grant);
	free(s);
}
