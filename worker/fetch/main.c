/*
 * tonearm-fetch: gets one public document, the description of an MCP client,
 * and ends.  The portal names its address, egress connects; what the document
 * says goes to the portal, once.  It has no key, no row and no credential, it is
 * started anew for each document, and 5 seconds after it was asked it is over.
 */
#include "config.h"

#include <stdlib.h>
#include <string.h>
#include <unistd.h>

#include "shared/base/log.h"
#include "shared/confine/confine.h"
#include "shared/fault/fault.h"
#include "shared/ipc/child.h"
#include "shared/ipc/words.h"
#include "worker/fetch/document.h"
#include "worker/fetch/get.h"
#include "worker/nursery/warm.h"

#define LIMIT_S 5
#define MEMORY ((size_t)64 << 20)
#define QUEUE (64u << 10)
#define COUNT(a) ((unsigned)(sizeof(a) / sizeof((a)[0])))

struct fetch {
	struct child child;
	struct channel *portal, *egress;
	struct x509_store_st *store;
	struct event *limit;
	struct get *get;
	bool loopback;
	bool asked, told;            /* by the portal; the outcome is on its way to it */
	char url[DOCURL_MAX + 1];
	struct docurl parts;         /* views into url */
};

static void
channel_over(void *owner, struct channel *ch, enum channel_end why)
{
	struct fetch *f = owner;

	/* Without the portal nobody wants the outcome. */
	if (ch == f->portal) {
		channel_close(&f->portal);
		loop_stop(f->child.loop);
	} else if (ch == f->egress)
		channel_close(&f->egress);
	if (why != CHANNEL_EOF)
		log_warn("channel_ended", LF_INT("how", why));
}

/* Nothing more to do once the portal has it. */
static void
go(struct fetch *f, err_t err)
{
	f->told = true;
	if (err != 0)
		log_error("outcome_unsent", LF_STR("error", err_text(err)));
	channel_flush(f->portal);
	loop_stop(f->child.loop);
}

static void
tell_failure(struct fetch *f, uint8_t why, uint16_t status)
{
	const struct msg_fetch_failed m = {.why = why, .status = status};

	if (!f->told && f->portal != NULL)
		go(f, send_fetch_failed(f->portal, 0, &m));
}

static void
tell_document(struct fetch *f, const struct document *d, uint32_t keep_s)
{
	const struct msg_fetched m = {.client_id = span_str(f->url), .name = buf_span(&d->name),
	    .uri = buf_span(&d->uri), .redirects = buf_span(&d->redirects),
	    .auth_method = CLIENT_AUTH_NONE, .keep_s = keep_s};

	if (!f->told && f->portal != NULL)
		go(f, send_fetched(f->portal, 0, &m));
}

static void
on_answer(void *arg, const struct get_answer *a)
{
	struct fetch *f = arg;
	struct document d;
	err_t err;

	if (a->why != 0) {
		log_info("fetch_failed", LF_UINT("why", a->why), LF_UINT("status", a->status),
		    LF_INT("curl", a->curl));
		tell_failure(f, a->why, a->status);
		return;
	}
	FAULT(fetch_done);
	err = document_read(a->body, span_str(f->url), &d);
	if (err == 0)
		tell_document(f, &d, a->keep_s);
	else
		tell_failure(f, err == ERR_NOMEM ? FETCH_BUSY : FETCH_CONTENT, a->status);
	document_free(&d);
}

static void
on_limit(evutil_socket_t fd, short what, void *arg)
{
	(void)fd;
	(void)what;
	tell_failure(arg, FETCH_SLOW, 0);
}

/* --- what the peers say ------------------------------------------------------------------ */

static err_t
on_fetch(void *owner, struct channel *ch, const struct frame *frame)
{
	static const struct timeval limit = {.tv_sec = LIMIT_S};
	struct fetch *f = owner;
	struct msg_dial_name dial;
	struct msg_fetch m;
	err_t err = msg_get_fetch(frame->body, &m);

	(void)ch;
	if (err != 0)
		return err;
	FAULT(fetch_begins);
	f->asked = true;
	if (m.url.n <= DOCURL_MAX)
		memcpy(f->url, m.url.p, m.url.n);
	if (m.url.n > DOCURL_MAX || docurl_parse(span_str(f->url), f->loopback, &f->parts) != 0) {
		tell_failure(f, FETCH_ADDRESS, 0);
		return 0;
	}
	dial = (struct msg_dial_name){.host = f->parts.host, .port = f->parts.port};
	if (evtimer_add(f->limit, &limit) != 0 || f->egress == NULL ||
	    send_dial_name(f->egress, 0, &dial) != 0)
		tell_failure(f, FETCH_BUSY, 0);
	return 0;
}

static err_t
on_dialled(void *owner, struct channel *ch, const struct frame *frame)
{
	struct fetch *f = owner;
	int fd = frame->fds[0];

	(void)ch;
	if (!f->asked || f->told || f->get != NULL)
		return ERR_STATE;
	frame->fds[0] = -1;
	if (get_begin(f->child.loop, f->store, f->url, &f->parts, fd, on_answer, f, &f->get) != 0)
		tell_failure(f, FETCH_BUSY, 0);
	return 0;
}

