/*
 * Sockets that somebody else has connected.  libcurl 7.88 insists on calling
 * connect() on a socket it was given: the option that says "already connected"
 * (CURL_SOCKOPT_ALREADY_CONNECTED) went wrong in 7.88.0 and was mended in 8.0.0
 * only.  So the program brings its own connect(), which answers EINPROGRESS for
 * the descriptors named here; libcurl then waits until the socket is writable
 * and looks at SO_ERROR, which is right for a connected socket and for one that
 * is still connecting.
 */
#ifndef TONEARM_WORKER_NET_CONNECT_H
#define TONEARM_WORKER_NET_CONNECT_H

#include <stdbool.h>

/* Descriptors at or above this number cannot be named. */
#define CONNECT_FDS 1024

/* From now on fd counts as connected elsewhere; false: fd is out of range. */
bool connect_adopt(int fd);

/* Before fd is closed. */
void connect_forget(int fd);

/*
 * While refuse is true socketpair() fails.  libcurl makes a pair for waking a
 * multi handle from another thread, which nobody does here; without one it
 * works as well, and the worker keeps two descriptors and their memory.
 */
void connect_refuse_pairs(bool refuse);

#endif
