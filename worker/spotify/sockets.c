/* Sockets from egress; see sockets.h. */
#include "config.h"

#include <string.h>
#include <sys/socket.h>
#include <unistd.h>

#include "shared/base/clock.h"
#include "worker/net/connect.h"
#include "worker/spotify/sockets.h"

/* An unused socket older than this may have been closed by the other end. */
#define SPARE_MS 5000

void
sockets_init(struct sockets *s, sockets_dial dial, void *owner)
{
	size_t i;

	memset(s, 0, sizeof(*s));
	s->dial = dial;
	s->owner = owner;
	for (i = 0; i < SOCKET_HOSTS; i++)
		s->host[i].spare = -1;
	for (i = 0; i < SOCKET_LINKS; i++)
		s->link[i].fd = -1;
}

static void
drop_spare(struct sockets *s, enum dial_host host)
{
	if (s->host[host].spare >= 0)
		(void)close(s->host[host].spare);
	s->host[host].spare = -1;
}

void
sockets_end(struct sockets *s)
{
	enum dial_host host;

	for (host = DIAL_API; host < SOCKET_HOSTS; host++)
		drop_spare(s, host);
}

bool
sockets_ready(struct sockets *s, enum dial_host host, bool needs_new)
{
	if (s->host[host].spare >= 0 && clock_mono_ms() - s->host[host].spare_ms > SPARE_MS)
		drop_spare(s, host);
	return s->host[host].spare >= 0 || (s->host[host].links > 0 && !needs_new);
}

static void
ask(struct sockets *s, enum dial_host host)
{
	s->host[host].asked = ++s->dials;
	/* egress away: sockets_again comes when it is back; until then the
	 * transfer's patience decides. */
	if (s->dial(s->owner, s->dials, host) != 0)
		return;
}

void
sockets_want(struct sockets *s, enum dial_host host)
{
	if (s->host[host].asked == 0)
		ask(s, host);
}

void
sockets_again(struct sockets *s)
{
	enum dial_host host;

	for (host = DIAL_API; host < SOCKET_HOSTS; host++)
		if (s->host[host].asked != 0)
			ask(s, host);
}

enum dial_host
sockets_refused(struct sockets *s, uint64_t request)
{
	enum dial_host host;

	for (host = DIAL_API; host < SOCKET_HOSTS; host++)
		if (request != 0 && s->host[host].asked == request) {
			s->host[host].asked = 0;
			return host;
		}
	return 0;
}

enum dial_host
sockets_came(struct sockets *s, uint64_t request, int fd)
{
	enum dial_host host = sockets_refused(s, request);

	if (host == 0) {
		(void)close(fd);
		return 0;
	}
	drop_spare(s, host);
	s->host[host].spare = fd;
	s->host[host].spare_ms = clock_mono_ms();
	return host;
}

int
sockets_take(struct sockets *s, enum dial_host host)
{
	int fd = s->host[host].spare;
	size_t i;

	if (fd < 0)
		return -1;
	for (i = 0; i < SOCKET_LINKS && s->link[i].fd >= 0; i++)
		;
	if (i == SOCKET_LINKS || !connect_adopt(fd)) {
		drop_spare(s, host);
		return -1;
	}
	s->host[host].spare = -1;
	s->host[host].links++;
	s->link[i].fd = fd;
	s->link[i].host = host;
	return fd;
}

int
sockets_close(struct sockets *s, int fd)
{
	size_t i;

	for (i = 0; i < SOCKET_LINKS; i++)
		if (s->link[i].fd == fd) {
			s->link[i].fd = -1;
			s->host[s->link[i].host].links--;
		}
	connect_forget(fd);
	return close(fd);
}

void
sockets_break(struct sockets *s, enum dial_host host)
{
	size_t i;

	for (i = 0; i < SOCKET_LINKS; i++)
		if (s->link[i].fd >= 0 && s->link[i].host == host)
			(void)shutdown(s->link[i].fd, SHUT_RDWR);
}
