/*
 * Attacks with what a worker may do: not answering, answering for others,
 * using up memory and time, leaving without going.
 */
#include "config.h"

#include <stdio.h>
#include <string.h>
#include <sys/mman.h>
#include <unistd.h>

#include <event2/event.h>

#include "tests/attack/attack.h"
#include "worker/worker.h"

#define MIB      (1u << 20)
#define EAT_MOST 4096   /* MiB; it must fail long before */
#define PLANTED  "{\"outcome\":\"PLANTED\",\"user\":\"PLANTED\"}"
#define SMUGGLED "\r\n0\r\n\r\nHTTP/1.1 200 OK\r\nContent-Type: application/json\r\n" \
	"Content-Length: 39\r\n\r\n" PLANTED

/* MiB of memory that could be had and written. */
static unsigned
eat(int flags)
{
	unsigned n;

	for (n = 0; n < EAT_MOST; n++) {
		void *p = mmap(NULL, MIB, PROT_READ | PROT_WRITE, flags | MAP_ANONYMOUS, -1, 0);

		if (p == MAP_FAILED)
			break;
		memset(p, 1, MIB);
	}
	return n;
}

/* Its own answer, and one for each of the n requests before, whose ever. */
static void
plant(const struct order *o)
{
	const uint64_t id = o->rq->id;
	uint64_t other;

	attack_answer(o, "planted");
	for (other = id > (uint64_t)o->n ? id - (uint64_t)o->n : 1; other < id; other++)
		(void)attack_reply(other, 200, MEDIA_JSON, NULL, span_str(PLANTED), 1);
}

/* Its answer at once, by hand; then the others, when front has had a turn. */
static void
second_answer(const struct order *o)
{
	(void)attack_reply(o->rq->id, 200, MEDIA_JSON, NULL, span_str("{\"outcome\":\"first\"}"), 1);
	attack_wait(20);
	(void)attack_reply(o->rq->id, 200, MEDIA_JSON, NULL, span_str(PLANTED), 1);
	(void)attack_reply(o->rq->id, 200, MEDIA_SSE, NULL, span_str(SMUGGLED), 1);
	attack_answer(o, "third");
}

/* Half an answer, then silence and death. */
static void
half_answer(const struct order *o)
{
	(void)attack_reply(o->rq->id, 200, MEDIA_SSE, NULL, span_str("data: half\n\n"), 0);
	attack_wait(20);
	_exit(1);
}

/* Words about the streams of the n requests before, whose ever: each would end
 * with a planted farewell. */
static void
plant_streams(const struct order *o)
{
	const struct msg_stream m = {.parked = 1, .expires = 1,
		.farewell = span_str("data: " PLANTED "\n\n")};
	const uint64_t id = o->rq->id;
	uint64_t other;
	struct buf body;

	buf_init(&body, MIB);
	if (msg_put_stream(&body, &m) == 0)
		for (other = id > (uint64_t)o->n ? id - (uint64_t)o->n : 1; other < id; other++)
			(void)attack_send(FD_FRONT, MSG_STREAM, other, buf_span(&body));
	buf_free(&body);
	(void)attack_send(FD_FRONT, MSG_IDLE, 0, span_of(NULL, 0));
	attack_answer(o, "planted");
}

/* A stream of n KiB that goes as fast as its client reads, and stays open. */
static void
pour(const struct order *o)
{
	static char event[1024];
	int64_t i;

	memset(event, 'x', sizeof(event));
	memcpy(event, "data: ", 6);
	event[sizeof(event) - 2] = event[sizeof(event) - 1] = '\n';
	request_begin(o->rq, &(struct answer){.status = 200, .media = MEDIA_SSE});
	for (i = 0; i < o->n; i++)
		request_part(o->rq, span_of(event, sizeof(event)));
}

/* More of an answer than front has given credit for. */
static void
overrun(const struct order *o)
{
	static uint8_t part[4 + 1 + BODY_PART];
	int64_t i, n = o->n * (MIB / BODY_PART);

	memcpy(part + 1, &(uint32_t){BODY_PART}, 4);
	(void)attack_reply(o->rq->id, 200, MEDIA_SSE, NULL, span_str("data: "), 0);
	for (i = 0; i < n; i++)
		if (attack_send(FD_FRONT, MSG_RES_BODY, o->rq->id, span_of(part, sizeof(part))) != 0)
			break;
	attack_wait(3000);
}

/* What the next download of this worker's person will be. */
static char planned[32];

static void
plan_download(const struct order *o)
{
	(void)snprintf(planned, sizeof(planned), "%s", o->text);
	attack_answer(o, "planned");
}

