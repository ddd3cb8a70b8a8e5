/*
 * tonearmd: reads the configuration, opens what has to be opened, starts the
 * programs and watches over them until it is told to end.
 */
#include "config.h"

#include <errno.h>
#include <fcntl.h>
#include <getopt.h>
#include <signal.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/resource.h>
#include <sys/stat.h>
#include <unistd.h>

#include "master/supervisor/notify.h"
#include "master/supervisor/supervisor.h"
#include "shared/base/clock.h"
#include "shared/base/log.h"
#include "shared/confine/callname.h"
#include "shared/confine/confine.h"

#define DEFAULT_CONF SYSCONFDIR "/tonearm/tonearm.conf"

/* Exit statuses, as the manual page lists them. */
enum { EXIT_OK, EXIT_FAILED, EXIT_USAGE, EXIT_CONFIG };

static const char usage[] =
    "usage: tonearmd [-c FILE] [-t] [-o]\n"
    "  -c, --config FILE  read FILE instead of " DEFAULT_CONF "\n"
    "  -t, --test         check the configuration and end\n"
    "  -o, --options      print the name of every option and end\n"
    "  -h, --help         print this and end\n"
    "  -V, --version      print the version and end\n";

struct options {
	const char *conf;
	bool test, given;
};

void
obituary(struct supervisor *s, const char *who, uint64_t id, const struct death *d,
    bool expected)
{
	char how[96];
	struct refusal r = {.pid = 0};

	death_text(d, how, sizeof(how));
	if (d->signalled && d->number == SIGSYS && refusals_find(&s->refusals, d->pid, &r)) {
		log_warn("obituary", LF_STR("who", who), LF_UINT("id", id), LF_STR("how", how),
		    LF_INT("call", r.call), LF_STR("name", r.compat ? "unknown" : call_name(r.call)),
		    LF_INT("pid", d->pid), LF_INT("ms", d->lived_ms));
		return;
	}
	if (expected)
		log_info("process_ended", LF_STR("who", who), LF_UINT("id", id), LF_STR("how", how),
		    LF_INT("pid", d->pid), LF_INT("ms", d->lived_ms));
	else
		log_warn("obituary", LF_STR("who", who), LF_UINT("id", id), LF_STR("how", how),
		    LF_INT("pid", d->pid), LF_INT("ms", d->lived_ms));
}

static void
apply_log_level(const struct conf *c)
{
	enum log_level level = LOG_INFO;

	(void)log_level_parse(conf_str(&c->values, "log.level"), &level);
	log_open("supervisor", level);
}

/* Reads and checks everything; what is wrong goes to standard error. */
static err_t
read_conf(const char *path, struct conf *out)
{
	struct buf errors;
	err_t err;

	buf_init(&errors, 32768);
	err = conf_load(path, out, &errors);
	if (err != 0)
		(void)fprintf(stderr, "%stonearmd: the configuration was refused (%s). Nothing was "
		    "started; mend the lines above and try again.\n", buf_cstr(&errors), err_text(err));
	buf_free(&errors);
	return err;
}

/* The key file must be there, ours to read, and nobody else's. */
static err_t
check_key_file(const struct conf *c)
{
	const char *path = conf_str(&c->values, "keys.file");
	int fd = open(path, O_RDONLY | O_CLOEXEC | O_NOCTTY);
	struct stat st;
	err_t err = ERR_CONFIG;

	if (fd < 0) {
		(void)fprintf(stderr, "tonearmd: keys.file: cannot read %s: %s. Make it with "
		    "\"tonearm key create\"; it must belong to the user that starts tonearmd.\n",
		    path, strerror(errno));
		return err;
	}
	if (fstat(fd, &st) != 0 || !S_ISREG(st.st_mode))
		(void)fprintf(stderr, "tonearmd: keys.file: %s is not a file.\n", path);
	else if ((st.st_mode & 077) != 0)
		(void)fprintf(stderr, "tonearmd: keys.file: %s can be read by others (mode %03o). "
		    "Whoever reads it can open every stored token: chmod 600 it, and think about "
		    "\"tonearm key rotate\".\n", path, (unsigned)st.st_mode & 0777);
	else
		err = 0;
	(void)close(fd);
	return err;
}

/* Two descriptors a worker, and some. */
static void
raise_files(const struct conf *c)
{
	struct rlimit r;
	rlim_t want = 2 * (rlim_t)conf_int(&c->values, "limits.workers_max", 0) + 256;

	if (getrlimit(RLIMIT_NOFILE, &r) != 0)
		return;
	r.rlim_cur = r.rlim_max;
	(void)setrlimit(RLIMIT_NOFILE, &r);
	if (r.rlim_max < want)
		log_warn("few_descriptors", LF_UINT("limit", r.rlim_max), LF_UINT("wanted", want),
		    LF_STR("advice", "raise LimitNOFILE or lower limits.workers_max"));
}

