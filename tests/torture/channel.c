/* A scenario for both tortures: frames and a descriptor from one end of a
 * channel to the other. */
#include "config.h"

#include <fcntl.h>
#include <unistd.h>

#include "shared/ipc/channel.h"
#include "tests/torture/judge.h"

/* Two ends in one loop; what one sends the other tells. */
struct ends {
	struct buf *told;
	struct loop *loop;
	struct channel *a, *b;
	unsigned heard;
	bool over;
	err_t trouble;       /* the end that failed, and said so */
};

static err_t
on_log(void *owner, struct channel *ch, const struct frame *f)
{
	struct ends *e = owner;

	(void)ch;
	tell_span(e->told, "heard", f->body);
	e->heard++;
	return 0;
}

static err_t
on_join(void *owner, struct channel *ch, const struct frame *f)
{
	struct ends *e = owner;

	(void)ch;
	hold(f->n_fds == 1);
	tell(e->told, "a descriptor", f->fds[0] >= 0);
	e->heard++;
	loop_stop(e->loop);
	return 0;
}

static void
on_ended(void *owner, struct channel *ch, enum channel_end why)
{
	struct ends *e = owner;

	/* What ran out or failed here is nobody's violation; the peer sees the end. */
	hold(why != CHANNEL_VIOLATION);
	if (why == CHANNEL_FAILED)
		e->trouble = ERR_NOMEM;
	else if (e->trouble == 0)
		e->trouble = ERR_CLOSED;
	channel_close(ch == e->a ? &e->a : &e->b);
	e->over = true;
	loop_stop(e->loop);
}

static const struct channel_rule ends_rules[] = {
	{.type = MSG_CONFIG, .handle = on_log},
	{.type = MSG_LISTENER, .fds = 1, .handle = on_join},
};
static const struct channel_table ends_table = {.peer = "torture", .rules = ends_rules,
	.n_rules = 2, .max_fds = 1, .max_queue = 1 << 20};

static err_t
send_all(struct ends *e, struct span in)
{
	struct msg_config m = {.text = in};
	struct msg_listener last = {.kind = 1};
	err_t err = 0;
	int i;

	for (i = 0; err == 0 && i < 3; i++)
		err = send_config(e->a, (uint64_t)i, &m);
	if (err == 0)
		err = send_listener_fd(e->a, &last, STDIN_FILENO);
	return err;
}

static int
files_open(void)
{
	int fd, n = 0;

	for (fd = 0; fd < 64; fd++)
		n += fcntl(fd, F_GETFD) >= 0;
	return n;
}

err_t
channel_of_two(struct span in, struct buf *told)
{
	struct ends e = {.told = told};
	int fds[2], files = files_open();
	err_t err = channel_pair(fds);

	if (err != 0)
		return err;
	err = loop_create(&e.loop);
	if (err == 0)
		err = channel_open(e.loop, fds[0], &ends_table, &e, on_ended, &e.a);
	else
		(void)close(fds[0]);
	if (err == 0)
		err = channel_open(e.loop, fds[1], &ends_table, &e, on_ended, &e.b);
	else
		(void)close(fds[1]);
	if (err == 0)
		err = send_all(&e, in);
	if (err == 0)
		err = loop_run(e.loop);
	if (err == 0)
		err = e.trouble;
	hold(err != 0 || (e.heard == 4 && !e.over));
	channel_close(&e.a);
	channel_close(&e.b);
	if (e.loop != NULL)
		loop_settle(e.loop);
	loop_destroy(&e.loop);
	hold(files_open() == files);
	return err;
}