bool
attack_download(struct request *rq)
{
	static const char page[] = "<script>PLANTED</script>";
	/* What the account page is told, with all that a page may be hurt by. */
	static const char changes[] = "{\"changes\":[{\"id\":\"\\\"><script>PLANTED</script>\","
	    "\"what\":\"<script>PLANTED</script>\",\"when\":\"<b onclick=PLANTED>\","
	    "\"client\":\"</bdi><img src=x onerror=PLANTED>\",\"link\":\"javascript:PLANTED\","
	    "\"note\":\"<iframe src=//PLANTED>\",\"can_undo\":true,\"can_finish\":true}],"
	    "\"said\":\"<form action=//PLANTED>\",\"older\":\"1\\\" onmouseover=\\\"PLANTED\"}";
	static const struct {
		const char *name;
		uint16_t status;
		uint8_t media;
		const char *session, *text;
	} plans[] = {
		{"page", 200, MEDIA_HTML, NULL, page}, {"stream", 200, MEDIA_SSE, NULL, page},
		{"session", 200, MEDIA_JSON, "planted", page}, {"sent_on", 302, MEDIA_JSON, NULL, page},
		{"words", 503, MEDIA_JSON, NULL, page}, {"file", 200, MEDIA_JSON, NULL, page},
		{"changes", 200, MEDIA_JSON, NULL, changes},
	};
	size_t i;

	for (i = 0; i < sizeof(plans) / sizeof(plans[0]); i++) {
		if (strcmp(plans[i].name, planned) != 0)
			continue;
		channel_flush(rq->worker->front);
		(void)attack_reply(rq->id, plans[i].status, plans[i].media, plans[i].session,
		    span_str(plans[i].text), 1);
		return true;
	}
	return false;
}

static void __attribute__((noreturn))
hang(bool spin)
{
	for (;;)
		if (!spin)
			attack_wait(1000);
}

static void
on_soon(evutil_socket_t fd, short what, void *arg)
{
	(void)fd;
	(void)what;
	hang(arg != NULL);
}

/* Hangs, or spins, when what was queued has left. */
static void
hang_soon(const struct order *o, bool spin)
{
	static char yes;
	const struct timeval soon = {.tv_usec = 1000};

	if (event_base_once(loop_base(o->rq->worker->loop), -1, EV_TIMEOUT, on_soon,
	    spin ? &yes : NULL, &soon) != 0)
		_exit(1);
}

/* Lets go of front, vault or both, and lives on. */
static void
leave(const struct order *o)
{
	if (strcmp(o->text, "empty") == 0) {
		/* To who reads it an empty packet looks like the end. */
		(void)attack_packet(FD_FRONT, "", 0);
		(void)attack_packet(FD_VAULT, "", 0);
	} else {
		if (strcmp(o->text, "vault") != 0)
			(void)close(FD_FRONT);
		if (strcmp(o->text, "front") != 0)
			(void)close(FD_VAULT);
	}
	hang(false);
}

static bool
stop_serving(const struct order *o)
{
	if (strcmp(o->what, "no_ack") == 0)
		hang(false);
	else if (strcmp(o->what, "hang") == 0)
		hang_soon(o, false);
	else if (strcmp(o->what, "spin") == 0)
		hang_soon(o, true);
	else if (strcmp(o->what, "mute") == 0) {
		attack_answer(o, "mute");
		hang_soon(o, false);
	} else if (strcmp(o->what, "exit") == 0)
		_exit(0);
	else if (strcmp(o->what, "crash") == 0)
		__builtin_trap();
	else if (strcmp(o->what, "leave") == 0)
		leave(o);
	else
		return false;
	return true;
}

bool
attack_misuse(const struct order *o)
{
	if (strcmp(o->what, "plant") == 0)
		plant(o);
	else if (strcmp(o->what, "plant_streams") == 0)
		plant_streams(o);
	else if (strcmp(o->what, "plan_download") == 0)
		plan_download(o);
	else if (strcmp(o->what, "pour") == 0)
		pour(o);
	else if (strcmp(o->what, "second_answer") == 0)
		second_answer(o);
	else if (strcmp(o->what, "smuggle") == 0) {
		(void)attack_reply(o->rq->id, 200, MEDIA_SSE, NULL, span_str(SMUGGLED), 1);
		attack_wait(20);
		attack_answer(o, "too late");
	} else if (strcmp(o->what, "half_answer") == 0)
		half_answer(o);
	else if (strcmp(o->what, "overrun") == 0)
		overrun(o);
	else if (strcmp(o->what, "late") == 0) {
		attack_wait((int)o->n);
		attack_answer(o, "late");
	} else if (strcmp(o->what, "eat") == 0)
		attack_answer(o, "ate %u", eat(MAP_PRIVATE));
	else
		return stop_serving(o);
	return true;
}
