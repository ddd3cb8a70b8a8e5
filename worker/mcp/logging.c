/*
 * Log messages to the client (docs/protocol.md section 9.8, L-18): on the stream
 * of the request they belong to and nowhere else.  A legacy session says once
 * from which level on it wants them, a modern request says it for itself.
 */
#include "config.h"

#include "shared/json/json.h"
#include "worker/mcp/catalog.h"
#include "worker/mcp/inside.h"
#include "worker/worker.h"

#define MESSAGE_MAX 65536
#define META_LEVEL  "io.modelcontextprotocol/logLevel"

void
logging_set(struct rpc *rpc)
{
	struct mcp *m = rpc->x->mcp;
	struct log_level *at = &m->levels[0];
	enum mcp_level level;
	struct span text;
	unsigned i;

	if (!json_get_str(rpc->m.params, "level", &text) || !mcp_level_parse(text, &level)) {
		rpc_error(rpc, 200, RPC_INVALID_PARAMS, "params.level must be debug, info, notice, "
		    "warning, error, critical, alert or emergency.", NULL);
		return;
	}
	/* The session's own place, or the one that was not touched for the longest. */
	for (i = 0; i < LEVELS_MAX && at->session != rpc->x->who.session; i++)
		if (m->levels[i].session == rpc->x->who.session || m->levels[i].used < at->used)
			at = &m->levels[i];
	*at = (struct log_level){.session = rpc->x->who.session, .level = level,
	    .used = ++m->turn};
	rpc_result(rpc, span_of(NULL, 0), NULL);
}

bool
logging_refused(struct rpc *rpc)
{
	enum mcp_level level;
	struct span text;

	if (!json_has(rpc->m.meta, META_LEVEL) ||
	    (json_get_str(rpc->m.meta, META_LEVEL, &text) && mcp_level_parse(text, &level)))
		return false;
	rpc_error(rpc, 200, RPC_INVALID_PARAMS,
	    "params._meta[\"" META_LEVEL "\"] is no level of log messages.", NULL);
	return true;
}

/* From which level on does this request want messages?  LEVELS: none. */
static enum mcp_level
wanted(const struct rpc *rpc)
{
	const struct mcp *m = rpc->x->mcp;
	enum mcp_level level = LEVELS;
	struct span text;
	unsigned i;

	if (rpc->x->who.era == ERA_MODERN) {
		if (json_get_str(rpc->m.meta, META_LEVEL, &text))
			(void)mcp_level_parse(text, &level);
		return level;
	}
	for (i = 0; i < LEVELS_MAX; i++)
		if (m->levels[i].used != 0 && m->levels[i].session == rpc->x->who.session)
			return m->levels[i].level;
	return LEVEL_INFO;   /* it was never said */
}

static err_t
write_message(enum mcp_level level, const char *logger, struct json_object *data, struct buf *out)
{
	err_t err;

	err = buf_printf(out, "{\"jsonrpc\":\"2.0\",\"method\":\"notifications/message\","
	    "\"params\":{\"level\":\"%s\",", mcp_level_text(level));
	if (err == 0 && logger != NULL) {
		err = buf_put_str(out, "\"logger\":");
		if (err == 0)
			err = json_write_str(out, span_str(logger));
		if (err == 0)
			err = buf_put_byte(out, ',');
	}
	if (err == 0)
		err = buf_put_str(out, "\"data\":");
	if (err == 0)
		err = json_write(out, data);
	return err == 0 ? buf_put_str(out, "}}") : err;
}

void
logging_put(struct call *call, enum mcp_level level, const char *logger,
    struct json_object *data, void *arg)
{
	struct rpc *rpc = arg;
	struct buf out;

	(void)call;
	if (!rpc->x->mcp->worker->catalog->logging || level < wanted(rpc))
		return;
	buf_init(&out, MESSAGE_MAX);
	if (write_message(level, logger, data, &out) == 0 && utf8_valid(buf_span(&out)) &&
	    exchange_stream(rpc->x))
		exchange_event(rpc->x, buf_span(&out));
	buf_free(&out);
}
