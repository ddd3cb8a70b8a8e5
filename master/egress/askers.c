/* Channels that ask for connections; see askers.h. */
#include "config.h"

#include <stdlib.h>
#include <sys/socket.h>
#include <unistd.h>

#include "master/egress/askers.h"
#include "shared/base/clock.h"
#include "shared/base/log.h"
#include "shared/fault/fault.h"

/*
 * Every answer that its asker does not take holds a descriptor, ours or one in
 * flight, and both run out for everybody: a burst of answers may wait here, and
 * the smallest buffer that the kernel gives (a few packets) behind it.
 */
#define QUEUE_MOST ((size_t)DIALS_BURST * FRAME_HEAD)

struct asker {
	struct asker *next;
	struct egress *egress;
	struct channel *channel;
	uint64_t id;
	struct allowance allowance;
	struct lookup *lookup;     /* of a fetch program */
	uint64_t request;          /* its question */
};

void
allowance_init(struct allowance *a, int64_t now_ms)
{
	a->left = DIALS_BURST * 1000;
	a->since_ms = now_ms;
}

bool
allowance_take(struct allowance *a, int64_t now_ms)
{
	a->left += (now_ms - a->since_ms) * DIALS_A_SECOND;
	a->since_ms = now_ms;
	if (a->left > DIALS_BURST * 1000)
		a->left = DIALS_BURST * 1000;
	if (a->left < 1000)
		return false;
	a->left -= 1000;
	return true;
}

static void
forget(struct asker *a)
{
	struct asker **p;

	for (p = &a->egress->askers; *p != a; p = &(*p)->next)
		;
	*p = a->next;
	a->egress->n_askers--;
	lookup_cancel(&a->lookup);
	channel_close(&a->channel);
	free(a);
}

static struct asker *
find(struct egress *e, uint64_t id)
{
	struct asker *a;

	for (a = e->askers; a != NULL && a->id != id; a = a->next)
		;
	return a;
}

static err_t
refuse(struct asker *a, uint64_t request, enum dial_why why)
{
	const struct msg_dial_failed m = {.why = (uint8_t)why};

	if (why == DIAL_REFUSED)
		a->egress->refused++;
	else
		a->egress->failed++;
	/* Who does not read its answers does without. */
	return send_dial_failed(a->channel, request, &m) == ERR_NOMEM ? ERR_NOMEM : 0;
}

static err_t
on_dial(void *owner, struct channel *ch, const struct frame *f)
{
	struct asker *a = owner;
	struct egress *e = a->egress;
	struct msg_dial m;
	int fd = -1;
	err_t err;

	err = msg_get_dial(f->body, &m);
	if (err != 0)
		return err;
	if (m.host != DIAL_API && m.host != DIAL_ACCOUNTS)
		return ERR_DENIED;
	FAULT(egress_dial);
	if (!allowance_take(&a->allowance, clock_mono_ms()))
		return refuse(a, f->request, DIAL_REFUSED);
	err = target_dial(m.host == DIAL_API ? &e->api : &e->accounts, &fd);
	if (err != 0)
		return refuse(a, f->request, err == ERR_NOTFOUND ? DIAL_UNRESOLVED : DIAL_SYSTEM);
	e->dials++;
	err = send_dialled_fd(ch, f->request, fd);
	if (err == 0)
		FAULT_SENT(ch, egress_dialled);
	/* The socket is the asker's alone from here on. */
	(void)close(fd);
	return err == ERR_NOMEM ? err : 0;
}

/* --- a fetch program: any public host, once ------------------------------------------- */

static void
on_looked_up(void *arg, int fd, uint8_t why)
{
	struct asker *a = arg;
	err_t err;

	a->lookup = NULL;
	if (fd < 0) {
		if (why == DIAL_FORBIDDEN)
			log_warn("dial_forbidden", LF_UINT("worker", a->id));
		err = refuse(a, a->request, why);
	} else {
		a->egress->dials++;
		err = send_dialled_fd(a->channel, a->request, fd);
		(void)close(fd);
	}
	/* Who does not read its one answer has a deadline. */
	if (err != 0)
		log_warn("dial_not_answered", LF_STR("error", err_text(err)));
}

static err_t
on_dial_name(void *owner, struct channel *ch, const struct frame *f)
{
	struct asker *a = owner;
	struct msg_dial_name m;
	err_t err = msg_get_dial_name(f->body, &m);

	(void)ch;
	if (err != 0)
		return err;
	FAULT(egress_dial);
	a->request = f->request;
	lookup_start(&a->egress->names, m.host, m.port, on_looked_up, a, &a->lookup);
	return 0;
}

static const struct channel_rule fetch_rules[] = {
	{.type = MSG_DIAL_NAME, .once = true, .handle = on_dial_name},
};
static const struct channel_table fetch_table = {
	.peer = "fetch", .rules = fetch_rules,
	.n_rules = sizeof(fetch_rules) / sizeof(fetch_rules[0]), .max_queue = QUEUE_MOST,
};

/* --- workers and enroll programs: two hosts ------------------------------------------- */

static const struct channel_rule rules[] = {
	{.type = MSG_DIAL, .handle = on_dial},
};
static const struct channel_table table = {
	.peer = "asker", .rules = rules, .n_rules = sizeof(rules) / sizeof(rules[0]),
	.max_queue = QUEUE_MOST,
};

static void
on_end(void *owner, struct channel *ch, enum channel_end why)
{
	struct asker *a = owner;
	const struct msg_kill_worker m = {.worker = a->id, .reason = KILL_VIOLATION};

	(void)ch;
	if (why == CHANNEL_VIOLATION && send_kill_worker(a->egress->control, 0, &m) != 0)
		log_error("kill_not_asked", LF_UINT("worker", a->id));
	forget(a);
}

err_t
asker_add(struct egress *e, enum peer_kind kind, uint64_t id, int fd)
{
	struct asker *a = calloc(1, sizeof(*a));
	int least = 0;
	err_t err;

	if (a == NULL) {
		(void)close(fd);
		return ERR_NOMEM;
	}
	asker_gone(e, id);
	(void)setsockopt(fd, SOL_SOCKET, SO_SNDBUF, &least, sizeof(least));
	a->egress = e;
	a->id = id;
	allowance_init(&a->allowance, clock_mono_ms());
	err = channel_open(e->loop, fd, kind == PEER_FETCH ? &fetch_table : &table, a, on_end,
	    &a->channel);
	if (err != 0) {
		free(a);
		return err;
	}
	a->next = e->askers;
	e->askers = a;
	e->n_askers++;
	return 0;
}

void
asker_gone(struct egress *e, uint64_t id)
{
	struct asker *a = find(e, id);

	if (a != NULL)
		forget(a);
}

void
askers_free(struct egress *e)
{
	while (e->askers != NULL)
		forget(e->askers);
}
