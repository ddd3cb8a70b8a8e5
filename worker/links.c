/*
 * A worker's channels: what each peer may say, what happens when one is gone,
 * and how a new one takes its place.  Must not know what a message means.
 */
#include "config.h"

#include <unistd.h>

#include "shared/base/clock.h"
#include "shared/fault/fault.h"
#include "worker/changes.h"
#include "worker/download.h"
#include "worker/life.h"
#include "worker/quota.h"
#include "worker/requests.h"
#include "worker/rows.h"
#include "worker/spotify/governor.h"
#include "worker/spotify/spotify.h"

#define QUEUE_FRONT  (6u << 20)   /* more than the credit of all requests */
#define QUEUE_OTHER  (256u << 10)
#define COUNT(a)     ((unsigned)(sizeof(a) / sizeof((a)[0])))

static err_t on_peer(void *owner, struct channel *ch, const struct frame *f);
static err_t on_store_failed(void *owner, struct channel *ch, const struct frame *f);

static const struct channel_rule control_rules[] = {
	{.type = MSG_PEER, .fds = 1, .handle = on_peer},
	{.type = MSG_DRAIN, .once = true, .handle = life_on_drain},
};
static const struct channel_rule front_rules[] = {
	{.type = MSG_REQ_HEAD, .handle = requests_on_head},
	{.type = MSG_REQ_FIELD, .handle = requests_on_field},
	{.type = MSG_REQ_BODY, .handle = requests_on_body},
	{.type = MSG_REQ_CANCEL, .handle = requests_on_cancel},
	{.type = MSG_CREDIT, .handle = requests_on_credit},
	{.type = MSG_RETIRE, .once = true, .handle = life_on_retire},
	{.type = MSG_STREAM_BACK, .handle = requests_on_stream_back},
	{.type = MSG_STREAMS_END, .handle = life_on_streams_end},
};
static const struct channel_rule vault_rules[] = {
	{.type = MSG_IDENTITY, .once = true, .handle = life_on_identity},
	{.type = MSG_CREDENTIAL, .handle = life_on_credential},
	{.type = MSG_CREDENTIAL_GONE, .handle = life_on_credential_gone},
	{.type = MSG_ROW, .handle = rows_on_row},
	{.type = MSG_IDENTITY_END, .once = true, .handle = life_on_identity_end},
	{.type = MSG_CONFIRMED, .handle = life_on_confirmed},
	{.type = MSG_REFRESHED, .handle = life_on_refreshed},
	{.type = MSG_STORED, .handle = rows_on_stored},
	{.type = MSG_STORE_CONFLICT, .handle = rows_on_conflict},
	{.type = MSG_STORE_FAILED, .handle = on_store_failed},
	{.type = MSG_LEASED, .handle = rows_on_leased},
	{.type = MSG_LEASE_BUSY, .handle = rows_on_busy},
	{.type = MSG_EXPORT, .handle = download_on_export},
	{.type = MSG_CHANGE_KEPT, .handle = changes_on_kept},
	{.type = MSG_CHANGE, .handle = changes_on_change},
	{.type = MSG_PERMIT, .handle = quota_on_permit},
	{.type = MSG_LIMIT, .handle = quota_on_limit},
	{.type = MSG_GRANT_WORD, .handle = quota_on_grant_word},
	{.type = MSG_QUOTA, .handle = quota_on_quota},
};
static const struct channel_rule keyring_rules[] = {
	{.type = MSG_LOGIN_KEY, .handle = rows_on_login_key},
	{.type = MSG_KEYS, .once = true, .handle = life_on_keys},
};
static const struct channel_rule egress_rules[] = {
	{.type = MSG_DIALLED, .fds = 1, .handle = life_on_dialled},
	{.type = MSG_DIAL_FAILED, .handle = life_on_dial_failed},
};

static const struct channel_table control_table = {.peer = "supervisor",
	.rules = control_rules, .n_rules = COUNT(control_rules), .max_fds = 1,
	.max_queue = QUEUE_OTHER};
static const struct channel_table front_table = {.peer = "front",
	.rules = front_rules, .n_rules = COUNT(front_rules), .max_queue = QUEUE_FRONT};
static const struct channel_table vault_table = {.peer = "vault",
	.rules = vault_rules, .n_rules = COUNT(vault_rules), .max_queue = QUEUE_OTHER};
static const struct channel_table keyring_table = {.peer = "keyring",
	.rules = keyring_rules, .n_rules = COUNT(keyring_rules), .max_queue = QUEUE_OTHER};
static const struct channel_table egress_table = {.peer = "egress",
	.rules = egress_rules, .n_rules = COUNT(egress_rules), .max_fds = 1,
	.max_queue = QUEUE_OTHER};

