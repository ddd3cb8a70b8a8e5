/*
 * HTTP transfers; see transfer.h.
 *
 * A socket is asked of egress when a transfer is to start and its host has no
 * connection.  That is a good guess, not a promise: libcurl may find that the
 * connection it kept has died.  It then asks for a socket that is not there,
 * gives up before anything was sent, and the transfer waits for a new one.
 */
#include "config.h"

#include <stdlib.h>
#include <string.h>

#include <curl/curl.h>

#include "shared/base/buf.h"
#include "shared/base/clock.h"
#include "worker/net/connect.h"
#include "worker/spotify/easy.h"
#include "worker/net/multi.h"
#include "worker/spotify/sockets.h"
#include "worker/spotify/transfer.h"
#include "worker/net/trust.h"

#define HOST_CONNECTIONS 2
#define TRIES_MAX 3          /* handed to libcurl so often for want of a socket */
/* RFC 5737: an address that belongs to nobody; it is never connected to. */
#define NOWHERE "192.0.2.1"

static const struct timeval patience = {.tv_sec = TRANSFER_CONNECT_MS / 1000};

struct host {
	char *base;                  /* owned */
	struct curl_slist *resolve;  /* owned */
	int64_t answered_ms;         /* when something last came from it */
};

struct transfers {
	struct loop *loop;
	struct multi multi;
	void *ca_store;
	bool allow_http;
	struct sockets sockets;
	struct host host[SOCKET_HOSTS];
	struct transfer *waiting;    /* for a socket */
	struct transfer *running;    /* in libcurl's hands */
	struct deferred pump;
};

struct transfer {
	struct transfers *ts;
	struct transfer *next, **prev;
	CURL *easy;
	struct curl_slist *fields;
	enum dial_host host;
	struct buf url, body, answer;
	const char *method;
	size_t body_sent;            /* by the read callback */
	bool once;                   /* not repeatable */
	bool no_spare, too_large;
	unsigned tries;
	int64_t started_ms;
	struct event *patience;      /* while waiting for a socket */
	transfer_done done;
	void *arg;
};

static void pump(void *arg);

/* --- lists ------------------------------------------------------------------ */

static void
enlist(struct transfer *t, struct transfer **list)
{
	t->next = *list;
	t->prev = list;
	if (*list != NULL)
		(*list)->prev = &t->next;
	*list = t;
}

static void
delist(struct transfer *t)
{
	if (t->prev == NULL)
		return;
	*t->prev = t->next;
	if (t->next != NULL)
		t->next->prev = t->prev;
	t->next = NULL;
	t->prev = NULL;
}

static void
transfer_free(struct transfer *t)
{
	delist(t);
	if (t->patience != NULL)
		event_free(t->patience);
	if (t->easy != NULL) {
		(void)curl_multi_remove_handle(t->ts->multi.curl, t->easy);
		curl_easy_cleanup(t->easy);
	}
	easy_wipe(t->fields);
	buf_free(&t->url);
	buf_free(&t->body);
	buf_free(&t->answer);
	free(t);
}

/* --- sockets ------------------------------------------------------------------ */

static curl_socket_t
on_open(void *arg, curlsocktype purpose, struct curl_sockaddr *addr)
{
	struct transfer *t = arg;
	int fd = sockets_take(&t->ts->sockets, t->host);

	(void)purpose;
	(void)addr;
	t->no_spare = fd < 0;
	return fd < 0 ? CURL_SOCKET_BAD : fd;
}

static int
on_close(void *arg, curl_socket_t fd)
{
	struct transfers *ts = arg;

	return sockets_close(&ts->sockets, fd);
}

void
transfers_dialled(struct transfers *ts, uint64_t request, int fd)
{
	if (sockets_came(&ts->sockets, request, fd) != 0)
		loop_defer(ts->loop, &ts->pump, pump, ts);
}

void
transfers_egress_changed(struct transfers *ts)
{
	sockets_again(&ts->sockets);
}

/* --- the end of a transfer ------------------------------------------------------ */

