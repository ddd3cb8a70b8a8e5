/* Locked memory for secrets; see secret.h. */
#include "config.h"

#include <string.h>
#include <sys/mman.h>

#include "shared/base/secret.h"

#define PAGE_BYTES 4096

err_t
secret_set(struct secret *out, struct span s)
{
	void *page;

	if (s.n > SECRET_MAX)
		return ERR_LIMIT;
	page = mmap(NULL, PAGE_BYTES, PROT_READ | PROT_WRITE,
	    MAP_PRIVATE | MAP_ANONYMOUS, -1, 0);
	if (page == MAP_FAILED)
		return ERR_NOMEM;
	/* Best effort: a low RLIMIT_MEMLOCK must not stop a user's worker. */
	(void)mlock(page, PAGE_BYTES);
	(void)madvise(page, PAGE_BYTES, MADV_DONTDUMP);
	(void)madvise(page, PAGE_BYTES, MADV_WIPEONFORK);
	if (s.n > 0)
		memcpy(page, s.p, s.n);
	secret_clear(out);
	out->page = page;
	out->len = s.n;
	return 0;
}

void
secret_clear(struct secret *s)
{
	if (s->page != NULL) {
		explicit_bzero(s->page, PAGE_BYTES);
		(void)munmap(s->page, PAGE_BYTES);
	}
	s->page = NULL;
	s->len = 0;
}

struct span
secret_span(const struct secret *s)
{
	return (struct span){.p = s->page, .n = s->len};
}

int
secret_equal(const void *a, const void *b, size_t n)
{
	const volatile uint8_t *x = a, *y = b;
	uint8_t diff = 0;
	size_t i;

	for (i = 0; i < n; i++)
		diff = (uint8_t)(diff | (x[i] ^ y[i]));
	return diff == 0;
}
