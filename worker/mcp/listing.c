/*
 * Lists: what their entries have in common; and tools/list: what the credential's
 * scopes allow, in the table's order, in the form of the client's version (docs/protocol.md
 * T-2, L-21), serialised once and kept, since making it anew nearly doubles the cost
 * of a request.
 */
#include "config.h"

#include <string.h>

#include "shared/ipc/words.h"
#include "shared/json/json.h"
#include "worker/mcp/catalog.h"
#include "worker/mcp/inside.h"
#include "worker/worker.h"

#define LIST_BYTES (1u << 20)

/* Versions share forms (L-21). */
enum form { FORM_PLAIN, FORM_ANNOTATED, FORM_STRUCTURED, FORM_ICONS, FORM_HEADERS };
#define FORMS (FORM_HEADERS + 1)

static const enum mcp_version form_version[FORMS] = {
	[FORM_PLAIN] = MCP_2024_11_05, [FORM_ANNOTATED] = MCP_2025_03_26,
	[FORM_STRUCTURED] = MCP_2025_06_18, [FORM_ICONS] = MCP_2025_11_25,
	[FORM_HEADERS] = MCP_2026_07_28};

static enum form
form_of(enum mcp_version v)
{
	unsigned form = FORMS - 1;

	while (form > 0 && form_version[form] > v)
		form--;
	return (enum form)form;
}

/* Adds text unless it is NULL. */
static err_t
add_some(struct json_object *o, const char *name, const char *text)
{
	return text == NULL ? 0 : json_add_text(o, name, text);
}

err_t
listing_describe(const struct mcp *m, struct json_object *o, const struct listing_entry *e,
    enum mcp_version version)
{
	err_t err = 0;

	if (e->key != NULL)
		err = json_add_text(o, e->key, e->uri);
	if (err == 0)
		err = json_add_text(o, "name", e->name);
	if (err == 0 && version >= MCP_2025_06_18)
		err = add_some(o, "title", e->title);
	if (err == 0)
		err = add_some(o, "description", e->about);
	if (err == 0)
		err = add_some(o, "mimeType", e->mime);
	if (err == 0 && version >= MCP_2025_11_25 && e->icons != NULL)
		err = json_add(o, "icons", mcp_icons(m, e->icons));
	return err;
}

void
listing_answer(struct rpc *rpc, const char *name, struct json_object *list, err_t err)
{
	/* Short and private: the scopes may change (M-24). */
	static const struct rpc_caching caching = {.ttl_ms = 60000, .everybody = false};
	struct buf out;

	buf_init(&out, LIST_BYTES);
	if (err == 0)
		err = buf_printf(&out, "\"%s\":", name);
	if (err == 0)
		err = list == NULL ? ERR_NOMEM : json_write(&out, list);
	if (err == 0)
		rpc_result(rpc, buf_span(&out), &caching);
	else
		rpc_error(rpc, 200, RPC_INTERNAL, "Not enough memory.", NULL);
	buf_free(&out);
	json_object_put(list);
}

static err_t
add_annotations(struct json_object *o, const struct tool *t)
{
	struct json_object *a = json_object_new_object();
	err_t err;

	/* All of them, always: clients and directories want them explicit (T-14). */
	err = json_add_text(a, "title", t->title);
	if (err == 0)
		err = json_add_bool(a, "readOnlyHint", t->read_only);
	if (err == 0)
		err = json_add_bool(a, "destructiveHint", t->destructive);
	if (err == 0)
		err = json_add_bool(a, "idempotentHint", t->idempotent);
	if (err == 0)
		err = json_add_bool(a, "openWorldHint", t->open_world);
	if (err != 0) {
		json_object_put(a);
		return err;
	}
	return json_add(o, "annotations", a);
}

static err_t
describe(const struct mcp *m, struct json_object *o, const struct tool *t, enum form form)
{
	const struct listing_entry e = {
		.name = t->name, .title = t->title, .about = t->about, .icons = t->icons};
	err_t err;

	err = listing_describe(m, o, &e, form_version[form]);
	if (err == 0)
		err = json_add(o, "inputSchema", tool_input_schema(t, form >= FORM_HEADERS));
	if (err == 0 && form >= FORM_STRUCTURED && t->out != NULL)
		err = json_add(o, "outputSchema", tool_output_schema(t));
	if (err == 0 && form >= FORM_ANNOTATED)
		err = add_annotations(o, t);
	return err;
}

static err_t
write_list(const struct mcp *m, const struct catalog *catalog, uint32_t scopes, enum form form,
    struct buf *out)
{
	const struct tool *const *t;
	bool first = true;
	err_t err;

