/*
 * Who may ask (request.h: request_judge).  Looks at heads only; knows nothing
 * of workers, and asks nobody: junk is refused at no cost.
 */
#include "config.h"

#include <string.h>

#include "master/front/request.h"
#include "shared/base/ascii.h"
#include "shared/base/clock.h"
#include "shared/crypto/token.h"
#include "shared/http/query.h"

#define MCP_METHODS (METHOD_BIT(METHOD_GET) | METHOD_BIT(METHOD_POST) | \
	METHOD_BIT(METHOD_DELETE) | METHOD_BIT(METHOD_OPTIONS))
#define PROBE_METHODS (METHOD_BIT(METHOD_GET) | METHOD_BIT(METHOD_HEAD))

/* Fields that mean something else when they come twice. */
static const char *const single_fields[] = {
	"authorization", "content-type", "origin", "cookie", "mcp-protocol-version",
	"mcp-session-id", "last-event-id", "mcp-method", "mcp-name",
};

static void
refuse(struct client *c, unsigned status, const char *message)
{
	c->refusal.status = status;
	c->refusal.message = message;
}

static enum place
place_of(const struct client *c)
{
	struct span path = c->head.path;

	if (span_is(path, "/mcp") || span_is(path, "/mcp/"))
		return PLACE_MCP;
	if (c->front->conf.links && (span_is(path, "/claude-mcp") || span_is(path, "/claude-mcp/")))
		return PLACE_LINK;
	if (span_is(path, "/health"))
		return PLACE_HEALTH;
	if (span_is(path, "/ready"))
		return PLACE_READY;
	return PLACE_PAGE;
}

/* Who asks: the peer, or whom a trusted proxy saw. */
static void
find_address(struct client *c)
{
	const struct span *forwarded = http_head_field(&c->head, "x-forwarded-for", NULL);
	size_t i;

	c->address = c->peer;
	if (!c->behind_proxy || forwarded == NULL)
		return;
	/* The last line of several is the nearest proxy's. */
	for (i = 0; i < c->head.n_fields; i++)
		if (span_is_nocase(c->head.fields[i].name, "x-forwarded-for"))
			forwarded = &c->head.fields[i].value;
	if (address_forwarded(*forwarded, &c->address) != 0)
		c->address = c->peer;
}

static bool
doubled(const struct client *c)
{
	size_t i, n;

	for (i = 0; i < sizeof(single_fields) / sizeof(single_fields[0]); i++) {
		(void)http_head_field(&c->head, single_fields[i], &n);
		if (n > 1)
			return true;
	}
	return false;
}

/* An address may fail so often.  A token that is good by its keyed check never
 * comes here: behind one proxy or router there are many, and nobody's junk may
 * shut the others out. */
static void
unauthorized(struct client *c, uint8_t auth_error, const char *message)
{
	if (!failures_allow(&c->front->failures, &c->address, clock_mono_ms())) {
		refuse(c, 429, "too many requests without a valid token from this address");
		c->refusal.retry_after = 10;
		return;
	}
	refuse(c, 401, message);
	c->refusal.auth_error = auth_error;
	failures_count(&c->front->failures, &c->address, clock_mono_ms());
	c->front->counts.auth_failures++;
}

/* Is the token ours, and of a kind that may come here? */
static void
check_token(struct client *c, struct span token)
{
	struct front *f = c->front;
	enum cred_kind kind;
	err_t err;

	if (!f->have_key) {
		refuse(c, 503, "the server is starting; ask again");
		c->refusal.retry_after = 1;
		return;
	}
	err = token_check(token, f->check_key, &kind);
	if (err == ERR_CRYPTO)
		refuse(c, 500, "the token could not be checked");
	else if (err != 0)
		unauthorized(c, AUTH_INVALID, "this is no valid token");
	else if (c->place == PLACE_LINK ? kind != CRED_LINK :
	    kind != CRED_PERSONAL && kind != CRED_OAUTH)
		unauthorized(c, AUTH_INVALID, "a token of this kind is not accepted here");
	else
		c->cred_kind = kind;
}

err_t
request_token(const struct client *c, struct buf *link, struct span *out)
{
	const struct span *field;
	struct span token;
	err_t err;

	if (c->place == PLACE_LINK) {
		err = http_query_get(c->head.query, "token", link);
		if (err == 0)
			*out = buf_span(link);
		return err != 0 ? err : out->n == 0 ? ERR_NOTFOUND : 0;
	}
	field = http_head_field(&c->head, "authorization", NULL);
	if (field == NULL)
		return ERR_NOTFOUND;
	if (field->n < 7 || !span_is_nocase(span_of(field->p, 7), "bearer "))
		return ERR_SYNTAX;
	token = ascii_trim(span_of(field->p + 7, field->n - 7));
	if (token.n == 0)
		return ERR_SYNTAX;
	*out = token;
	return 0;
}

static void
authenticate(struct client *c)
{
	struct buf link;
	struct span token;
	err_t err;

	if (c->place == PLACE_MCP && (http_query_has(c->head.query, "token") ||
	    http_query_has(c->head.query, "access_token"))) {
		refuse(c, 400, "a token belongs into the Authorization header, not into the address");
		return;
	}
	buf_init(&link, TOKEN_CHARS * 2);
	err = request_token(c, &link, &token);
	if (err == 0)
		check_token(c, token);
	else if (err == ERR_NOTFOUND)
		unauthorized(c, AUTH_MISSING, "a token is needed");
	else
		unauthorized(c, AUTH_INVALID, "this is no valid token");
	buf_free(&link);
}

static void
judge_mcp(struct client *c)
{
	const struct span *origin = http_head_field(&c->head, "origin", NULL);

	if (origin != NULL && !guard_origin(&c->front->conf.guard, *origin)) {
		refuse(c, 403, "pages of this origin may not use this server");
		return;
	}
	if (c->head.method == METHOD_OPTIONS)
		return;
	if ((MCP_METHODS & METHOD_BIT(c->head.method)) == 0) {
		refuse(c, 405, "this method is not offered here");
		c->refusal.allow = MCP_METHODS;
		return;
	}
	authenticate(c);
}

static void
judge_probe(struct client *c)
{
	if ((PROBE_METHODS & METHOD_BIT(c->head.method)) != 0)
		return;
	refuse(c, 405, "this method is not offered here");
	c->refusal.allow = PROBE_METHODS;
}

void
request_judge(struct client *c)
{
	bool probe;

	c->place = place_of(c);
	probe = c->place == PLACE_HEALTH || c->place == PLACE_READY;
	find_address(c);
	/* Balancers probe by address; there is nothing to steal. */
	if (!probe && c->head.host.n > 0 &&
	    !guard_host(&c->front->conf.guard, c->head.host, c->port))
		refuse(c, 403, "this server does not go by that name");
	else if (doubled(c))
		refuse(c, 400, "a field came twice that may come once");
	else if (c->place == PLACE_MCP || c->place == PLACE_LINK)
		judge_mcp(c);
	else if (probe)
		judge_probe(c);
}
