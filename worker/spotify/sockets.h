/*
 * Sockets on their way from egress to libcurl: asked for, waiting as a spare,
 * in libcurl's hands, closed.  Knows nothing of transfers.
 */
#ifndef TONEARM_SPOTIFY_SOCKETS_H
#define TONEARM_SPOTIFY_SOCKETS_H

#include <stdbool.h>
#include <stdint.h>

#include "shared/base/err.h"
#include "shared/ipc/words.h"

#define SOCKET_HOSTS 3       /* indexed by enum dial_host; 0 is unused */
#define SOCKET_LINKS 8       /* in libcurl's hands at once */

/* Asks egress for a socket to host; the answer comes back with the same
 * request id. */
typedef err_t (*sockets_dial)(void *owner, uint64_t request, enum dial_host host);

struct sockets {
	sockets_dial dial;
	void *owner;
	uint64_t dials;
	struct {
		uint64_t asked;      /* request id of the open question, 0: none */
		int spare;           /* -1: none */
		int64_t spare_ms;    /* since when */
		unsigned links;
	} host[SOCKET_HOSTS];
	struct {
		int fd;              /* -1: free */
		enum dial_host host;
	} link[SOCKET_LINKS];
};

void sockets_init(struct sockets *s, sockets_dial dial, void *owner);
/* Closes what is spare; libcurl must have closed the rest. */
void sockets_end(struct sockets *s);

/* Can a transfer to host start: is a spare socket there or, unless a new one
 * is needed, a connection in use? */
bool sockets_ready(struct sockets *s, enum dial_host host, bool needs_new);

/* Asks for a socket unless that is being done. */
void sockets_want(struct sockets *s, enum dial_host host);

/* The answers.  A socket that nobody asked for is closed.  The host concerned,
 * or 0. */
enum dial_host sockets_came(struct sockets *s, uint64_t request, int fd);
enum dial_host sockets_refused(struct sockets *s, uint64_t request);

/* Repeats the open questions. */
void sockets_again(struct sockets *s);

/* For libcurl: the spare socket (it counts as connected elsewhere), or -1;
 * and the end of one. */
int sockets_take(struct sockets *s, enum dial_host host);
int sockets_close(struct sockets *s, int fd);

/* Makes libcurl notice that the connections to host are no good. */
void sockets_break(struct sockets *s, enum dial_host host);

#endif
