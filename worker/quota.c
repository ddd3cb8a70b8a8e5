/* Messages about quota; see quota.h. */
#include "config.h"

#include "shared/ipc/messages.h"
#include "worker/quota.h"
#include "worker/spotify/governor.h"
#include "worker/spotify/spotify.h"
#include "worker/worker.h"

err_t
worker_permit_ask(struct worker *w, uint64_t id, uint8_t family, uint8_t n, bool bulk)
{
	const struct msg_permit_ask m = {.family = family, .calls = n, .bulk = bulk};

	return w->vault == NULL ? ERR_AGAIN : send_permit_ask(w->vault, id, &m);
}

err_t
worker_permit_back(struct worker *w, uint8_t family, uint8_t n)
{
	const struct msg_permit_back m = {.family = family, .calls = n};

	return w->vault == NULL ? ERR_AGAIN : send_permit_back(w->vault, 0, &m);
}

err_t
worker_limit_seen(struct worker *w, uint8_t kind, uint8_t family, uint32_t ms)
{
	const struct msg_limit_seen m = {.kind = kind, .family = family, .ms = ms};

	return w->vault == NULL ? ERR_AGAIN : send_limit_seen(w->vault, 0, &m);
}

err_t
worker_grant_over(struct worker *w, uint64_t id, uint8_t why, uint32_t believed_ms)
{
	const struct msg_grant_over m = {.why = why, .believed_ms = believed_ms};

	return w->vault == NULL ? ERR_AGAIN : send_grant_over(w->vault, id, &m);
}

err_t
worker_quota_ask(struct worker *w, uint64_t id)
{
	const struct msg_quota_ask m = {.none = 0};

	return w->vault == NULL ? ERR_AGAIN : send_quota_ask(w->vault, id, &m);
}

err_t
quota_on_permit(void *owner, struct channel *ch, const struct frame *f)
{
	struct worker *w = owner;
	struct msg_permit m;
	err_t err = msg_get_permit(f->body, &m);

	(void)ch;
	if (err == 0)
		governor_on_permit(spotify_governor(w->spotify), f->request, &m);
	return err;
}

err_t
quota_on_limit(void *owner, struct channel *ch, const struct frame *f)
{
	struct worker *w = owner;
	struct msg_limit m;
	err_t err = msg_get_limit(f->body, &m);

	(void)ch;
	if (err == 0)
		governor_on_limit(spotify_governor(w->spotify), &m);
	return err;
}

err_t
quota_on_grant_word(void *owner, struct channel *ch, const struct frame *f)
{
	struct worker *w = owner;
	struct msg_grant_word m;
	err_t err = msg_get_grant_word(f->body, &m);

	(void)ch;
	if (err == 0)
		governor_on_grant_word(spotify_governor(w->spotify), f->request, m.believe != 0);
	return err;
}

err_t
quota_on_quota(void *owner, struct channel *ch, const struct frame *f)
{
	struct worker *w = owner;
	struct msg_quota m;
	err_t err = msg_get_quota(f->body, &m);

	(void)ch;
	if (err == 0)
		governor_on_quota(spotify_governor(w->spotify), f->request, &m);
	return err;
}
