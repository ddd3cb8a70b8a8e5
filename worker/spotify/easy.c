/* Setting up one request for libcurl; see easy.h. */
#include "config.h"

#include <string.h>

#include "worker/spotify/easy.h"
#include "worker/spotify/transfer.h"

#define FIELD_MAX 8192

#define SET(option, value) do { \
	if (curl_easy_setopt(easy, option, value) != CURLE_OK) \
		return ERR_NOMEM; \
} while (0)

static err_t
set_field(struct curl_slist **fields, const char *name, struct span value)
{
	struct buf line;
	struct curl_slist *more;
	err_t err;

	buf_init(&line, FIELD_MAX);
	err = buf_printf(&line, "%s:%s", name, value.n > 0 ? " " : "");
	if (err == 0)
		err = buf_put_span(&line, value);
	if (err == 0) {
		more = curl_slist_append(*fields, buf_cstr(&line));
		if (more == NULL)
			err = ERR_NOMEM;
		else
			*fields = more;
	}
	buf_free(&line);
	return err;
}

static err_t
set_body(CURL *easy, const struct easy_ask *ask, struct curl_slist **fields)
{
	if (strcmp(ask->method, "GET") == 0) {
		SET(CURLOPT_HTTPGET, 1L);
		return 0;
	}
	SET(CURLOPT_POST, 1L);
	SET(CURLOPT_CUSTOMREQUEST, ask->method);
	SET(CURLOPT_POSTFIELDSIZE, (long)ask->body->len);
	if (ask->once && ask->body->len > 0) {
		/* libcurl repeats a request by itself when a kept connection dies
		 * before the first byte of an answer; a body that it cannot rewind
		 * makes it give up instead. */
		SET(CURLOPT_POSTFIELDS, NULL);
		SET(CURLOPT_READFUNCTION, ask->give_body);
		SET(CURLOPT_READDATA, ask->arg);
	} else {
		SET(CURLOPT_POSTFIELDS, buf_cstr(ask->body));
		/* Without a body only a connection of its own keeps it from that. */
		if (ask->once)
			SET(CURLOPT_FRESH_CONNECT, 1L);
	}
	/* No waiting for "100 Continue", no form type for what is none. */
	if (set_field(fields, "Expect", span_str("")) != 0 ||
	    set_field(fields, "Content-Type", span_str(ask->content_type)) != 0)
		return ERR_NOMEM;
	return 0;
}

static err_t
set_connection(CURL *easy, const struct easy_ask *ask)
{
	SET(CURLOPT_PROTOCOLS_STR, ask->allow_http ? "http,https" : "https");
	SET(CURLOPT_FOLLOWLOCATION, 0L);
	SET(CURLOPT_PROXY, "");
	SET(CURLOPT_NOSIGNAL, 1L);
	SET(CURLOPT_HTTP_VERSION, (long)CURL_HTTP_VERSION_2TLS);
	SET(CURLOPT_PIPEWAIT, 1L);
	SET(CURLOPT_CONNECTTIMEOUT_MS, (long)TRANSFER_CONNECT_MS);
	SET(CURLOPT_TIMEOUT_MS, (long)TRANSFER_TOTAL_MS);
	SET(CURLOPT_IPRESOLVE, (long)CURL_IPRESOLVE_V4);
	SET(CURLOPT_RESOLVE, ask->resolve);
	/* No file of authorities: the owner's callback brings a store. */
	SET(CURLOPT_CAINFO, NULL);
	SET(CURLOPT_CAPATH, NULL);
	SET(CURLOPT_SSLVERSION, (long)CURL_SSLVERSION_TLSv1_2);
	return 0;
}

static err_t
set_bearer(struct span bearer, struct curl_slist **fields)
{
	struct buf text;
	err_t err;

	if (bearer.n == 0)
		return 0;
	buf_init(&text, FIELD_MAX);
	err = buf_put_str(&text, "Bearer ");
	if (err == 0)
		err = buf_put_span(&text, bearer);
	if (err == 0)
		err = set_field(fields, "Authorization", buf_span(&text));
	buf_free(&text);
	return err;
}

err_t
easy_prepare(CURL *easy, const struct easy_ask *ask, struct curl_slist **fields)
{
	err_t err;

	SET(CURLOPT_PRIVATE, ask->arg);
	SET(CURLOPT_URL, ask->url);
	SET(CURLOPT_USERAGENT, PACKAGE_NAME "/" PACKAGE_VERSION);
	SET(CURLOPT_ACCEPT_ENCODING, "gzip");
	err = set_connection(easy, ask);
	if (err == 0)
		err = set_body(easy, ask, fields);
	if (err == 0)
		err = set_field(fields, "Accept", span_str("application/json"));
	if (err == 0)
		err = set_bearer(ask->bearer, fields);
	if (err == 0)
		SET(CURLOPT_HTTPHEADER, *fields);
	return err;
}

int64_t
easy_wait_s(const char *text, int64_t now)
{
	const char *p = text;
	int64_t n = 0;

	if ((*p >= 'A' && *p <= 'Z') || (*p >= 'a' && *p <= 'z')) {
		n = (int64_t)curl_getdate(text, NULL);
		if (n < 0)
			return -1;
		n = n > now ? n - now : 0;
	} else {
		for (; *p >= '0' && *p <= '9'; p++)
			if (n < EASY_WAIT_MOST)
				n = n * 10 + (*p - '0');
		if (p == text)
			return -1;
		/* A part of a second that is not quite right is waited for, too. */
		if (*p == '.' && p[1] != '\0' && p[1 + strspn(p + 1, "0123456789")] == '\0')
			n++;
		else if (*p != '\0')
			return -1;
	}
	return n < EASY_WAIT_MOST ? n : EASY_WAIT_MOST;
}

void
easy_wipe(struct curl_slist *fields)
{
	struct curl_slist *f;

	for (f = fields; f != NULL; f = f->next)
		explicit_bzero(f->data, strlen(f->data));
	curl_slist_free_all(fields);
}
