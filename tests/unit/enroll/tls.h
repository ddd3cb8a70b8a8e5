/*
 * nginx with TLS and HTTP/2 before a plain server, for tests that go the whole
 * way of a connection.  It ends a connection after 30 requests, and breaks off what
 * has "/reset" in its path.
 */
#ifndef TONEARM_TESTS_ENROLL_TLS_H
#define TONEARM_TESTS_ENROLL_TLS_H

#include <sys/types.h>

struct tls_front {
	char dir[64];          /* with ca.pem (its own certificate, for localhost), access.log */
	int port;
	pid_t pid;
};

/* Starts it before 127.0.0.1:backend; 0, or -1 if nginx or openssl is not
 * installed (the test skips then). */
int tls_front_start(struct tls_front *t, int backend);
void tls_front_stop(struct tls_front *t);

/* How many lines of the access log hold part. */
unsigned tls_front_logged(const struct tls_front *t, const char *part);

#endif
