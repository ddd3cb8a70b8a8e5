/*
 * tonearm-enroll: completes one sign-in and ends.  The vault says which code,
 * the keyring sends the verifier and the key to seal with, egress the sockets;
 * the outcome goes to the vault, once.  It never sees a user's row or key, and
 * what it knows ends with it, 30 seconds after it began at the latest.
 */
#include "config.h"

#include <stdlib.h>
#include <string.h>

#include "shared/base/log.h"
#include "shared/confine/confine.h"
#include "shared/fault/fault.h"
#include "shared/ipc/child.h"
#include "worker/enroll/signin.h"
#include "worker/nursery/warm.h"

#define LIMIT_S 30
#define MEMORY ((size_t)64 << 20)
#define QUEUE (64u << 10)
#define COUNT(a) ((unsigned)(sizeof(a) / sizeof((a)[0])))

struct enroll {
	struct child child;
	struct channel *vault, *keyring, *egress;
	struct transfers *ts;
	struct x509_store_st *store;
	struct event *limit;
	struct signin *signin;
	struct buf job, keys;        /* bodies of ENROLL and ENROLL_KEYS, until both are there */
	uint8_t login[ID_BYTES];
	bool told;                   /* the outcome is on its way to the vault */
};

static void
channel_over(void *owner, struct channel *ch, enum channel_end why)
{
	struct enroll *e = owner;

	/* The keyring closes when it has sent the keys; without the vault nobody
	 * wants the outcome; without egress the sign-in fails by itself. */
	if (ch == e->vault) {
		channel_close(&e->vault);
		loop_stop(e->child.loop);
	} else if (ch == e->keyring)
		channel_close(&e->keyring);
	else if (ch == e->egress)
		channel_close(&e->egress);
	if (why != CHANNEL_EOF)
		log_warn("channel_ended", LF_INT("how", why));
}

/* Nothing more to do once the vault has it. */
static void
tell_and_go(struct enroll *e, err_t err)
{
	e->told = true;
	if (err != 0)
		log_error("outcome_unsent", LF_STR("error", err_text(err)));
	channel_flush(e->vault);
	loop_stop(e->child.loop);
}

static void
tell_failure(struct enroll *e, uint8_t why)
{
	struct msg_enroll_failed m = {.why = why};

	if (e->told || e->vault == NULL)
		return;
	memcpy(m.login, e->login, sizeof(m.login));
	tell_and_go(e, send_enroll_failed(e->vault, 0, &m));
}

static void
on_outcome(void *arg, const struct signin_outcome *o)
{
	struct enroll *e = arg;
	struct msg_enrolled m = {.account_id = o->account_id, .spotify_id = o->spotify_id,
	    .display_name = o->display_name, .scopes = o->scopes, .sealed = o->sealed};

	if (o->why != 0) {
		log_warn("sign_in_failed", LF_UINT("why", o->why), LF_INT("status", o->status),
		    LF_STR("problem", o->problem));
		tell_failure(e, o->why);
		return;
	}
	FAULT(enroll_done);
	if (e->told || e->vault == NULL)
		return;
	memcpy(m.login, e->login, sizeof(m.login));
	log_info("sign_in_done");
	tell_and_go(e, send_enrolled(e->vault, 0, &m));
}

static void
on_limit(evutil_socket_t fd, short what, void *arg)
{
	(void)fd;
	(void)what;
	log_warn("sign_in_too_slow");
	tell_failure(arg, ENROLL_SPOTIFY_DOWN);
}

