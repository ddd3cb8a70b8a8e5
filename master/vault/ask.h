/*
 * One question of the portal, from its message to its one answer.  It must not
 * know what is asked: portal.c, clients.c, oauth.c and login.c do.
 *
 * A handler reads the message, makes an ask, and hands it to db_call; what
 * comes back ends it: ask_fail, ask_succeed, or ASK_ANSWER and ask_free.
 */
#ifndef TONEARM_VAULT_ASK_H
#define TONEARM_VAULT_ASK_H

#include "master/vault/vault.h"
#include "shared/base/arena.h"

struct ask {
	struct vault *v;
	unsigned epoch;                 /* of the portal that asked */
	uint64_t request;
	uint8_t id[HASH_BYTES];         /* what the asker wants kept: a session, a token */
	void *own;                      /* what else it wants kept; in the arena */
	struct arena arena;             /* texts and `own`; wiped at the end */
};

/* A new question; NULL (and the portal was told) when there are too many or
 * the database is away. */
struct ask *ask_create(struct vault *v, const struct frame *f);
/* The same with size zeroed bytes at `own`. */
struct ask *ask_create_with(struct vault *v, const struct frame *f, size_t size);
/* Ends a question that was answered. */
void ask_free(struct ask *q);

/* Answers and ends it. */
void ask_fail(struct ask *q, enum portal_why why);
void ask_succeed(struct ask *q);

/* Is the portal that asked still there? */
bool ask_is_open(const struct ask *q);

/* Sends one message in answer, if the portal that asked is still there. */
#define ASK_ANSWER(q, name, m) \
	do { \
		if (ask_is_open(q)) \
			vault_sent(send_##name((q)->v->portal.ch, (q)->request, (m)), \
			    "portal"); \
	} while (0)

/* False, and the question has failed and ended, unless the answer has a row to
 * read.  without: why, if the database answered with none. */
bool ask_has_row(struct ask *q, const struct db_answer *a, enum portal_why without);

/* A copy of a text of row 0 that outlives the answer; false without memory. */
bool ask_keep(struct ask *q, const struct db_answer *a, int col, struct span *out);

/* Credentials of this person changed: the worker learns of it at once, not by
 * NOTIFY. */
void ask_changed(struct vault *v, const uint8_t person[ID_BYTES]);

/* The same for a grant that is gone (NULL: all of the person's): what its worker
 * here holds of it is void before the answer, and front drops it. */
void ask_forget(struct vault *v, const uint8_t person[ID_BYTES], const uint8_t *grant);

/* Is it not empty, and graphic ASCII throughout?  So are the names of clients and
 * addresses; the database would take other bytes for an error. */
bool ask_graphic(struct span s);

#endif
