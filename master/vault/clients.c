/* MCP clients, for the portal; see clients.h. */
#include "config.h"

#include "master/vault/ask.h"
#include "master/vault/clients.h"

static void
on_client(void *arg, const struct db_answer *a)
{
	struct ask *q = arg;
	const struct span *id = q->own;
	struct msg_client m;

	if (!ask_has_row(q, a, PORTAL_NOT_FOUND))
		return;
	m = (struct msg_client){.client_id = *id, .kind = (uint8_t)db_get_int(a, 0, 0),
	    .auth_method = (uint8_t)db_get_int(a, 0, 1), .name = db_get_span(a, 0, 2),
	    .uri = db_get_span(a, 0, 3), .redirects = db_get_span(a, 0, 4),
	    .fresh = db_get_bool(a, 0, 5)};
	ASK_ANSWER(q, client, &m);
	ask_free(q);
}

err_t
clients_on_get(void *owner, struct channel *ch, const struct frame *f)
{
	struct msg_client_get m;
	struct ask *q;
	struct span *id;
	char *copy;
	err_t err = msg_get_client_get(f->body, &m);

	(void)ch;
	if (err != 0)
		return err;
	q = ask_create_with(owner, f, sizeof(*id));
	if (q == NULL)
		return 0;
	if (!ask_graphic(m.client_id)) {
		ask_fail(q, PORTAL_NOT_FOUND);
		return 0;
	}
	if (arena_strdup(&q->arena, m.client_id, &copy) != 0) {
		ask_fail(q, PORTAL_UNAVAILABLE);
		return 0;
	}
	id = q->own;
	*id = span_of(copy, m.client_id.n);
	db_call(q->v->db, ST_client_get, (struct db_value[]){DB_TEXT(m.client_id)}, on_client, q);
	return 0;
}

static void
on_client_kept(void *arg, const struct db_answer *a)
{
	struct ask *q = arg;
	struct msg_client_kept m;

	if (!ask_has_row(q, a, PORTAL_LIMIT))
		return;
	m = (struct msg_client_kept){.client_id = db_get_span(a, 0, 0),
	    .issued_at = db_get_int(a, 0, 1)};
	ASK_ANSWER(q, client_kept, &m);
	ask_free(q);
}

err_t
clients_on_put(void *owner, struct channel *ch, const struct frame *f)
{
	static const uint8_t none[HASH_BYTES];
	struct msg_client_put m;
	struct span secret;
	struct ask *q;
	err_t err = msg_get_client_put(f->body, &m);

	(void)ch;
	if (err != 0)
		return err;
	secret = memcmp(m.secret, none, HASH_BYTES) == 0 ? span_of(none, 0) :
	    span_of(m.secret, HASH_BYTES);
	if ((m.kind != CLIENT_REGISTERED && m.kind != CLIENT_DOCUMENT) ||
	    (m.auth_method == CLIENT_AUTH_NONE) != (secret.n == 0) ||
	    m.auth_method > CLIENT_AUTH_BASIC || !ask_graphic(m.client_id))
		return ERR_SYNTAX;
	q = ask_create(owner, f);
	if (q != NULL)
		db_call(q->v->db, ST_client_put, (struct db_value[]){DB_TEXT(m.client_id),
		    DB_INT2(m.kind), DB_INT2(m.auth_method), DB_TEXT(m.name), DB_TEXT(m.uri),
		    DB_TEXT(m.redirects), DB_HASH(m.digest), DB_BYTES(secret),
		    DB_INT4(m.keep_s > INT32_MAX ? INT32_MAX : m.keep_s)}, on_client_kept, q);
	return 0;
}
