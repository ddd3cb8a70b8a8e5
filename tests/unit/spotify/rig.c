/* A worker's Spotify client on the bench; see rig.h. */
#include "config.h"

#include <arpa/inet.h>
#include <fcntl.h>
#include <netinet/in.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/socket.h>
#include <unistd.h>

#include <curl/curl.h>

#include "shared/base/buf.h"
#include "tests/unit/spotify/rig.h"
#include "worker/spotify/governor.h"

static struct rig *the_rig;

/* An answer that comes in the next turn, as in a worker. */
struct later {
	struct event *ev;
	row_answer fn;
	void *arg;
	enum row_outcome outcome;
	const char *plain;
	uint32_t retry_ms;
};

static void
on_later(evutil_socket_t fd, short what, void *arg)
{
	struct later *l = arg;

	(void)fd;
	(void)what;
	event_free(l->ev);
	l->fn(l->arg, l->outcome, span_str(l->plain), l->retry_ms);
	free(l);
}

static err_t
answer_later(enum rig_row how, row_answer fn, void *arg)
{
	static const struct timeval soon = {0, 1000};
	struct later *l = calloc(1, sizeof(*l));

	assert_non_null(l);
	l->fn = fn;
	l->arg = arg;
	l->outcome = how == RIG_OK ? ROW_DONE : how == RIG_NEWER ? ROW_NEWER :
	    how == RIG_BUSY ? ROW_BUSY : ROW_AWAY;
	l->plain = how == RIG_NEWER ? the_rig->newer : NULL;
	l->retry_ms = how == RIG_BUSY ? 60 : 0;
	l->ev = evtimer_new(loop_base(the_rig->w.loop), on_later, l);
	return event_add(l->ev, &soon);
}

err_t
row_lease(struct worker *w, uint8_t kind, row_answer fn, void *arg)
{
	enum rig_row how = the_rig->lease;

	(void)w;
	assert_int_equal(kind, ROW_TOKENS);
	the_rig->leases++;
	/* Busy and newer once, then free. */
	if (how == RIG_BUSY || how == RIG_NEWER)
		the_rig->lease = RIG_OK;
	return answer_later(how, fn, arg);
}

err_t
row_reread(struct worker *w, uint8_t kind, row_answer fn, void *arg)
{
	(void)w;
	assert_int_equal(kind, ROW_TOKENS);
	the_rig->rereads++;
	return answer_later(the_rig->reread, fn, arg);
}

err_t
row_store(struct worker *w, uint8_t kind, struct span plain, row_answer fn, void *arg)
{
	(void)w;
	assert_int_equal(kind, ROW_TOKENS);
	the_rig->stores++;
	assert_true(plain.n < sizeof(the_rig->stored));
	memcpy(the_rig->stored, plain.p, plain.n);
	the_rig->stored[plain.n] = '\0';
	if (the_rig->conflict) {
		the_rig->conflict = false;
		return answer_later(RIG_NEWER, fn, arg);
	}
	return answer_later(RIG_OK, fn, arg);
}

static uint64_t refused_dial;

static void
on_refuse(evutil_socket_t fd, short what, void *arg)
{
	(void)fd;
	(void)what;
	spotify_dial_failed(((struct worker *)arg)->spotify, refused_dial, DIAL_REFUSED);
}

err_t
worker_dial(struct worker *w, uint8_t host, uint64_t dial)
{
	struct sockaddr_in a = {.sin_family = AF_INET,
	    .sin_addr.s_addr = htonl(INADDR_LOOPBACK),
	    .sin_port = htons((uint16_t)the_rig->port)};
	int fd;

	assert_true(host == DIAL_API || host == DIAL_ACCOUNTS);
	the_rig->dials++;
	if (the_rig->egress_away)
		return ERR_AGAIN;
	if (the_rig->egress_refuses) {
		static const struct timeval soon = {0, 1000};

		refused_dial = dial;
		return event_base_once(loop_base(w->loop), -1, EV_TIMEOUT, on_refuse, w, &soon);
	}
	fd = socket(AF_INET, SOCK_STREAM | SOCK_CLOEXEC | SOCK_NONBLOCK, 0);
	assert_true(fd >= 0);
	(void)connect(fd, (struct sockaddr *)&a, sizeof(a));
	spotify_dialled(w->spotify, dial, fd);
	return 0;
}

/* The vault's word, in the next turn. */
struct word {
	struct event *ev;
	uint64_t id;
	struct msg_permit permit;
	struct msg_quota quota;
	uint8_t type;
	bool believe;
};

