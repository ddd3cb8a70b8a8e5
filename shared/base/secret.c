/* Locked memory for secrets; see secret.h. */
#include "config.h"

#include <string.h>
#include <sys/mman.h>

#include "shared/base/secret.h"

#define PAGE_BYTES 4096
#define SPARE_PAGES 16

/*
 * Wiped pages for the next secrets: a front end holds one for each request,
 * and making and unmaking one costs five calls and a page fault.
 */
static struct {
	void *page[SPARE_PAGES];
	unsigned n;
} spare;

static void *
page_get(void)
{
	void *page;

	if (spare.n > 0)
		return spare.page[--spare.n];
	page = mmap(NULL, PAGE_BYTES, PROT_READ | PROT_WRITE,
	    MAP_PRIVATE | MAP_ANONYMOUS, -1, 0);
	if (page == MAP_FAILED)
		return NULL;
	/* Best effort: a low RLIMIT_MEMLOCK must not stop a user's worker. */
	(void)mlock(page, PAGE_BYTES);
	(void)madvise(page, PAGE_BYTES, MADV_DONTDUMP);
	(void)madvise(page, PAGE_BYTES, MADV_WIPEONFORK);
	return page;
}

err_t
secret_set(struct secret *out, struct span s)
{
	void *page;

	if (s.n > SECRET_MAX)
		return ERR_LIMIT;
	page = page_get();
	if (page == NULL)
		return ERR_NOMEM;
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
		if (spare.n < SPARE_PAGES)
			spare.page[spare.n++] = s->page;
		else
			(void)munmap(s->page, PAGE_BYTES);
	}
	s->page = NULL;
	s->len = 0;
}

void
secret_settle(void)
{
	while (spare.n > 0)
		(void)munmap(spare.page[--spare.n], PAGE_BYTES);
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