/* Tells the owner and forgets the transfer. */
static void
finish(struct transfer *t, struct transfer_answer *a)
{
	transfer_done done = t->done;
	void *arg = t->arg;

	delist(t);
	if (t->easy != NULL)
		(void)curl_multi_remove_handle(t->ts->multi.curl, t->easy);
	if (a->content_type == NULL)
		a->content_type = "";
	done(arg, a);
	transfer_free(t);
}

static void
fail_unsent(struct transfer *t, int curl)
{
	struct transfer_answer a = {.end = TRANSFER_NOT_SENT, .curl = curl, .retry_after = -1};

	finish(t, &a);
}

void
transfers_dial_failed(struct transfers *ts, uint64_t request)
{
	struct transfer *t, *next;
	enum dial_host host = sockets_refused(&ts->sockets, request);

	if (host == 0)
		return;
	for (t = ts->waiting; t != NULL; t = next) {
		next = t->next;
		if (t->host == host)
			fail_unsent(t, CURLE_COULDNT_CONNECT);
	}
}

static void
on_patience(evutil_socket_t fd, short what, void *arg)
{
	(void)fd;
	(void)what;
	fail_unsent(arg, CURLE_OPERATION_TIMEDOUT);
}

static int64_t
retry_after(CURL *easy)
{
	struct curl_header *h;

	return curl_easy_header(easy, "Retry-After", 0, CURLH_HEADER, -1, &h) != CURLHE_OK ? -1 :
	    easy_wait_s(h->value, clock_wall_s());
}

/* Has nothing of the request left, in any of libcurl's attempts? */
static bool
nothing_sent(CURL *easy)
{
	long bytes = 0;

	return curl_easy_getinfo(easy, CURLINFO_REQUEST_SIZE, &bytes) == CURLE_OK && bytes == 0;
}

static void
on_finished(struct transfer *t, CURLcode code)
{
	struct transfers *ts = t->ts;
	struct transfer_answer a = {.curl = (int)code, .retry_after = -1};
	char *type = NULL;
	long status = 0;

	/* libcurl asks for a second socket also to repeat what was sent already. */
	if (code != CURLE_OK && t->no_spare && t->tries < TRIES_MAX &&
	    (!t->once || nothing_sent(t->easy))) {
		(void)curl_multi_remove_handle(ts->multi.curl, t->easy);
		delist(t);
		enlist(t, &ts->waiting);
		t->no_spare = false;
		t->body_sent = 0;
		(void)evtimer_add(t->patience, &patience);
		sockets_want(&ts->sockets, t->host);
		loop_defer(ts->loop, &ts->pump, pump, ts);
		return;
	}
	/* An HTTP/2 connection whose other end has vanished would be used again
	 * and again, each time until the time is over. */
	if (code == CURLE_OPERATION_TIMEDOUT && ts->host[t->host].answered_ms < t->started_ms)
		sockets_break(&ts->sockets, t->host);
	if (code == CURLE_OK) {
		ts->host[t->host].answered_ms = clock_mono_ms();
		a.end = TRANSFER_ANSWERED;
		(void)curl_easy_getinfo(t->easy, CURLINFO_RESPONSE_CODE, &status);
		(void)curl_easy_getinfo(t->easy, CURLINFO_CONTENT_TYPE, &type);
		a.status = (int)status;
		a.content_type = type;
		a.retry_after = retry_after(t->easy);
		a.body = buf_span(&t->answer);
	} else if (t->too_large)
		a.end = TRANSFER_TOO_LARGE;
	else
		a.end = nothing_sent(t->easy) ? TRANSFER_NOT_SENT : TRANSFER_BROKEN;
	finish(t, &a);
}

/* --- libcurl and the loop ----------------------------------------------------------- */

static void
collect(void *arg)
{
	struct transfers *ts = arg;
	CURLMsg *m;
	int left;

	while ((m = curl_multi_info_read(ts->multi.curl, &left)) != NULL) {
		char *t = NULL;
		CURLcode code = m->data.result;

		if (m->msg == CURLMSG_DONE &&
		    curl_easy_getinfo(m->easy_handle, CURLINFO_PRIVATE, &t) == CURLE_OK && t != NULL)
			on_finished((struct transfer *)(void *)t, code);
	}
}

