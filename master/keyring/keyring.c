/* Who gets which key, and once; see keyring.h. */
#include "config.h"

#include <inttypes.h>
#include <string.h>
#include <unistd.h>

#include "master/keyring/derive.h"
#include "master/keyring/keyring.h"
#include "master/keyring/peers.h"
#include "shared/base/clock.h"
#include "shared/base/log.h"
#include "shared/fault/fault.h"
#include "shared/ipc/words.h"
#include "shared/ipc/child.h"

#define QUEUE_MAX  (256 * 1024)
#define MS_A_KEY   (1000 / KEYS_A_SECOND)
#define CREDIT_MAX ((int64_t)KEYS_BURST * MS_A_KEY)
/* A worker needs one for each row that is still sealed under a login. */
#define LOGIN_KEYS_MAX 8

/* --- giving keys ------------------------------------------------------------------ */

/* May one more key leave now? */
static bool
rate_allows(struct keyring *k)
{
	int64_t now = clock_mono_ms();

	k->credit_ms += now - k->credit_at;
	k->credit_at = now;
	if (k->credit_ms > CREDIT_MAX)
		k->credit_ms = CREDIT_MAX;
	if (k->credit_ms < MS_A_KEY)
		return false;
	k->credit_ms -= MS_A_KEY;
	return true;
}

static unsigned
give_data_key(struct keyring *k, const struct msg_key_for *ask)
{
	struct msg_keys m = {.none = 0};
	struct key_peer *p = NULL;
	unsigned why = peer_waiting(k, ask->worker, PEER_WORKER, &p);

	if (why != 0)
		return why;
	memcpy(m.user, ask->user, sizeof(m.user));
	if (derive_data_key(&k->masters, ask->user, ask->key_id, ask->wrapped, m.key) != 0)
		return KEY_WHY_WRAPPED;
	why = peer_finish(p, send_keys(p->ch, 0, &m));
	explicit_bzero(&m, sizeof(m));
	return why;
}

static unsigned
give_login_key(struct keyring *k, const struct msg_login_key_for *ask)
{
	struct msg_login_key m = {.none = 0};
	struct key_peer *p = NULL;
	unsigned why = peer_waiting(k, ask->worker, PEER_WORKER, &p);

	if (why != 0)
		return why;
	if (p->login_keys == LOGIN_KEYS_MAX)
		return KEY_WHY_GIVEN;
	p->login_keys++;
	memcpy(m.login, ask->login, sizeof(m.login));
	if (derive_login_key(&k->masters, ask->login, m.key) != 0 ||
	    send_login_key(p->ch, 0, &m) != 0)
		why = KEY_WHY_SYSTEM;
	explicit_bzero(&m, sizeof(m));
	return why;
}

static unsigned
give_enroll_keys(struct keyring *k, const struct msg_enroll_keys_for *ask)
{
	char verifier[PKCE_CHARS + 1] = "";
	struct msg_enroll_keys m = {.verifier = span_of(verifier, PKCE_CHARS)};
	struct key_peer *p = NULL;
	unsigned why = peer_waiting(k, ask->worker, PEER_ENROLL, &p);
	err_t err;

	if (why != 0)
		return why;
	memcpy(m.login, ask->login, sizeof(m.login));
	err = derive_verifier(&k->masters, ask->login, verifier);
	if (err == 0)
		err = derive_login_key(&k->masters, ask->login, m.key);
	if (err == 0)
		err = send_enroll_keys(p->ch, 0, &m);
	why = peer_finish(p, err);
	explicit_bzero(verifier, sizeof(verifier));
	explicit_bzero(&m, sizeof(m));
	return why;
}

/* --- the vault's questions ---------------------------------------------------------- */

/* An answer that the vault's queue has no room for is lost: the vault stops
 * waiting after its own time. */
static err_t
said(err_t err)
{
	if (err != 0)
		log_warn("answer_lost", LF_STR("error", err_text(err)));
	return 0;
}

static err_t
refuse(struct keyring *k, struct channel *ch, uint64_t request, unsigned why)
{
	const struct msg_key_failed m = {.why = (uint8_t)why};

	k->refused++;
	log_warn("key_refused", LF_UINT("why", why));
	return said(send_key_failed(ch, request, &m));
}

