/*
 * What one Spotify application may still be asked: permits leased from the
 * ledger in the database, pauses that Spotify ordered, and what may be given
 * while the database is away.  Here is counted; who gets what is decided in
 * permits.c, who hears of pauses in limits.c.  docs/governor.md says why.
 */
#ifndef TONEARM_VAULT_BUDGET_H
#define TONEARM_VAULT_BUDGET_H

#include "master/vault/users.h"
#include "shared/ipc/families.h"

#define CLIENT_ID_MAX 128

/* Longest pause that is believed, in seconds. */
#define LIMIT_MOST_S 86400
/* Permits are leased for a day's family in blocks of so many. */
#define BLOCK 20
/* Most permits of one question. */
#define PERMITS_MOST 100
/* Unused ones of a block go back after this. */
#define HELD_MS 60000
/* Leased for the 30 seconds, they are good for this long. */
#define PACE_MS 3000
/* A database that does not answer this long is as good as away, and asked
 * again after as long. */
#define AWAY_MS 1000

struct permit_ask;
struct over;

struct budget_family {
	uint32_t held;            /* leased, and nobody has them yet, */
	int64_t hour;             /* in this hour (since 1970) */
	uint32_t debt;            /* given without a lease, not in the ledger yet */
	int64_t held_at;          /* monotonic ms: leased or given last */
	int64_t day_until[2];     /* ms since 1970: the ledger has none before; [last] */
	int64_t day_asked[2];     /* monotonic ms: when the ledger said so */
	int64_t quota_until;      /* ms since 1970 */
	bool unsaid;              /* the database does not know quota_until yet */
};

/* What one person had of the present day. */
struct day_share {
	uint8_t person[ID_BYTES];
	int64_t since;            /* monotonic ms */
	uint32_t used[SP_FAMILY_COUNT];
};
/* More people than an application in Development Mode may have. */
#define DAY_SHARES_MAX 32

struct budget {
	struct table_node node;   /* in vault.budgets */
	struct vault *v;
	char client_id[CLIENT_ID_MAX]; /* padded with zeros; one, and a person's id: not
	                                * known yet, and nobody else's till then */
	bool extended;
	size_t users;             /* here */
	int64_t idle_at;          /* monotonic ms: of the last user's leaving */
	struct budget_family families[SP_FAMILY_COUNT];
	int64_t rate_until;       /* ms since 1970 */
	bool rate_unsaid;
	uint32_t pace_held;       /* of the 30 seconds, */
	int64_t pace_end;         /* good until then */
	int64_t closed_until[2];  /* monotonic ms: the 30 seconds have none before; [bulk] */
	bool leasing;             /* one lease at a time */
	uint8_t lease_family;
	bool lease_bulk, lease_last;
	int64_t lease_at, away_until;
	int64_t away_window;      /* monotonic ms: 30 seconds begin, without database */
	uint32_t away_given;      /* in these */
	struct day_share *shares; /* DAY_SHARES_MAX, or NULL */
	size_t n_shares;
	unsigned settling;        /* debts on their way to the ledger */
	struct permit_ask *asks;  /* who waits, oldest first */
	uint64_t served;          /* permits given */
	uint8_t taker[ID_BYTES];  /* who had the last one, */
	int64_t taken_at;         /* when (monotonic ms), */
	int64_t other_at;         /* and when somebody else had one; 0: never */
	int64_t elsewhere_at;     /* when another node leased; 0: never */
	int64_t doubted_from, doubted_to; /* monotonic ms: the last time */
	struct over *overs;       /* ended consents of the last minutes (breaker.h) */
	size_t n_overs;
	bool doubted;             /* and none of them is believed */
};

/* The application of this name, made if there is none.  Names are cut at
 * CLIENT_ID_MAX bytes, more than any can have.  Empty: what this person may ask
 * while it is not known which application it is.  ERR_NOMEM. */
err_t budget_get(struct vault *v, struct span client_id, const uint8_t person[ID_BYTES],
    struct budget **out) MUST_CHECK;
/* NULL if it is not known here. */
struct budget *budget_find(const struct vault *v, struct span client_id);
/* Its name; empty: it is not known. */
struct span budget_name(const struct budget *b);

/* Calls in a day of a family and in 30 seconds; 0: not bounded. */
uint32_t budget_day(const struct budget *b, uint8_t family);
uint32_t budget_pace(const struct budget *b);

/* Is it on its own, without the database? */
bool budget_away(const struct budget *b, int64_t now);

/* Takes one permit; false if there is none at hand. */
bool budget_take(struct budget *b, uint8_t family, int64_t now);

/* This person was given one. */
void budget_count(struct budget *b, const uint8_t person[ID_BYTES], uint8_t family, int64_t now);
/* So many that it was given were not used. */
void budget_uncount(struct budget *b, const uint8_t person[ID_BYTES], uint8_t family, uint32_t n);
/* Has this person had more than an equal part of the family's day, among those
 * who had some? */
bool budget_sated(const struct budget *b, const uint8_t person[ID_BYTES], uint8_t family,
    int64_t now);

/* Why the family gets none until m->until, for all I know; false: nothing
 * speaks against it.  last: the last part of the day is for others. */
bool budget_barred(const struct budget *b, uint8_t family, bool last, struct msg_permit *m);

/* Asks the ledger for permits for so many calls; bulk leaves a part of the 30
 * seconds, last a part of the day to others.  answered(b) follows, possibly
 * before this returns.  Not while b->leasing or budget_away. */
void budget_lease(struct budget *b, uint8_t family, bool bulk, bool last, uint32_t wanted,
    void (*answered)(struct budget *b));

/* Permits of this hour (since 1970) that were given and not used. */
void budget_back(struct budget *b, uint8_t family, uint32_t n, int64_t hour);

/* When did anybody but this person last have a permit of this application, here
 * or on another node?  Monotonic ms; 0: not known. */
int64_t budget_others_at(const struct budget *b, const uint8_t person[ID_BYTES]);

/* About once a second: gives back what is not used, pays debts. */
void budget_settle(struct budget *b, int64_t now);

/* Nobody's any more, and nothing left to say: frees it and is true. */
bool budget_over(struct budget *b, int64_t now);
void budget_free(struct budget *b);
/* One that was not known turned out to be this: what was given is its, too. */
void budget_carry(struct budget *from, struct budget *to);

#endif
