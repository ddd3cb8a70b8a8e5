/*
 * A tonearmd of a test's own: its folder, its configuration, its log, its
 * figures.  Whatever is waited for is waited for WAIT_MS; then the test fails
 * with the log.
 */
#ifndef TONEARM_TESTS_SUPERVISOR_RIG_H
#define TONEARM_TESTS_SUPERVISOR_RIG_H

#include <stdbool.h>
#include <stdint.h>
#include <sys/types.h>

#define WAIT_MS 15000

struct rig {
	char dir[64], conf[96], log[96], control[96];
	pid_t pid;     /* of tonearmd; 0: none */
};
extern struct rig t;

void nap(void);
int64_t now_ms(void);

/* Makes the folder, with copies of the pretending programs and a configuration
 * that ends in the [spotify] section, to which extra is added. */
void prepare(const char *extra);
void write_conf(const char *extra);
void give_to_nobody(void);
void launch(const char *arg, bool as_nobody);

/* prepare, launch, and wait until ten workers are joined everywhere. */
void start_ready(const char *extra);
/* SIGTERM, and the drain must have gone well. */
void stop_well(void);

const char *log_text(void);
unsigned log_count(const char *what);
void await_log(const char *what, unsigned times);
/* The exit status of tonearmd, or 128 and its signal. */
int await_end(void);

/* What tonearmd answers on its local socket; NULL: nothing. */
const char *ask(const char *line);
/* A figure of its status; -1 if there is none of that name. */
long figure(const char *name);
void await_figure(const char *name, long value);

/* Removes the folder; ends a tonearmd that is still there. */
void clean(void);
int tear_down(void **state);

#endif
