/* Enroll programs and their channels; see enroll.h. */
#include "config.h"

#include <stdlib.h>

#include "master/vault/enroll.h"
#include "shared/base/log.h"

#define QUEUE_MAX (64 * 1024)
/* Version byte, nonce, tag: no sealed row is shorter. */
#define SEALED_MIN 29

/* Channel states, for the rules. */
#define MAY_NOTHING 0x1u
#define MAY_ANSWER  0x2u

struct enroll_slot {
	struct enroll_slot *next;     /* in vault.enrolls */
	struct vault *v;
	uint64_t id;
	struct channel *ch;
	struct login *login;          /* NULL while blank */
};

static void
slot_free(struct enroll_slot *s)
{
	struct enroll_slot **p;

	for (p = &s->v->enrolls; *p != s; p = &(*p)->next)
		;
	*p = s->next;
	channel_close(&s->ch);
	free(s);
}

void
enroll_drop(struct enroll_slot **sp, bool finished)
{
	struct enroll_slot *s = *sp;

	*sp = NULL;
	if (s == NULL)
		return;
	if (!finished)
		vault_kill(s->v, s->id, KILL_HUNG);
	slot_free(s);
}

static err_t
on_enrolled(void *owner, struct channel *ch, const struct frame *f)
{
	struct enroll_slot *s = owner;
	struct msg_enrolled m;
	err_t err = msg_get_enrolled(f->body, &m);

	(void)ch;
	if (err != 0)
		return err;
	if (memcmp(m.login, login_id(s->login), ID_BYTES) != 0)
		return ERR_DENIED;
	if (m.sealed.n < SEALED_MIN || (m.account_id.n == 0 && m.spotify_id.n == 0))
		return ERR_SYNTAX;
	login_enrolled(s->login, &m);
	return 0;
}

static err_t
on_enroll_failed(void *owner, struct channel *ch, const struct frame *f)
{
	struct enroll_slot *s = owner;
	struct msg_enroll_failed m;
	err_t err = msg_get_enroll_failed(f->body, &m);

	(void)ch;
	if (err != 0)
		return err;
	if (memcmp(m.login, login_id(s->login), ID_BYTES) != 0)
		return ERR_DENIED;
	login_enroll_failed(s->login, m.why);
	return 0;
}

static const struct channel_rule rules[] = {
	{.type = MSG_ENROLLED, .once = true, .when = MAY_ANSWER, .handle = on_enrolled},
	{.type = MSG_ENROLL_FAILED, .once = true, .when = MAY_ANSWER, .handle = on_enroll_failed},
};

static const struct channel_table table = {
	.peer = "enroll", .rules = rules, .n_rules = sizeof(rules) / sizeof(rules[0]),
	.max_queue = QUEUE_MAX,
};

static void
ended(void *owner, struct channel *ch, enum channel_end why)
{
	struct enroll_slot *s = owner;

	(void)ch;
	if (why != CHANNEL_EOF)
		vault_kill(s->v, s->id, KILL_VIOLATION);
	if (s->login != NULL)
		/* Drops the slot, too. */
		login_enroll_failed(s->login, ENROLL_BROKEN);
	else
		slot_free(s);
}

err_t
enroll_peer(struct vault *v, uint64_t id, int fd)
{
	struct enroll_slot *s = calloc(1, sizeof(*s)), **p;
	err_t err;

	if (s == NULL)
		return ERR_NOMEM;
	s->v = v;
	s->id = id;
	err = channel_open(v->loop, fd, &table, s, ended, &s->ch);
	if (err != 0) {
		free(s);
		return err;
	}
	channel_set_state(s->ch, MAY_NOTHING);
	for (p = &v->enrolls; *p != NULL; p = &(*p)->next)
		;
	*p = s;
	logins_enroll_ready(v);
	return 0;
}

void
enroll_reaped(struct vault *v, uint64_t id)
{
	struct enroll_slot *s;

	/* What it said before its end is still in the channel; only a blank one
	 * has said nothing. */
	for (s = v->enrolls; s != NULL; s = s->next)
		if (s->id == id && s->login == NULL) {
			slot_free(s);
			return;
		}
}

struct enroll_slot *
enroll_take(struct vault *v, struct login *l)
{
	struct enroll_slot *s;

	for (s = v->enrolls; s != NULL; s = s->next)
		if (s->login == NULL) {
			s->login = l;
			channel_set_state(s->ch, MAY_ANSWER);
			return s;
		}
	return NULL;
}

uint64_t
enroll_id(const struct enroll_slot *s)
{
	return s->id;
}

err_t
enroll_start(struct enroll_slot *s, const struct msg_enroll *m)
{
	return send_enroll(s->ch, 0, m);
}

void
enroll_want(struct vault *v)
{
	const struct msg_want_enroll m = {.none = 0};

	vault_sent(send_want_enroll(v->control, 0, &m), "supervisor");
}

size_t
enroll_blank(const struct vault *v)
{
	const struct enroll_slot *s;
	size_t n = 0;

	for (s = v->enrolls; s != NULL; s = s->next)
		n += s->login == NULL;
	return n;
}

void
enrolls_end(struct vault *v)
{
	while (v->enrolls != NULL)
		slot_free(v->enrolls);
}