static size_t
on_body(char *data, size_t size, size_t n, void *arg)
{
	struct transfer *t = arg;
	err_t err = buf_put(&t->answer, data, size * n);

	t->too_large = t->too_large || err == ERR_LIMIT;
	return err == 0 ? size * n : 0;
}

/* The body of a request that must not be sent twice (see easy.c). */
static size_t
give_body(char *place, size_t size, size_t n, void *arg)
{
	struct transfer *t = arg;
	size_t left = t->body.len - t->body_sent;
	size_t part = size * n < left ? size * n : left;

	if (part > 0)
		memcpy(place, t->body.data + t->body_sent, part);
	t->body_sent += part;
	return part;
}

static CURLcode
trust(CURL *easy, void *ctx, void *arg)
{
	struct transfers *ts = arg;

	(void)easy;
	trust_store(ctx, ts->ca_store);
	return CURLE_OK;
}

/* --- starting --------------------------------------------------------------------- */

/* Hands over to libcurl whatever its host is ready for. */
static void
pump(void *arg)
{
	struct transfers *ts = arg;
	struct transfer *t, *next;

	for (t = ts->waiting; t != NULL; t = next) {
		next = t->next;
		/* Who found no socket last time needs a new one this time. */
		if (!sockets_ready(&ts->sockets, t->host, t->tries > 0)) {
			sockets_want(&ts->sockets, t->host);
			continue;
		}
		t->tries++;
		delist(t);
		enlist(t, &ts->running);
		(void)evtimer_del(t->patience);
		if (curl_multi_add_handle(ts->multi.curl, t->easy) != CURLM_OK)
			fail_unsent(t, CURLE_FAILED_INIT);
	}
}

/* At the first transfer: a worker that is only asked for lists needs none. */
static err_t
need_multi(struct transfers *ts)
{
	err_t err;

	if (ts->multi.curl != NULL)
		return 0;
	err = multi_open(&ts->multi);
	if (err == 0 &&
	    (curl_multi_setopt(ts->multi.curl, CURLMOPT_PIPELINING,
	    (long)CURLPIPE_MULTIPLEX) != CURLM_OK ||
	    curl_multi_setopt(ts->multi.curl, CURLMOPT_MAX_HOST_CONNECTIONS,
	    (long)HOST_CONNECTIONS) != CURLM_OK))
		err = ERR_NOMEM;
	return err;
}

#define SET(option, value) do { \
	if (curl_easy_setopt(t->easy, option, value) != CURLE_OK) \
		return ERR_NOMEM; \
} while (0)

static err_t
prepare(struct transfer *t, const struct transfer_ask *ask)
{
	struct transfers *ts = t->ts;
	const struct host *h = &ts->host[t->host];
	const struct easy_ask e = {.url = buf_cstr(&t->url), .method = t->method, .body = &t->body,
	    .content_type = ask->content_type, .bearer = ask->bearer, .resolve = h->resolve,
	    .allow_http = ts->allow_http, .once = t->once, .give_body = give_body, .arg = t};

	t->easy = curl_easy_init();
	if (t->easy == NULL)
		return ERR_NOMEM;
	SET(CURLOPT_WRITEFUNCTION, on_body);
	SET(CURLOPT_WRITEDATA, t);
	SET(CURLOPT_OPENSOCKETFUNCTION, on_open);
	SET(CURLOPT_OPENSOCKETDATA, t);
	SET(CURLOPT_CLOSESOCKETFUNCTION, on_close);
	SET(CURLOPT_CLOSESOCKETDATA, ts);
	SET(CURLOPT_SSL_CTX_FUNCTION, trust);
	SET(CURLOPT_SSL_CTX_DATA, ts);
	return easy_prepare(t->easy, &e, &t->fields);
}

