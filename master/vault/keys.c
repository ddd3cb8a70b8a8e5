/* The keyring's channel; see keys.h. */
#include "config.h"

#include <stdlib.h>

#include "master/vault/keys.h"
#include "shared/base/clock.h"
#include "shared/base/log.h"

#define ASK_MS    3000
#define QUEUE_MAX (4 * 1024 * 1024)

/* The answer that fits a question. */
enum ask_kind { ASK_SENT, ASK_WRAPPED, ASK_CHALLENGE };

struct key_ask {
	struct key_ask *next;
	uint64_t request;
	enum ask_kind kind;
	int64_t deadline;
	key_done done;
	void *arg;
};

static const struct key_answer unavailable = {.outcome = KEY_UNAVAILABLE};

/* Takes the question out of the list; NULL if it is not open. */
static struct key_ask *
take(struct vault *v, uint64_t request)
{
	struct key_ask **p, *a;

	for (p = &v->key_asks; (a = *p) != NULL; p = &a->next) {
		if (a->request != request)
			continue;
		*p = a->next;
		if (*p == NULL)
			v->key_asks_end = p;
		return a;
	}
	return NULL;
}

static void
finish(struct key_ask *a, const struct key_answer *answer)
{
	key_done done = a->done;
	void *arg = a->arg;

	free(a);
	done(arg, answer);
}

/* Opens a question; 0 when there can be none now (then done was called). */
static uint64_t
open_ask(struct vault *v, enum ask_kind kind, key_done done, void *arg)
{
	struct key_ask *a = v->keyring.ch == NULL ? NULL : calloc(1, sizeof(*a));

	if (a == NULL) {
		done(arg, &unavailable);
		return 0;
	}
	a->request = ++v->next_ask;
	a->kind = kind;
	a->deadline = clock_mono_ms() + ASK_MS;
	a->done = done;
	a->arg = arg;
	*v->key_asks_end = a;
	v->key_asks_end = &a->next;
	return a->request;
}

/* The question could not be sent: it ends here. */
static void
after_send(struct vault *v, uint64_t request, err_t err)
{
	struct key_ask *a;

	if (err == 0)
		return;
	vault_sent(err, "keyring");
	a = take(v, request);
	if (a != NULL)
		finish(a, &unavailable);
}

static void
copy_id(uint8_t to[ID_BYTES], const uint8_t from[ID_BYTES])
{
	memcpy(to, from, ID_BYTES);
}

void
keys_for_worker(struct vault *v, uint64_t worker, const uint8_t user[ID_BYTES],
    uint32_t key_id, struct span wrapped, key_done done, void *arg)
{
	struct msg_key_for m = {.worker = worker, .key_id = key_id, .wrapped = wrapped};
	uint64_t request = open_ask(v, ASK_SENT, done, arg);

	if (request == 0)
		return;
	copy_id(m.user, user);
	after_send(v, request, send_key_for(v->keyring.ch, request, &m));
}

void
keys_login_for_worker(struct vault *v, uint64_t worker, const uint8_t login[ID_BYTES],
    key_done done, void *arg)
{
	struct msg_login_key_for m = {.worker = worker};
	uint64_t request = open_ask(v, ASK_SENT, done, arg);

	if (request == 0)
		return;
	copy_id(m.login, login);
	after_send(v, request, send_login_key_for(v->keyring.ch, request, &m));
}

void
keys_for_enroll(struct vault *v, uint64_t enroll, const uint8_t login[ID_BYTES],
    key_done done, void *arg)
{
	struct msg_enroll_keys_for m = {.worker = enroll};
	uint64_t request = open_ask(v, ASK_SENT, done, arg);

	if (request == 0)
		return;
	copy_id(m.login, login);
	after_send(v, request, send_enroll_keys_for(v->keyring.ch, request, &m));
}

void
keys_new(struct vault *v, const uint8_t user[ID_BYTES], key_done done, void *arg)
{
	struct msg_key_new m = {.none = 0};
	uint64_t request = open_ask(v, ASK_WRAPPED, done, arg);

	if (request == 0)
		return;
	copy_id(m.user, user);
	after_send(v, request, send_key_new(v->keyring.ch, request, &m));
}

void
keys_challenge(struct vault *v, const uint8_t login[ID_BYTES], key_done done, void *arg)
{
	struct msg_challenge_for m = {.none = 0};
	uint64_t request = open_ask(v, ASK_CHALLENGE, done, arg);

	if (request == 0)
		return;
	copy_id(m.login, login);
	after_send(v, request, send_challenge_for(v->keyring.ch, request, &m));
}

/* --- what the keyring says ----------------------------------------------------- */

