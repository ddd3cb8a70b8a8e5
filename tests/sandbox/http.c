/* The HTTP side: libmicrohttpd in one thread, driven from outside. Delays are
 * connections set aside until they are due, so that nobody else waits. */
#include "config.h"

#include "http.h"

#include "faults.h"
#include "record.h"
#include "request.h"
#include "router.h"
#include "text.h"

#include <arpa/inet.h>
#include <microhttpd.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <strings.h>

enum { BODY_MAX = 1024 * 1024, CONNECTIONS_MAX = 16000, IDLE_SECONDS = 120 };

enum phase { PHASE_NEW, PHASE_READING, PHASE_WAITING, PHASE_DUE, PHASE_DONE };

struct exchange {
	struct request request;
	struct MHD_Connection *connection;
	enum phase phase;
	bool hang;
	int64_t due_ms;
	struct exchange *next_waiting;
};

struct http {
	struct sandbox *box;
	struct MHD_Daemon *daemon;
	struct exchange *waiting; /* suspended ones */
	unsigned port;
	char host[INET6_ADDRSTRLEN + 1];
};

static void *on_target(void *closure, const char *target, struct MHD_Connection *connection)
{
	struct http *http = closure;
	struct exchange *x = text_must(calloc(1, sizeof *x));
	x->request.box = http->box;
	x->connection = connection;
	request_read_target(&x->request, target);
	return x;
}

static enum MHD_Result on_header(void *closure, enum MHD_ValueKind kind, const char *key, const char *value)
{
	struct request *r = closure;
	(void)kind;
	if (strcasecmp(key, "Authorization") == 0) {
		r->authorization = value;
	} else if (strcasecmp(key, "Content-Type") == 0) {
		r->content_type = value;
	} else if (strcasecmp(key, "Cookie") == 0) {
		r->cookie = value;
	} else if (strncasecmp(key, "x-tonearm-", 10) == 0) {
		char *list = text_format("%s%s%s", r->foreign_headers == NULL ? "" : r->foreign_headers,
					 r->foreign_headers == NULL ? "" : " ", key);
		free(r->foreign_headers);
		r->foreign_headers = list;
	}
	return MHD_YES;
}

static ssize_t read_and_break(void *closure, uint64_t position, char *buffer, size_t room)
{
	const struct request *r = closure;
	size_t half = r->answer.length / 2;
	if (position >= half)
		return MHD_CONTENT_READER_END_WITH_ERROR;
	size_t n = half - (size_t)position;
	if (n > room)
		n = room;
	memcpy(buffer, r->answer.body + position, n);
	return (ssize_t)n;
}

static enum MHD_Result send_answer(struct exchange *x)
{
	struct request *r = &x->request;
	struct answer *a = &r->answer;
	struct MHD_Response *response;
	enum MHD_Result result;
	x->phase = PHASE_DONE;
	record_add(r->box->record, r);
	if (a->cut_off && a->length < 2) {
		return MHD_NO; /* nothing to break in the middle: no answer at all */
	} else if (a->cut_off) {
		response = MHD_create_response_from_callback(a->length, 4096, read_and_break, r, NULL);
	} else {
		response = MHD_create_response_from_buffer(a->length, a->body, MHD_RESPMEM_PERSISTENT);
	}
	text_must(response);
	if (a->type != NULL)
		(void)MHD_add_response_header(response, "Content-Type", a->type);
	for (size_t i = 0; i < a->headers; i++)
		(void)MHD_add_response_header(response, a->header[i].name, a->header[i].value);
	result = MHD_queue_response(x->connection, a->status, response);
	MHD_destroy_response(response);
	return result;
}

static void set_aside(struct http *http, struct exchange *x, int64_t delay_ms, bool hang)
{
	x->phase = PHASE_WAITING;
	x->hang = hang;
	x->due_ms = state_real_ms() + delay_ms;
	x->next_waiting = http->waiting;
	http->waiting = x;
	MHD_suspend_connection(x->connection);
}

/* The whole request is here: let a fault happen or carry it out. */
static enum MHD_Result on_complete(struct http *http, struct exchange *x)
{
	struct request *r = &x->request;
	int64_t delay_ms = 0;
	router_identify(r);
	enum fault_action action = text_begins(r->path, "/_sandbox") || strcmp(r->path, "/") == 0
					   ? FAULT_NONE
					   : faults_fire(http->box->faults, r, &delay_ms);
	switch (action) {
	case FAULT_ANSWERED:
		return send_answer(x);
	case FAULT_SLOW:
	case FAULT_HANG:
		set_aside(http, x, delay_ms, action == FAULT_HANG);
		return MHD_YES;
	case FAULT_CUT_OFF:
	case FAULT_NONE:
		break;
	}
	router_answer(r);
	r->answer.cut_off = action == FAULT_CUT_OFF;
	return send_answer(x);
}

static enum MHD_Result on_due(struct exchange *x)
{
	if (x->hang) {
		record_add(x->request.box->record, &x->request);
		x->phase = PHASE_DONE;
		return MHD_NO;
	}
	router_identify(&x->request); /* the token may have died while we waited */
	router_answer(&x->request);
	return send_answer(x);
}

static void take_body(struct request *r, const char *data, size_t length)
{
	if (r->too_large || r->length + length > BODY_MAX) {
		r->too_large = true;
		return;
	}
	if (r->length + length + 1 > r->room) {
		r->room = (r->length + length + 1) * 2;
		r->body = text_must(realloc(r->body, r->room));
	}
	memcpy(r->body + r->length, data, length);
	r->length += length;
	r->body[r->length] = '\0';
}