/* A worker is a process; when ids run out no more can be forked, by anybody. */
static void
warn_of_pids(const struct conf *c)
{
	const unsigned long want = (unsigned long)conf_int(&c->values, "limits.workers_max", 0) + 1000;
	FILE *f = fopen("/proc/sys/kernel/pid_max", "re");
	unsigned long most = 0;

	if (f == NULL)
		return;
	if (fscanf(f, "%lu", &most) == 1 && most < want)
		log_warn("few_processes", LF_UINT("limit", most), LF_UINT("wanted", want),
		    LF_STR("advice", "raise kernel.pid_max or lower limits.workers_max"));
	(void)fclose(f);
}

/* Secrets are locked in memory, but what surrounds them may be written out. */
static void
warn_of_swap(void)
{
	char text[512];
	int fd = open("/proc/swaps", O_RDONLY | O_CLOEXEC);
	ssize_t n = fd < 0 ? 0 : read(fd, text, sizeof(text));

	if (fd >= 0)
		(void)close(fd);
	/* A first line with headings; each further one is a swap area. */
	if (n > 0 && memchr(text, '\n', (size_t)n) != text + n - 1)
		log_warn("swap_is_on", LF_STR("advice", "memory of workers may reach the disk: turn "
		    "swap off or set MemorySwapMax=0"));
}

static void
on_terminate(evutil_socket_t sig, short what, void *arg)
{
	struct supervisor *s = arg;

	(void)sig;
	(void)what;
	if (s->told_to_end)
		drain_force(s);
	else
		drain_begin(s);
	s->told_to_end = true;
}

/* What is marked live is applied, the rest waits for a restart. */
static void
on_hangup(evutil_socket_t sig, short what, void *arg)
{
	struct supervisor *s = arg;
	struct conf fresh = {0};
	size_t changed = 0;
	err_t err;

	(void)sig;
	(void)what;
	if (s->phase != PHASE_RUNNING)
		return;
	if (read_conf(s->conf_path, &fresh) != 0) {
		log_error("configuration_refused", LF_STR("advice", "the old one stays in force"));
		return;
	}
	err = conf_take_live(&s->conf, &fresh, &changed);
	conf_free(&fresh);
	if (err != 0)
		return;
	apply_log_level(&s->conf);
	log_info("configuration_applied", LF_UINT("restart_needed_for", changed));
	roles_give_settings(s);
	nursery_retire(s);
	members_keep_ahead(s);
}

static bool
known_pid(void *arg, pid_t pid)
{
	const struct supervisor *s = arg;
	uint32_t i;

	for (i = 0; i < ROLES; i++)
		if (s->roles[i].process.pid == pid)
			return true;
	for (i = 0; i < 2; i++)
		/* While a worker is about to be named its pid is not known yet. */
		if (s->nurseries[i].process.pid == pid || s->nurseries[i].pending > 0)
			return true;
	for (i = 0; i < s->workers.n; i++) {
		const struct member *m = s->workers.used[i];

		if (m != NULL && m->process.pid == pid)
			return true;
	}
	return pools_know(s, pid);
}

static void
on_tick(evutil_socket_t fd, short what, void *arg)
{
	struct supervisor *s = arg;
	int64_t now = clock_mono_ms();
	size_t i;

	(void)fd;
	(void)what;
	for (i = 0; i < ROLES; i++) {
		struct role *r = &s->roles[i];

		if (r->process.pid != 0 && r->control == NULL && now - r->lost_ms > 3000)
			process_kill(&r->process);
	}
	refusals_read(&s->refusals);
	nursery_tick(s, now);
	watch_tick(s, now);
	notify_alive(now);
	process_reap_strays(known_pid, s);
	if (s->phase >= PHASE_DRAIN_FRONT)
		drain_step(s);
	if (s->phase < PHASE_DRAIN_WORKERS)
		members_tick(s, now);
}

static err_t
add_signals(struct supervisor *s, struct event *signals[3])
{
	struct event_base *base = loop_base(s->loop);
	size_t i;

	(void)signal(SIGPIPE, SIG_IGN);
	signals[0] = evsignal_new(base, SIGTERM, on_terminate, s);
	signals[1] = evsignal_new(base, SIGINT, on_terminate, s);
	signals[2] = evsignal_new(base, SIGHUP, on_hangup, s);
	for (i = 0; i < 3; i++)
		if (signals[i] == NULL || event_add(signals[i], NULL) != 0)
			return ERR_NOMEM;
	return 0;
}

static err_t
start_everything(struct supervisor *s)
{
	struct timeval second = {.tv_sec = 1};
	int i;
	err_t err;

	err = roles_init(s);
	if (err == 0)
		err = slots_init(&s->workers,
		    (uint32_t)conf_int(&s->conf.values, "server.worker_uid_count", 1), 0);
	if (err == 0)
		err = pools_init(s);
	for (i = 0; i < ROLES && err == 0; i++)
		err = role_start(&s->roles[i]);
	if (err != 0)
		return err;
	nursery_tick(s, clock_mono_ms());
	s->tick = event_new(loop_base(s->loop), -1, EV_PERSIST, on_tick, s);
	return s->tick == NULL || event_add(s->tick, &second) != 0 ? ERR_NOMEM : 0;
}

