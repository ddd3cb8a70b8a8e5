/*
 * Pages from the files of web/.  A file is HTML with few marks in it:
 *
 *   {{name}}         outside text, between tags
 *   {{attr name}}    outside text, inside a quoted attribute value
 *   {{url name}}     an address, as a whole quoted attribute value
 *   {{app name}}     the same of an address that opens a program
 *   {{#name}} ... {{/name}}   shown if name is true or not empty; for a list,
 *                             once for each of its entries
 *   {{^name}} ... {{/name}}   shown if name is false or empty
 *   {{> file.html}}           that file in this place
 *
 * Strict: a mark in the wrong place, an unknown name, a section that does not
 * close or ends in another place than it began (text, tag, value) is an error,
 * never a page.  Knows nothing of what the names mean.
 */
#ifndef TONEARM_PORTAL_TEMPLATE_H
#define TONEARM_PORTAL_TEMPLATE_H

#include <stdbool.h>
#include <stddef.h>

#include "shared/base/buf.h"
#include "shared/base/err.h"
#include "shared/base/span.h"

#define VIEW_VALUES_MAX 80

enum view_kind { VIEW_TEXT, VIEW_FLAG, VIEW_LIST };

struct view_value {
	const char *name;
	enum view_kind kind;
	struct span text;
	bool flag;
	const struct view *items;
	size_t n_items;
};

/* What a page may name.  Everything in it is only referred to. */
struct view {
	struct view_value values[VIEW_VALUES_MAX];
	size_t n;
	bool full;   /* a value found no room: rendering fails */
};

/* Adds a value; a later one of the same name replaces the earlier. */
void view_text(struct view *v, const char *name, struct span text);
void view_flag(struct view *v, const char *name, bool flag);
void view_list(struct view *v, const char *name, const struct view *items, size_t n);

/*
 * Appends the page made from a file.  Inside a list's section names are looked
 * up in the entry first, then in v.  ERR_SYNTAX for a file that breaks the
 * rules, ERR_NOTFOUND for an unknown name or file, ERR_LIMIT, ERR_NOMEM.
 */
err_t template_render(const char *file, const struct view *v, struct buf *out) MUST_CHECK;

#endif