/* Both halves of the job are there. */
static err_t
begin(struct enroll *e)
{
	struct signin_ask ask;
	struct msg_enroll job;
	struct msg_enroll_keys keys;
	err_t err;

	if (e->job.len == 0 || e->keys.len == 0 || e->signin != NULL)
		return 0;
	err = msg_get_enroll(buf_span(&e->job), &job);
	if (err == 0)
		err = msg_get_enroll_keys(buf_span(&e->keys), &keys);
	if (err == 0 && memcmp(job.login, keys.login, ID_BYTES) != 0)
		err = ERR_DENIED;
	if (err != 0)
		return err;
	FAULT(enroll_begins);
	memcpy(ask.login, job.login, sizeof(ask.login));
	ask.key = keys.key;
	ask.verifier = keys.verifier;
	ask.code = job.code;
	ask.client_id = job.client_id;
	ask.redirect_uri = job.redirect_uri;
	err = signin_begin(e->child.loop, e->ts, &ask, on_outcome, e, &e->signin);
	explicit_bzero(&keys, sizeof(keys));
	buf_free(&e->job);
	buf_free(&e->keys);
	if (err != 0)
		tell_failure(e, ENROLL_BROKEN);
	return 0;
}

/* --- what the peers say ------------------------------------------------------------------ */

static err_t
on_enroll(void *owner, struct channel *ch, const struct frame *f)
{
	static const struct timeval limit = {.tv_sec = LIMIT_S};
	struct enroll *e = owner;
	struct msg_enroll m;
	err_t err = msg_get_enroll(f->body, &m);

	(void)ch;
	if (err != 0)
		return err;
	memcpy(e->login, m.login, sizeof(e->login));
	if (evtimer_add(e->limit, &limit) != 0 || buf_put_span(&e->job, f->body) != 0) {
		tell_failure(e, ENROLL_BROKEN);
		return 0;
	}
	return begin(e);
}

static err_t
on_keys(void *owner, struct channel *ch, const struct frame *f)
{
	struct enroll *e = owner;
	struct msg_enroll_keys m;
	err_t err = msg_get_enroll_keys(f->body, &m);

	(void)ch;
	explicit_bzero(&m, sizeof(m));
	if (err == 0)
		err = buf_put_span(&e->keys, f->body);
	return err != 0 ? err : begin(e);
}

static err_t
on_dialled(void *owner, struct channel *ch, const struct frame *f)
{
	struct enroll *e = owner;
	int fd = f->fds[0];

	(void)ch;
	f->fds[0] = -1;
	transfers_dialled(e->ts, f->request, fd);
	return 0;
}

static err_t
on_dial_failed(void *owner, struct channel *ch, const struct frame *f)
{
	struct enroll *e = owner;
	struct msg_dial_failed m;
	err_t err = msg_get_dial_failed(f->body, &m);

	(void)ch;
	if (err == 0)
		transfers_dial_failed(e->ts, f->request);
	return err;
}

static const struct channel_rule vault_rules[] = {
	{.type = MSG_ENROLL, .once = true, .handle = on_enroll},
};
static const struct channel_rule keyring_rules[] = {
	{.type = MSG_ENROLL_KEYS, .once = true, .handle = on_keys},
};
static const struct channel_rule egress_rules[] = {
	{.type = MSG_DIALLED, .fds = 1, .handle = on_dialled},
	{.type = MSG_DIAL_FAILED, .handle = on_dial_failed},
};
static const struct channel_table vault_table = {.peer = "vault",
	.rules = vault_rules, .n_rules = COUNT(vault_rules), .max_queue = QUEUE};
static const struct channel_table keyring_table = {.peer = "keyring",
	.rules = keyring_rules, .n_rules = COUNT(keyring_rules), .max_queue = QUEUE};
static const struct channel_table egress_table = {.peer = "egress",
	.rules = egress_rules, .n_rules = COUNT(egress_rules), .max_fds = 1, .max_queue = QUEUE};

static err_t
on_peer(void *owner, struct channel *ch, const struct frame *f)
{
	struct enroll *e = owner;
	struct msg_peer m;
	struct channel **place;
	const struct channel_table *table;
	err_t err = msg_get_peer(f->body, &m);
	int fd = f->fds[0];

	if (err != 0)
		return err;
	switch (m.kind) {
	case PEER_VAULT:
		place = &e->vault;
		table = &vault_table;
		break;
	case PEER_KEYRING:
		place = &e->keyring;
		table = &keyring_table;
		break;
	case PEER_EGRESS:
		place = &e->egress;
		table = &egress_table;
		break;
	default:
		return ERR_SYNTAX;
	}
	f->fds[0] = -1;
	channel_close(place);
	err = channel_open(e->child.loop, fd, table, e, channel_over, place);
	if (err == 0 && m.kind == PEER_EGRESS)
		transfers_egress_changed(e->ts);
	if (err == 0) {
		const struct msg_peer_ok ok = {.kind = m.kind, .worker = m.worker};

		err = send_peer_ok(ch, 0, &ok);
	}
	return err;
}

