/* Hosts, addresses and sockets; see targets.h. */
#include "config.h"

#include <arpa/inet.h>
#include <errno.h>
#include <netdb.h>
#include <netinet/tcp.h>
#include <string.h>
#include <unistd.h>

#include <event2/event.h>

#include "master/egress/targets.h"
#include "shared/base/log.h"
#include "shared/conf/options.h"

#define REFRESH_S 60
#define RETRY_S   2

/* A host in digits needs no name server. */
static bool
take_digits(struct target *t)
{
	struct sockaddr_in *v4 = (struct sockaddr_in *)&t->list[0].a;
	struct sockaddr_in6 *v6 = (struct sockaddr_in6 *)&t->list[0].a;

	if (inet_pton(AF_INET, t->host, &v4->sin_addr) == 1) {
		v4->sin_family = AF_INET;
		v4->sin_port = htons(t->port);
		t->list[0].len = sizeof(*v4);
		t->n = t->n_v4 = 1;
		return true;
	}
	if (inet_pton(AF_INET6, t->host, &v6->sin6_addr) == 1) {
		v6->sin6_family = AF_INET6;
		v6->sin6_port = htons(t->port);
		t->list[0].len = sizeof(*v6);
		t->n = 1;
		return true;
	}
	return false;
}

err_t
target_init(struct target *t, const char *url)
{
	struct conf_url u;

	memset(t, 0, sizeof(*t));
	if (conf_url_parse(url, &u) != 0 || u.host.n >= sizeof(t->host))
		return ERR_CONFIG;
	memcpy(t->host, u.host.p, u.host.n);
	t->port = u.port;
	t->numeric = take_digits(t);
	return 0;
}

/* Adds the answers of one family behind what is there. */
static void
add_family(struct target *t, const struct evutil_addrinfo *list, int family)
{
	const struct evutil_addrinfo *i;

	for (i = list; i != NULL && t->n < ADDRESSES_MOST; i = i->ai_next) {
		struct address *a = &t->list[t->n];

		if (i->ai_family != family || i->ai_addrlen > sizeof(a->a))
			continue;
		memset(a, 0, sizeof(*a));
		memcpy(&a->a, i->ai_addr, i->ai_addrlen);
		a->len = (socklen_t)i->ai_addrlen;
		t->n++;
	}
}

static void
on_answer(int error, struct evutil_addrinfo *list, void *arg)
{
	struct target *t = arg;
	struct timeval wait = {.tv_sec = REFRESH_S};

	t->asking = NULL;
	if (error == EVUTIL_EAI_CANCEL)
		return;
	if (error != 0 || list == NULL) {
		/* Once, and then once a minute. */
		if (t->failures++ % (REFRESH_S / RETRY_S) == 0)
			log_warn("lookup_failed", LF_STR("host", t->host), LF_INT("error", error),
			    LF_UINT("kept", t->n));
		wait.tv_sec = RETRY_S;
	} else {
		t->n = 0;
		add_family(t, list, AF_INET);
		t->n_v4 = t->n;
		add_family(t, list, AF_INET6);
		t->lookups++;
		t->failures = 0;
	}
	if (list != NULL)
		evutil_freeaddrinfo(list);
	(void)event_add(t->timer, &wait);
}

static void
look_up(evutil_socket_t fd, short what, void *arg)
{
	struct target *t = arg;
	struct evutil_addrinfo hints = {.ai_family = AF_UNSPEC, .ai_socktype = SOCK_STREAM,
		.ai_protocol = IPPROTO_TCP, .ai_flags = EVUTIL_AI_NUMERICSERV};
	struct evdns_getaddrinfo_request *asking;
	char port[8];

	(void)fd;
	(void)what;
	(void)evutil_snprintf(port, sizeof(port), "%u", t->port);
	asking = evdns_getaddrinfo(t->dns, t->host, port, &hints, on_answer, t);
	/* NULL: answered within the call. */
	if (asking != NULL)
		t->asking = asking;
}

err_t
target_watch(struct target *t, struct loop *loop, struct evdns_base *dns)
{
	struct timeval now = {0};

	if (t->numeric)
		return 0;
	t->dns = dns;
	t->timer = event_new(loop_base(loop), -1, 0, look_up, t);
	return t->timer == NULL || event_add(t->timer, &now) != 0 ? ERR_NOMEM : 0;
}

err_t
address_dial(const struct address *a, int *out)
{
	int fd, one = 1;

	fd = socket(a->a.ss_family, SOCK_STREAM | SOCK_NONBLOCK | SOCK_CLOEXEC, IPPROTO_TCP);
	if (fd < 0)
		return errno == EAFNOSUPPORT ? ERR_CLOSED : ERR_SYSTEM;
	(void)setsockopt(fd, IPPROTO_TCP, TCP_NODELAY, &one, sizeof(one));
	if (connect(fd, (const struct sockaddr *)&a->a, a->len) == 0 || errno == EINPROGRESS) {
		*out = fd;
		return 0;
	}
	(void)close(fd);
	return ERR_CLOSED;
}

err_t
target_dial(struct target *t, int *fd)
{
	unsigned i, first = t->n_v4 == 0 ? 0 : t->turn++ % t->n_v4;
	err_t err = ERR_NOTFOUND;

	for (i = 0; i < t->n && err != 0 && err != ERR_SYSTEM; i++) {
		/* The v4 addresses in a ring, then the others. */
		unsigned k = i < t->n_v4 ? (first + i) % t->n_v4 : i;

		err = address_dial(&t->list[k], fd);
	}
	return err;
}

void
target_free(struct target *t)
{
	if (t->asking != NULL)
		evdns_getaddrinfo_cancel(t->asking);
	if (t->timer != NULL)
		event_free(t->timer);
	t->timer = NULL;
}
