/* Health and readiness; see probes.h.  Asks nobody: says what is known. */
#include "config.h"

#include "master/front/probes.h"

void
probes_health(struct client *c)
{
	struct answer_head h = {.status = 200, .media = MEDIA_JSON};

	answer_whole(c, &h, span_str("{\"status\":\"ok\"}"));
}

static err_t
put_missing(struct buf *b, const char *name, bool missing, size_t *n)
{
	if (!missing)
		return 0;
	return buf_printf(b, "%s\"%s\"", (*n)++ == 0 ? "" : ",", name);
}

void
probes_ready(struct client *c)
{
	const struct front *f = c->front;
	struct answer_head h = {.status = 200, .media = MEDIA_JSON};
	struct buf missing, body;
	size_t n = 0;
	err_t err;

	buf_init(&missing, 256);
	buf_init(&body, 512);
	err = put_missing(&missing, "vault", f->vault == NULL, &n);
	if (err == 0)
		err = put_missing(&missing, "database", f->vault == NULL || !f->database, &n);
	if (err == 0)
		err = put_missing(&missing, "keyring",
		    f->vault == NULL || !f->keyring || !f->have_key, &n);
	if (err == 0)
		err = put_missing(&missing, "portal", f->portal == NULL, &n);
	if (err == 0)
		err = put_missing(&missing, "workers", front_workers(f) == 0, &n);
	if (err == 0)
		err = buf_printf(&body, "{\"status\":\"%s\",\"missing\":[%s]",
		    f->draining ? "draining" : n == 0 ? "ready" : "not ready", buf_cstr(&missing));
	if (err == 0 && f->conf.isolation[0] != '\0')
		err = buf_printf(&body, ",\"isolation\":\"%s\"", f->conf.isolation);
	if (err == 0)
		err = buf_put_str(&body, "}");
	if (n > 0 || f->draining)
		h.status = 503;
	if (err == 0)
		answer_whole(c, &h, buf_span(&body));
	else
		client_close(c);
	buf_free(&missing);
	buf_free(&body);
}
