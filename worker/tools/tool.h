/*
 * What a tool is: one table entry, from which come the published schemas, the
 * checking of arguments, the scope filter and the documents (docs/tools.md).
 * Nothing about a tool is written twice.
 *
 * A handler's file (worker/tools/search.c and so on) defines
 *     const struct tool tool_search = { .name = "search", ... };
 * and adds X(search) to worker/tools/list.h.  It must not know HTTP, JSON-RPC
 * or which era of the protocol asks.
 */
#ifndef TONEARM_WORKER_TOOLS_TOOL_H
#define TONEARM_WORKER_TOOLS_TOOL_H

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

#include "shared/base/err.h"
#include "shared/ipc/words.h"

struct call;

enum arg_type {
	ARG_STR,    /* text */
	ARG_INT,    /* whole number; also taken as text ("20") */
	ARG_BOOL,   /* true or false; also taken as text */
	ARG_STRS    /* array of text; a single text is taken as an array of one */
};

/* One argument; a table of them ends with an entry without a name. */
struct arg {
	const char *name;
	enum arg_type type;
	bool required;
	const char *about;         /* description for the model */
	int64_t min, max;          /* ARG_INT: bounds; both 0: none */
	unsigned max_bytes;        /* text, each item: most bytes; 0: 1024 */
	unsigned min_items;        /* ARG_STRS */
	unsigned max_items;        /* ARG_STRS; 0: 100 */
	const char *const *words;  /* the only values (text, items); ends with NULL */
	const char *fallback;      /* value when absent, as text ("20", "true"); NULL: none */
	/* x-mcp-header: clients of 2026-07-28 repeat the value in the header
	 * Mcp-Param-<header> (M-10, M-11).  A token, unique in the tool without
	 * case, never for ARG_STRS nor for a secret.  NULL: none. */
	const char *header;
};

/* An icon (9.11); a table ends with an entry without a src. */
struct icon {
	const char *src;           /* data: or https:, or /path behind server.public_url */
	const char *mime;          /* NULL: not said, as the next two */
	const char *sizes;         /* "any", or sizes with spaces between: "48x48 96x96" */
	const char *theme;         /* "light", "dark" */
};

enum out_type {
	OUT_STR, OUT_INT, OUT_NUM, OUT_BOOL,
	OUT_STRS,   /* array of text */
	OUT_OBJ,    /* object with .fields (NULL: any members) */
	OUT_OBJS    /* array of such objects */
};

/* One member of structuredContent; a table ends with an entry without a name.
 * Members that are not `always` may be missing; null is never a value. */
struct out {
	const char *name;
	enum out_type type;
	bool always;
	bool quiet;                /* told on the page of the tools only, not in tools/list */
	const char *about;         /* NULL: none */
	const struct out *fields;  /* OUT_OBJ, OUT_OBJS */
};

struct tool {
	const char *name;            /* [a-z][a-z0-9_]{0,39} (T-3) */
	const char *title;
	const char *about;           /* description, less than 2 KB (T-4) */
	const struct arg *args;      /* NULL: none */
	const struct out *out;       /* members of structuredContent */
	bool read_only, destructive, idempotent, open_world;   /* hints (T-14) */
	uint32_t scope;              /* SCOPE_* needed; 0: every credential may */
	uint32_t scope_or;           /* SCOPE_* that will do in its place; 0: none */
	const char *spotify_scopes;  /* space-separated; NULL: none */
	unsigned max_requests;       /* most requests to Spotify for one call */
	bool bulk;                   /* long work: what others wait for comes first */
	void (*run)(struct call *call);   /* starts the work; see call.h */
	const struct icon *icons;    /* NULL: none */
	/* The published schema as JSON text, for a tool of a test that shows one
	 * which args cannot say: its arguments are then not checked.  NULL: from
	 * args, as for every tool of the shipped program. */
	const char *raw_input_schema;
};

/* All tools in the order in which they are listed; NULL after the last. */
extern const struct tool *const tool_table[];
extern const size_t tool_table_n;

/* Do these scopes of a credential allow the tool, or what needs those scopes?  A
 * write scope implies its read scope (docs/tools.md). */
bool tool_allowed(const struct tool *tool, uint32_t scopes);
bool scope_allows(uint32_t needed, uint32_t scopes);

/* Names of the scopes in the mask, space-separated ("library:read ..."), into
 * out of n bytes; returns out. */
const char *scope_names(uint32_t scopes, char *out, size_t n);
/* Those a tool needs, likewise: "playlists:read or library:read". */
const char *tool_scopes(const struct tool *tool, char *out, size_t n);

struct json_object;

/* The published schemas, new references that the caller puts.  headers: with
 * x-mcp-header, for 2026-07-28 only.  NULL: memory ran out. */
struct json_object *tool_input_schema(const struct tool *tool, bool headers);
struct json_object *tool_output_schema(const struct tool *tool);

/*
 * Checks the arguments a client sent (an object, or NULL for none) and makes
 * the clean ones: declared names only, right types, fallbacks filled in.  The
 * clean object goes to *out (the caller puts it).  ERR_SYNTAX with a sentence
 * for the model in why (at most n bytes), ERR_NOMEM.  Forgiving as docs/tools.md
 * says: numbers and booleans as text, null for absent, one text for an array.
 */
err_t tool_check_args(const struct tool *tool, struct json_object *sent,
    struct json_object **out, char *why, size_t n) MUST_CHECK;

#endif