static err_t
on_drain(void *owner, struct channel *ch, const struct frame *f)
{
	struct enroll *e = owner;

	(void)ch;
	(void)f;
	if (e->signin == NULL && e->job.len == 0)
		loop_stop(e->child.loop);
	return 0;
}

static const struct channel_rule control_rules[] = {
	{.type = MSG_PEER, .fds = 1, .handle = on_peer},
	{.type = MSG_DRAIN, .once = true, .handle = on_drain},
};
static const struct channel_table control_table = {.peer = "supervisor",
	.rules = control_rules, .n_rules = COUNT(control_rules), .max_fds = 1, .max_queue = QUEUE};

static err_t
dial(void *owner, uint64_t request, enum dial_host host)
{
	struct enroll *e = owner;
	const struct msg_dial m = {.host = (uint8_t)host};

	return e->egress == NULL ? ERR_AGAIN : send_dial(e->egress, request, &m);
}

/* --- the program --------------------------------------------------------------------------- */

/* All that needs files or sockets of its own, then the filter. */
static err_t
set_up(struct enroll *e)
{
	const struct confine_limits limits = {.data = MEMORY, .addresses = 4 * MEMORY,
		.no_core = true};
	const struct conf_values *conf = &e->child.conf;
	struct transfers_conf tc = {.api_url = conf_str(conf, "spotify.api_url"),
	    .accounts_url = conf_str(conf, "spotify.accounts_url"),
	    .allow_http = conf_bool(conf, "spotify.sandbox"), .dial = dial, .owner = e};
	err_t err = warm_libraries();

	if (err == 0)
		err = warm_authorities(conf_str(conf, "spotify.ca_file"), &e->store);
	/* Plain HTTP in a sandbox needs no authorities. */
	if (err == ERR_NOTFOUND && tc.allow_http)
		err = 0;
	tc.ca_store = e->store;
	if (err == 0)
		err = transfers_create(e->child.loop, &tc, &e->ts);
	/* A sanitizer needs far more memory than the program. */
	if (err == 0 && confine_filters_work())
		err = confine_limits(&limits);
	if (err == 0)
		err = confine_no_new_privs();
	if (err == 0 && conf_bool(conf, "log.refused_calls"))
		err = confine_explain();
	if (err == 0)
		err = confine_role(CONFINE_ENROLL);
	return err;
}

int
main(void)
{
	static struct enroll e;
	err_t err;

	buf_init(&e.job, FRAME_BODY_MAX);
	buf_init(&e.keys, FRAME_BODY_MAX);
	err = child_start(&e.child, "enroll", &control_table, &e);
	if (err == 0) {
		e.limit = evtimer_new(loop_base(e.child.loop), on_limit, &e);
		err = e.limit == NULL ? ERR_NOMEM : set_up(&e);
	}
	if (err == 0)
		err = child_ready(&e.child);
	if (err == 0)
		err = loop_run(e.child.loop);
	if (err != 0)
		log_error("enroll_failed", LF_STR("error", err_text(err)));
	signin_end(&e.signin);
	channel_close(&e.vault);
	channel_close(&e.keyring);
	channel_close(&e.egress);
	transfers_destroy(&e.ts);
	warm_authorities_free(e.store);
	buf_free(&e.job);
	buf_free(&e.keys);
	if (e.limit != NULL)
		event_free(e.limit);
	channel_close(&e.child.control);
	if (e.child.loop != NULL)
		loop_settle(e.child.loop);
	child_end(&e.child);
	return err == 0 ? EXIT_SUCCESS : EXIT_FAILURE;
}
