/*
 * For tests/coverage.sh alone, in no program that is installed: a process that
 * ends with _exit writes what it counted first, and may write files at all.
 * Linked with -Wl,--wrap=_exit -Wl,--wrap=setrlimit.
 */
#include <sys/resource.h>
#include <unistd.h>

void __gcov_dump(void);   /* gcc's own library of counters */
void __real__exit(int status) __attribute__((noreturn));
void __wrap__exit(int status) __attribute__((noreturn));
int __real_setrlimit(__rlimit_resource_t what, const struct rlimit *r);
int __wrap_setrlimit(__rlimit_resource_t what, const struct rlimit *r);

void
__wrap__exit(int status)
{
	__gcov_dump();
	__real__exit(status);
}

int
__wrap_setrlimit(__rlimit_resource_t what, const struct rlimit *r)
{
	return what == RLIMIT_FSIZE ? 0 : __real_setrlimit(what, r);
}