static err_t
given(struct keyring *k, struct channel *ch, uint64_t request, unsigned why)
{
	const struct msg_key_sent m = {.none = 0};

	if (why != 0)
		return refuse(k, ch, request, why);
	FAULT(keyring_sent);
	k->given++;
	return said(send_key_sent(ch, request, &m));
}

static err_t
on_key_for(void *owner, struct channel *ch, const struct frame *f)
{
	struct keyring *k = owner;
	struct msg_key_for m;
	err_t err = msg_get_key_for(f->body, &m);

	if (err != 0)
		return err;
	FAULT(keyring_asked);
	return given(k, ch, f->request, rate_allows(k) ? give_data_key(k, &m) : KEY_WHY_RATE);
}

static err_t
on_login_key_for(void *owner, struct channel *ch, const struct frame *f)
{
	struct keyring *k = owner;
	struct msg_login_key_for m;
	err_t err = msg_get_login_key_for(f->body, &m);

	if (err != 0)
		return err;
	return given(k, ch, f->request, rate_allows(k) ? give_login_key(k, &m) : KEY_WHY_RATE);
}

static err_t
on_enroll_keys_for(void *owner, struct channel *ch, const struct frame *f)
{
	struct keyring *k = owner;
	struct msg_enroll_keys_for m;
	err_t err = msg_get_enroll_keys_for(f->body, &m);

	if (err != 0)
		return err;
	FAULT(keyring_login);
	return given(k, ch, f->request, rate_allows(k) ? give_enroll_keys(k, &m) : KEY_WHY_RATE);
}

static err_t
on_key_new(void *owner, struct channel *ch, const struct frame *f)
{
	struct keyring *k = owner;
	uint8_t wrapped[WRAPPED_BYTES];
	struct msg_key_wrapped answer = {.wrapped = span_of(wrapped, sizeof(wrapped))};
	struct msg_key_new m;
	err_t err = msg_get_key_new(f->body, &m);

	if (err != 0)
		return err;
	if (!rate_allows(k))
		return refuse(k, ch, f->request, KEY_WHY_RATE);
	if (derive_new_wrapped(&k->masters, m.user, &answer.key_id, wrapped) != 0)
		return refuse(k, ch, f->request, KEY_WHY_SYSTEM);
	return said(send_key_wrapped(ch, f->request, &answer));
}

static err_t
on_challenge_for(void *owner, struct channel *ch, const struct frame *f)
{
	struct keyring *k = owner;
	char text[PKCE_CHARS + 1] = "";
	const struct msg_challenge answer = {.challenge = span_of(text, PKCE_CHARS)};
	struct msg_challenge_for m;
	err_t err = msg_get_challenge_for(f->body, &m);

	if (err != 0)
		return err;
	/* No key leaves here, and anybody can ask for a sign-in: were these
	 * counted, a flood of them would keep people's keys from their workers. */
	if (derive_challenge(&k->masters, m.login, text) != 0)
		return refuse(k, ch, f->request, KEY_WHY_SYSTEM);
	return said(send_challenge(ch, f->request, &answer));
}

static const struct channel_rule vault_rules[] = {
	{.type = MSG_KEY_NEW, .handle = on_key_new},
	{.type = MSG_KEY_FOR, .handle = on_key_for},
	{.type = MSG_LOGIN_KEY_FOR, .handle = on_login_key_for},
	{.type = MSG_CHALLENGE_FOR, .handle = on_challenge_for},
	{.type = MSG_ENROLL_KEYS_FOR, .handle = on_enroll_keys_for},
};

static const struct channel_table vault_table = {
	.peer = "vault", .vital = true, .rules = vault_rules,
	.n_rules = sizeof(vault_rules) / sizeof(vault_rules[0]), .max_queue = QUEUE_MAX,
};

static void
vault_ended(void *owner, struct channel *ch, enum channel_end why)
{
	struct keyring *k = owner;

	(void)ch;
	log_warn("vault_gone", LF_INT("how", why));
	channel_close(&k->vault);
}

/* The vault hands the check key on to those who check tokens. */
static err_t
vault_install(struct keyring *k, int fd)
{
	struct msg_check_key m = {.none = 0};
	err_t err;

	channel_close(&k->vault);
	err = channel_open(k->loop, fd, &vault_table, k, vault_ended, &k->vault);
	if (err == 0)
		err = derive_check_key(&k->masters, m.key);
	if (err == 0)
		err = send_check_key(k->vault, 0, &m);
	explicit_bzero(&m, sizeof(m));
	return err;
}

