/* A private PostgreSQL for tests; see pg.h. */
#include "config.h"

#include <errno.h>
#include <fcntl.h>
#include <glob.h>
#include <grp.h>
#include <pwd.h>
#include <signal.h>
#include <stdarg.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/prctl.h>
#include <sys/stat.h>
#include <sys/wait.h>
#include <time.h>
#include <unistd.h>

#include <libpq-fe.h>

#include "tests/unit/unit.h"
#include "tests/unit/vault/pg.h"

static struct {
	char bin[256], dir[64], conninfo[160], tcp[160], admin[160];
	unsigned port;
	bool tls;
	pid_t server;
	PGconn *sql, *second;
} pg;

/* Becomes who PostgreSQL may be, in the child, and runs a program of folder. */
static void
become_and_run(const char *folder, char *const argv[])
{
	struct passwd *who = geteuid() == 0 ? getpwnam("postgres") : NULL;
	char path[400], *whole[32] = {NULL};
	size_t i;
	int log;

	(void)snprintf(path, sizeof(path), "%s/log", pg.dir);
	log = open(path, O_WRONLY | O_CREAT | O_APPEND, 0644);
	if (log >= 0) {
		(void)dup2(log, 1);
		(void)dup2(log, 2);
	}
	if (who != NULL && (initgroups("postgres", who->pw_gid) != 0 ||
	    setgid(who->pw_gid) != 0 || setuid(who->pw_uid) != 0))
		_exit(126);
	if (chdir(pg.dir) != 0)
		_exit(126);
	(void)prctl(PR_SET_PDEATHSIG, SIGINT);
	/* Under its whole name: PostgreSQL's programs look for each other beside
	 * themselves, and its folder need not be on the PATH. */
	(void)snprintf(path, sizeof(path), "%s/%s", folder, argv[0]);
	whole[0] = path;
	for (i = 1; i < sizeof(whole) / sizeof(whole[0]) - 1 && argv[i] != NULL; i++)
		whole[i] = argv[i];
	(void)execv(path, whole);
	_exit(127);
}

static int
run_program(const char *folder, char *const argv[])
{
	int status = 0;
	pid_t pid = fork();

	if (pid == 0)
		become_and_run(folder, argv);
	while (waitpid(pid, &status, 0) < 0 && errno == EINTR)
		;
	return status;
}

static bool
find_programs(void)
{
	glob_t g;
	bool found = glob("/usr/lib/postgresql/*/bin/initdb", 0, NULL, &g) == 0;

	if (found)
		(void)snprintf(pg.bin, sizeof(pg.bin), "%.*s",
		    (int)(strrchr(g.gl_pathv[g.gl_pathc - 1], '/') - g.gl_pathv[g.gl_pathc - 1]),
		    g.gl_pathv[g.gl_pathc - 1]);
	globfree(&g);
	return found;
}

static void
pause_ms(int ms)
{
	const struct timespec ts = {.tv_sec = ms / 1000, .tv_nsec = (long)(ms % 1000) * 1000000};

	(void)nanosleep(&ts, NULL);
}

static PGconn *
connect_admin(void)
{
	int i;

	for (i = 0; i < 300; i++) {
		PGconn *c = PQconnectdb(pg.admin);

		if (PQstatus(c) == CONNECTION_OK)
			return c;
		PQfinish(c);
		pause_ms(50);
	}
	fail_msg("PostgreSQL did not come up");
	return NULL;
}

void
pg_start(void)
{
	char socket_dir[128], port[32];
	char *const argv[] = {"postgres", "-D", "data", "-c", "listen_addresses=localhost", "-c",
	    socket_dir, "-c", port, "-c", "fsync=off", "-c", "max_connections=60", "-c",
	    pg.tls ? "ssl=on" : "ssl=off", "-c", "ssl_cert_file=../tls.crt", "-c",
	    "ssl_key_file=../tls.key", NULL};

	(void)snprintf(socket_dir, sizeof(socket_dir), "unix_socket_directories=%s", pg.dir);
	(void)snprintf(port, sizeof(port), "port=%u", pg.port);
	pg.server = fork();
	if (pg.server == 0)
		become_and_run(pg.bin, argv);
	pg.sql = connect_admin();
	pg.second = connect_admin();
}

void
pg_stop(void)
{
	int status;

	PQfinish(pg.sql);
	PQfinish(pg.second);
	pg.sql = pg.second = NULL;
	/* Immediate: nobody is asked to finish. */
	(void)kill(pg.server, SIGQUIT);
	while (waitpid(pg.server, &status, 0) < 0 && errno == EINTR)
		;
	pg.server = 0;
}

static void
check(PGconn *c, PGresult *r, const char *sql)
{
	ExecStatusType status = PQresultStatus(r);

	if (status != PGRES_COMMAND_OK && status != PGRES_TUPLES_OK)
		fail_msg("%s: %s", sql, PQerrorMessage(c));
}

static PGresult *run_format(const char *fmt, va_list ap) __attribute__((format(printf, 1, 0)));