/* The answer to a row or to a part of the record of changes. */
static err_t
on_store_failed(void *owner, struct channel *ch, const struct frame *f)
{
	return changes_is_ours(f->request) ? changes_on_failed(owner, ch, f) :
	    rows_on_failed(owner, ch, f);
}

/* Where the channel to a peer stands in the worker; NULL for no peer. */
static struct channel **
place_of(struct worker *w, uint8_t kind)
{
	switch (kind) {
	case PEER_SUPERVISOR:
		return &w->control;
	case PEER_FRONT:
		return &w->front;
	case PEER_VAULT:
		return &w->vault;
	case PEER_KEYRING:
		return &w->keyring;
	case PEER_EGRESS:
		return &w->egress;
	default:
		return NULL;
	}
}

static const struct channel_table *
table_of(uint8_t kind)
{
	switch (kind) {
	case PEER_SUPERVISOR:
		return &control_table;
	case PEER_FRONT:
		return &front_table;
	case PEER_VAULT:
		return &vault_table;
	case PEER_KEYRING:
		return &keyring_table;
	default:
		return &egress_table;
	}
}

/*
 * A channel ended.  At its end the peer died and will be started anew; the
 * worker waits for the new one.  Without supervisor there is nobody to bring
 * one.  Where the worker itself had to close the channel the peer lives and has
 * given the worker up: staying would keep its user from being served.
 */
static void
on_ended(void *owner, struct channel *ch, enum channel_end why)
{
	struct worker *w = owner;
	struct life *l = life_of(w);
	uint8_t kind;

	for (kind = PEER_SUPERVISOR; kind < PEER_COUNT; kind++) {
		struct channel **place = place_of(w, kind);

		if (place != NULL && *place == ch) {
			channel_close(place);
			break;
		}
	}
	if (kind == PEER_FRONT) {
		l->front_lost_ms = clock_mono_ms();
		requests_front_gone(w->requests);
	}
	if (kind == PEER_SUPERVISOR || why != CHANNEL_EOF) {
		l->result = why == CHANNEL_EOF ? 0 : ERR_DENIED;
		loop_stop(w->loop);
	}
}

static err_t
install(struct worker *w, uint8_t kind, int fd)
{
	return channel_open(w->loop, fd, table_of(kind), w, on_ended, place_of(w, kind));
}

/* A peer was started anew: its channel replaces the dead one, and what was
 * not answered is asked again. */
static err_t
on_peer(void *owner, struct channel *ch, const struct frame *f)
{
	struct worker *w = owner;
	struct msg_peer_ok ok;
	struct msg_peer m;
	struct channel **place;
	int fd;
	err_t err;

	err = msg_get_peer(f->body, &m);
	if (err != 0)
		return err;
	FAULT(worker_joined);
	place = place_of(w, m.kind);
	if (place == NULL || m.kind == PEER_SUPERVISOR)
		return ERR_SYNTAX;
	if (*place != NULL) {
		channel_close(place);
		if (m.kind == PEER_FRONT)
			requests_front_gone(w->requests);
	}
	fd = f->fds[0];
	f->fds[0] = -1;
	err = install(w, m.kind, fd);
	if (err != 0)
		return err;
	if (m.kind == PEER_VAULT) {
		rows_vault_back(w->rows);
		changes_vault_back(w->changes);
		governor_vault_back(spotify_governor(w->spotify));
	}
	if (m.kind == PEER_EGRESS)
		spotify_egress_back(w->spotify);
	ok = (struct msg_peer_ok){.kind = m.kind, .worker = w->id};
	return send_peer_ok(ch, f->request, &ok);
}

err_t
life_open_channels(struct life *l, const struct worker_start *start)
{
	const struct {
		uint8_t kind;
		int fd;
	} ends[] = {
		{PEER_SUPERVISOR, start->control_fd}, {PEER_FRONT, start->front_fd},
		{PEER_VAULT, start->vault_fd}, {PEER_KEYRING, start->keyring_fd},
		{PEER_EGRESS, start->egress_fd},
	};
	unsigned i;
	err_t err = 0;

	for (i = 0; i < COUNT(ends); i++) {
		if (err == 0)
			err = install(&l->w, ends[i].kind, ends[i].fd);
		else
			(void)close(ends[i].fd);
	}
	return err;
}

void
life_close_channels(struct life *l)
{
	uint8_t kind;

	for (kind = PEER_SUPERVISOR; kind < PEER_COUNT; kind++) {
		struct channel **place = place_of(&l->w, kind);

		if (place != NULL && *place != NULL)
			channel_close(place);
	}
}
