/* libcurl on our loop; see multi.h. */
#include "config.h"

#include <event2/event.h>

#include "worker/net/connect.h"
#include "worker/net/multi.h"

static void
on_ready(evutil_socket_t fd, short what, void *arg)
{
	struct multi *m = arg;
	int running;

	(void)curl_multi_socket_action(m->curl, fd,
	    ((what & EV_READ) != 0 ? CURL_CSELECT_IN : 0) |
	    ((what & EV_WRITE) != 0 ? CURL_CSELECT_OUT : 0), &running);
	m->look(m->arg);
}

static void
on_timer(evutil_socket_t fd, short what, void *arg)
{
	struct multi *m = arg;
	int running;

	(void)fd;
	(void)what;
	(void)curl_multi_socket_action(m->curl, CURL_SOCKET_TIMEOUT, 0, &running);
	m->look(m->arg);
}

static int
set_timer(CURLM *curl, long ms, void *arg)
{
	struct multi *m = arg;
	struct timeval tv = {.tv_sec = ms / 1000, .tv_usec = ms % 1000 * 1000};

	(void)curl;
	if (ms < 0)
		(void)evtimer_del(m->timer);
	else
		(void)evtimer_add(m->timer, &tv);
	return 0;
}

static int
watch_socket(CURL *easy, curl_socket_t fd, int what, void *arg, void *assigned)
{
	struct multi *m = arg;
	struct event *ev = assigned;
	short events = EV_PERSIST;

	(void)easy;
	if (ev != NULL)
		event_free(ev);
	ev = NULL;
	if (what != CURL_POLL_REMOVE) {
		if (what == CURL_POLL_IN || what == CURL_POLL_INOUT)
			events |= EV_READ;
		if (what == CURL_POLL_OUT || what == CURL_POLL_INOUT)
			events |= EV_WRITE;
		ev = event_new(loop_base(m->loop), fd, events, on_ready, m);
		if (ev == NULL || event_add(ev, NULL) != 0)
			return -1;
	}
	(void)curl_multi_assign(m->curl, fd, ev);
	return 0;
}

err_t
multi_init(struct multi *m, struct loop *loop, void (*look)(void *arg), void *arg)
{
	*m = (struct multi){.loop = loop, .look = look, .arg = arg};
	m->timer = evtimer_new(loop_base(loop), on_timer, m);
	return m->timer == NULL ? ERR_NOMEM : 0;
}

err_t
multi_open(struct multi *m)
{
	CURLM *curl;

	if (m->curl != NULL)
		return 0;
	/* It would open a pair of sockets, to be woken from other threads. */
	connect_refuse_pairs(true);
	curl = curl_multi_init();
	connect_refuse_pairs(false);
	if (curl == NULL)
		return ERR_NOMEM;
	if (curl_multi_setopt(curl, CURLMOPT_SOCKETFUNCTION, watch_socket) != CURLM_OK ||
	    curl_multi_setopt(curl, CURLMOPT_SOCKETDATA, m) != CURLM_OK ||
	    curl_multi_setopt(curl, CURLMOPT_TIMERFUNCTION, set_timer) != CURLM_OK ||
	    curl_multi_setopt(curl, CURLMOPT_TIMERDATA, m) != CURLM_OK) {
		(void)curl_multi_cleanup(curl);
		return ERR_NOMEM;
	}
	m->curl = curl;
	return 0;
}

void
multi_end(struct multi *m)
{
	if (m->curl != NULL)
		(void)curl_multi_cleanup(m->curl);
	m->curl = NULL;
	if (m->timer != NULL)
		event_free(m->timer);
	m->timer = NULL;
}
