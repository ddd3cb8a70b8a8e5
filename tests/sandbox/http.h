/* The HTTP side: libmicrohttpd in one thread, driven from outside. Knows how
 * a request arrives and an answer leaves, not what they mean. */
#ifndef SANDBOX_HTTP_H
#define SANDBOX_HTTP_H

#include "err.h"
#include "state.h"

#include <stdint.h>

struct http;

/* Starts listening on an address of the form 127.0.0.1:8002 or [::1]:8002;
 * anything but loopback is refused. Port 0 takes a free one. */
err_t http_start(struct sandbox *box, const char *listen, struct http **http);

/* The port that is really listened on. */
unsigned http_port(const struct http *http);

/* Serves for at most that many milliseconds. */
void http_run(struct http *http, int wait_ms);

/* Ends all connections. */
void http_stop(struct http **http);

#endif
