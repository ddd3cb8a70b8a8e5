/* Metadata; see metadata.h. */
#include "config.h"

#include "master/portal/metadata.h"
#include "master/portal/oauth_answer.h"
#include "shared/ipc/scopes.h"
#include "shared/json/json.h"

/* An object that is being made; with err it is answered as none. */
struct making {
	struct page *page;
	struct json_object *object;
	err_t err;
};

static struct making
begin(struct page *page)
{
	struct making m = {.page = page, .object = json_object_new_object()};

	m.err = m.object == NULL ? ERR_NOMEM : 0;
	return m;
}

static void
finish(struct making *m)
{
	if (m->err != 0) {
		json_object_put(m->object);
		m->object = NULL;
	}
	oauth_answer_kept(m->page, m->object);
}

static void
add_text(struct making *m, const char *name, const char *text)
{
	if (m->err == 0)
		m->err = json_add_text(m->object, name, text);
}

static void
add_true(struct making *m, const char *name)
{
	if (m->err == 0)
		m->err = json_add_bool(m->object, name, true);
}

/* A place on this server. */
static void
add_place(struct making *m, const char *name, const char *path)
{
	const struct span url = page_text(m->page, "%s%s", m->page->portal->conf.public_url, path);

	if (m->err == 0)
		m->err = json_add_str(m->object, name, url);
}

/* An array of texts; NULL ends them. */
static void
add_list(struct making *m, const char *name, const char *const *texts)
{
	struct json_object *list = json_object_new_array();

	if (m->err == 0 && list == NULL)
		m->err = ERR_NOMEM;
	for (; m->err == 0 && *texts != NULL; texts++)
		m->err = json_append(list, json_new_str(span_str(*texts)));
	if (m->err == 0)
		m->err = json_add(m->object, name, list);
	else
		json_object_put(list);
}

static void
add_scopes(struct making *m)
{
	const char *names[SCOPES_N + 1];
	size_t i;

	for (i = 0; i < SCOPES_N; i++)
		names[i] = own_scopes[i].name;
	names[SCOPES_N] = NULL;
	add_list(m, "scopes_supported", names);
}

void
metadata_resource(struct page *page)
{
	static const char *const header[] = {"header", NULL};
	const char *const servers[] = {page->portal->conf.public_url, NULL};
	struct making m = begin(page);

	add_place(&m, "resource", "/mcp");
	add_list(&m, "authorization_servers", servers);
	add_scopes(&m);
	add_list(&m, "bearer_methods_supported", header);
	add_text(&m, "resource_name", "Tonearm for Spotify");
	add_place(&m, "resource_documentation", "/");
	add_place(&m, "resource_policy_uri", "/privacy");
	add_place(&m, "resource_tos_uri", "/terms");
	finish(&m);
}

void
metadata_server(struct page *page)
{
	static const char *const code[] = {"code", NULL}, *const query[] = {"query", NULL};
	static const char *const grants[] = {"authorization_code", "refresh_token", NULL};
	static const char *const methods[] = {"none", "client_secret_post", "client_secret_basic",
	    NULL};
	static const char *const s256[] = {"S256", NULL};
	struct making m = begin(page);

	add_place(&m, "issuer", "");
	add_place(&m, "authorization_endpoint", "/authorize");
	add_place(&m, "token_endpoint", "/token");
	add_place(&m, "revocation_endpoint", "/revoke");
	if (page->portal->conf.registration)
		add_place(&m, "registration_endpoint", "/register");
	add_scopes(&m);
	add_list(&m, "response_types_supported", code);
	add_list(&m, "response_modes_supported", query);
	add_list(&m, "grant_types_supported", grants);
	add_list(&m, "token_endpoint_auth_methods_supported", methods);
	add_list(&m, "revocation_endpoint_auth_methods_supported", methods);
	add_list(&m, "code_challenge_methods_supported", s256);
	add_true(&m, "authorization_response_iss_parameter_supported");
	if (page->portal->conf.documents)
		add_true(&m, "client_id_metadata_document_supported");
	add_place(&m, "service_documentation", "/");
	add_place(&m, "op_policy_uri", "/privacy");
	add_place(&m, "op_tos_uri", "/terms");
	finish(&m);
}
