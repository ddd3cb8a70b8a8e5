/* One sending function for each message; see channel.h. */
#include "config.h"

#include "shared/ipc/channel.h"
#include "shared/ipc/packet.h"

#define SEND(name, TYPE, m, fds, n_fds) do { \
	struct buf *body; \
	err_t err = channel_begin(ch, TYPE, request, &body); \
	if (err == ERR_CLOSED || err == ERR_STATE || err == ERR_AGAIN) \
		return err; \
	if (err == 0) \
		err = msg_put_##name(body, (m)); \
	if (err == 0) \
		err = channel_commit(ch, (fds), (n_fds)); \
	else \
		channel_abort(ch); \
	if (err == ERR_NOMEM) \
		channel_lost_message(ch); \
	return err; \
} while (0)

#define M_SEND(NAME, name) \
	err_t \
	send_##name(struct channel *ch, uint64_t request, const struct msg_##name *m) \
	{ \
		SEND(name, MSG_##NAME, m, NULL, 0); \
	}
MESSAGES(M_SEND)

/* As msg_put_res_body, of several parts of len bytes together. */
static err_t
put_parts(struct buf *body, const struct span *parts, size_t n_parts, size_t len)
{
	uint8_t head[5] = {1}, *place;
	size_t i;
	err_t err;

	put_le(head + 1, len, 4);
	/* At once what it takes: growing would copy and wipe a long answer. */
	err = buf_room(body, sizeof(head) + len, &place);
	if (err == 0)
		err = buf_put(body, head, sizeof(head));
	for (i = 0; err == 0 && i < n_parts; i++)
		err = buf_put_span(body, parts[i]);
	return err;
}

err_t
send_res_body_parts(struct channel *ch, uint64_t request, const struct span *parts,
    size_t n_parts)
{
	struct buf *body;
	size_t i, len = 0;
	err_t err;

	for (i = 0; i < n_parts; i++)
		len += parts[i].n;
	if (len > BODY_PART)
		return ERR_LIMIT;
	err = channel_begin_sized(ch, MSG_RES_BODY, request, 5 + len, &body);
	if (err == ERR_CLOSED || err == ERR_STATE || err == ERR_AGAIN)
		return err;
	if (err == 0)
		err = put_parts(body, parts, n_parts, len);
	if (err == 0)
		err = channel_commit(ch, NULL, 0);
	else
		channel_abort(ch);
	if (err == ERR_NOMEM)
		channel_lost_message(ch);
	return err;
}

err_t
send_peer_fd(struct channel *ch, const struct msg_peer *m, int fd)
{
	const uint64_t request = 0;

	SEND(peer, MSG_PEER, m, &fd, 1);
}

err_t
send_listener_fd(struct channel *ch, const struct msg_listener *m, int fd)
{
	const uint64_t request = 0;

	SEND(listener, MSG_LISTENER, m, &fd, 1);
}

err_t
send_keyfile_fd(struct channel *ch, int fd)
{
	const uint64_t request = 0;
	const struct msg_keyfile m = {};

	SEND(keyfile, MSG_KEYFILE, &m, &fd, 1);
}

err_t
send_spawn_fds(struct channel *ch, const struct msg_spawn *m, const int fds[5])
{
	const uint64_t request = m->worker;

	SEND(spawn, MSG_SPAWN, m, fds, 5);
}

err_t
send_dialled_fd(struct channel *ch, uint64_t request, int fd)
{
	const struct msg_dialled m = {};

	SEND(dialled, MSG_DIALLED, &m, &fd, 1);
}
