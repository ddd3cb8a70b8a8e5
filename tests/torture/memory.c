/* Memory that runs out on order; see memory.h.  Nothing in here allocates. */
#include "config.h"

#include <errno.h>
#include <link.h>
#include <stddef.h>
#include <stdlib.h>
#include <string.h>
#include <sys/mman.h>
#include <sys/syscall.h>
#include <unistd.h>

#include "tests/torture/memory.h"

#if defined(__SANITIZE_ADDRESS__)
#define UNDER_ASAN 1
#elif defined(__has_feature)
#if __has_feature(address_sanitizer)
#define UNDER_ASAN 1
#endif
#endif

#define LIVE_MAX 65536u     /* a power of two */

static struct memory own;
struct memory *memory = &own;

/* --- what is live: a hash table with open addresses --------------------------- */
static struct {
	uintptr_t p;            /* 0: free; 1: was taken */
	uint64_t site;
	uint32_t from;
} live[LIVE_MAX];
static uint32_t live_round;

static size_t
place_of(uintptr_t p)
{
	return (size_t)((p >> 4) * UINT64_C(0x9e3779b97f4a7c15) >> 40) & (LIVE_MAX - 1);
}

static void
forget_all(void)
{
	memset(live, 0, sizeof(live));
	live_round = memory->round;
	memory->live = 0;
}

static void
note(const void *given, enum memory_from from, uint64_t site)
{
	uintptr_t p = (uintptr_t)given;
	size_t i, n;

	if (p == 0 || !memory->on)
		return;
	if (live_round != memory->round)
		forget_all();
	for (i = place_of(p), n = 0; n < LIVE_MAX && live[i].p > 1; i = (i + 1) % LIVE_MAX, n++)
		;
	if (n == LIVE_MAX)
		abort();   /* the table is too small for this test */
	live[i].p = p;
	live[i].site = site;
	live[i].from = from;
	memory->live++;
}

static void
drop(const void *given)
{
	uintptr_t p = (uintptr_t)given;
	size_t i, n;

	if (p == 0 || memory->live == 0 || live_round != memory->round)
		return;
	for (i = place_of(p), n = 0; n < LIVE_MAX && live[i].p != 0; i = (i + 1) % LIVE_MAX, n++) {
		if (live[i].p != p)
			continue;
		live[i].p = 1;
		memory->live--;
		return;
	}
}

bool
memory_live_one(enum memory_from *from, uint64_t *site)
{
	size_t i;

	for (i = 0; memory->live > 0 && i < LIVE_MAX; i++) {
		if (live[i].p <= 1)
			continue;
		*from = live[i].from;
		*site = live[i].site;
		return true;
	}
	return false;
}

bool
memory_none_of_ours(void)
{
	size_t i;

	for (i = 0; i < LIVE_MAX; i++)
		if (live[i].p > 1 && live[i].from == FROM_OURS)
			return false;
	return true;
}

/* --- who asks ------------------------------------------------------------------- */
static struct {
	uintptr_t from, to, base;
	enum memory_from who;
} ranges[96];
static size_t n_ranges;

static enum memory_from
who_is(const char *file)
{
	static const char *const files[] = {
#define X(NAME, name, part) [FROM_##NAME] = (part),
		MEMORY_FROM(X)
#undef X
	};
	size_t i;

	if (file[0] == '\0')
		return FROM_OURS;
	for (i = 0; i < FROM_COUNT; i++)
		if (files[i] != NULL && strstr(file, files[i]) != NULL)
			return (enum memory_from)i;
	return FROM_OTHER;
}

static int
on_file(struct dl_phdr_info *info, size_t size, void *arg)
{
	size_t i;

	(void)size;
	(void)arg;
	for (i = 0; i < info->dlpi_phnum; i++) {
		const ElfW(Phdr) *h = &info->dlpi_phdr[i];

		if (h->p_type != PT_LOAD || (h->p_flags & PF_X) == 0 ||
		    n_ranges == sizeof(ranges) / sizeof(ranges[0]))
			continue;
		ranges[n_ranges].base = info->dlpi_addr;
		ranges[n_ranges].from = info->dlpi_addr + h->p_vaddr;
		ranges[n_ranges].to = info->dlpi_addr + h->p_vaddr + h->p_memsz;
		ranges[n_ranges].who = who_is(info->dlpi_name);
		n_ranges++;
	}
	return 0;
}

static enum memory_from
whose(const void *caller, uint64_t *site)
{
	uintptr_t at = (uintptr_t)caller;
	size_t i;

	*site = at;
	if (!memory->on)
		return FROM_OTHER;   /* nobody wants to know */
	if (n_ranges == 0)
		(void)dl_iterate_phdr(on_file, NULL);
	for (i = 0; i < n_ranges; i++) {
		if (at < ranges[i].from || at >= ranges[i].to)
			continue;
		*site = at - ranges[i].base;
		return ranges[i].who;
	}
	return FROM_OTHER;
}

/* --- the order ------------------------------------------------------------------ */
void
memory_begin(uint32_t who, uint64_t k, uint64_t n)
{
	size_t i;

	memory->on = 0;
	memory->who = who;
	memory->round++;
	memory->seen = memory->failed_n = 0;
	for (i = 0; i < FROM_COUNT; i++)
		memory->failed[i] = 0;
	memory->first_copy = false;
	memory->fail_at = k;
	memory->fail_n = n;
	forget_all();
}

void
memory_on(bool on)
{
	memory->on = on;
}

