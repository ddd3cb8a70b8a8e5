/*
 * Runs a program as on a kernel without Landlock: its three system calls do not
 * exist.  Usage: without-landlock PROGRAM [ARGUMENT...]; as root.  For tests.
 */
#include "config.h"

#include <errno.h>
#include <linux/filter.h>
#include <linux/seccomp.h>
#include <stddef.h>
#include <stdio.h>
#include <sys/syscall.h>
#include <unistd.h>

#define FIRST 444   /* landlock_create_ruleset */
#define LAST  446   /* landlock_restrict_self */

int
main(int argc, char **argv)
{
	struct sock_filter code[] = {
		BPF_STMT(BPF_LD | BPF_W | BPF_ABS, offsetof(struct seccomp_data, nr)),
		BPF_JUMP(BPF_JMP | BPF_JGE | BPF_K, FIRST, 0, 2),
		BPF_JUMP(BPF_JMP | BPF_JGT | BPF_K, LAST, 1, 0),
		BPF_STMT(BPF_RET | BPF_K, SECCOMP_RET_ERRNO | ENOSYS),
		BPF_STMT(BPF_RET | BPF_K, SECCOMP_RET_ALLOW),
	};
	struct sock_fprog program = {.len = sizeof(code) / sizeof(code[0]), .filter = code};

	/* No no_new_privs: the program has to behave as it would without us. */
	if (argc < 2 || syscall(SYS_seccomp, SECCOMP_SET_MODE_FILTER, 0, &program) != 0) {
		(void)fprintf(stderr, "usage: without-landlock PROGRAM [ARGUMENT...], as root\n");
		return 2;
	}
	(void)execv(argv[1], argv + 1);
	perror(argv[1]);
	return 127;
}