static enum MHD_Result on_request(void *closure, struct MHD_Connection *connection, const char *url,
				  const char *method, const char *version, const char *data, size_t *length,
				  void **context)
{
	struct http *http = closure;
	struct exchange *x = *context;
	(void)url;
	(void)version;
	if (x == NULL)
		return MHD_NO;
	switch (x->phase) {
	case PHASE_NEW:
		snprintf(x->request.method, sizeof x->request.method, "%s", method);
		(void)MHD_get_connection_values(connection, MHD_HEADER_KIND, on_header, &x->request);
		x->phase = PHASE_READING;
		return MHD_YES;
	case PHASE_READING:
		if (*length > 0) {
			take_body(&x->request, data, *length);
			*length = 0;
			return MHD_YES;
		}
		return on_complete(http, x);
	case PHASE_DUE:
		return on_due(x);
	case PHASE_WAITING:
	case PHASE_DONE:
		break;
	}
	return MHD_YES;
}

static void unlink_waiting(struct http *http, const struct exchange *x)
{
	for (struct exchange **at = &http->waiting; *at != NULL; at = &(*at)->next_waiting) {
		if (*at == x) {
			*at = x->next_waiting;
			return;
		}
	}
}

static void on_end(void *closure, struct MHD_Connection *connection, void **context,
		   enum MHD_RequestTerminationCode code)
{
	struct exchange *x = *context;
	(void)connection;
	(void)code;
	if (x == NULL)
		return;
	unlink_waiting(closure, x);
	request_clear(&x->request);
	free(x);
	*context = NULL;
}

/* Splits host:port; only numeric loopback addresses are accepted. */
static err_t read_listen(const char *listen, struct sockaddr_storage *address, bool *six, char *host, size_t room)
{
	const char *colon = strrchr(listen, ':');
	long long port;
	*six = listen[0] == '[';
	if (colon == NULL || !text_number(colon + 1, &port) || port < 0 || port > 65535)
		return ERR_FAILED;
	int n = snprintf(host, room, "%.*s", (int)(colon - listen) - (*six ? 2 : 0), listen + (*six ? 1 : 0));
	if (n <= 0 || (size_t)n >= room)
		return ERR_FAILED;
	*address = (struct sockaddr_storage){ 0 };
	if (*six) {
		struct sockaddr_in6 *a = (struct sockaddr_in6 *)address;
		a->sin6_family = AF_INET6;
		a->sin6_port = htons((uint16_t)port);
		return inet_pton(AF_INET6, host, &a->sin6_addr) == 1 && IN6_IS_ADDR_LOOPBACK(&a->sin6_addr)
			       ? ERR_OK
			       : ERR_FAILED;
	}
	struct sockaddr_in *a = (struct sockaddr_in *)address;
	a->sin_family = AF_INET;
	a->sin_port = htons((uint16_t)port);
	if (inet_pton(AF_INET, host, &a->sin_addr) != 1 || ntohl(a->sin_addr.s_addr) >> 24 != 127)
		return ERR_FAILED;
	return ERR_OK;
}

err_t http_start(struct sandbox *box, const char *listen, struct http **http)
{
	struct http *h = text_must(calloc(1, sizeof *h));
	struct sockaddr_storage address;
	bool six = false;
	h->box = box;
	if (read_listen(listen, &address, &six, h->host, sizeof h->host) != ERR_OK) {
		fprintf(stderr, "sandbox: %s is not a loopback address with a port\n", listen);
		goto failed;
	}
	h->daemon = MHD_start_daemon(MHD_USE_EPOLL | MHD_ALLOW_SUSPEND_RESUME | (six ? MHD_USE_IPv6 : 0u), 0, NULL,
				     NULL, on_request, h, MHD_OPTION_SOCK_ADDR, (struct sockaddr *)&address,
				     MHD_OPTION_URI_LOG_CALLBACK, on_target, h, MHD_OPTION_NOTIFY_COMPLETED, on_end, h,
				     MHD_OPTION_CONNECTION_LIMIT, (unsigned)CONNECTIONS_MAX,
				     MHD_OPTION_CONNECTION_TIMEOUT, (unsigned)IDLE_SECONDS,
				     MHD_OPTION_END);
	if (h->daemon == NULL) {
		fprintf(stderr, "sandbox: cannot listen on %s\n", listen);
		goto failed;
	}
	const union MHD_DaemonInfo *info = MHD_get_daemon_info(h->daemon, MHD_DAEMON_INFO_BIND_PORT);
	h->port = info == NULL ? 0 : info->port;
	*http = h;
	return ERR_OK;
failed:
	free(h);
	return ERR_FAILED;
}

unsigned http_port(const struct http *http)
{
	return http->port;
}

void http_run(struct http *http, int wait_ms)
{
	int64_t now = state_real_ms();
	struct exchange **at = &http->waiting;
	while (*at != NULL) {
		struct exchange *x = *at;
		int64_t left = x->due_ms - now;
		if (left <= 0) {
			*at = x->next_waiting;
			x->phase = PHASE_DUE;
			MHD_resume_connection(x->connection);
			wait_ms = 0;
			continue;
		}
		if (left < wait_ms)
			wait_ms = (int)left;
		at = &x->next_waiting;
	}
	(void)MHD_run_wait(http->daemon, wait_ms);
}

void http_stop(struct http **http)
{
	struct http *h = *http;
	if (h == NULL)
		return;
	while (h->waiting != NULL) {
		struct exchange *x = h->waiting;
		h->waiting = x->next_waiting;
		x->hang = true;
		x->phase = PHASE_DUE;
		MHD_resume_connection(x->connection);
	}
	(void)MHD_run(h->daemon);
	MHD_stop_daemon(h->daemon);
	free(h);
	*http = NULL;
}