static err_t
on_dial_failed(void *owner, struct channel *ch, const struct frame *frame)
{
	struct fetch *f = owner;
	struct msg_dial_failed m;
	err_t err = msg_get_dial_failed(frame->body, &m);

	(void)ch;
	if (err != 0)
		return err;
	log_info("fetch_not_dialled", LF_UINT("why", m.why));
	tell_failure(f, m.why == DIAL_FORBIDDEN ? FETCH_FORBIDDEN : m.why == DIAL_UNRESOLVED ?
	    FETCH_UNREACHABLE : FETCH_BUSY, 0);
	return 0;
}

static const struct channel_rule portal_rules[] = {
	{.type = MSG_FETCH, .once = true, .handle = on_fetch},
};
static const struct channel_rule egress_rules[] = {
	{.type = MSG_DIALLED, .once = true, .fds = 1, .handle = on_dialled},
	{.type = MSG_DIAL_FAILED, .once = true, .handle = on_dial_failed},
};
static const struct channel_table portal_table = {.peer = "portal",
	.rules = portal_rules, .n_rules = COUNT(portal_rules), .max_queue = QUEUE};
static const struct channel_table egress_table = {.peer = "egress",
	.rules = egress_rules, .n_rules = COUNT(egress_rules), .max_fds = 1, .max_queue = QUEUE};

static err_t
on_peer(void *owner, struct channel *ch, const struct frame *frame)
{
	struct fetch *f = owner;
	struct msg_peer m;
	struct channel **place;
	err_t err = msg_get_peer(frame->body, &m);
	int fd = frame->fds[0];

	if (err != 0)
		return err;
	if (m.kind != PEER_PORTAL && m.kind != PEER_EGRESS)
		return ERR_SYNTAX;
	place = m.kind == PEER_PORTAL ? &f->portal : &f->egress;
	frame->fds[0] = -1;
	channel_close(place);
	err = channel_open(f->child.loop, fd, m.kind == PEER_PORTAL ? &portal_table : &egress_table,
	    f, channel_over, place);
	if (err == 0) {
		const struct msg_peer_ok ok = {.kind = m.kind, .worker = m.worker};

		err = send_peer_ok(ch, 0, &ok);
	}
	return err;
}

static err_t
on_drain(void *owner, struct channel *ch, const struct frame *frame)
{
	struct fetch *f = owner;

	(void)ch;
	(void)frame;
	if (!f->asked)
		loop_stop(f->child.loop);
	return 0;
}

static const struct channel_rule control_rules[] = {
	{.type = MSG_PEER, .fds = 1, .handle = on_peer},
	{.type = MSG_DRAIN, .once = true, .handle = on_drain},
};
static const struct channel_table control_table = {.peer = "supervisor",
	.rules = control_rules, .n_rules = COUNT(control_rules), .max_fds = 1, .max_queue = QUEUE};

/* --- the program --------------------------------------------------------------------------- */

/* All that needs files, then the filter. */
static err_t
set_up(struct fetch *f)
{
	const struct confine_limits limits = {.data = MEMORY, .addresses = 4 * MEMORY,
		.no_core = true};
	const struct conf_values *conf = &f->child.conf;
	err_t err = warm_libraries();

	f->loopback = conf_bool(conf, "clients.documents_loopback");
	if (err == 0)
		err = warm_authorities(conf_str(conf, "clients.ca_file"), &f->store);
	/* Plain HTTP to this machine needs no authorities. */
	if (err == ERR_NOTFOUND && f->loopback)
		err = 0;
	/* A sanitizer needs far more memory than the program. */
	if (err == 0 && confine_filters_work())
		err = confine_limits(&limits);
	if (err == 0)
		err = confine_no_new_privs();
	if (err == 0 && conf_bool(conf, "log.refused_calls"))
		err = confine_explain();
	if (err == 0)
		err = confine_role(CONFINE_FETCH);
	return err;
}

int
main(void)
{
	static struct fetch f;
	err_t err;

	err = child_start(&f.child, "fetch", &control_table, &f);
	if (err == 0) {
		f.limit = evtimer_new(loop_base(f.child.loop), on_limit, &f);
		err = f.limit == NULL ? ERR_NOMEM : set_up(&f);
	}
	if (err == 0)
		err = child_ready(&f.child);
	if (err == 0)
		err = loop_run(f.child.loop);
	if (err != 0)
		log_error("fetch_broke", LF_STR("error", err_text(err)));
	get_end(&f.get);
	channel_close(&f.portal);
	channel_close(&f.egress);
	warm_authorities_free(f.store);
	if (f.limit != NULL)
		event_free(f.limit);
	channel_close(&f.child.control);
	if (f.child.loop != NULL)
		loop_settle(f.child.loop);
	child_end(&f.child);
	return err == 0 ? EXIT_SUCCESS : EXIT_FAILURE;
}