static PGresult *
run_format(const char *fmt, va_list ap)
{
	char *sql = NULL;
	PGresult *r;

	assert_true(vasprintf(&sql, fmt, ap) >= 0);
	r = PQexec(pg.sql, sql);
	check(pg.sql, r, sql);
	free(sql);
	return r;
}

void
pg_run(const char *fmt, ...)
{
	va_list ap;

	va_start(ap, fmt);
	PQclear(run_format(fmt, ap));
	va_end(ap);
}

int64_t
pg_number(const char *fmt, ...)
{
	PGresult *r;
	va_list ap;
	int64_t v;

	va_start(ap, fmt);
	r = run_format(fmt, ap);
	va_end(ap);
	assert_int_equal(PQntuples(r), 1);
	v = atoll(PQgetvalue(r, 0, 0));
	PQclear(r);
	return v;
}

void
pg_run_second(const char *sql)
{
	PGresult *r = PQexec(pg.second, sql);

	check(pg.second, r, sql);
	PQclear(r);
}

const char *
pg_hex(const void *bytes, int n)
{
	static char rooms[8][132];
	static int next;
	char *room = rooms[next++ % 8];
	int i;

	for (i = 0; i < n; i++)
		(void)snprintf(room + 2 * i, 3, "%02x", ((const uint8_t *)bytes)[i]);
	return room;
}

const char *
pg_conninfo(void)
{
	return pg.conninfo;
}

const char *
pg_conninfo_tcp(void)
{
	return pg.tcp;
}

static void
apply_file(const char *path)
{
	size_t n, room = 1 << 20;
	char *text = malloc(room);
	FILE *f = fopen(path, "r");

	assert_non_null(text);
	assert_non_null(f);
	n = fread(text, 1, room - 1, f);
	text[n] = '\0';
	(void)fclose(f);
	pg_run("%s", text);
	free(text);
}

static void
migrate(void)
{
	const char *src = getenv("srcdir");
	char pattern[512];
	glob_t g;
	size_t i;

	(void)snprintf(pattern, sizeof(pattern), "%s/sql/migrations/*.sql", src == NULL ? "." : src);
	assert_int_equal(glob(pattern, 0, NULL, &g), 0);
	/* The first makes the roles; the others are the owner's work. */
	apply_file(g.gl_pathv[0]);
	pg_run("SET ROLE tonearm_owner; CREATE TABLE tonearm.migration (number integer)");
	for (i = 1; i < g.gl_pathc; i++)
		apply_file(g.gl_pathv[i]);
	pg_run("INSERT INTO tonearm.migration VALUES (%zu); RESET ROLE", g.gl_pathc - 1);
	pg_run("ALTER ROLE tonearm_vault PASSWORD 'only-here'");
	globfree(&g);
}

static const char *
prepare(void)
{
	char *const initdb[] = {"initdb", "-D", "data", "-U", "postgres", "--auth-local=trust",
	    "--auth-host=scram-sha-256", "-E", "UTF8", "--locale=C.UTF-8", "--no-sync", NULL};
	char *const request[] = {"openssl", "req", "-x509", "-newkey", "rsa:2048", "-nodes", "-subj",
	    "/CN=localhost", "-keyout", "tls.key", "-out", "tls.crt", "-days", "2", NULL};
	struct passwd *who = getpwnam("postgres");

	if (!find_programs())
		return "PostgreSQL's server programs are not installed";
	if (geteuid() == 0 && who == NULL)
		return "started as root, and there is no user postgres";
	/* A socket's path must be short, whatever TMPDIR says. */
	(void)snprintf(pg.dir, sizeof(pg.dir), "/tmp/tonearm-vault.XXXXXX");
	if (mkdtemp(pg.dir) == NULL)
		return "no folder under /tmp";
	if (geteuid() == 0 && chown(pg.dir, who->pw_uid, who->pw_gid) != 0)
		return "the folder cannot be given to user postgres";
	if (run_program(pg.bin, initdb) != 0)
		return "initdb failed";
	/* With a certificate the server speaks TLS over TCP. */
	pg.tls = run_program("/usr/bin", request) == 0;
	return NULL;
}

const char *
pg_begin(void)
{
	const char *why = prepare();

	if (why != NULL)
		return why;
	pg.port = 20000 + (unsigned)getpid() % 10000;
	(void)snprintf(pg.admin, sizeof(pg.admin), "host=%s port=%u user=postgres dbname=postgres",
	    pg.dir, pg.port);
	(void)snprintf(pg.conninfo, sizeof(pg.conninfo),
	    "host=%s port=%u user=tonearm_vault dbname=postgres", pg.dir, pg.port);
	(void)snprintf(pg.tcp, sizeof(pg.tcp),
	    "host=localhost port=%u user=tonearm_vault password=only-here dbname=postgres", pg.port);
	pg_start();
	migrate();
	return NULL;
}

void
pg_end(void)
{
	char *const argv[] = {"rm", "-rf", pg.dir, NULL};
	pid_t pid;
	int status;

	if (pg.server > 0)
		pg_stop();
	if (pg.dir[0] == '\0')
		return;
	pid = fork();
	if (pid == 0) {
		(void)execv("/bin/rm", argv);
		_exit(127);
	}
	(void)waitpid(pid, &status, 0);
}
