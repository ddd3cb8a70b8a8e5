/* Look-ups in a catalog; see catalog.h. */
#include "config.h"

#include <string.h>

#include "shared/json/json.h"
#include "worker/mcp/catalog.h"

#define VAR_MOST   64   /* bytes of a variable in a URI */
#define NAME_MOST  64    /* bytes of its name */

const struct tool *
catalog_tool(const struct catalog *c, struct span name)
{
	const struct tool *const *t;

	for (t = c->tools; t != NULL && *t != NULL; t++)
		if (span_is(name, (*t)->name))
			return *t;
	return NULL;
}

const struct prompt *
catalog_prompt(const struct catalog *c, struct span name)
{
	const struct prompt *const *p;

	for (p = c->prompts; p != NULL && *p != NULL; p++)
		if (span_is(name, (*p)->name))
			return *p;
	return NULL;
}

const struct tool *
catalog_tool_behind(const struct catalog *c, const char *name)
{
	return name == NULL ? NULL : catalog_tool(c, span_str(name));
}

/* Is a resource or template of these members there for the scopes? */
static bool
offers(const struct catalog *c, const char *tool, uint32_t needed, uint32_t scopes)
{
	const struct tool *t = catalog_tool_behind(c, tool);

	if (tool == NULL)
		return scope_allows(needed, scopes);
	return t != NULL && tool_allowed(t, scopes);
}

bool
catalog_offers_resource(const struct catalog *c, const struct resource *r, uint32_t scopes)
{
	return offers(c, r->tool, r->scope, scopes);
}

bool
catalog_offers_template(const struct catalog *c, const struct resource_template *t, uint32_t scopes)
{
	return offers(c, t->tool, t->scope, scopes);
}

bool
catalog_has_prompts(const struct catalog *c)
{
	return c->prompts != NULL && c->prompts[0] != NULL;
}

bool
catalog_has_resources(const struct catalog *c)
{
	const struct resource_template *t;
	const struct resource *r;

	for (r = c->resources; r != NULL && r->uri != NULL; r++)
		if (catalog_offers_resource(c, r, SCOPE_ALL))
			return true;
	for (t = c->templates; t != NULL && t->uri != NULL; t++)
		if (catalog_offers_template(c, t, SCOPE_ALL))
			return true;
	return false;
}

static bool
completes(const struct text_arg *a)
{
	for (; a != NULL && a->name != NULL; a++)
		if (a->words != NULL || a->suggest != NULL || a->all != NULL)
			return true;
	return false;
}

bool
catalog_has_tasks(const struct catalog *c)
{
	return c->tasks;
}

bool
catalog_has_completion(const struct catalog *c)
{
	const struct prompt *const *p;
	const struct resource_template *t;

	for (p = c->prompts; p != NULL && *p != NULL; p++)
		if (completes((*p)->args))
			return true;
	for (t = c->templates; t != NULL && t->uri != NULL; t++)
		if (completes(t->vars) && catalog_offers_template(c, t, SCOPE_ALL))
			return true;
	return false;
}

static bool
unreserved(uint8_t ch)
{
	return (ch >= 'a' && ch <= 'z') || (ch >= 'A' && ch <= 'Z') || (ch >= '0' && ch <= '9') ||
	    ch == '-' || ch == '.' || ch == '_' || ch == '~';
}

/* Takes what stands for a variable off *uri, up to the byte that follows it in
 * the template. */
static struct span
take_var(struct span *uri, char until)
{
	struct span var = span_of(uri->p, 0);

	while (var.n < uri->n && var.n <= VAR_MOST && unreserved(uri->p[var.n]) &&
	    (until == '\0' || uri->p[var.n] != (uint8_t)until))
		var.n++;
	*uri = span_of(uri->p + var.n, uri->n - var.n);
	return var;
}

/* The general match: literal text and {name}. */
static err_t
match(const char *form, struct span uri, struct json_object *args)
{
	char name[NAME_MOST];

	while (*form != '\0') {
		const char *end = *form == '{' ? strchr(form, '}') : NULL;
		struct span var;
		err_t err;

		if (end == NULL) {
			if (uri.n == 0 || uri.p[0] != (uint8_t)*form)
				return ERR_SYNTAX;
			uri = span_of(uri.p + 1, uri.n - 1);
			form++;
			continue;
		}
		var = take_var(&uri, end[1]);
		if (var.n == 0 || var.n > VAR_MOST || span_is(var, ".") || span_is(var, "..") || (size_t)(end - form) > sizeof(name))
			return ERR_SYNTAX;
		memcpy(name, form + 1, (size_t)(end - form) - 1);
		name[end - form - 1] = '\0';
		err = json_add_str(args, name, var);
		if (err != 0)
			return err;
		form = end + 1;
	}
	return uri.n == 0 ? 0 : ERR_SYNTAX;
}

err_t
catalog_match(const struct resource_template *t, struct span uri, struct json_object **args)
{
	struct json_object *found;
	err_t err;

	if (t->match != NULL)
		return t->match(uri, args);
	found = json_object_new_object();
	err = found == NULL ? ERR_NOMEM : match(t->uri, uri, found);
	if (err == 0)
		*args = found;
	else
		json_object_put(found);
	return err;
}

/* The resource or template that stands for a URI that can be subscribed to; both
 * NULL: there is none. */
static void
find_subscribable(const struct catalog *c, struct span uri, const struct resource **resource,
    const struct resource_template **template)
{
	const struct resource_template *t;
	const struct resource *r;
	struct json_object *args = NULL;

	*resource = NULL;
	*template = NULL;
	for (r = c->resources; r != NULL && r->uri != NULL; r++)
		if (r->subscribable && span_is(uri, r->uri)) {
			*resource = r;
			return;
		}
	for (t = c->templates; t != NULL && t->uri != NULL; t++) {
		if (!t->subscribable || (t->watched != NULL && !t->watched(uri)) ||
		    catalog_match(t, uri, &args) != 0)
			continue;
		json_object_put(args);
		*template = t;
		return;
	}
}

bool
catalog_subscribable(const struct catalog *c, struct span uri, uint32_t scopes)
{
	const struct resource_template *t;
	const struct resource *r;

	find_subscribable(c, uri, &r, &t);
	if (r != NULL)
		return catalog_offers_resource(c, r, scopes);
	return t != NULL && catalog_offers_template(c, t, scopes);
}

const struct look *
catalog_look(const struct catalog *c, struct span uri)
{
	const struct resource_template *t;
	const struct resource *r;

	find_subscribable(c, uri, &r, &t);
	return r != NULL ? r->look : t != NULL ? t->look : NULL;
}
