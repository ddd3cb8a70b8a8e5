/*
 * Which system call the kernel refused to a process that its filter ended.
 * The end itself tells only "SIGSYS"; the call stands in the audit record that
 * the kernel makes of it, which cannot be forged or held back by whoever was
 * ended.  Reads those records and nothing else.
 */
#ifndef TONEARM_SUPERVISOR_REFUSALS_H
#define TONEARM_SUPERVISOR_REFUSALS_H

#include <stdbool.h>
#include <stddef.h>
#include <sys/types.h>

#include "shared/base/err.h"

#define REFUSALS_KEPT 64

struct refusal {
	pid_t pid;      /* 0: none */
	int call;       /* its number; with compat of another kind of program */
	bool compat;
};

struct refusals {
	int fd;                 /* of the kernel's records; -1: they cannot be read */
	unsigned missed;        /* ends in a row that no record came for */
	unsigned next;          /* the oldest of: */
	struct refusal kept[REFUSALS_KEPT];
};

/* Joins the readers of audit records; needs CAP_AUDIT_READ, now only.
 * ERR_SYSTEM: not permitted, or a kernel without audit; r then finds nothing. */
err_t refusals_open(struct refusals *r) MUST_CHECK;
void refusals_close(struct refusals *r);

/* Takes in what has come; now and then, so that other programs' records do
 * not fill the queue. */
void refusals_read(struct refusals *r);

/* The call that pid died of, to *out; false if there is no record.  Waits for
 * it 20 ms at most. */
bool refusals_find(struct refusals *r, pid_t pid, struct refusal *out);

/* Reads one record's text: "... pid=12 comm=... syscall=41 compat=0 ...".
 * False: it is not one of those. */
bool refusal_parse(const char *text, struct refusal *out);

#endif