err_t
transfer_start(struct transfers *ts, const struct transfer_ask *ask,
    transfer_done done, void *arg, struct transfer **out)
{
	struct transfer *t = calloc(1, sizeof(*t));
	err_t err;

	if (t == NULL)
		return ERR_NOMEM;
	t->ts = ts;
	t->host = ask->host;
	t->method = ask->method;
	t->once = !ask->repeatable;
	t->done = done;
	t->arg = arg;
	t->started_ms = clock_mono_ms();
	buf_init(&t->url, 16384);
	buf_init(&t->body, 1024 * 1024);
	buf_init(&t->answer, TRANSFER_BODY_MAX);
	err = need_multi(ts);
	if (err == 0)
		err = buf_put_str(&t->url, ts->host[t->host].base);
	if (err == 0)
		err = buf_put_span(&t->url, ask->target);
	if (err == 0)
		err = buf_put_span(&t->body, ask->body);
	if (err == 0)
		err = prepare(t, ask);
	t->patience = evtimer_new(loop_base(ts->loop), on_patience, t);
	if (err == 0 && (t->patience == NULL || evtimer_add(t->patience, &patience) != 0))
		err = ERR_NOMEM;
	if (err != 0) {
		transfer_free(t);
		return err;
	}
	enlist(t, &ts->waiting);
	loop_defer(ts->loop, &ts->pump, pump, ts);
	*out = t;
	return 0;
}

void
transfer_cancel(struct transfer **t)
{
	if (*t != NULL)
		transfer_free(*t);
	*t = NULL;
}

/* --- the whole ---------------------------------------------------------------------- */

/* Keeps a base URL and makes the entry that spares libcurl from resolving. */
static err_t
take_base(struct host *h, const char *url, bool allow_http)
{
	CURLU *u = curl_url();
	char *name = NULL, *port = NULL, *scheme = NULL;
	struct buf line;
	err_t err = ERR_CONFIG;

	buf_init(&line, 1024);
	if (u != NULL && curl_url_set(u, CURLUPART_URL, url, 0) == CURLUE_OK &&
	    curl_url_get(u, CURLUPART_HOST, &name, 0) == CURLUE_OK &&
	    curl_url_get(u, CURLUPART_PORT, &port, CURLU_DEFAULT_PORT) == CURLUE_OK &&
	    curl_url_get(u, CURLUPART_SCHEME, &scheme, 0) == CURLUE_OK &&
	    (strcmp(scheme, "https") == 0 || (allow_http && strcmp(scheme, "http") == 0))) {
		err = buf_printf(&line, "%s:%s:" NOWHERE, name, port);
		if (err == 0) {
			h->base = strdup(url);
			h->resolve = curl_slist_append(NULL, buf_cstr(&line));
			err = h->base == NULL || h->resolve == NULL ? ERR_NOMEM : 0;
		}
	}
	buf_free(&line);
	curl_free(name);
	curl_free(port);
	curl_free(scheme);
	curl_url_cleanup(u);
	return err;
}

err_t
transfers_create(struct loop *loop, const struct transfers_conf *conf, struct transfers **out)
{
	struct transfers *ts = calloc(1, sizeof(*ts));
	err_t err;

	if (ts == NULL)
		return ERR_NOMEM;
	ts->loop = loop;
	ts->ca_store = conf->ca_store;
	ts->allow_http = conf->allow_http;
	sockets_init(&ts->sockets, conf->dial, conf->owner);
	err = multi_init(&ts->multi, loop, collect, ts);
	if (err == 0)
		err = take_base(&ts->host[DIAL_API], conf->api_url, conf->allow_http);
	if (err == 0)
		err = take_base(&ts->host[DIAL_ACCOUNTS], conf->accounts_url, conf->allow_http);
	if (err != 0)
		transfers_destroy(&ts);
	else
		*out = ts;
	return err;
}

void
transfers_destroy(struct transfers **tsp)
{
	struct transfers *ts = *tsp;
	size_t i;

	*tsp = NULL;
	if (ts == NULL)
		return;
	while (ts->waiting != NULL)
		transfer_free(ts->waiting);
	while (ts->running != NULL)
		transfer_free(ts->running);
	multi_end(&ts->multi);
	sockets_end(&ts->sockets);
	for (i = 0; i < SOCKET_HOSTS; i++) {
		curl_slist_free_all(ts->host[i].resolve);
		free(ts->host[i].base);
	}
	loop_defer_cancel(ts->loop, &ts->pump);
	free(ts);
}