static void
on_word(evutil_socket_t fd, short what, void *arg)
{
	struct governor *g = spotify_governor(the_rig->w.spotify);
	struct word *word = arg;

	(void)fd;
	(void)what;
	event_free(word->ev);
	if (word->type == MSG_PERMIT)
		governor_on_permit(g, word->id, &word->permit);
	else if (word->type == MSG_QUOTA)
		governor_on_quota(g, word->id, &word->quota);
	else
		governor_on_grant_word(g, word->id, word->believe);
	free(word);
}

static err_t
say_later(uint8_t type, uint64_t id, struct word *what)
{
	static const struct timeval soon = {0, 500};
	struct word *word = malloc(sizeof(*word));

	assert_non_null(word);
	*word = *what;
	word->type = type;
	word->id = id;
	word->ev = evtimer_new(loop_base(the_rig->w.loop), on_word, word);
	return event_add(word->ev, &soon);
}

err_t
worker_permit_ask(struct worker *w, uint64_t id, uint8_t family, uint8_t n, bool bulk)
{
	struct rig *r = the_rig;
	struct word word = {.permit = {.given = n}};

	(void)w;
	assert_in_range(n, 1, 100);
	r->permit_asks++;
	r->permit_n = n;
	r->permit_family = family;
	r->permit_bulk = bulk;
	if (r->permits_silent)
		return ERR_AGAIN;
	if (r->permit_why != PERMIT_GIVEN)
		word.permit = (struct msg_permit){.why = r->permit_why,
		    .wait_ms = r->permit_wait_ms, .until_ms = r->permit_until * 1000};
	r->permit_why = PERMIT_GIVEN;
	r->permits += word.permit.given;
	return say_later(MSG_PERMIT, id, &word);
}

err_t
worker_permit_back(struct worker *w, uint8_t family, uint8_t n)
{
	(void)w;
	assert_true(family < SP_FAMILY_COUNT);
	assert_in_range(n, 1, 100);
	the_rig->backs++;
	the_rig->back_n += n;
	return 0;
}

err_t
worker_limit_seen(struct worker *w, uint8_t kind, uint8_t family, uint32_t ms)
{
	(void)w;
	assert_in_range(kind, LIMIT_RATE, LIMIT_QUOTA);
	assert_true(family < SP_FAMILY_COUNT);
	the_rig->limits_seen++;
	the_rig->limit_ms = ms;
	return 0;
}

err_t
worker_grant_over(struct worker *w, uint64_t id, uint8_t why, uint32_t believed_ms)
{
	struct word word = {.believe = the_rig->grant_word == 1};

	(void)w;
	assert_int_equal(why, GRANT_OVER_REFRESH);
	the_rig->grants_over++;
	the_rig->believed_ms = believed_ms;
	return the_rig->grant_word == 0 ? ERR_AGAIN : say_later(MSG_GRANT_WORD, id, &word);
}

err_t
worker_quota_ask(struct worker *w, uint64_t id)
{
	struct word word = {.quota = {.last = 1, .family = SP_FAMILY_SEARCH, .used = 12,
	    .allowed = 500}};

	(void)w;
	return say_later(MSG_QUOTA, id, &word);
}

void
worker_log(struct worker *w, enum worker_event event, int64_t a, int64_t b, int64_t c, int64_t d)
{
	(void)w;
	(void)a;
	(void)b;
	(void)c;
	(void)d;
	if (event == WEV_spotify_failed)
		the_rig->failures++;
	else if (event == WEV_token_refreshed)
		the_rig->refreshed++;
	else if (event == WEV_token_refused)
		the_rig->refused++;
}

void
rig_move(struct rig *r, const char *base, int port, void *ca_store)
{
	char conf[512];

	spotify_destroy(&r->w.spotify);
	conf_values_free(&r->conf);
	(void)snprintf(r->base, sizeof(r->base), "%s", base);
	r->port = port;
	(void)snprintf(conf, sizeof(conf), "spotify.api_url=%s/v1\nspotify.accounts_url=%s\n"
	    "spotify.sandbox=yes\nserver.public_url=https://tonearm.example\n"
	    "limits.spotify_per_second=1000\nlimits.spotify_cache=%u\n", r->base, r->base, r->cache_kib);
	assert_ok(conf_values_parse(&r->conf, span_str(conf)));
	r->w.conf = &r->conf;
	r->w.ca_store = ca_store;
	assert_ok(spotify_create(&r->w, &r->w.spotify));
}