static err_t
open_outside(struct supervisor *s)
{
	struct buf why;
	err_t err;

	buf_init(&why, 1024);
	err = listeners_open(&s->listeners, conf_str(&s->conf.values, "server.listen"), &why);
	if (err != 0)
		(void)fprintf(stderr, "tonearmd: server.listen: %s\n", buf_cstr(&why));
	buf_free(&why);
	return err != 0 ? err : operator_open(s);
}

/* What this machine and this user allow is taken or missed with a word; the
 * rest of root's power is given up. */
static err_t
settle_in(struct supervisor *s)
{
	if (refusals_open(&s->refusals) != 0)
		log_info("refused_calls_unnamed", LF_STR("advice", "an obituary will not name the call "
		    "that a filter refused: not permitted to read the kernel's audit records"));
	if (confine_landlock_abi() == 0)
		log_warn("landlock_absent", LF_STR("advice", "this kernel has no Landlock, or it is "
		    "switched off (lsm= at boot): files and ports are kept by the filters alone"));
	if (s->isolated)
		return confine_supervisor();
	log_warn("isolation_reduced", LF_STR("advice", "not started as root: all programs share "
	    "one user, so that only the filters keep workers apart"));
	return 0;
}

static int
run(struct supervisor *s)
{
	struct event *signals[3] = {NULL};
	size_t i;
	err_t err;

	s->started_ms = clock_mono_ms();
	err = open_outside(s);
	if (err != 0)
		return EXIT_CONFIG;
	err = settle_in(s);
	if (err == 0)
		err = check_key_file(&s->conf);
	if (err == 0)
		err = add_signals(s, signals);
	if (err == 0)
		err = start_everything(s);
	if (err == 0)
		err = loop_run(s->loop);
	else if (err != ERR_CONFIG)
		(void)fprintf(stderr, "tonearmd: cannot start: %s. The log above says more.\n",
		    err_text(err));
	refusals_close(&s->refusals);
	operator_close(s);
	listeners_close(&s->listeners);
	for (i = 0; i < 3; i++)
		if (signals[i] != NULL)
			event_free(signals[i]);
	return err == ERR_CONFIG ? EXIT_CONFIG : err != 0 ? EXIT_FAILED : s->exit_code;
}

/* One "section.name" a line, for the check of the documents. */
static void
print_options(void)
{
	size_t i;

	for (i = 0; i < conf_options_n; i++)
		(void)printf("%s.%s\n", conf_options[i].section, conf_options[i].name);
}

static int
parse_options(int argc, char **argv, struct options *o)
{
	static const struct option known[] = {
		{"config", required_argument, NULL, 'c'}, {"test", no_argument, NULL, 't'},
		{"options", no_argument, NULL, 'o'}, {"help", no_argument, NULL, 'h'},
		{"version", no_argument, NULL, 'V'}, {NULL, 0, NULL, 0}
	};
	int c;

	while ((c = getopt_long(argc, argv, "c:tohV", known, NULL)) != -1) {
		switch (c) {
		case 'c':
			o->conf = optarg;
			o->given = true;
			break;
		case 't':
			o->test = true;
			break;
		case 'o':
			print_options();
			return EXIT_OK;
		case 'h':
			(void)fputs(usage, stdout);
			return EXIT_OK;
		case 'V':
			(void)puts("tonearmd " PACKAGE_VERSION);
			return EXIT_OK;
		default:
			(void)fputs(usage, stderr);
			return EXIT_USAGE;
		}
	}
	if (optind < argc) {
		(void)fprintf(stderr, "tonearmd: \"%s\" is not understood\n%s", argv[optind], usage);
		return EXIT_USAGE;
	}
	return -1;
}

int
main(int argc, char **argv)
{
	static const struct confine_limits no_core = {.no_core = true};
	static struct supervisor s;
	struct options o = {.conf = DEFAULT_CONF};
	int status;

	status = parse_options(argc, argv, &o);
	if (status >= 0)
		return status;
	(void)umask(077);
	log_open("supervisor", LOG_INFO);
	/* What it reads may hold the database's password. */
	if (confine_limits(&no_core) != 0 || confine_undumpable() != 0)
		return EXIT_FAILED;
	/* The environment alone may say everything. */
	if (!o.given && access(o.conf, F_OK) != 0)
		o.conf = NULL;
	if (read_conf(o.conf, &s.conf) != 0)
		return EXIT_CONFIG;
	if (o.test) {
		status = check_key_file(&s.conf) == 0 ? EXIT_OK : EXIT_CONFIG;
		if (status == EXIT_OK)
			(void)puts("the configuration is good");
		conf_free(&s.conf);
		return status;
	}
	apply_log_level(&s.conf);
	s.conf_path = o.conf;
	s.isolated = geteuid() == 0;
	raise_files(&s.conf);
	warn_of_pids(&s.conf);
	warn_of_swap();
	if (loop_create(&s.loop) != 0)
		return EXIT_FAILED;
	status = run(&s);
	roles_free(&s);
	slots_free(&s.workers);
	pools_free(&s);
	loop_destroy(&s.loop);
	conf_free(&s.conf);
	return status;
}
