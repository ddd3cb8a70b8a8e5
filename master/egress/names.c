/* Lookups for fetch programs; see names.h. */
#include "config.h"

#include <arpa/inet.h>
#include <stdlib.h>
#include <string.h>
#include <unistd.h>

#include <event2/util.h>

#include "master/egress/names.h"
#include "master/egress/public.h"
#include "master/egress/targets.h"

struct lookup {
	struct evdns_getaddrinfo_request *asking;
	bool loopback;
	lookup_done done;         /* NULL: nobody wants it */
	void *arg;
};

/* May all of these addresses be connected to?  One that may not spoils the
 * name: what else it says is then as likely to be a trap. */
static bool
all_allowed(const struct evutil_addrinfo *list, bool loopback)
{
	const struct evutil_addrinfo *i;

	for (i = list; i != NULL; i = i->ai_next)
		if (!address_public(i->ai_addr) && !(loopback && address_loopback(i->ai_addr)))
			return false;
	return true;
}

/* Connects to the first address of a family that takes it. */
static err_t
dial_family(const struct evutil_addrinfo *list, int family, int *fd)
{
	const struct evutil_addrinfo *i;
	unsigned n = 0;
	err_t err = ERR_NOTFOUND;

	for (i = list; i != NULL && err != 0 && n < ADDRESSES_MOST; i = i->ai_next) {
		struct address a = {.len = (socklen_t)i->ai_addrlen};

		if (i->ai_family != family || i->ai_addrlen > sizeof(a.a))
			continue;
		memcpy(&a.a, i->ai_addr, i->ai_addrlen);
		err = address_dial(&a, fd);
		n++;
	}
	return err;
}

static uint8_t
dial(const struct evutil_addrinfo *list, bool loopback, int *fd)
{
	if (list == NULL)
		return DIAL_UNRESOLVED;
	if (!all_allowed(list, loopback))
		return DIAL_FORBIDDEN;
	if (dial_family(list, AF_INET, fd) == 0 || dial_family(list, AF_INET6, fd) == 0)
		return 0;
	return DIAL_UNRESOLVED;
}

static void
on_names(int error, struct evutil_addrinfo *list, void *arg)
{
	struct lookup *l = arg;
	lookup_done done = l->done;
	void *whose = l->arg;
	int fd = -1;
	uint8_t why = DIAL_UNRESOLVED;

	l->asking = NULL;
	if (done != NULL && error == 0)
		why = dial(list, l->loopback, &fd);
	if (list != NULL)
		evutil_freeaddrinfo(list);
	free(l);
	if (done != NULL)
		done(whose, fd, why);
}

/* An address in digits is one entry of a list that nobody had to ask for. */
static bool
take_digits(const char *host, uint16_t port, struct sockaddr_storage *a, struct evutil_addrinfo *out)
{
	struct sockaddr_in v4 = {.sin_family = AF_INET, .sin_port = htons(port)};
	struct sockaddr_in6 v6 = {.sin6_family = AF_INET6, .sin6_port = htons(port)};

	memset(out, 0, sizeof(*out));
	memset(a, 0, sizeof(*a));
	if (inet_pton(AF_INET, host, &v4.sin_addr) == 1) {
		memcpy(a, &v4, sizeof(v4));
		out->ai_addrlen = sizeof(v4);
	} else if (inet_pton(AF_INET6, host, &v6.sin6_addr) == 1) {
		memcpy(a, &v6, sizeof(v6));
		out->ai_addrlen = sizeof(v6);
	} else
		return false;
	out->ai_family = a->ss_family;
	out->ai_addr = (struct sockaddr *)a;
	return true;
}

static void
ask(const struct names_conf *conf, const char *host, uint16_t port, struct lookup **out)
{
	const struct evutil_addrinfo hints = {.ai_family = AF_UNSPEC, .ai_socktype = SOCK_STREAM,
		.ai_protocol = IPPROTO_TCP, .ai_flags = EVUTIL_AI_NUMERICSERV};
	struct evdns_getaddrinfo_request *asking;
	struct lookup *l = *out;
	char number[8];

	(void)evutil_snprintf(number, sizeof(number), "%u", port);
	asking = evdns_getaddrinfo(conf->dns, host, number, &hints, on_names, l);
	/* NULL: it was answered within the call, and l is gone. */
	if (asking == NULL)
		*out = NULL;
	else
		l->asking = asking;
}

void
lookup_start(const struct names_conf *conf, struct span host, uint16_t port,
    lookup_done done, void *arg, struct lookup **out)
{
	struct evutil_addrinfo digits;
	struct sockaddr_storage a;
	char name[254];
	uint8_t why;
	int fd = -1;

	*out = NULL;
	if (!conf->on || port == 0 || host.n == 0 || host.n >= sizeof(name) ||
	    memchr(host.p, '\0', host.n) != NULL) {
		done(arg, -1, DIAL_FORBIDDEN);
		return;
	}
	memcpy(name, host.p, host.n);
	name[host.n] = '\0';
	if (take_digits(name, port, &a, &digits)) {
		why = dial(&digits, conf->loopback, &fd);
		done(arg, fd, why);
		return;
	}
	*out = conf->dns == NULL ? NULL : calloc(1, sizeof(**out));
	if (*out == NULL) {
		done(arg, -1, conf->dns == NULL ? DIAL_UNRESOLVED : DIAL_SYSTEM);
		return;
	}
	**out = (struct lookup){.loopback = conf->loopback, .done = done, .arg = arg};
	ask(conf, name, port, out);
}

void
lookup_cancel(struct lookup **lp)
{
	struct lookup *l = *lp;

	*lp = NULL;
	if (l == NULL)
		return;
	/* It is freed when the resolver lets go of it. */
	l->done = NULL;
	if (l->asking != NULL)
		evdns_getaddrinfo_cancel(l->asking);
}
