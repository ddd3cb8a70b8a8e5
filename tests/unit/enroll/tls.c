/* nginx as TLS front; see tls.h. */
#include "config.h"

#include <arpa/inet.h>
#include <netinet/in.h>
#include <signal.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/prctl.h>
#include <sys/socket.h>
#include <sys/wait.h>
#include <unistd.h>

#include "tests/unit/enroll/tls.h"
#include "tests/unit/unit.h"

static const char conf[] =
    "daemon off; worker_processes 1; pid %1$s/pid; error_log %1$s/error.log;\n"
    "events { worker_connections 64; }\n"
    "http {\n"
    "  access_log off; client_body_temp_path %1$s/b; proxy_temp_path %1$s/p;\n"
    "  fastcgi_temp_path %1$s/f; uwsgi_temp_path %1$s/u; scgi_temp_path %1$s/s;\n"
    "  log_format way '$server_protocol $ssl_protocol $request_uri';\n"
    "  server {\n"
    "    listen 127.0.0.1:%2$d ssl http2; ssl_certificate %1$s/ca.pem;\n"
    "    ssl_certificate_key %1$s/key.pem; ssl_protocols TLSv1.2 TLSv1.3;\n"
    "    access_log %1$s/access.log way;\n"
    "    keepalive_requests 30;\n"
    "    location / { proxy_pass http://127.0.0.1:%3$d; }\n"
    "    location ~ /reset { return 444; }\n"
    "  }\n"
    "}\n";

/* Runs a program with its arguments; its exit status. */
static int
run(char *const argv[])
{
	int status = 0;
	pid_t pid = fork();

	assert_true(pid >= 0);
	if (pid == 0) {
		assert_non_null(freopen("/dev/null", "w", stderr));
		(void)execvp(argv[0], argv);
		_exit(127);
	}
	assert_int_equal(waitpid(pid, &status, 0), pid);
	return WIFEXITED(status) ? WEXITSTATUS(status) : 128;
}

static int
free_port(void)
{
	struct sockaddr_in a = {.sin_family = AF_INET, .sin_addr.s_addr = htonl(INADDR_LOOPBACK)};
	socklen_t len = sizeof(a);
	int fd = socket(AF_INET, SOCK_STREAM | SOCK_CLOEXEC, 0);

	assert_ok(bind(fd, (struct sockaddr *)&a, sizeof(a)));
	assert_ok(getsockname(fd, (struct sockaddr *)&a, &len));
	(void)close(fd);
	return ntohs(a.sin_port);
}

static int
make_certificate(const struct tls_front *t)
{
	char key[96], cert[96];
	char *const argv[] = {"openssl", "req", "-x509", "-newkey", "ec", "-pkeyopt",
	    "ec_paramgen_curve:P-256", "-nodes", "-keyout", key, "-out", cert, "-days", "2",
	    "-subj", "/CN=localhost", "-addext", "subjectAltName=DNS:localhost", NULL};

	(void)snprintf(key, sizeof(key), "%s/key.pem", t->dir);
	(void)snprintf(cert, sizeof(cert), "%s/ca.pem", t->dir);
	return run(argv);
}

static void
await_port(int port)
{
	struct sockaddr_in a = {.sin_family = AF_INET, .sin_addr.s_addr = htonl(INADDR_LOOPBACK),
	    .sin_port = htons((uint16_t)port)};
	int i, fd, r = -1;

	for (i = 0; i < 500 && r != 0; i++) {
		fd = socket(AF_INET, SOCK_STREAM | SOCK_CLOEXEC, 0);
		r = connect(fd, (struct sockaddr *)&a, sizeof(a));
		(void)close(fd);
		if (r != 0)
			(void)usleep(10000);
	}
	assert_int_equal(r, 0);
}

int
tls_front_start(struct tls_front *t, int backend)
{
	char *const try[] = {"nginx", "-v", NULL};
	char path[96];
	FILE *f;

	memset(t, 0, sizeof(*t));
	(void)snprintf(t->dir, sizeof(t->dir), "/tmp/tonearm-tls-XXXXXX");
	if (mkdtemp(t->dir) == NULL || run(try) != 0 || make_certificate(t) != 0) {
		tls_front_stop(t);
		return -1;
	}
	t->port = free_port();
	(void)snprintf(path, sizeof(path), "%s/conf", t->dir);
	f = fopen(path, "w");
	assert_non_null(f);
	(void)fprintf(f, conf, t->dir, t->port, backend);
	(void)fclose(f);
	t->pid = fork();
	assert_true(t->pid >= 0);
	if (t->pid == 0) {
		(void)prctl(PR_SET_PDEATHSIG, SIGTERM);
		assert_non_null(freopen("/dev/null", "w", stderr));
		(void)execlp("nginx", "nginx", "-p", t->dir, "-c", path, "-e", "stderr", (char *)NULL);
		_exit(127);
	}
	await_port(t->port);
	return 0;
}

void
tls_front_stop(struct tls_front *t)
{
	char *const argv[] = {"rm", "-rf", t->dir, NULL};

	if (t->pid > 0) {
		(void)kill(t->pid, SIGTERM);
		(void)waitpid(t->pid, NULL, 0);
	}
	(void)run(argv);
}

unsigned
tls_front_logged(const struct tls_front *t, const char *part)
{
	char path[96], line[512];
	unsigned n = 0;
	FILE *f;

	(void)snprintf(path, sizeof(path), "%s/access.log", t->dir);
	f = fopen(path, "r");
	assert_non_null(f);
	while (fgets(line, sizeof(line), f) != NULL)
		n += strstr(line, part) != NULL;
	(void)fclose(f);
	return n;
}
