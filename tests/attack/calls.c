/*
 * System calls that a worker may not make.  Where the call comes back, the
 * answer says with what.
 */
#include "config.h"

#include <errno.h>
#include <fcntl.h>
#include <linux/futex.h>
#include <sched.h>
#include <signal.h>
#include <stddef.h>
#include <stdio.h>
#include <string.h>
#include <sys/ioctl.h>
#include <sys/mman.h>
#include <sys/prctl.h>
#include <sys/ptrace.h>
#include <sys/resource.h>
#include <sys/socket.h>
#include <sys/syscall.h>
#include <sys/uio.h>
#include <sys/un.h>
#include <unistd.h>

#include "tests/attack/attack.h"

#define PAGE 4096

/* Arguments that are known only when the order comes. */
enum special { PID = -7001, MEM, FDS, VECTOR, MESSAGE, ADDRESS, LINGER, TEXT, ARGV, ZEROS, OWN_PAGE };

struct attempt {
	const char *name;
	long nr, a[6];
};

static const struct attempt attempts[] = {
	/* Other processes. */
	{"open_mem", SYS_openat, {AT_FDCWD, MEM, O_RDWR}},
	{"open_fds", SYS_openat, {AT_FDCWD, FDS, O_RDONLY | O_DIRECTORY}},
	{"ptrace_attach", SYS_ptrace, {PTRACE_ATTACH, PID}},
	{"ptrace_seize", SYS_ptrace, {PTRACE_SEIZE, PID}},
	{"vm_readv", SYS_process_vm_readv, {PID, VECTOR, 1, VECTOR, 1}},
	{"vm_writev", SYS_process_vm_writev, {PID, VECTOR, 1, VECTOR, 1}},
	{"process_madvise", SYS_process_madvise, {3, VECTOR, 1, MADV_COLD}},
	{"pidfd_open", SYS_pidfd_open, {PID}},
	{"pidfd_getfd", SYS_pidfd_getfd, {3, 4}},
	{"pidfd_send_signal", SYS_pidfd_send_signal, {3, SIGKILL}},
	{"kill", SYS_kill, {PID, SIGKILL}},
	{"tgkill", SYS_tgkill, {PID, PID, SIGKILL}},
	{"tkill", SYS_tkill, {PID, SIGKILL}},
	{"sigqueue", SYS_rt_sigqueueinfo, {PID, SIGKILL, ZEROS}},
	{"prlimit", SYS_prlimit64, {PID, RLIMIT_NOFILE, ZEROS}},
	{"setpriority", SYS_setpriority, {PRIO_PROCESS, PID, 19}},
	{"setaffinity", SYS_sched_setaffinity, {PID, 8, ZEROS}},
	{"setscheduler", SYS_sched_setscheduler, {PID, SCHED_OTHER, ZEROS}},
	{"kcmp", SYS_kcmp, {PID, PID, 0, 3, 3}},
	{"get_robust_list", SYS_get_robust_list, {PID, ZEROS, ZEROS}},
	{"move_pages", SYS_move_pages, {PID, 0, 0, 0, 0, 0}},
	/* Signals by way of a descriptor. */
	{"setown", SYS_fcntl, {FD_FRONT, F_SETOWN, PID}},
	{"setsig", SYS_fcntl, {FD_FRONT, F_SETSIG, SIGKILL}},
	{"async", SYS_fcntl, {FD_FRONT, F_SETFL, O_ASYNC}},
	{"ioctl_async", SYS_ioctl, {FD_FRONT, FIOASYNC, ZEROS}},
	{"ioctl_owner", SYS_ioctl, {FD_FRONT, FIOSETOWN, ZEROS}},
	{"dup_descriptor", SYS_fcntl, {FD_FRONT, F_DUPFD, 10}},
	{"lock", SYS_fcntl, {FD_FRONT, F_SETLK, ZEROS}},
	/* Files, sockets, programs, processes. */
	{"openat", SYS_openat, {AT_FDCWD, TEXT, O_RDONLY}},
	{"openat2", SYS_openat2, {AT_FDCWD, TEXT, ZEROS, 24}},
	{"stat", SYS_newfstatat, {AT_FDCWD, TEXT, ZEROS}},
	{"handle", SYS_open_by_handle_at, {AT_FDCWD, ZEROS, O_RDONLY}},
	{"socket_inet", SYS_socket, {AF_INET, SOCK_STREAM}},
	{"socket_unix", SYS_socket, {AF_UNIX, SOCK_STREAM}},
	{"socket_netlink", SYS_socket, {AF_NETLINK, SOCK_RAW}},
	{"socketpair", SYS_socketpair, {AF_UNIX, SOCK_STREAM, 0, ZEROS}},
	{"bind", SYS_bind, {FD_FRONT, ADDRESS, sizeof(struct sockaddr_un)}},
	{"connect", SYS_connect, {FD_EGRESS, ADDRESS, sizeof(struct sockaddr_un)}},
	{"listen", SYS_listen, {FD_FRONT, 5}},
	{"accept", SYS_accept, {FD_FRONT}},
	{"execve", SYS_execve, {TEXT, ARGV, ZEROS}},
	{"execveat", SYS_execveat, {AT_FDCWD, TEXT, ARGV, ZEROS}},
	{"clone", SYS_clone, {SIGCHLD}},
	{"clone_thread", SYS_clone, {CLONE_VM | CLONE_THREAD | CLONE_SIGHAND, OWN_PAGE}},
	{"clone3", SYS_clone3, {ZEROS, 64}},
	{"unshare", SYS_unshare, {CLONE_NEWUSER}},
	{"setns", SYS_setns, {3, 0}},
	{"mount", SYS_mount, {TEXT, TEXT, TEXT}},
	{"chroot", SYS_chroot, {TEXT}},
	{"setuid", SYS_setresuid, {0, 0, 0}},
	{"capset", SYS_capset, {ZEROS, ZEROS}},
	{"dumpable", SYS_prctl, {PR_SET_DUMPABLE, 1}},
	{"second_filter", SYS_seccomp, {1, 0, ZEROS}},
	{"personality", SYS_personality, {0x0400000}},
	/* Ways round the filter, and what the kernel keeps for others. */
	{"io_uring_setup", SYS_io_uring_setup, {8, ZEROS}},
	{"io_setup", SYS_io_setup, {8, ZEROS}},
	{"bpf", SYS_bpf, {0, ZEROS, 64}},
	{"perf_event_open", SYS_perf_event_open, {ZEROS, PID, -1, -1, 0}},
	{"keyctl", SYS_keyctl, {0, -3, 0}},
	{"add_key", SYS_add_key, {TEXT, TEXT, ZEROS, 8, -3}},
	{"userfaultfd", SYS_userfaultfd, {0}},
	{"futex_lock", SYS_futex, {ZEROS, FUTEX_LOCK_PI_PRIVATE}},
	{"futex_requeue", SYS_futex, {ZEROS, FUTEX_CMP_REQUEUE_PI_PRIVATE, 0, 0, ZEROS, 0}},
	{"handler", SYS_rt_sigaction, {SIGSYS, ZEROS, 0, 8}},
	{"memfd", SYS_memfd_create, {TEXT, 0}},
	{"memfd_secret", SYS_memfd_secret, {0}},
	{"shmget", SYS_shmget, {0x70a, PAGE, 0600 | 01000}},
	{"msgget", SYS_msgget, {0x70a, 0600 | 01000}},
	{"mq_open", SYS_mq_open, {TEXT, O_CREAT | O_RDWR, 0600, 0}},
	{"timer_create", SYS_timer_create, {0, ZEROS, ZEROS}},
	{"pipe", SYS_pipe2, {ZEROS, 0}},
	{"eventfd", SYS_eventfd2, {0, 0}},
	{"inotify", SYS_inotify_init1, {0}},
	{"syslog", SYS_syslog, {3, ZEROS, 64}},
	{"map_code", SYS_mmap, {0, PAGE, PROT_READ | PROT_EXEC, MAP_PRIVATE | MAP_ANONYMOUS, -1}},
	{"make_code", SYS_mprotect, {OWN_PAGE, PAGE, PROT_READ | PROT_EXEC}},
	{"make_code_pkey", SYS_pkey_mprotect, {OWN_PAGE, PAGE, PROT_READ | PROT_EXEC, 0}},
	{"shared_memory", SYS_mmap, {0, PAGE, PROT_READ | PROT_WRITE, MAP_SHARED | MAP_ANONYMOUS, -1}},
	{"stack_memory", SYS_mmap, {0, PAGE, PROT_READ | PROT_WRITE,
	    MAP_PRIVATE | MAP_ANONYMOUS | MAP_GROWSDOWN, -1}},
	/* Descriptors and sockets that it has. */
	{"sendmsg", SYS_sendmsg, {FD_FRONT, MESSAGE, MSG_DONTWAIT}},
	{"sendmmsg", SYS_sendmmsg, {FD_FRONT, MESSAGE, 1, MSG_DONTWAIT}},
	{"writev", SYS_writev, {FD_FRONT, VECTOR, 1}},
	{"linger", SYS_setsockopt, {FD_FRONT, SOL_SOCKET, SO_LINGER, LINGER, sizeof(struct linger)}},
	{"peer_pidfd", SYS_getsockopt, {FD_FRONT, SOL_SOCKET, 77, ZEROS, ZEROS}},
	{"buffers", SYS_setsockopt, {FD_FRONT, SOL_SOCKET, SO_SNDBUF, ZEROS, 4}},
	{"pass_credentials", SYS_setsockopt, {FD_FRONT, SOL_SOCKET, SO_PASSCRED, ZEROS, 4}},
	{"send_to_address", SYS_sendto, {FD_FRONT, TEXT, 1, MSG_DONTWAIT, ADDRESS, sizeof(struct sockaddr_un)}},
#ifdef __x86_64__
	{"open", SYS_open, {TEXT, O_RDONLY}},
	{"creat", SYS_creat, {TEXT, 0600}},
	{"unlink", SYS_unlink, {TEXT}},
	{"fork", SYS_fork, {0}},
	{"vfork", SYS_vfork, {0}},
	{"x32", 0x40000000 | SYS_getpid, {0}},
#endif
};