	err = buf_put_str(out, "\"tools\":[");
	for (t = catalog->tools; err == 0 && t != NULL && *t != NULL; t++) {
		struct json_object *o;

		if (!tool_allowed(*t, scopes))
			continue;
		o = json_object_new_object();
		err = o == NULL ? ERR_NOMEM : describe(m, o, *t, form);
		if (err == 0 && !first)
			err = buf_put_byte(out, ',');
		if (err == 0)
			err = json_write(out, o);
		json_object_put(o);
		first = false;
	}
	return err == 0 ? buf_put_byte(out, ']') : err;
}

/*
 * The lists that nearly everybody asks for, made before the fork and shared by
 * all workers: they are the same for all, and never change.
 */
#define SCOPES_READING (SCOPE_LIBRARY_READ | SCOPE_PLAYLISTS_READ | SCOPE_PLAYBACK_READ | \
	SCOPE_HISTORY_READ)
static struct {
	const struct catalog *catalog;   /* NULL: none was made */
	struct tool_list list[2 * FORMS];
	unsigned n;
} shared;

static bool
has_icons(const struct catalog *catalog)
{
	const struct tool *const *t;

	for (t = catalog->tools; t != NULL && *t != NULL; t++)
		if ((*t)->icons != NULL)
			return true;
	return false;
}

err_t
mcp_prepare(const struct catalog *catalog)
{
	static const uint32_t scopes[] = {SCOPE_ALL, SCOPES_READING};
	unsigned form, i;
	err_t err = 0;

	/* The addresses of icons need the options. */
	if (shared.n > 0 || has_icons(catalog))
		return 0;
	for (form = FORM_PLAIN; form < FORMS; form++) {
		for (i = 0; err == 0 && i < 2; i++) {
			struct tool_list *l = &shared.list[shared.n];

			l->scopes = scopes[i];
			l->form = form;
			buf_init(&l->text, LIST_BYTES);
			err = write_list(NULL, catalog, scopes[i], (enum form)form, &l->text);
			if (err != 0)
				buf_free(&l->text);
			else
				shared.n++;
		}
	}
	shared.catalog = catalog;
	return err;
}

static struct tool_list *
find_shared(const struct mcp *m, uint32_t scopes, enum form form)
{
	unsigned i;

	for (i = 0; i < shared.n && shared.catalog == m->worker->catalog; i++)
		if (shared.list[i].scopes == scopes && shared.list[i].form == (unsigned)form)
			return &shared.list[i];
	return NULL;
}

/* The kept list for these scopes, made if it is not there. */
static err_t
find(struct mcp *m, uint32_t scopes, enum form form, struct tool_list **out)
{
	struct tool_list *l = &m->lists[0];
	unsigned i;
	err_t err;

	*out = find_shared(m, scopes, form);
	if (*out != NULL)
		return 0;
	m->turn++;
	for (i = 0; i < m->n_lists; i++) {
		if (m->lists[i].scopes == scopes && m->lists[i].form == (unsigned)form) {
			m->lists[i].used = m->turn;
			*out = &m->lists[i];
			return 0;
		}
		if (m->lists[i].used < l->used)
			l = &m->lists[i];
	}
	if (m->n_lists < LISTS_MAX) {
		l = &m->lists[m->n_lists];
		buf_init(&l->text, LIST_BYTES);
	}
	buf_clear(&l->text);
	err = write_list(m, m->worker->catalog, scopes, form, &l->text);
	if (err != 0) {
		buf_free(&l->text);         /* a new slot is not one yet */
		l->scopes = UINT32_MAX;     /* no credential's */
		return err;
	}
	l->scopes = scopes;
	l->form = (unsigned)form;
	l->used = m->turn;
	if (l == &m->lists[m->n_lists])
		m->n_lists++;
	*out = l;
	return 0;
}

void
listing_tools(struct rpc *rpc)
{
	/* Short and private: the scopes may change (M-24). */
	static const struct rpc_caching caching = {.ttl_ms = 60000, .everybody = false};
	struct tool_list *l;

	if (!feature_no_cursor(rpc))
		return;
	if (find(rpc->x->mcp, rpc->x->who.scopes, form_of(rpc->x->who.version), &l) == 0)
		rpc_result(rpc, buf_span(&l->text), &caching);
	else
		rpc_error(rpc, 200, RPC_INTERNAL, "Not enough memory.", NULL);
}

void
listing_forget(struct mcp *m)
{
	unsigned i;

	for (i = 0; i < m->n_lists; i++)
		buf_free(&m->lists[i].text);
	m->n_lists = 0;
}
