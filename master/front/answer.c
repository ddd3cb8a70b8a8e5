/*
 * Answers; see answer.h.  Knows nothing of workers or channels: what came from
 * a worker was checked before it comes here.
 */
#include "config.h"

#include <stdio.h>
#include <string.h>

#include "master/front/client.h"
#include "shared/base/ascii.h"
#include "shared/base/clock.h"
#include "shared/http/response.h"
#include "shared/ipc/scopes.h"

#define HEAD_ROOM 512   /* for most heads */
#define REALM "Bearer realm=\"tonearm\""

static const char *const media_text[MEDIA_COUNT] = {
	[MEDIA_NONE] = NULL, [MEDIA_JSON] = "application/json",
	[MEDIA_SSE] = "text/event-stream", [MEDIA_HTML] = "text/html; charset=utf-8",
	[MEDIA_TEXT] = "text/plain; charset=utf-8", [MEDIA_CSS] = "text/css; charset=utf-8",
	[MEDIA_SVG] = "image/svg+xml", [MEDIA_ICO] = "image/x-icon",
	[MEDIA_PNG] = "image/png",
};

static const char *const method_text[METHOD_COUNT] = {
	[METHOD_GET] = "GET", [METHOD_HEAD] = "HEAD", [METHOD_POST] = "POST",
	[METHOD_DELETE] = "DELETE", [METHOD_OPTIONS] = "OPTIONS",
};

static bool
is_mcp(const struct client *c)
{
	return c->place == PLACE_MCP || c->place == PLACE_LINK;
}

err_t
answer_methods(uint8_t mask, char *out, size_t room)
{
	size_t at = 0;
	unsigned m;

	for (m = METHOD_GET; m < METHOD_COUNT; m++) {
		int n;

		if ((mask & METHOD_BIT(m)) == 0)
			continue;
		n = snprintf(out + at, room - at, "%s%s", at == 0 ? "" : ", ", method_text[m]);
		if (n < 0 || (size_t)n >= room - at)
			return ERR_LIMIT;
		at += (size_t)n;
	}
	return at == 0 ? ERR_NOTFOUND : 0;
}

static err_t
put_type(struct buf *out, const struct answer_head *h, bool mcp)
{
	err_t err = 0;

	if (media_text[h->media] != NULL)
		err = http_put_field_str(out, "Content-Type", media_text[h->media]);
	if (err != 0)
		return err;
	if (h->media == MEDIA_SSE) {
		err = http_put_field_str(out, "Cache-Control", "no-cache, no-transform");
		return err != 0 ? err : http_put_field_str(out, "X-Accel-Buffering", "no");
	}
	if (h->cacheable && !mcp)
		return http_put_field_str(out, "Cache-Control", "public, max-age=3600");
	return http_put_field_str(out, "Cache-Control", "no-store");
}

/* What keeps a page from being framed, sniffed or made to load anything. */
static err_t
put_page_fields(struct buf *out, const struct answer_head *h)
{
	err_t err;

	err = http_put_field_str(out, "X-Content-Type-Options", "nosniff");
	if (err == 0 && h->download)
		err = http_put_field_str(out, "Content-Disposition",
		    "attachment; filename=\"tonearm-data.json\"");
	if (err != 0 || h->media != MEDIA_HTML)
		return err;
	err = buf_printf(out, "Content-Security-Policy: default-src 'none'; style-src 'self'; "
	    "img-src 'self'; base-uri 'none'; form-action 'self'%s%.*s; frame-ancestors 'none'\r\n",
	    h->form_action.n > 0 ? " " : "", (int)h->form_action.n,
	    h->form_action.n > 0 ? (const char *)h->form_action.p : "");
	if (err == 0)
		err = http_put_field_str(out, "X-Frame-Options", "DENY");
	/* Not no-referrer: browsers then send "Origin: null" with our forms. */
	if (err == 0)
		err = http_put_field_str(out, "Referrer-Policy", "same-origin");
	return err;
}

