/*
 * What a worker offers: its tools, prompts, resources and templates, and what
 * of it changes.  One table of each; the capabilities, the lists and the methods
 * that exist all come from here, so that nothing is promised that is not kept
 * (docs/protocol.md section 9).
 *
 * A program has one catalog, named worker_catalog: worker/catalog.c for the
 * shipped one, another file for programs of tests.  Must not know HTTP,
 * JSON-RPC or eras.
 */
#ifndef TONEARM_WORKER_MCP_CATALOG_H
#define TONEARM_WORKER_MCP_CATALOG_H

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

#include "shared/base/err.h"
#include "shared/base/span.h"
#include "worker/tools/tool.h"

struct call;
struct json_object;
struct worker;

/*
 * A text that is filled in from outside: an argument of a prompt or a variable of
 * a template.  A table ends with an entry without a name.  For completion there
 * are either words, or one of two functions, which end with call_done.  suggest is
 * given the text so far as call_str(c, "value") and the others filled in as
 * call_other(c, name), and answers with call_suggest.  all says with call_offer
 * whatever can be filled in, for the credential's scopes and the argument named by
 * `by`; it is asked for now and then only, and fits chooses from what it said.
 */
struct text_arg {
	const char *name, *title, *about;    /* title, about: NULL: none */
	bool required;                       /* prompts */
	const char *const *words;            /* ends with NULL; NULL: none */
	void (*suggest)(struct call *call);  /* NULL: none */
	void (*all)(struct call *call);      /* NULL: none */
	const char *by;                      /* NULL: all depends on no other */
	/* Is a name meant by what was typed? */
	bool (*fits)(const char *name, const char *typed);
};

/* A prompt; run adds messages (call_message, call_message_block) and ends the
 * call.  Arguments are read with call_str. */
struct prompt {
	const char *name, *title, *about;
	const struct text_arg *args;         /* NULL: none */
	const struct icon *icons;            /* NULL: none */
	uint32_t scope;                      /* SCOPE_* needed */
	void (*run)(struct call *call);
};

/*
 * How it is found out that what a resource says has changed, while somebody
 * listens (watch.h).  run is given the URI as call_str(c, "uri") and says with
 * call_text, in whatever form, all that matters of its present state.  When it
 * fails it may set pause_s of the call: nothing is looked at before.  A look that
 * asks Spotify several times counts as so many, and the next is so much later.
 */
struct look {
	void (*run)(struct call *call);
	unsigned least_s, most_s;            /* between two looks: after a change, at rest */
};

/*
 * A resource: either the structured answer of a tool (offered where the catalog
 * has that tool and the scopes allow it), or what read makes with call_contents
 * and call_blob.  read is given the URI as call_str(c, "uri").
 * A table ends with an entry without a uri.
 */
struct resource {
	const char *uri, *name, *title, *about, *mime;
	const char *tool;                    /* or: */
	void (*read)(struct call *call);
	uint32_t scope;                      /* for read; a tool has its own */
	bool subscribable;                   /* mcp_resource_updated is called for it */
	const struct look *look;             /* by this, if it is not NULL */
	const struct icon *icons;            /* NULL: none */
};

/*
 * The same for all URIs of a form.  match finds the arguments in a URI: a new
 * object in *args for the tool's check, or for read, to which "uri" is added.
 * ERR_SYNTAX: not of this form.  NULL: each {name} of the template stands for
 * one to 64 unreserved characters (RFC 3986 section 2.3), not "." nor "..", and
 * becomes the argument of that name.  A table ends with an entry without a uri.
 */
struct resource_template {
	const char *uri, *name, *title, *about, *mime;   /* uri: RFC 6570, level 1 */
	err_t (*match)(struct span uri, struct json_object **args);
	const struct text_arg *vars;         /* for completion; NULL: none */
	const char *tool;
	void (*read)(struct call *call);
	uint32_t scope;
	bool subscribable;
	bool (*watched)(struct span uri);    /* which of them; NULL: all */
	const struct look *look;
	const struct icon *icons;
};

struct catalog {
	const struct tool *const *tools;          /* each ends with NULL, */
	const struct prompt *const *prompts;      /* or is NULL */
	const struct resource *resources;
	const struct resource_template *templates;
	/* Announced by mcp_tools_changed and its siblings (announce.h). */
	bool tools_change, prompts_change, resources_change;
	bool subscribe;                           /* some resource is subscribable */
	bool logging;                             /* tools call call_log */
	bool tasks;                               /* tools call call_as_task */
	/* Questions that this worker's looks may ask in a day; 0, and NULL: no bound. */
	unsigned (*looks_a_day)(const struct worker *w);
	const struct icon *icons;                 /* the server's own; NULL: none */
};

/* The program's catalog. */
extern const struct catalog worker_catalog;

/* The entry of that name; NULL: none. */
const struct tool *catalog_tool(const struct catalog *c, struct span name);
const struct prompt *catalog_prompt(const struct catalog *c, struct span name);

/* The tool behind a resource or template, NULL where it has none or the
 * catalog lacks it.  name may be NULL. */
const struct tool *catalog_tool_behind(const struct catalog *c, const char *name);

/* Is there anything of the kind, for whichever scopes? */
bool catalog_has_prompts(const struct catalog *c);
bool catalog_has_resources(const struct catalog *c);
/* Is there anything to complete? */
bool catalog_has_completion(const struct catalog *c);

bool catalog_has_tasks(const struct catalog *c);

/* May these scopes see the entry? */
bool catalog_offers_resource(const struct catalog *c, const struct resource *r, uint32_t scopes);
bool catalog_offers_template(const struct catalog *c, const struct resource_template *t,
    uint32_t scopes);

/* May a client with these scopes subscribe to this URI (S-8)?  And how is it looked
 * at; NULL: it is not. */
bool catalog_subscribable(const struct catalog *c, struct span uri, uint32_t scopes);
const struct look *catalog_look(const struct catalog *c, struct span uri);

/*
 * Finds the arguments in a URI by a template, with its match or the general one.
 * ERR_SYNTAX: not of that form; ERR_NOMEM.  *args is new, the caller puts it.
 */
err_t catalog_match(const struct resource_template *t, struct span uri,
    struct json_object **args) MUST_CHECK;

#endif
