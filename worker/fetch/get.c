/* One GET; see get.h. */
#include "config.h"

#include <stdlib.h>
#include <string.h>
#include <unistd.h>

#include <curl/curl.h>

#include "shared/base/buf.h"
#include "shared/base/clock.h"
#include "shared/http/media.h"
#include "shared/ipc/words.h"
#include "worker/fetch/document.h"
#include "worker/fetch/get.h"
#include "worker/net/connect.h"
#include "worker/net/multi.h"
#include "worker/net/trust.h"

/* RFC 5737: an address that belongs to nobody; it is never connected to. */
#define NOWHERE "192.0.2.1"
#define LIMIT_MS 5000
#define FIELDS_MAX 8        /* Cache-Control fields that are read */

struct get {
	struct loop *loop;
	struct multi multi;
	CURL *easy;
	struct curl_slist *fields, *resolve;
	struct x509_store_st *store;
	int fd;                 /* until libcurl takes it */
	bool too_large;
	size_t head;            /* bytes of header fields so far */
	struct buf body;
	struct deferred begin;
	get_done done;
	void *arg;
};

/* --- what libcurl asks for ----------------------------------------------------------- */

static curl_socket_t
on_open(void *arg, curlsocktype purpose, struct curl_sockaddr *addr)
{
	struct get *g = arg;
	int fd = g->fd;

	(void)purpose;
	(void)addr;
	if (fd < 0 || !connect_adopt(fd))
		return CURL_SOCKET_BAD;
	g->fd = -1;
	return fd;
}

static int
on_close(void *arg, curl_socket_t fd)
{
	(void)arg;
	connect_forget(fd);
	return close(fd);
}

static size_t
on_body(char *data, size_t size, size_t n, void *arg)
{
	struct get *g = arg;
	err_t err = buf_put(&g->body, data, size * n);

	g->too_large = g->too_large || err == ERR_LIMIT;
	return err == 0 ? size * n : 0;
}

static size_t
on_head(char *data, size_t size, size_t n, void *arg)
{
	struct get *g = arg;

	(void)data;
	g->head += size * n;
	g->too_large = g->too_large || g->head > GET_HEAD_BYTES;
	return g->too_large ? 0 : size * n;
}

static CURLcode
trust(CURL *easy, void *ctx, void *arg)
{
	struct get *g = arg;

	(void)easy;
	trust_store(ctx, g->store);
	return CURLE_OK;
}

/* --- what came -------------------------------------------------------------------------- */

static const char *
field(CURL *easy, const char *name, size_t i)
{
	struct curl_header *h;

	return curl_easy_header(easy, name, i, CURLH_HEADER, -1, &h) == CURLHE_OK ? h->value : NULL;
}

static int64_t
date_field(CURL *easy, const char *name)
{
	const char *text = field(easy, name, 0);
	time_t t;

	if (text == NULL)
		return -1;
	t = curl_getdate(text, NULL);
	/* What cannot be read is in the past (RFC 9111 section 5.3). */
	return t < 0 ? 0 : t;
}

static uint32_t
keep(CURL *easy)
{
	struct keep_said said = {.age = -1, .expires = date_field(easy, "Expires"),
	    .date = date_field(easy, "Date")};
	const char *age = field(easy, "Age", 0), *text;
	struct buf all;
	uint32_t s;
	size_t i;
	err_t err = 0;

	buf_init(&all, GET_HEAD_BYTES);
	for (i = 0; i < FIELDS_MAX && err == 0; i++) {
		text = field(easy, "Cache-Control", i);
		if (text == NULL)
			break;
		err = buf_printf(&all, "%s,", text);
	}
	if (age != NULL)
		said.age = strtoll(age, NULL, 10);
	/* Too much of it, or no memory: as if it had said no. */
	said.cache_control = err == 0 ? buf_span(&all) : span_str("no-store");
	s = keep_seconds(&said, clock_wall_s());
	buf_free(&all);
	return s;
}

static bool
is_json(const char *type)
{
	struct span t = span_str(type), name = t;
	const uint8_t *semicolon = t.n == 0 ? NULL : memchr(t.p, ';', t.n);

	if (http_media_is(t, "application/json"))
		return true;
	if (semicolon != NULL)
		name.n = (size_t)(semicolon - t.p);
	while (name.n > 0 && name.p[name.n - 1] == ' ')
		name.n--;
	return name.n > 17 && span_is_nocase(span_of(name.p, 12), "application/") &&
	    span_is_nocase(span_of(name.p + name.n - 5, 5), "+json");
}

static uint8_t
why_of(const struct get *g, CURLcode code)
{
	switch (code) {
	case CURLE_OPERATION_TIMEDOUT:
		return FETCH_SLOW;
	case CURLE_SSL_CONNECT_ERROR:
	case CURLE_PEER_FAILED_VERIFICATION:
	case CURLE_SSL_CERTPROBLEM:
	case CURLE_SSL_CIPHER:
	case CURLE_SSL_ISSUER_ERROR:
		return FETCH_TLS;
	case CURLE_FILESIZE_EXCEEDED:
		return FETCH_LARGE;
	default:
		return g->too_large ? FETCH_LARGE : FETCH_UNREACHABLE;
	}
}

static void
finished(struct get *g, CURLcode code)
{
	struct get_answer a = {.curl = (int)code};
	char *type = NULL;
	long status = 0;

	(void)curl_easy_getinfo(g->easy, CURLINFO_RESPONSE_CODE, &status);
	(void)curl_easy_getinfo(g->easy, CURLINFO_CONTENT_TYPE, &type);
	a.status = (uint16_t)status;
	/* A redirect's body may be broken off at will: its status says enough. */
	if (status >= 300 && status < 600)
		a.why = FETCH_STATUS;
	else if (code != CURLE_OK)
		a.why = why_of(g, code);
	else if (status != 200)
		a.why = FETCH_STATUS;
	else if (!is_json(type))
		a.why = FETCH_TYPE;
	if (a.why == 0) {
		a.body = buf_span(&g->body);
		a.keep_s = keep(g->easy);
	}
	g->done(g->arg, &a);
}

