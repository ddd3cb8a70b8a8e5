/*
 * tonearm-portal: the browser pages, the sign-in, and the endpoints by which MCP
 * clients sign in (OAuth 2.1).  The only program that writes HTML.  It must not
 * know: Spotify tokens, the database, who somebody is but by the vault's word.
 */
#include "config.h"

#include <inttypes.h>
#include <time.h>

#include "master/portal/csrf.h"
#include "master/portal/portal.h"
#include "shared/base/clock.h"
#include "shared/base/log.h"
#include "shared/confine/confine.h"
#include "shared/ipc/child.h"
#include "shared/ipc/words.h"

struct program {
	struct child child;
	struct portal portal;
};

static err_t
on_peer(void *owner, struct channel *ch, const struct frame *f)
{
	struct program *g = owner;
	struct msg_peer m;
	struct msg_peer_ok ok;
	int fd;
	err_t err = msg_get_peer(f->body, &m);

	if (err != 0)
		return err;
	if (m.kind != PEER_FRONT && m.kind != PEER_VAULT && m.kind != PEER_FETCH)
		return ERR_UNSUPPORTED;
	fd = f->fds[0];
	f->fds[0] = -1;
	if (m.kind == PEER_FETCH)
		err = documents_join(&g->portal, m.worker, fd);
	else
		err = portal_peer(&g->portal, m.kind, fd);
	if (err != 0)
		return err;
	ok = (struct msg_peer_ok){.kind = m.kind, .worker = m.worker};
	return send_peer_ok(ch, f->request, &ok);
}

/* Nothing to do: a page takes moments, and the supervisor's end is the end. */
static err_t
on_drain(void *owner, struct channel *ch, const struct frame *f)
{
	struct msg_drain m;

	(void)owner;
	(void)ch;
	return msg_get_drain(f->body, &m);
}

static err_t
on_status_ask(void *owner, struct channel *ch, const struct frame *f)
{
	const struct portal *p = &((struct program *)owner)->portal;
	struct msg_status m;
	struct buf text;
	err_t err;

	buf_init(&text, 1024);
	err = buf_printf(&text, "pages_open %u\npages_served %" PRIu64 "\npages_failed %" PRIu64
	    "\nsign_ins_refused %" PRIu64 "\ndocuments_fetched %" PRIu64 "\ndocuments_failed %" PRIu64
	    "\n", p->n_pages, p->served, p->failed, p->begins_refused, p->documents.fetched,
	    p->documents.failed);
	m.text = buf_span(&text);
	if (err == 0)
		err = send_status(ch, f->request, &m);
	buf_free(&text);
	return err;
}

static const struct channel_rule control_rules[] = {
	{.type = MSG_PEER, .fds = 1, .handle = on_peer},
	{.type = MSG_DRAIN, .handle = on_drain},
	{.type = MSG_STATUS_ASK, .handle = on_status_ask},
	{.type = MSG_PING, .handle = child_on_ping},
	{.type = MSG_SETTINGS, .handle = child_on_settings},
};
static const struct channel_table control_table = {.peer = "supervisor", .vital = true, .rules = control_rules,
	.n_rules = sizeof(control_rules) / sizeof(control_rules[0]), .max_fds = 1,
	.max_queue = 256 * 1024};

/* What the libraries read from files at first use is used once, then the
 * program gives up all calls but those on its channels. */
static err_t
confine(const struct conf_values *conf)
{
	static const uint8_t nothing[KEY_BYTES];
	uint8_t key[KEY_BYTES];
	char field[CSRF_CHARS + 1];
	time_t now = (time_t)clock_wall_s();
	struct tm tm;
	err_t err;

	tzset();
	if (gmtime_r(&now, &tm) == NULL)
		return ERR_SYSTEM;
	err = csrf_key(nothing, key);
	if (err == 0)
		err = csrf_make(key, span_str(""), field);
	if (err == 0 && conf_bool(conf, "log.refused_calls"))
		err = confine_explain();
	return err != 0 ? err : confine_role(CONFINE_PORTAL);
}

int
main(void)
{
	static struct program g;
	struct portal_conf conf;
	err_t err;

	err = child_start(&g.child, "portal", &control_table, &g);
	if (err == 0)
		err = portal_conf_read(&conf, &g.child.conf);
	if (err == 0) {
		portal_init(&g.portal, g.child.loop, &conf);
		g.portal.documents.control = g.child.control;
		err = confine(&g.child.conf);
	}
	if (err == 0)
		err = child_ready(&g.child);
	if (err == 0)
		err = loop_run(g.child.loop);
	if (err != 0)
		log_error("portal_stopped", LF_STR("error", err_text(err)));
	if (g.portal.loop != NULL)
		portal_end(&g.portal);
	child_end(&g.child);
	return err == 0 ? 0 : 1;
}
