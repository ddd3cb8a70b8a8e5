/*
 * The real nursery with a worker that does nothing but live: it counts the
 * channels it is given anew and leaves when it is told or left alone.
 */
#include "config.h"

#include <stdlib.h>
#include <unistd.h>

#include "shared/confine/confine.h"
#include "shared/ipc/channel.h"
#include "shared/ipc/words.h"
#include "worker/nursery/nursery.h"

static err_t
on_peer(void *owner, struct channel *ch, const struct frame *f)
{
	struct msg_peer_ok ok = {0};
	struct msg_peer m;
	err_t err = msg_get_peer(f->body, &m);

	(void)owner;
	if (err != 0)
		return err;
	/* The descriptor stays open: that is all a test needs of it. */
	f->fds[0] = -1;
	ok.kind = m.kind;
	ok.worker = m.worker;
	return send_peer_ok(ch, 0, &ok);
}

static err_t
on_drain(void *owner, struct channel *ch, const struct frame *f)
{
	(void)ch;
	(void)f;
	loop_stop(owner);
	return 0;
}

static void
on_end(void *owner, struct channel *ch, enum channel_end why)
{
	(void)ch;
	(void)why;
	loop_stop(owner);
}

static const struct channel_rule rules[] = {
	{.type = MSG_PEER, .fds = 1, .handle = on_peer},
	{.type = MSG_DRAIN, .handle = on_drain},
};
static const struct channel_table table = {
	.peer = "supervisor", .rules = rules, .n_rules = 2, .max_fds = 1, .max_queue = 65536,
};

static err_t
life(const struct worker_start *start)
{
	struct channel *control;
	struct loop *loop;
	err_t err;

	err = loop_create(&loop);
	if (err == 0)
		err = channel_open(loop, start->control_fd, &table, loop, on_end, &control);
	if (err == 0)
		err = confine_worker();
	return err != 0 ? err : loop_run(loop);
}

int
main(void)
{
	return nursery_main(life, NULL);
}