int
rig_setup(void **state)
{
	return rig_setup_at(state, NULL, 0);
}

int
rig_setup_at(void **state, const char *base, int port)
{
	struct rig *r = calloc(1, sizeof(*r));
	char own[64];

	assert_non_null(r);
	assert_ok(curl_global_init(CURL_GLOBAL_DEFAULT));
	the_rig = r;
	r->grant_word = 1;
	assert_ok(loop_create(&r->w.loop));
	r->server = server_new(loop_base(r->w.loop));
	(void)snprintf(own, sizeof(own), "http://127.0.0.1:%d", server_port(r->server));
	rig_move(r, base != NULL ? base : own, base != NULL ? port : server_port(r->server), NULL);
	*state = r;
	return 0;
}

int
rig_teardown(void **state)
{
	struct rig *r = *state;

	spotify_destroy(&r->w.spotify);
	if (r->at_end != NULL)
		r->at_end(r);
	server_free(r->server);
	secret_clear(&r->w.key);
	loop_destroy(&r->w.loop);
	conf_values_free(&r->conf);
	free(r);
	curl_global_cleanup();
	return 0;
}

void
rig_bind(struct rig *r, const char *row)
{
	(void)snprintf(r->w.who.client_id, sizeof(r->w.who.client_id), "client-of-the-test");
	(void)snprintf(r->w.who.spotify_id, sizeof(r->w.who.spotify_id), "owner");
	(void)snprintf(r->w.who.display_name, sizeof(r->w.who.display_name), "The Owner");
	(void)snprintf(r->w.who.spotify_scopes, sizeof(r->w.who.spotify_scopes),
	    "user-read-private user-library-read");
	r->w.who.authorized_at = 1700000000;
	assert_ok(secret_set(&r->w.key, span_str("0123456789abcdef0123456789abcdef")));
	r->w.bound = true;
	spotify_rows_ready(r->w.spotify, span_str(row));
}

static void
on_alarm(evutil_socket_t fd, short what, void *arg)
{
	(void)fd;
	(void)what;
	*(bool *)arg = true;
}

static void
on_tick(evutil_socket_t fd, short what, void *arg)
{
	(void)fd;
	(void)what;
	loop_stop(arg);
}

static void
run(struct rig *r, unsigned ms, const bool *flag)
{
	struct timeval tv = {.tv_sec = ms / 1000, .tv_usec = ms % 1000 * 1000};
	struct timeval tick = {.tv_usec = 1000};
	bool over = false;
	struct event *alarm = evtimer_new(loop_base(r->w.loop), on_alarm, &over);
	struct event *ticks = event_new(loop_base(r->w.loop), -1, EV_PERSIST, on_tick, r->w.loop);

	assert_ok(event_add(alarm, &tv));
	assert_ok(event_add(ticks, &tick));
	while (!over && (flag == NULL || !*flag))
		assert_ok(loop_run(r->w.loop));
	event_free(alarm);
	event_free(ticks);
}

void
rig_until(struct rig *r, const bool *flag)
{
	run(r, 8000, flag);
	assert_true(*flag);
}

void
rig_for(struct rig *r, unsigned ms)
{
	run(r, ms, NULL);
}

static void
on_answer(void *arg, const struct sp_answer *a)
{
	struct answer *out = arg;

	out->there = true;
	out->times++;
	out->error = a->error;
	out->json = json_object_get(a->json);
	out->wait = NULL;
}

void
rig_start(struct rig *r, enum sp_op op, const char *id, const char *query, const char *body,
    struct answer *a)
{
	const struct sp_ask ask = {.op = op, .id = span_str(id), .query = span_str(query),
	    .body = span_str(body)};

	memset(a, 0, sizeof(*a));
	assert_ok(spotify_ask(r->w.spotify, &ask, on_answer, a, &a->wait));
	assert_false(a->there);
}

void
rig_ask(struct rig *r, enum sp_op op, const char *id, const char *query, const char *body,
    struct answer *a)
{
	rig_start(r, op, id, query, body, a);
	rig_until(r, &a->there);
}

void
rig_ask_as(struct rig *r, const struct sp_ask *ask, struct answer *a)
{
	memset(a, 0, sizeof(*a));
	assert_ok(spotify_ask(r->w.spotify, ask, on_answer, a, &a->wait));
	rig_until(r, &a->there);
}

void
answer_free(struct answer *a)
{
	json_object_put(a->json);
	memset(a, 0, sizeof(*a));
}