/* --- the supervisor ------------------------------------------------------------------ */

#define STATE_EMPTY 1u
#define STATE_KEYS  2u

static void
fail(struct keyring *k, err_t err)
{
	k->failed = err;
	loop_stop(k->loop);
}

static err_t
on_keyfile(void *owner, struct channel *ch, const struct frame *f)
{
	struct keyring *k = owner;
	struct msg_keyfile m;
	size_t line = 0;
	err_t err = msg_get_keyfile(f->body, &m);

	if (err != 0)
		return err;
	err = masters_read(f->fds[0], &k->masters, &line);
	if (err != 0)
		log_error("key_file_unusable", LF_UINT("line", line), LF_STR("error", err_text(err)));
	/* Gone before anything else is done: from here on there is no file. */
	(void)close(f->fds[0]);
	f->fds[0] = -1;
	channel_set_state(ch, STATE_KEYS);
	k->control = ch;
	if (err == 0)
		err = k->on_keys(k, ch);
	if (err != 0)
		fail(k, err);
	return 0;
}

static err_t
on_peer(void *owner, struct channel *ch, const struct frame *f)
{
	struct keyring *k = owner;
	struct msg_peer m;
	struct msg_peer_ok ok;
	int fd = f->fds[0];
	err_t err = msg_get_peer(f->body, &m);

	if (err != 0)
		return err;
	if (k->failed != 0)
		return 0;
	ok = (struct msg_peer_ok){.kind = m.kind, .worker = m.worker};
	if (m.kind != PEER_VAULT && m.kind != PEER_WORKER && m.kind != PEER_ENROLL)
		return ERR_UNSUPPORTED;
	f->fds[0] = -1;
	err = m.kind == PEER_VAULT ? vault_install(k, fd) : peer_install(k, &m, fd);
	if (err == 0)
		err = send_peer_ok(ch, f->request, &ok);
	if (err != 0)
		fail(k, err);
	return 0;
}

static err_t
on_worker_gone(void *owner, struct channel *ch, const struct frame *f)
{
	struct keyring *k = owner;
	struct msg_worker_gone m;
	err_t err = msg_get_worker_gone(f->body, &m);

	(void)ch;
	if (err == 0)
		peer_gone(k, m.worker);
	return err;
}

/* Nothing is unfinished here between two messages. */
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
	const struct keyring *k = owner;
	struct msg_status m;
	struct buf text;
	err_t err;

	buf_init(&text, 1024);
	err = buf_printf(&text, "master_keys %zu\nmaster_key_current %" PRIu32
	    "\nkeys_given %" PRIu64 "\nkeys_refused %" PRIu64 "\n", k->masters.n,
	    k->masters.id[k->masters.current], k->given, k->refused);
	m.text = buf_span(&text);
	if (err == 0)
		err = said(send_status(ch, f->request, &m));
	buf_free(&text);
	return err;
}

static const struct channel_rule control_rules[] = {
	{.type = MSG_KEYFILE, .once = true, .fds = 1, .when = STATE_EMPTY, .handle = on_keyfile},
	{.type = MSG_PEER, .fds = 1, .when = STATE_KEYS, .handle = on_peer},
	{.type = MSG_WORKER_GONE, .when = STATE_KEYS, .handle = on_worker_gone},
	{.type = MSG_DRAIN, .handle = on_drain},
	{.type = MSG_STATUS_ASK, .when = STATE_KEYS, .handle = on_status_ask},
	{.type = MSG_PING, .handle = child_on_ping},
	{.type = MSG_SETTINGS, .handle = child_on_settings},
};

const struct channel_table keyring_control_table = {
	.peer = "supervisor", .vital = true, .rules = control_rules,
	.n_rules = sizeof(control_rules) / sizeof(control_rules[0]),
	.max_fds = 1, .max_queue = QUEUE_MAX,
};

void
keyring_init(struct keyring *k, struct loop *loop,
    err_t (*on_keys)(struct keyring *k, struct channel *control))
{
	*k = (struct keyring){.loop = loop, .on_keys = on_keys, .credit_ms = CREDIT_MAX,
		.credit_at = clock_mono_ms()};
}

void
keyring_end(struct keyring *k)
{
	k->control = NULL;
	channel_close(&k->vault);
	peers_end(k);
	masters_wipe(&k->masters);
}