/* An answer of one kind; one that comes too late is ignored. */
static err_t
answered(struct vault *v, uint64_t request, enum ask_kind kind, const struct key_answer *answer)
{
	struct key_ask *a = take(v, request);

	if (a == NULL)
		return 0;
	if (answer->outcome == KEY_DONE && a->kind != kind) {
		finish(a, &unavailable);
		return ERR_STATE;
	}
	finish(a, answer);
	return 0;
}

static err_t
on_key_sent(void *owner, struct channel *ch, const struct frame *f)
{
	const struct key_answer a = {.outcome = KEY_DONE};
	struct msg_key_sent m;
	err_t err = msg_get_key_sent(f->body, &m);

	(void)ch;
	return err != 0 ? err : answered(owner, f->request, ASK_SENT, &a);
}

static err_t
on_key_failed(void *owner, struct channel *ch, const struct frame *f)
{
	const struct key_answer a = {.outcome = KEY_REFUSED};
	struct msg_key_failed m;
	err_t err = msg_get_key_failed(f->body, &m);

	(void)ch;
	if (err != 0)
		return err;
	log_warn("key_refused", LF_INT("why", m.why));
	return answered(owner, f->request, ASK_SENT, &a);
}

static err_t
on_key_wrapped(void *owner, struct channel *ch, const struct frame *f)
{
	struct key_answer a = {.outcome = KEY_DONE};
	struct msg_key_wrapped m;
	err_t err = msg_get_key_wrapped(f->body, &m);

	(void)ch;
	if (err != 0)
		return err;
	a.key_id = m.key_id;
	a.wrapped = m.wrapped;
	return answered(owner, f->request, ASK_WRAPPED, &a);
}

static err_t
on_challenge(void *owner, struct channel *ch, const struct frame *f)
{
	struct key_answer a = {.outcome = KEY_DONE};
	struct msg_challenge m;
	err_t err = msg_get_challenge(f->body, &m);

	(void)ch;
	if (err != 0)
		return err;
	a.challenge = m.challenge;
	return answered(owner, f->request, ASK_CHALLENGE, &a);
}

static err_t
on_check_key(void *owner, struct channel *ch, const struct frame *f)
{
	struct vault *v = owner;
	struct msg_check_key m;
	err_t err = msg_get_check_key(f->body, &m);

	(void)ch;
	if (err == 0)
		err = secret_set(&v->check_key, span_of(m.key, sizeof(m.key)));
	if (err == 0 && v->front.ch != NULL)
		vault_sent(send_check_key(v->front.ch, 0, &m), "front");
	if (err == 0 && v->portal.ch != NULL)
		vault_sent(send_check_key(v->portal.ch, 0, &m), "portal");
	explicit_bzero(&m, sizeof(m));
	return err;
}

static const struct channel_rule rules[] = {
	{.type = MSG_KEY_SENT, .handle = on_key_sent},
	{.type = MSG_KEY_FAILED, .handle = on_key_failed},
	{.type = MSG_KEY_WRAPPED, .handle = on_key_wrapped},
	{.type = MSG_CHALLENGE, .handle = on_challenge},
	{.type = MSG_CHECK_KEY, .handle = on_check_key},
};

static const struct channel_table table = {
	.peer = "keyring", .vital = true, .rules = rules, .n_rules = sizeof(rules) / sizeof(rules[0]),
	.max_queue = QUEUE_MAX,
};

/* Ends every question that is open now; their ends may open new ones. */
static void
fail_all(struct vault *v)
{
	struct key_ask *a = v->key_asks;

	v->key_asks = NULL;
	v->key_asks_end = &v->key_asks;
	while (a != NULL) {
		struct key_ask *next = a->next;

		finish(a, &unavailable);
		a = next;
	}
}

static void
ended(void *owner, struct channel *ch, enum channel_end why)
{
	struct vault *v = owner;

	(void)ch;
	log_warn("keyring_gone", LF_INT("how", why));
	channel_close(&v->keyring.ch);
	fail_all(v);
	vault_tell_health(v);
}

err_t
keys_peer(struct vault *v, int fd)
{
	channel_close(&v->keyring.ch);
	fail_all(v);
	v->keyring.epoch++;
	return channel_open(v->loop, fd, &table, v, ended, &v->keyring.ch);
}

void
keys_tick(struct vault *v, int64_t now)
{
	/* The list is in the order of deadlines. */
	while (v->key_asks != NULL && now >= v->key_asks->deadline) {
		log_warn("keyring_silent");
		finish(take(v, v->key_asks->request), &unavailable);
	}
}

void
keys_end(struct vault *v)
{
	channel_close(&v->keyring.ch);
	fail_all(v);
	secret_clear(&v->check_key);
}