const char *
memory_from_name(enum memory_from from)
{
	static const char *const names[] = {
#define X(NAME, name, part) [FROM_##NAME] = (name),
		MEMORY_FROM(X)
#undef X
	};

	return names[from];
}

static bool
refused(enum memory_from from, uint64_t site)
{
	if (!memory->on || (memory->who & FROM_BIT(from)) == 0)
		return false;
	memory->seen++;
	if (memory->fail_at == 0 || memory->seen < memory->fail_at ||
	    memory->seen - memory->fail_at >= memory->fail_n)
		return false;
	if (memory->failed_n++ == 0) {
		memory->first_site = site;
		memory->first_from = from;
	}
	memory->failed[from]++;
	errno = ENOMEM;
	return true;
}

/* --- the functions ---------------------------------------------------------------- */
#ifdef UNDER_ASAN
#define real_malloc  __real_malloc
#define real_calloc  __real_calloc
#define real_realloc __real_realloc
#define real_free    __real_free
#else
#define real_malloc  __libc_malloc
#define real_calloc  __libc_calloc
#define real_realloc __libc_realloc
#define real_free    __libc_free
#endif
void *real_malloc(size_t n);
void *real_calloc(size_t n, size_t size);
void *real_realloc(void *old, size_t n);
void real_free(void *p);

static void *
give(size_t n, bool zeroed, const void *caller)
{
	uint64_t site;
	enum memory_from from = whose(caller, &site);
	void *p;

	if (refused(from, site))
		return NULL;
	p = zeroed ? real_calloc(1, n) : real_malloc(n);
	note(p, from, site);
	return p;
}

static void *
give_again(void *old, size_t n, const void *caller)
{
	uint64_t site;
	enum memory_from from = whose(caller, &site);
	void *p;

	if (refused(from, site))
		return NULL;
	p = real_realloc(old, n);
	if (p == NULL && n > 0)
		return NULL;
	drop(old);
	note(p, from, site);
	return p;
}

static void
take_back(void *p)
{
	int was = errno;

	drop(p);
	real_free(p);
	errno = was;
}

static char *
give_copy(const char *s, size_t n, const void *caller)
{
	uint64_t before = memory->failed_n;
	char *p = give(n + 1, false, caller);

	if (p == NULL && before == 0)
		memory->first_copy = true;
	if (p != NULL) {
		memcpy(p, s, n);
		p[n] = '\0';
	}
	return p;
}

/* Pages of our own code are memory like any other; a secret is kept in one. */
static void *
give_pages(void *at, size_t n, int prot, int flags, int fd, off_t off, const void *caller)
{
	uint64_t site;
	enum memory_from from = whose(caller, &site);
	long p;

	if (from == FROM_OURS && (flags & MAP_ANONYMOUS) != 0 && refused(from, site))
		return MAP_FAILED;
	p = syscall(SYS_mmap, at, n, prot, flags, fd, off);
	if (p == -1)
		return MAP_FAILED;
	if (from == FROM_OURS && (flags & MAP_ANONYMOUS) != 0)
		note((void *)p, from, site);
	return (void *)p;
}

static int
take_pages(void *at, size_t n)
{
	drop(at);
	return (int)syscall(SYS_munmap, at, n);
}

#define CALLER __builtin_return_address(0)
#define FUNCTIONS(F) \
	void *F(malloc)(size_t n); \
	void *F(malloc)(size_t n) { return give(n, false, CALLER); } \
	void *F(calloc)(size_t n, size_t size); \
	void *F(calloc)(size_t n, size_t size) \
	{ \
		return size != 0 && n > SIZE_MAX / size ? NULL : give(n * size, true, CALLER); \
	} \
	void *F(realloc)(void *p, size_t n); \
	void *F(realloc)(void *p, size_t n) { return give_again(p, n, CALLER); } \
	void F(free)(void *p); \
	void F(free)(void *p) { take_back(p); } \
	char *F(strdup)(const char *s); \
	char *F(strdup)(const char *s) { return give_copy(s, strlen(s), CALLER); } \
	char *F(strndup)(const char *s, size_t n); \
	char *F(strndup)(const char *s, size_t n) { return give_copy(s, strnlen(s, n), CALLER); } \
	void *F(mmap)(void *at, size_t n, int prot, int flags, int fd, off_t off); \
	void *F(mmap)(void *at, size_t n, int prot, int flags, int fd, off_t off) \
	{ \
		return give_pages(at, n, prot, flags, fd, off, CALLER); \
	} \
	int F(munmap)(void *at, size_t n); \
	int F(munmap)(void *at, size_t n) { return take_pages(at, n); }
#define PLAIN(f)   f
#define WRAPPED(f) __wrap_##f

#ifndef TORTURE_PRELOAD
FUNCTIONS(WRAPPED)
#endif
#ifndef UNDER_ASAN
FUNCTIONS(PLAIN)
#endif

#ifdef TORTURE_PRELOAD
/* The test's page, on the descriptor that it named; closed before main. */
static void __attribute__((constructor))
begin(void)
{
	const char *text = getenv("TORTURE_FD");
	int fd = text == NULL ? -1 : atoi(text);
	void *page;

	(void)dl_iterate_phdr(on_file, NULL);
	if (fd < 0)
		return;
	page = give_pages(NULL, sizeof(*memory), PROT_READ | PROT_WRITE, MAP_SHARED, fd, 0, NULL);
	if (page == MAP_FAILED)
		abort();
	memory = page;
	(void)close(fd);
}
#endif