/*
 * RFC 6750 and RFC 9728: where the client learns how to sign in, and what to ask
 * for then (docs/protocol.md ).  A link's 401 names a scheme of its
 * own, so that no client takes it for OAuth.
 */
static err_t
put_challenge(struct buf *out, const struct client *c, const struct answer_head *h)
{
	static const char *const errors[AUTH_COUNT] = {
		[AUTH_NONE] = "", [AUTH_MISSING] = "", [AUTH_INVALID] = ", error=\"invalid_token\"",
		[AUTH_SCOPE] = (", error=\"insufficient_scope\", "
		    "error_description=\"this needs more than was allowed\""),
	};
	err_t err;

	if (h->basic)
		return http_put_field_str(out, "WWW-Authenticate", "Basic realm=\"tonearm\"");
	if (h->auth_error == AUTH_NONE)
		return 0;
	if (c->place == PLACE_LINK)
		return http_put_field_str(out, "WWW-Authenticate", "Link realm=\"tonearm\"");
	err = buf_printf(out, "WWW-Authenticate: " REALM ", resource_metadata="
	    "\"%s/.well-known/oauth-protected-resource/mcp\", scope=\"", c->front->conf.public_url);
	if (err == 0)
		err = scopes_put_names(h->auth_error == AUTH_SCOPE ? h->scopes : SCOPE_PRESET, out);
	return err != 0 ? err : buf_printf(out, "\"%s\r\n", errors[h->auth_error]);
}

/* What programs ask that run in pages: without cookies, so of every origin.  The
 * answer to a preflight says what they may send. */
static err_t
put_open_cors(struct buf *out, const struct client *c)
{
	err_t err = http_put_field_str(out, "Access-Control-Allow-Origin", "*");

	if (err != 0 || c->head.method != METHOD_OPTIONS)
		return err != 0 ? err : http_put_field_str(out, "Access-Control-Expose-Headers",
		    "WWW-Authenticate, Retry-After");
	err = http_put_field_str(out, "Access-Control-Allow-Methods", "GET, HEAD, POST, OPTIONS");
	if (err == 0)
		err = http_put_field_str(out, "Access-Control-Allow-Headers",
		    "Authorization, Content-Type, MCP-Protocol-Version");
	return err != 0 ? err : http_put_field_str(out, "Access-Control-Max-Age", "7200");
}

/* docs/protocol.md H-11; the origin was allowed before anything was answered, or the
 * answer is the refusal itself and names none.  Our pictures are for everybody
 * (G-1). */
static err_t
put_cors(struct buf *out, const struct client *c, const struct answer_head *h)
{
	const struct span *origin = http_head_field(&c->head, "origin", NULL);
	err_t err;

	if (!is_mcp(c) && h->cors)
		return put_open_cors(out, c);
	if (!is_mcp(c) && (h->media == MEDIA_PNG || h->media == MEDIA_SVG))
		return http_put_field_str(out, "Access-Control-Allow-Origin", "*");
	if (!is_mcp(c) || origin == NULL)
		return 0;
	err = http_put_field_str(out, "Vary", "Origin");
	if (err != 0 || !guard_origin(&c->front->conf.guard, *origin))
		return err;
	err = http_put_field(out, "Access-Control-Allow-Origin", *origin);
	if (err == 0)
		err = http_put_field_str(out, "Access-Control-Expose-Headers",
		    "WWW-Authenticate, Mcp-Session-Id");
	return err;
}

static err_t
put_optional(struct buf *out, const struct answer_head *h)
{
	char methods[64];
	err_t err = 0;

	if (h->retry_after > 0)
		err = http_put_field_uint(out, "Retry-After", h->retry_after);
	if (err == 0 && h->status == 405 && answer_methods(h->allow, methods, sizeof(methods)) == 0)
		err = http_put_field_str(out, "Allow", methods);
	if (err == 0 && h->session.n > 0)
		err = http_put_field(out, "Mcp-Session-Id", h->session);
	if (err == 0 && h->location.n > 0)
		err = http_put_field(out, "Location", h->location);
	if (err == 0 && h->cookie1.n > 0)
		err = http_put_field(out, "Set-Cookie", h->cookie1);
	if (err == 0 && h->cookie2.n > 0)
		err = http_put_field(out, "Set-Cookie", h->cookie2);
	return err;
}