static uint8_t zeros[256];
static uint8_t page[2 * PAGE] __attribute__((aligned(PAGE)));

/* A descriptor in a message, as a worker must never send one. */
static long
message(void)
{
	static union {
		struct cmsghdr head;
		char room[CMSG_SPACE(sizeof(int))];
	} control;
	static struct iovec iov = {.iov_base = zeros, .iov_len = 16};
	static struct mmsghdr m;

	control.head = (struct cmsghdr){.cmsg_len = CMSG_LEN(sizeof(int)),
		.cmsg_level = SOL_SOCKET, .cmsg_type = SCM_RIGHTS};
	memcpy(CMSG_DATA(&control.head), &(int){FD_EGRESS}, sizeof(int));
	m.msg_hdr = (struct msghdr){.msg_iov = &iov, .msg_iovlen = 1,
		.msg_control = control.room, .msg_controllen = sizeof(control.room)};
	return (long)&m;
}

static long
argument(const struct order *o, long a)
{
	static char path[64];
	static struct iovec vector = {.iov_base = zeros, .iov_len = 16};
	static struct sockaddr_un address = {.sun_family = AF_UNIX};
	static struct linger linger = {.l_onoff = 1, .l_linger = 10};
	static char *argv[2];

	switch (a) {
	case PID:
		return o->pid;
	case MEM:
	case FDS:
		(void)snprintf(path, sizeof(path), "/proc/%d/%s", (int)o->pid, a == MEM ? "mem" : "fd");
		return (long)path;
	case VECTOR:
		return (long)&vector;
	case MESSAGE:
		return message();
	case ADDRESS:
		(void)snprintf(address.sun_path, sizeof(address.sun_path), "%s", o->text);
		return (long)&address;
	case LINGER:
		return (long)&linger;
	case TEXT:
		return (long)o->text;
	case ARGV:
		argv[0] = (char *)o->text;
		return (long)argv;
	case ZEROS:
		return (long)zeros;
	case OWN_PAGE:
		return (long)page;
	default:
		return a;
	}
}

bool
attack_call(const struct order *o)
{
	long a[6], got;
	size_t i, k;

	for (i = 0; i < sizeof(attempts) / sizeof(attempts[0]); i++) {
		if (strcmp(attempts[i].name, o->what) != 0)
			continue;
		for (k = 0; k < 6; k++)
			a[k] = argument(o, attempts[i].a[k]);
		errno = 0;
		got = syscall(attempts[i].nr, a[0], a[1], a[2], a[3], a[4], a[5]);
		attack_answer(o, "returned %ld %s", got, strerrorname_np(errno));
		return true;
	}
	return false;
}
