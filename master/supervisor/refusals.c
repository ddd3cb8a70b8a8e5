/* The kernel's records of refused calls; see refusals.h. */
#include "config.h"

#include <arpa/inet.h>
#include <linux/audit.h>
#include <linux/filter.h>
#include <linux/netlink.h>
#include <poll.h>
#include <stdint.h>
#include <stdlib.h>
#include <string.h>
#include <sys/socket.h>
#include <unistd.h>

#include "master/supervisor/refusals.h"
#include "shared/base/clock.h"

#define RECORD_BYTES 8192
#define WAIT_MS      20
#define MISSED_MOST  3      /* then nothing is waited for any more */

/* The kernel gives us records of filters only, whatever else is audited. */
static err_t
only_filters(int fd)
{
	struct sock_filter code[] = {
		BPF_STMT(BPF_LD | BPF_H | BPF_ABS, offsetof(struct nlmsghdr, nlmsg_type)),
		/* A load turns network order round; the field is in the machine's. */
		BPF_JUMP(BPF_JMP | BPF_JEQ | BPF_K, htons(AUDIT_SECCOMP), 0, 1),
		BPF_STMT(BPF_RET | BPF_K, 0xffffffffU),
		BPF_STMT(BPF_RET | BPF_K, 0),
	};
	const struct sock_fprog program = {.len = sizeof(code) / sizeof(code[0]), .filter = code};

	return setsockopt(fd, SOL_SOCKET, SO_ATTACH_FILTER, &program, sizeof(program)) == 0 ?
	    0 : ERR_SYSTEM;
}

err_t
refusals_open(struct refusals *r)
{
	struct sockaddr_nl address = {.nl_family = AF_NETLINK,
		.nl_groups = 1U << (AUDIT_NLGRP_READLOG - 1)};
	int fd = socket(AF_NETLINK, SOCK_RAW | SOCK_CLOEXEC | SOCK_NONBLOCK, NETLINK_AUDIT);

	memset(r, 0, sizeof(*r));
	r->fd = -1;
	if (fd < 0)
		return ERR_SYSTEM;
	if (only_filters(fd) != 0 ||
	    bind(fd, (struct sockaddr *)&address, sizeof(address)) != 0) {
		(void)close(fd);
		return ERR_SYSTEM;
	}
	r->fd = fd;
	return 0;
}

void
refusals_close(struct refusals *r)
{
	if (r->fd >= 0)
		(void)close(r->fd);
	r->fd = -1;
}

/* The number after key, which stands once in what the kernel wrote: words
 * that a program could choose are quoted and cannot hold a space. */
static bool
number_after(const char *text, const char *key, unsigned long *out)
{
	const char *at = strstr(text, key);
	char *end;

	if (at == NULL)
		return false;
	at += strlen(key);
	*out = strtoul(at, &end, 10);
	return end != at && (*end == ' ' || *end == '\0');
}

bool
refusal_parse(const char *text, struct refusal *out)
{
	unsigned long pid, call, compat;

	if (!number_after(text, " pid=", &pid) || !number_after(text, " syscall=", &call) ||
	    !number_after(text, " compat=", &compat) || pid == 0 || pid > 0x7fffffff ||
	    call > 0x7fffffff)
		return false;
	out->pid = (pid_t)pid;
	out->call = (int)call;
	out->compat = compat != 0;
	return true;
}

void
refusals_read(struct refusals *r)
{
	union {
		struct nlmsghdr head;
		char room[RECORD_BYTES];
	} u;
	struct sockaddr_nl from;
	struct refusal one;
	socklen_t n;
	ssize_t got;

	while (r->fd >= 0) {
		from.nl_pid = UINT32_MAX;
		n = sizeof(from);
		got = recvfrom(r->fd, u.room, sizeof(u.room) - 1, MSG_DONTWAIT,
		    (struct sockaddr *)&from, &n);
		if (got < 0)
			return;
		u.room[got] = '\0';
		/* From the kernel itself. */
		if (from.nl_pid != 0 || (size_t)got < NLMSG_HDRLEN ||
		    u.head.nlmsg_type != AUDIT_SECCOMP ||
		    !refusal_parse(u.room + NLMSG_HDRLEN, &one))
			continue;
		r->kept[r->next] = one;
		r->next = (r->next + 1) % REFUSALS_KEPT;
	}
}

static bool
take(struct refusals *r, pid_t pid, struct refusal *out)
{
	size_t i;

	refusals_read(r);
	for (i = 0; i < REFUSALS_KEPT; i++) {
		if (r->kept[i].pid != pid)
			continue;
		*out = r->kept[i];
		r->kept[i].pid = 0;
		return true;
	}
	return false;
}

bool
refusals_find(struct refusals *r, pid_t pid, struct refusal *out)
{
	struct pollfd p = {.fd = r->fd, .events = POLLIN};
	int64_t end = clock_mono_ms() + WAIT_MS, left;
	bool found;

	if (pid <= 0)
		return false;
	found = take(r, pid, out);

	/* The kernel hands records out a moment after the end. */
	while (!found && r->fd >= 0 && r->missed < MISSED_MOST &&
	    (left = end - clock_mono_ms()) > 0) {
		(void)poll(&p, 1, (int)left);
		found = take(r, pid, out);
	}
	r->missed = found ? 0 : r->missed < MISSED_MOST ? r->missed + 1 : r->missed;
	return found;
}
