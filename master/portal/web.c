/* Finding a compiled-in file; see web.h. */
#include "config.h"

#include "master/portal/web.h"

err_t
web_find(struct span name, struct span *out)
{
	const struct web_file *f;

	for (f = web_files; f->name != NULL; f++) {
		if (span_is(name, f->name)) {
			*out = span_of(f->data, f->len);
			return 0;
		}
	}
	return ERR_NOTFOUND;
}
