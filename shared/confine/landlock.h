/*
 * The kernel's other fence, beside the filter of system calls: what files and
 * TCP ports may be named at all, and whom a signal reaches (Landlock).  It
 * still holds when a call had to be allowed to a role.  Absent in old kernels and where
 * it was switched off at boot; then nothing here does anything.
 */
#ifndef TONEARM_CONFINE_LANDLOCK_H
#define TONEARM_CONFINE_LANDLOCK_H

#include <stdint.h>

#include "shared/confine/confine.h"

/* What a ruleset takes under control. */
struct landlock_handled {
	uint64_t files, ports, scopes;
};

/* All that version abi of the kernel's interface knows, of what we want for
 * role; none for 0. */
struct landlock_handled landlock_handled(int abi, enum confine_role role);

/* The role's rules as a descriptor in *fd, closed on exec and owned by the
 * caller; -1 where Landlock is absent.  keep may be NULL.  ERR_SYSTEM. */
err_t landlock_rules(enum confine_role role, const struct confine_keep *keep, int *fd) MUST_CHECK;

/* Puts this process under the rules, for good; nothing for -1.  Needs
 * no_new_privs.  ERR_SYSTEM. */
err_t landlock_enter(int fd) MUST_CHECK;

#endif
