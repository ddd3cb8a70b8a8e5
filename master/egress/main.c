/*
 * tonearm-egress: the only program with outbound network.  It connects to the
 * two hosts of the configuration, and for fetch programs to public ones, and hands
 * the socket over; it never reads or writes one, so it must not know what is said
 * on them.
 */
#include "config.h"

#include <stdlib.h>

#include "master/egress/askers.h"
#include "shared/base/log.h"
#include "shared/confine/confine.h"
#include "shared/ipc/child.h"

static err_t
on_peer(void *owner, struct channel *ch, const struct frame *f)
{
	struct egress *e = owner;
	struct msg_peer_ok ok = {0};
	struct msg_peer m;
	int fd = f->fds[0];
	err_t err;

	err = msg_get_peer(f->body, &m);
	if (err != 0)
		return err;
	if (m.kind != PEER_WORKER && m.kind != PEER_ENROLL && m.kind != PEER_FETCH)
		return ERR_DENIED;
	f->fds[0] = -1;
	err = asker_add(e, (enum peer_kind)m.kind, m.worker, fd);
	if (err != 0)
		return err;
	ok.kind = m.kind;
	ok.worker = m.worker;
	return send_peer_ok(ch, 0, &ok);
}

static err_t
on_gone(void *owner, struct channel *ch, const struct frame *f)
{
	struct msg_worker_gone m;
	err_t err = msg_get_worker_gone(f->body, &m);

	(void)ch;
	if (err == 0)
		asker_gone(owner, m.worker);
	return err;
}

static err_t
on_status_ask(void *owner, struct channel *ch, const struct frame *f)
{
	const struct egress *e = owner;
	struct msg_status m = {.none = 0};
	struct buf text;
	err_t err;

	buf_init(&text, 4096);
	err = buf_printf(&text, "channels %u\ndials %llu\nrefused %llu\nfailed %llu\n"
	    "api_addresses %u\naccounts_addresses %u\n", e->n_askers,
	    (unsigned long long)e->dials, (unsigned long long)e->refused,
	    (unsigned long long)e->failed, e->api.n, e->accounts.n);
	m.text = buf_span(&text);
	if (err == 0)
		err = send_status(ch, f->request, &m);
	buf_free(&text);
	return err;
}

static err_t
on_drain(void *owner, struct channel *ch, const struct frame *f)
{
	/* Workers dial until they have gone. */
	(void)owner;
	(void)ch;
	(void)f;
	return 0;
}

static const struct channel_rule rules[] = {
	{.type = MSG_PEER, .fds = 1, .handle = on_peer},
	{.type = MSG_WORKER_GONE, .handle = on_gone},
	{.type = MSG_STATUS_ASK, .handle = on_status_ask},
	{.type = MSG_PING, .handle = child_on_ping},
	{.type = MSG_SETTINGS, .handle = child_on_settings},
	{.type = MSG_DRAIN, .handle = on_drain},
};
static const struct channel_table table = {
	.peer = "supervisor", .vital = true, .rules = rules, .n_rules = sizeof(rules) / sizeof(rules[0]),
	.max_fds = 1, .max_queue = 1024 * 1024,
};

static err_t
set_up(struct egress *e, struct child *c)
{
	const bool documents = conf_bool(&c->conf, "clients.documents");
	uint16_t ports[2];
	const struct confine_keep keep = {.ports = ports, .n_ports = 2, .any_port = documents};
	err_t err;

	e->loop = c->loop;
	e->control = c->control;
	err = target_init(&e->api, conf_str(&c->conf, "spotify.api_url"));
	if (err == 0)
		err = target_init(&e->accounts, conf_str(&c->conf, "spotify.accounts_url"));
	if (err == 0 && (documents || !(e->api.numeric && e->accounts.numeric))) {
		e->dns = evdns_base_new(loop_base(c->loop), EVDNS_BASE_INITIALIZE_NAMESERVERS);
		/* Without one no document is found; all else may still work. */
		if (e->dns == NULL)
			log_error("no_name_server");
		if (e->dns == NULL && !(e->api.numeric && e->accounts.numeric))
			return ERR_CONFIG;
	}
	if (err == 0)
		err = target_watch(&e->api, c->loop, e->dns);
	if (err == 0)
		err = target_watch(&e->accounts, c->loop, e->dns);
	if (err == 0 && conf_bool(&c->conf, "log.refused_calls"))
		err = confine_explain();
	e->names = (struct names_conf){.dns = e->dns, .on = documents,
	    .loopback = conf_bool(&c->conf, "clients.documents_loopback")};
	ports[0] = e->api.port;
	ports[1] = e->accounts.port;
	return err != 0 ? err : confine_role_keeping(CONFINE_EGRESS, &keep);
}

int
main(void)
{
	static struct egress e;
	struct child c;
	err_t err;

	err = child_start(&c, "egress", &table, &e);
	if (err == 0)
		err = set_up(&e, &c);
	if (err == 0)
		err = child_ready(&c);
	if (err == 0)
		err = loop_run(c.loop);
	if (err != 0)
		log_error("egress_failed", LF_STR("error", err_text(err)));
	askers_free(&e);
	target_free(&e.api);
	target_free(&e.accounts);
	if (e.dns != NULL)
		evdns_base_free(e.dns, 0);
	child_end(&c);
	return err == 0 ? EXIT_SUCCESS : EXIT_FAILURE;
}
