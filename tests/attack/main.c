/*
 * The hostile worker's orders, and where they come in: between the check of
 * the credential and the protocol.  See attack.h.
 */
#include "config.h"

#include <errno.h>
#include <inttypes.h>
#include <poll.h>
#include <stdarg.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/mman.h>
#include <unistd.h>

#include "shared/json/json.h"
#include "tests/attack/attack.h"
#include "worker/download.h"
#include "worker/mcp/mcp.h"
#include "worker/nursery/nursery.h"
#include "worker/run.h"
#include "worker/worker.h"

void __real_mcp_serve(struct mcp *m, struct request *rq);
void __wrap_mcp_serve(struct mcp *m, struct request *rq);
void __real_download_serve(struct downloads *d, struct request *rq);
void __wrap_download_serve(struct downloads *d, struct request *rq);
void __real_desk_serve(struct request *rq);
void __wrap_desk_serve(struct request *rq);

/* How many workers were forked; shared by all of them. */
static unsigned *births;

void
attack_answer(const struct order *o, const char *format, ...)
{
	struct json_object *answer = json_object_new_object();
	struct buf text;
	char outcome[512];
	va_list ap;

	va_start(ap, format);
	(void)vsnprintf(outcome, sizeof(outcome), format, ap);
	va_end(ap);
	buf_init(&text, 4096);
	if (json_add_text(answer, "outcome", outcome) == 0 &&
	    json_add_int(answer, "worker", (int64_t)o->rq->worker->id) == 0 &&
	    json_add_int(answer, "pid", getpid()) == 0 &&
	    json_add_text(answer, "user", o->rq->worker->who.spotify_id) == 0 &&
	    json_add_text(answer, "text", o->text) == 0 && json_write(&text, answer) == 0)
		request_answer(o->rq, &(struct answer){.status = 200, .media = MEDIA_JSON},
		    buf_span(&text));
	buf_free(&text);
	json_object_put(answer);
}

void
attack_wait(int ms)
{
	while (poll(NULL, 0, ms) < 0 && errno == EINTR)
		;
}

static void
obey(struct order *o)
{
	/* The word that the request was taken up, before anything else. */
	if (strcmp(o->what, "no_ack") != 0)
		channel_flush(o->rq->worker->front);
	if (strcmp(o->what, "whoami") == 0)
		attack_answer(o, "served");
	else if (!attack_call(o) && !attack_frame(o) && !attack_misuse(o))
		attack_answer(o, "no such attack");
}

void
__wrap_mcp_serve(struct mcp *m, struct request *rq)
{
	struct json_object *body = NULL, *params, *args;
	struct order o = {.rq = rq};
	struct span tool;
	int64_t pid = 0;

	if (json_parse(buf_span(&rq->body), &json_from_client, &body) != 0) {
		__real_mcp_serve(m, rq);
		return;
	}
	params = json_get_obj(body, "params");
	args = json_get_obj(params, "arguments");
	if (args != NULL && json_get_str(params, "name", &tool) && span_is(tool, "attack")) {
		(void)json_get_int(args, "pid", &pid);
		(void)json_get_int(args, "n", &o.n);
		o.pid = (pid_t)pid;
		o.what = json_object_get_string(json_get(args, "do"));
		o.text = json_object_get_string(json_get(args, "text"));
		o.what = o.what == NULL ? "" : o.what;
		o.text = o.text == NULL ? "" : o.text;
		obey(&o);
	} else {
		__real_mcp_serve(m, rq);
	}
	json_object_put(body);
}

void
__wrap_download_serve(struct downloads *d, struct request *rq)
{
	if (!attack_download(rq))
		__real_download_serve(d, rq);
}

void
__wrap_desk_serve(struct request *rq)
{
	if (!attack_download(rq))
		__real_desk_serve(rq);
}

static err_t
life(const struct worker_start *start)
{
	attack_at_birth(__atomic_fetch_add(births, 1, __ATOMIC_SEQ_CST));
	return worker_run(start);
}

int
main(void)
{
	births = mmap(NULL, sizeof(*births), PROT_READ | PROT_WRITE, MAP_SHARED | MAP_ANONYMOUS, -1, 0);
	return births == MAP_FAILED ? EXIT_FAILURE : nursery_main(life, NULL);
}
