/* tonearm-sandbox: a stand-in for Spotify on loopback, for tests and for
 * trying Tonearm without an account. Shares no code with the product. */
#include "config.h"

#include "catalogue.h"
#include "faults.h"
#include "http.h"
#include "record.h"
#include "seed.h"
#include "state.h"

#include <getopt.h>
#include <signal.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/resource.h>

enum { WAIT_MS = 200, REDIRECTS_MAX = 16 };

static volatile sig_atomic_t stopping;

static void on_signal(int number)
{
	(void)number;
	stopping = 1;
}

static void usage(FILE *out)
{
	fputs("usage: tonearm-sandbox [--listen ADDRESS:PORT] [--state FILE] [--redirect URI]...\n"
	      "\n"
	      "A stand-in for Spotify's accounts service and Web API, with invented music.\n"
	      "  --listen    loopback address and port (127.0.0.1:8002); port 0 takes a free one\n"
	      "  --state     file that keeps everything between runs; without it nothing is kept\n"
	      "  --redirect  a further redirect address that the applications may use\n"
	      "  --help      this text\n",
	      out);
}

struct options {
	const char *listen;
	const char *state;
	const char *redirect[REDIRECTS_MAX];
	size_t redirects;
};

/* 0: go on; otherwise the exit status plus one. */
static int read_options(int argc, char **argv, struct options *o)
{
	static const struct option longs[] = { { "listen", required_argument, NULL, 'l' },
					       { "state", required_argument, NULL, 's' },
					       { "redirect", required_argument, NULL, 'r' },
					       { "help", no_argument, NULL, 'h' },
					       { NULL, 0, NULL, 0 } };
	int c;
	while ((c = getopt_long(argc, argv, "", longs, NULL)) != -1) {
		switch (c) {
		case 'l': o->listen = optarg; break;
		case 's': o->state = optarg; break;
		case 'r':
			if (o->redirects == REDIRECTS_MAX)
				return 3;
			o->redirect[o->redirects++] = optarg;
			break;
		case 'h': usage(stdout); return 1;
		default: usage(stderr); return 3;
		}
	}
	if (optind < argc) {
		usage(stderr);
		return 3;
	}
	return 0;
}

static void raise_descriptor_limit(void)
{
	struct rlimit limit;
	if (getrlimit(RLIMIT_NOFILE, &limit) == 0) {
		limit.rlim_cur = limit.rlim_max;
		(void)setrlimit(RLIMIT_NOFILE, &limit);
	}
}

static void watch_signals(void)
{
	struct sigaction action = { .sa_handler = on_signal };
	struct sigaction ignore = { .sa_handler = SIG_IGN };
	sigaction(SIGTERM, &action, NULL);
	sigaction(SIGINT, &action, NULL);
	sigaction(SIGPIPE, &ignore, NULL);
}

static void print_address(const char *listen, unsigned port)
{
	int host = (int)(strrchr(listen, ':') - listen);
	printf("sandbox: listening on http://%.*s:%u\n", host, listen, port);
	fflush(stdout);
}

static err_t prepare(struct sandbox *box, const struct options *o)
{
	bool fresh = false;
	box->catalogue = catalogue_create();
	box->record = record_create();
	box->faults = faults_create();
	if (state_open(box, o->state, &fresh) != ERR_OK) {
		fprintf(stderr, "sandbox: %s is no state of a sandbox; remove it to begin afresh\n", o->state);
		return ERR_FAILED;
	}
	if (fresh)
		seed_all(box);
	for (size_t i = 0; i < o->redirects; i++)
		seed_allow_redirect(box, o->redirect[i]);
	return ERR_OK;
}

int main(int argc, char **argv)
{
	struct options options = { .listen = "127.0.0.1:8002" };
	struct sandbox box = { 0 };
	struct http *http = NULL;
	int status = read_options(argc, argv, &options);
	if (status != 0)
		return status - 1;
	status = 1;
	watch_signals();
	raise_descriptor_limit();
	if (prepare(&box, &options) != ERR_OK || http_start(&box, options.listen, &http) != ERR_OK)
		goto out;
	print_address(options.listen, http_port(http));
	while (!stopping) {
		http_run(http, WAIT_MS);
		state_tick(&box);
	}
	status = state_save(&box) == ERR_OK ? 0 : 1;
out:
	http_stop(&http);
	state_close(&box);
	record_destroy(&box.record);
	faults_destroy(&box.faults);
	catalogue_destroy(&box.catalogue);
	return status;
}