/* HTTP/1.0 knows no chunks: its answers end with the connection. */
static err_t
put_framing(struct buf *out, struct client *c, const struct answer_head *h)
{
	struct answer_state *a = &c->answer;
	err_t err = 0;

	if (h->status == 204) {
		a->framing = FRAMING_NONE;
	} else if (h->has_length) {
		a->framing = FRAMING_LENGTH;
		err = http_put_field_uint(out, "Content-Length", h->length);
	} else if (c->head.minor == 1) {
		a->framing = FRAMING_CHUNKED;
		err = http_put_field_str(out, "Transfer-Encoding", "chunked");
	} else {
		a->framing = FRAMING_CLOSE;
	}
	if (c->head.method == METHOD_HEAD)
		a->framing = FRAMING_NONE;
	if (err == 0 && !c->head.keep_alive)
		err = http_put_field_str(out, "Connection", "close");
	return err;
}

void
answer_begin(struct client *c, const struct answer_head *h)
{
	struct buf *out = &c->out;
	err_t err;

	if (c->fd < 0)
		return;
	if (c->front->draining)
		c->head.keep_alive = false;
	c->answer.begun = true;
	c->answer.status = h->status;
	c->answer.stream = h->media == MEDIA_SSE;
	c->answer.newlines = 2;
	c->front->counts.answers_5xx += h->status >= 500;
	err = http_put_status(out, h->status);
	if (err == 0)
		err = http_put_date(out, clock_wall_s());
	if (err == 0)
		err = put_type(out, h, is_mcp(c));
	if (err == 0)
		err = put_page_fields(out, h);
	if (err == 0)
		err = put_challenge(out, c, h);
	if (err == 0)
		err = put_cors(out, c, h);
	if (err == 0)
		err = put_optional(out, h);
	if (err == 0)
		err = put_framing(out, c, h);
	if (err == 0)
		err = http_put_end(out);
	if (err != 0)
		client_close(c);
}

/* Events end with an empty line. */
static void
note_newlines(struct answer_state *a, struct span data)
{
	uint8_t n = 0;

	while (n < 2 && n < data.n && data.p[data.n - 1 - n] == '\n')
		n++;
	a->newlines = n == data.n && n < 2 ? (uint8_t)(a->newlines + n > 2 ? 2 : a->newlines + n) : n;
}

bool
answer_between_events(const struct client *c)
{
	return c->answer.newlines == 2;
}

void
answer_data(struct client *c, struct span data)
{
	err_t err = 0;

	if (c->fd < 0 || data.n == 0)
		return;
	c->answer.bytes += data.n;
	if (c->answer.stream)
		note_newlines(&c->answer, data);
	if (c->answer.framing == FRAMING_CHUNKED)
		err = http_put_chunk(&c->out, data);
	else if (c->answer.framing != FRAMING_NONE)
		err = buf_put_span(&c->out, data);
	if (err != 0)
		client_close(c);
	else
		client_flush_later(c);
}

void
answer_end(struct client *c)
{
	if (c->fd < 0)
		return;
	if (c->answer.framing == FRAMING_CHUNKED &&
	    http_put_chunk(&c->out, span_of(NULL, 0)) != 0) {
		client_close(c);
		return;
	}
	if (c->answer.framing == FRAMING_CLOSE)
		c->head.keep_alive = false;
	c->answer.done = true;
	client_flush(c);
}

void
answer_whole(struct client *c, struct answer_head *h, struct span body)
{
	uint8_t *place;

	h->has_length = true;
	h->length = body.n;
	/* At once what it takes; where that fails it is tried piece by piece. */
	if (buf_room(&c->out, body.n + HEAD_ROOM, &place) != 0)
		place = NULL;
	answer_begin(c, h);
	answer_data(c, body);
	answer_end(c);
}

