/*
 * Landlock by its raw system calls; see landlock.h.  Debian's headers may know
 * less than the kernel, so numbers and bits are given here, from the kernel's
 * documentation (userspace-api/landlock).
 */
#include "config.h"

#include <errno.h>
#include <fcntl.h>
#include <sys/stat.h>
#include <sys/syscall.h>
#include <unistd.h>

#include "shared/confine/landlock.h"

#ifndef SYS_landlock_create_ruleset
#define SYS_landlock_create_ruleset 444
#define SYS_landlock_add_rule       445
#define SYS_landlock_restrict_self  446
#endif

#define ASK_VERSION (1U << 0)   /* flag of landlock_create_ruleset */
#define RULE_PATH   1
#define RULE_PORT   2

#define FS_READ_FILE (UINT64_C(1) << 2)
#define FS_READ_DIR  (UINT64_C(1) << 3)
#define NET_BIND     (UINT64_C(1) << 0)
#define NET_CONNECT  (UINT64_C(1) << 1)
#define SCOPE_SOCKET (UINT64_C(1) << 0)   /* abstract unix sockets of others */
#define SCOPE_SIGNAL (UINT64_C(1) << 1)   /* signals to others */

/* As the kernel lays them out. */
struct rule_path {
	uint64_t allowed;
	int32_t parent;
} __attribute__((packed));
struct rule_port {
	uint64_t allowed, port;
};

/* What looking up a host's name reads. */
static const char *const name_files[] = {
	"/etc", "/run/systemd/resolve", "/run/resolvconf", "/run/NetworkManager", "/run/connman",
	"/run/nscd",
};
/* And TLS with a server's certificate. */
static const char *const tls_files[] = {"/usr/lib/ssl", "/usr/share/ca-certificates",
	"/usr/local/share/ca-certificates"};

int
confine_landlock_abi(void)
{
	long abi = syscall(SYS_landlock_create_ruleset, NULL, 0, ASK_VERSION);

	return abi < 0 ? 0 : (int)abi;
}

struct landlock_handled
landlock_handled(int abi, enum confine_role role)
{
	/* How many of the file rights each version has: 13 at first, then moving
	 * between folders (2), truncation (3), device controls (5). */
	static const unsigned rights[] = {0, 13, 14, 15, 15, 16};
	struct landlock_handled h = {.files = 0};

	if (abi <= 0)
		return h;
	h.files = (UINT64_C(1) << rights[abi > 5 ? 5 : abi]) - 1;
	if (abi >= 4)
		/* PostgreSQL may be at any port, of several hosts. */
		h.ports = role == CONFINE_VAULT ? NET_BIND : NET_BIND | NET_CONNECT;
	if (abi >= 6)
		/* And at a socket without a file. */
		h.scopes = role == CONFINE_VAULT ? SCOPE_SIGNAL : SCOPE_SIGNAL | SCOPE_SOCKET;
	return h;
}

/* Lets path, or everything below it, be read.  What is not there is skipped. */
static err_t
keep_path(int fd, const char *path)
{
	struct rule_path rule = {.allowed = FS_READ_FILE};
	struct stat st;
	err_t err = 0;

	rule.parent = open(path, O_PATH | O_CLOEXEC);
	if (rule.parent < 0)
		return 0;
	if (fstat(rule.parent, &st) == 0 && S_ISDIR(st.st_mode))
		rule.allowed |= FS_READ_DIR;
	if (syscall(SYS_landlock_add_rule, fd, RULE_PATH, &rule, 0) != 0)
		err = ERR_SYSTEM;
	(void)close(rule.parent);
	return err;
}

static err_t
keep_paths(int fd, const char *const *paths, size_t n)
{
	size_t i;
	err_t err = 0;

	for (i = 0; i < n && err == 0; i++)
		err = keep_path(fd, paths[i]);
	return err;
}

static err_t
keep_ports(int fd, const struct confine_keep *keep)
{
	size_t i;

	for (i = 0; i < keep->n_ports; i++) {
		const struct rule_port rule = {.allowed = NET_CONNECT, .port = keep->ports[i]};

		if (syscall(SYS_landlock_add_rule, fd, RULE_PORT, &rule, 0) != 0)
			return ERR_SYSTEM;
	}
	return 0;
}

err_t
landlock_rules(enum confine_role role, const struct confine_keep *keep, int *out)
{
	struct landlock_handled h = landlock_handled(confine_landlock_abi(), role);
	int fd;
	err_t err = 0;

	*out = -1;
	if (keep != NULL && keep->any_port)
		h.ports &= ~NET_CONNECT;
	if (h.files == 0)
		return 0;
	fd = (int)syscall(SYS_landlock_create_ruleset, &h, sizeof(h), 0);
	if (fd < 0)
		return ERR_SYSTEM;
	if (role == CONFINE_VAULT)
		err = keep_paths(fd, name_files, sizeof(name_files) / sizeof(name_files[0]));
	if (err == 0 && role == CONFINE_VAULT)
		err = keep_paths(fd, tls_files, sizeof(tls_files) / sizeof(tls_files[0]));
	if (err == 0 && keep != NULL)
		err = keep_paths(fd, keep->paths, keep->n_paths);
	if (err == 0 && keep != NULL && (h.ports & NET_CONNECT) != 0)
		err = keep_ports(fd, keep);
	if (err != 0)
		(void)close(fd);
	else
		*out = fd;
	return err;
}

err_t
landlock_enter(int fd)
{
	if (fd < 0)
		return 0;
	return syscall(SYS_landlock_restrict_self, fd, 0) == 0 ? 0 : ERR_SYSTEM;
}
