/* The fake vault's part in applications and invitations. */
#include "config.h"

#include "tests/unit/portal/rig.h"
#include "tests/unit/unit.h"

static err_t
answer_ok(struct rig *r, struct channel *ch, const struct frame *f)
{
	const struct msg_portal_ok m = {0};

	return rig_failed(r, ch, f) ? 0 : send_portal_ok(ch, f->request, &m);
}

static err_t
on_invite_get(void *owner, struct channel *ch, const struct frame *f)
{
	struct rig *r = owner;

	rig_note(r, f);
	assert_ok(msg_get_invite_get(f->body, &r->invite_get));
	return rig_failed(r, ch, f) ? 0 : send_invite(ch, f->request, &r->invite);
}

static err_t
on_invites_get(void *owner, struct channel *ch, const struct frame *f)
{
	struct rig *r = owner;
	const struct msg_invites m = {.invites = r->n_invites};
	uint32_t i;

	rig_note(r, f);
	if (rig_failed(r, ch, f))
		return 0;
	assert_ok(send_invites(ch, f->request, &m));
	for (i = 0; i < r->n_invites; i++)
		assert_ok(send_invite_row(ch, f->request, &r->invites[i]));
	return 0;
}

static err_t
on_invite_new(void *owner, struct channel *ch, const struct frame *f)
{
	struct rig *r = owner;

	rig_note(r, f);
	assert_ok(msg_get_invite_new(f->body, &r->invite_new));
	return answer_ok(r, ch, f);
}

static err_t
on_invite_drop(void *owner, struct channel *ch, const struct frame *f)
{
	struct rig *r = owner;

	rig_note(r, f);
	assert_ok(msg_get_invite_drop(f->body, &r->invite_drop));
	return answer_ok(r, ch, f);
}

const struct channel_rule rig_apps_rules[RIG_APPS_RULES] = {
	{.type = MSG_INVITE_GET, .handle = on_invite_get},
	{.type = MSG_INVITES_GET, .handle = on_invites_get},
	{.type = MSG_INVITE_NEW, .handle = on_invite_new},
	{.type = MSG_INVITE_DROP, .handle = on_invite_drop},
};
