/*
 * Limits, users and capabilities; see confine.h.  Capabilities are set by the
 * kernel's own call: two numbers need no library.
 */
#include "config.h"

#include <grp.h>
#include <linux/capability.h>
#include <signal.h>
#include <sys/prctl.h>
#include <sys/resource.h>
#include <sys/syscall.h>
#include <unistd.h>

#include "shared/confine/confine.h"

#define CAPS_NURSERY ((1ULL << CAP_SETUID) | (1ULL << CAP_SETGID))
#define CAPS_SUPERVISOR (CAPS_NURSERY | (1ULL << CAP_KILL) | (1ULL << CAP_SETPCAP))

static err_t
limit(__rlimit_resource_t what, rlim_t value)
{
	struct rlimit r = {.rlim_cur = value, .rlim_max = value};

	return setrlimit(what, &r) == 0 ? 0 : ERR_SYSTEM;
}

err_t
confine_limits(const struct confine_limits *l)
{
	err_t err = 0;

	if (l->data != 0)
		err = limit(RLIMIT_DATA, l->data);
	if (err == 0 && l->addresses != 0)
		err = limit(RLIMIT_AS, l->addresses);
	if (err == 0 && l->files != 0)
		err = limit(RLIMIT_NOFILE, l->files);
	if (err == 0 && l->processes != 0)
		err = limit(RLIMIT_NPROC, l->processes);
	if (err == 0 && l->no_core)
		err = limit(RLIMIT_CORE, 0);
	if (err == 0 && l->no_files)
		err = limit(RLIMIT_FSIZE, 0);
	return err;
}

err_t
confine_no_new_privs(void)
{
	return prctl(PR_SET_NO_NEW_PRIVS, 1, 0, 0, 0) == 0 ? 0 : ERR_SYSTEM;
}

err_t
confine_undumpable(void)
{
	return prctl(PR_SET_DUMPABLE, 0) == 0 ? 0 : ERR_SYSTEM;
}

err_t
confine_die_with(pid_t parent)
{
	if (prctl(PR_SET_PDEATHSIG, SIGKILL) != 0)
		return ERR_SYSTEM;
	/* It may have gone before the line above. */
	return getppid() == parent ? 0 : ERR_STATE;
}

/* Effective and permitted become caps, inheritable as told. */
static err_t
set_caps(unsigned long long caps, unsigned long long inheritable)
{
	struct __user_cap_header_struct head = {.version = _LINUX_CAPABILITY_VERSION_3};
	struct __user_cap_data_struct data[2];
	int i;

	for (i = 0; i < 2; i++) {
		data[i].effective = data[i].permitted = (__u32)(caps >> (32 * i));
		data[i].inheritable = (__u32)(inheritable >> (32 * i));
	}
	return syscall(SYS_capset, &head, data) == 0 ? 0 : ERR_SYSTEM;
}

/* No exec may ever give back more than keep; where we are not allowed to say
 * so, whoever started us has. */
static void
bound_caps(unsigned long long keep)
{
	int cap;

	for (cap = 0; prctl(PR_CAPBSET_READ, cap, 0, 0, 0) >= 0; cap++)
		if ((keep >> cap & 1) == 0 && prctl(PR_CAPBSET_DROP, cap, 0, 0, 0) != 0)
			return;
}

static err_t
set_ids(uid_t uid, gid_t gid)
{
	uid_t r, e, s;
	gid_t rg, eg, sg;

	if (setgroups(0, NULL) != 0 || setresgid(gid, gid, gid) != 0 ||
	    setresuid(uid, uid, uid) != 0)
		return ERR_SYSTEM;
	if (getresuid(&r, &e, &s) != 0 || getresgid(&rg, &eg, &sg) != 0)
		return ERR_SYSTEM;
	return r == uid && e == uid && s == uid && rg == gid && eg == gid && sg == gid ?
	    0 : ERR_DENIED;
}

err_t
confine_become(uid_t uid, gid_t gid)
{
	uid_t before = getuid();
	err_t err;

	bound_caps(0);
	err = set_ids(uid, gid);
	if (err == 0)
		err = set_caps(0, 0);
	if (err == 0 && before != uid && setresuid(before, before, before) == 0)
		err = ERR_DENIED;
	return err;
}

err_t
confine_become_nursery(uid_t uid, gid_t gid)
{
	err_t err;

	bound_caps(CAPS_NURSERY);
	if (prctl(PR_SET_KEEPCAPS, 1, 0, 0, 0) != 0)
		return ERR_SYSTEM;
	err = set_ids(uid, gid);
	if (err == 0)
		err = set_caps(CAPS_NURSERY, CAPS_NURSERY);
	if (err == 0 && (prctl(PR_CAP_AMBIENT, PR_CAP_AMBIENT_RAISE, CAP_SETUID, 0, 0) != 0 ||
	    prctl(PR_CAP_AMBIENT, PR_CAP_AMBIENT_RAISE, CAP_SETGID, 0, 0) != 0))
		err = ERR_SYSTEM;
	return err;
}

err_t
confine_supervisor(void)
{
	return set_caps(CAPS_SUPERVISOR, 0);
}
