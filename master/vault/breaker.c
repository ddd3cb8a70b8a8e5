/* Ended consents that are perhaps none; see breaker.h. */
#include "config.h"

#include <stdlib.h>

#include "master/vault/breaker.h"
#include "master/vault/permits.h"
#include "master/vault/users.h"
#include "shared/base/clock.h"
#include "shared/base/log.h"

/* People remembered for one application; far more than believed. */
#define OVERS_MOST 1024

struct over {
	struct over *next;
	uint8_t person[ID_BYTES];
	int64_t at;               /* monotonic ms, of the last report */
};

/* Is it doubted now?  Says so when that changes. */
static void
judge(struct budget *b)
{
	const size_t tenth = b->users / 10;
	const bool doubted = b->n_overs > (tenth > OVERS_BELIEVED ? tenth : OVERS_BELIEVED);

	if (doubted == b->doubted)
		return;
	b->doubted = doubted;
	if (!doubted) {
		b->doubted_to = clock_mono_ms();
		log_info("consents_believed", LF_SPAN("client_id", budget_name(b)));
		return;
	}
	b->doubted_from = clock_mono_ms();
	b->v->counts.breaker_trips++;
	log_error("consents_doubted", LF_SPAN("client_id", budget_name(b)),
	    LF_UINT("people", b->n_overs), LF_UINT("active", b->users));
}

static void
forget(struct budget *b, int64_t before)
{
	struct over **p = &b->overs, *o;

	while ((o = *p) != NULL) {
		if (o->at > before) {
			p = &o->next;
			continue;
		}
		*p = o->next;
		b->n_overs--;
		free(o);
	}
}

/* One person counts once, however often it is said; others hear of it once in so
 * long: is it time that they do? */
static bool
count(struct budget *b, const uint8_t person[ID_BYTES])
{
	bool news = false;
	const int64_t now = clock_mono_ms();
	struct over *o;

	forget(b, now - OVER_MS);
	for (o = b->overs; o != NULL && memcmp(o->person, person, ID_BYTES) != 0; o = o->next)
		;
	news = o == NULL || now - o->at > OVER_MS / 10;
	if (o == NULL && b->n_overs < OVERS_MOST && (o = calloc(1, sizeof(*o))) != NULL) {
		memcpy(o->person, person, ID_BYTES);
		o->next = b->overs;
		b->overs = o;
		b->n_overs++;
	}
	if (o != NULL)
		o->at = now;
	judge(b);
	return news;
}

/* Was it believed when the trouble began, or shortly before?  Then it is part of
 * it, and Spotify is to be asked once more. */
static bool
was_wrong(const struct budget *b, int64_t believed_at)
{
	return believed_at + OVER_MS >= b->doubted_from && b->doubted_from != 0 &&
	    (b->doubted || believed_at < b->doubted_to);
}

err_t
breaker_on_over(void *owner, struct channel *ch, const struct frame *f)
{
	struct worker *w = owner;
	struct msg_grant_word word = {.believe = 0};
	struct msg_grant_over m;
	struct vault *v = w->vault;
	struct budget *b;
	err_t err = msg_get_grant_over(f->body, &m);

	(void)ch;
	if (err != 0)
		return err;
	if (m.why == 0 || m.why >= GRANT_OVER_COUNT)
		return ERR_SYNTAX;
	if (w->state != WORKER_BOUND || w->user == NULL)
		return ERR_STATE;
	b = w->user->budget;
	if (permits_allowance(w) && m.believed_ms > 0) {
		word.believe = !was_wrong(b, clock_mono_ms() - m.believed_ms);
	} else if (permits_allowance(w)) {
		const bool news = count(b, w->user->id);

		word.believe = !b->doubted;
		if (news && b->client_id[0] != '\0' && db_is_up(v->db))
			db_call(v->db, ST_grant_over, (struct db_value[]){DB_TEXT(budget_name(b)),
			    DB_UUID(w->user->id)}, NULL, NULL);
	}
	worker_sent(w, send_grant_word(w->ch, f->request, &word));
	return 0;
}

/* "over PERSON CLIENT_ID" */
bool
breaker_note(struct vault *v, const char *payload)
{
	static const char word[] = "over ";
	const size_t at = sizeof(word) - 1, end = at + 36;
	char text[37] = "";
	uint8_t person[ID_BYTES];
	struct budget *b;

	if (strncmp(payload, word, at) != 0 || strnlen(payload, end + 1) != end + 1)
		return false;
	memcpy(text, payload + at, 36);
	b = budget_find(v, span_str(payload + end + 1));
	if (b != NULL && users_read_id(text, person))
		(void)count(b, person);
	return true;
}

void
breaker_tick(struct budget *b, int64_t now)
{
	if (b->overs == NULL)
		return;
	forget(b, now - OVER_MS);
	judge(b);
}

void
breaker_free(struct budget *b)
{
	forget(b, INT64_MAX);
}