static void
collect(void *arg)
{
	struct get *g = arg;
	CURLMsg *m;
	int left;

	while ((m = curl_multi_info_read(g->multi.curl, &left)) != NULL)
		if (m->msg == CURLMSG_DONE) {
			finished(g, m->data.result);
			return;
		}
}

/* --- the question -------------------------------------------------------------------------- */

#define SET(option, value) do { \
	if (curl_easy_setopt(g->easy, option, value) != CURLE_OK) \
		return ERR_NOMEM; \
} while (0)

static err_t
set_request(struct get *g, const char *url, const struct docurl *u)
{
	SET(CURLOPT_URL, url);
	SET(CURLOPT_HTTPGET, 1L);
	SET(CURLOPT_PATH_AS_IS, 1L);
	SET(CURLOPT_PROTOCOLS_STR, u->https ? "https" : "http");
	SET(CURLOPT_DISALLOW_USERNAME_IN_URL, 1L);
	SET(CURLOPT_FOLLOWLOCATION, 0L);
	SET(CURLOPT_PROXY, "");
	SET(CURLOPT_NOSIGNAL, 1L);
	SET(CURLOPT_HTTP_VERSION, (long)CURL_HTTP_VERSION_1_1);
	SET(CURLOPT_TIMEOUT_MS, (long)LIMIT_MS);
	SET(CURLOPT_MAXFILESIZE, (long)DOCUMENT_BYTES);
	SET(CURLOPT_USERAGENT, PACKAGE_NAME "/" PACKAGE_VERSION);
	SET(CURLOPT_HTTPHEADER, g->fields);
	SET(CURLOPT_RESOLVE, g->resolve);
	/* No file of authorities: the callback brings a store. */
	SET(CURLOPT_CAINFO, NULL);
	SET(CURLOPT_CAPATH, NULL);
	SET(CURLOPT_SSLVERSION, (long)CURL_SSLVERSION_TLSv1_2);
	return 0;
}

static err_t
set_calls(struct get *g)
{
	SET(CURLOPT_WRITEFUNCTION, on_body);
	SET(CURLOPT_WRITEDATA, g);
	SET(CURLOPT_HEADERFUNCTION, on_head);
	SET(CURLOPT_HEADERDATA, g);
	SET(CURLOPT_OPENSOCKETFUNCTION, on_open);
	SET(CURLOPT_OPENSOCKETDATA, g);
	SET(CURLOPT_CLOSESOCKETFUNCTION, on_close);
	SET(CURLOPT_CLOSESOCKETDATA, g);
	SET(CURLOPT_SSL_CTX_FUNCTION, trust);
	SET(CURLOPT_SSL_CTX_DATA, g);
	return 0;
}

/* The lists; the second spares libcurl from resolving the name. */
static err_t
make_lists(struct get *g, const struct docurl *u)
{
	struct buf line;
	err_t err;

	g->fields = curl_slist_append(NULL, "Accept: application/json");
	if (g->fields == NULL)
		return ERR_NOMEM;
	if (u->digits)
		return 0;
	buf_init(&line, 512);
	err = buf_put_span(&line, u->host);
	if (err == 0)
		err = buf_printf(&line, ":%u:" NOWHERE, u->port);
	if (err == 0) {
		g->resolve = curl_slist_append(NULL, buf_cstr(&line));
		err = g->resolve == NULL ? ERR_NOMEM : 0;
	}
	buf_free(&line);
	return err;
}

static void
start(void *arg)
{
	struct get *g = arg;
	const struct get_answer a = {.why = FETCH_BUSY};

	if (curl_multi_add_handle(g->multi.curl, g->easy) != CURLM_OK)
		g->done(g->arg, &a);
}

err_t
get_begin(struct loop *loop, struct x509_store_st *store, const char *url, const struct docurl *u,
    int fd, get_done done, void *arg, struct get **out)
{
	struct get *g = calloc(1, sizeof(*g));
	err_t err;

	if (g == NULL) {
		(void)close(fd);
		return ERR_NOMEM;
	}
	*g = (struct get){.loop = loop, .store = store, .fd = fd, .done = done, .arg = arg};
	buf_init(&g->body, DOCUMENT_BYTES);
	g->easy = curl_easy_init();
	err = multi_init(&g->multi, loop, collect, g);
	if (err == 0)
		err = multi_open(&g->multi);
	if (err == 0)
		err = g->easy == NULL ? ERR_NOMEM : make_lists(g, u);
	if (err == 0)
		err = set_request(g, url, u);
	if (err == 0)
		err = set_calls(g);
	if (err != 0) {
		get_end(&g);
		return err;
	}
	loop_defer(loop, &g->begin, start, g);
	*out = g;
	return 0;
}

void
get_end(struct get **gp)
{
	struct get *g = *gp;

	*gp = NULL;
	if (g == NULL)
		return;
	loop_defer_cancel(g->loop, &g->begin);
	if (g->multi.curl != NULL && g->easy != NULL)
		(void)curl_multi_remove_handle(g->multi.curl, g->easy);
	curl_easy_cleanup(g->easy);
	multi_end(&g->multi);
	curl_slist_free_all(g->fields);
	curl_slist_free_all(g->resolve);
	if (g->fd >= 0)
		(void)close(g->fd);
	buf_free(&g->body);
	free(g);
}