/*
 * MCP clients get a JSON-RPC error without an id (it was not read here), or
 * for authentication the small JSON of RFC 6750; browsers a line of text.
 */
void
answer_refusal(struct client *c, const struct refusal *r)
{
	struct answer_head h = {.status = r->status, .retry_after = r->retry_after,
	    .allow = r->allow, .auth_error = r->auth_error, .media = MEDIA_JSON};
	char body[512];
	int n;

	if (r->close)
		c->head.keep_alive = false;
	if (r->auth_error != AUTH_NONE) {
		n = snprintf(body, sizeof(body), "{\"error\":\"%s\",\"error_description\":\"%s\"}",
		    r->auth_error == AUTH_SCOPE ? "insufficient_scope" : "invalid_token", r->message);
	} else if (is_mcp(c)) {
		n = snprintf(body, sizeof(body), "{\"jsonrpc\":\"2.0\",\"error\":{\"code\":%d,"
		    "\"message\":\"%s\"}}", r->status >= 500 ? -32603 : -32600, r->message);
	} else {
		h.media = MEDIA_TEXT;
		n = snprintf(body, sizeof(body), "%s\n", r->message);
	}
	answer_whole(c, &h, span_of(body, n < 0 ? 0 : (size_t)n));
}

/* Adds the Mcp-Param-* names that the browser asked for (they are tokens, so
 * they cannot break the line). */
static err_t
put_asked_params(struct buf *list, const struct client *c)
{
	const struct span *asked = http_head_field(&c->head, "access-control-request-headers", NULL);
	struct span rest = asked == NULL ? span_of(NULL, 0) : *asked;
	err_t err = 0;

	while (err == 0 && rest.n > 0) {
		const uint8_t *comma = memchr(rest.p, ',', rest.n);
		size_t i, n = comma == NULL ? rest.n : (size_t)(comma - rest.p);
		struct span name = ascii_trim(span_of(rest.p, n));

		rest = comma == NULL ? span_of(NULL, 0) : span_of(comma + 1, rest.n - n - 1);
		for (i = 0; i < name.n && http_is_token(name.p[i]); i++)
			;
		if (i < name.n || name.n < 11 || !span_is_nocase(span_of(name.p, 10), "mcp-param-"))
			continue;
		err = buf_put_str(list, ", ");
		if (err == 0)
			err = buf_put_span(list, name);
	}
	return err;
}

void
answer_preflight(struct client *c)
{
	struct buf *out = &c->out;
	struct buf list;
	err_t err;

	if (c->front->draining)
		c->head.keep_alive = false;
	c->answer.begun = true;
	c->answer.status = 204;
	c->answer.framing = FRAMING_NONE;
	buf_init(&list, HTTP_HEAD_MAX);
	err = buf_put_str(&list, "Authorization, Content-Type, Accept, MCP-Protocol-Version, "
	    "Mcp-Session-Id, Last-Event-ID, Mcp-Method, Mcp-Name");
	if (err == 0)
		err = put_asked_params(&list, c);
	if (err == 0)
		err = http_put_status(out, 204);
	if (err == 0)
		err = http_put_date(out, clock_wall_s());
	if (err == 0)
		err = put_cors(out, c, &(struct answer_head){.status = 204});
	if (err == 0)
		err = http_put_field_str(out, "Access-Control-Allow-Methods",
		    "GET, POST, DELETE, OPTIONS");
	if (err == 0)
		err = http_put_field(out, "Access-Control-Allow-Headers", buf_span(&list));
	if (err == 0)
		err = http_put_field_str(out, "Access-Control-Max-Age", "7200");
	if (err == 0 && !c->head.keep_alive)
		err = http_put_field_str(out, "Connection", "close");
	if (err == 0)
		err = http_put_end(out);
	buf_free(&list);
	if (err != 0)
		client_close(c);
	else
		answer_end(c);
}

void
answer_comment(struct client *c)
{
	uint64_t bytes = c->answer.bytes;

	if (!answer_between_events(c))
		return;
	answer_data(c, span_str(":\n\n"));
	c->answer.bytes = bytes;
}
