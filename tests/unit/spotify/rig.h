/*
 * A worker with nothing but the Spotify client: its row, its egress and its
 * log are the test's own, Spotify is the scripted server.
 */
#ifndef TONEARM_TESTS_SPOTIFY_RIG_H
#define TONEARM_TESTS_SPOTIFY_RIG_H

#include "tests/unit/spotify/server.h"
#include "tests/unit/unit.h"
#include "worker/spotify/api.h"
#include "worker/worker.h"

#define ROW(access, refresh, expires) "{\"access\":\"" access "\",\"refresh\":\"" refresh \
	"\",\"expires_at\":" expires ",\"authorized_at\":1700000000,\"scope\":\"user-read-private\"}"
/* Expires in 2100, and long ago. */
#define ROW_GOOD ROW("access-1", "refresh-1", "4102444800")
#define ROW_OLD  ROW("access-1", "refresh-1", "1700003600")
#define ANSWER_NEW "{\"access_token\":\"access-2\",\"token_type\":\"Bearer\"," \
	"\"expires_in\":3600,\"scope\":\"a b\"}"
#define ANSWER_ROTATED "{\"access_token\":\"access-2\",\"token_type\":\"Bearer\"," \
	"\"expires_in\":3600,\"refresh_token\":\"refresh-2\"}"

/* What the test's database does when asked. */
enum rig_row { RIG_OK, RIG_NEWER, RIG_BUSY, RIG_AWAY };

struct rig {
	struct worker w;
	struct conf_values conf;
	struct server *server;
	char base[64];
	int port;                       /* where egress connects to */
	unsigned cache_kib;             /* for rig_move; 0 at first: nothing is kept */
	/* the row */
	enum rig_row lease, reread;     /* what the next questions meet */
	const char *newer;              /* the row that RIG_NEWER gives */
	unsigned leases, stores, rereads;
	char stored[4096];              /* what was stored last */
	bool conflict;                  /* the next store meets `newer` */
	/* the application's permits */
	bool permits_silent;            /* the vault does not answer */
	uint8_t permit_why;             /* the next question is refused, once, */
	uint32_t permit_wait_ms;        /* with these; PERMIT_GIVEN: it is not */
	int64_t permit_until;
	unsigned permit_asks, permits;  /* questions, and permits given */
	uint8_t permit_n, permit_family; /* of the last question */
	bool permit_bulk;
	unsigned limits_seen;
	unsigned backs, back_n;    /* permits given back: messages, permits */
	uint32_t believed_ms;      /* what was said of the last ended consent */
	uint32_t limit_ms;         /* of the last one */
	uint8_t grant_word;             /* 0: silence, 1: believe, 2: doubt */
	unsigned grants_over;
	/* egress */
	unsigned dials;
	bool egress_away, egress_refuses;
	/* the log */
	unsigned failures, refreshed, refused;
	void (*at_end)(struct rig *r);  /* of what a bench adds; or NULL */
};

int rig_setup(void **state);        /* no row yet */
/* The same with Spotify elsewhere: "http://127.0.0.1:PORT". */
int rig_setup_at(void **state, const char *base, int port);
/* Moves Spotify, before rig_bind: another address, with TLS perhaps; the
 * scripted server stays. */
void rig_move(struct rig *r, const char *base, int port, void *ca_store);
int rig_teardown(void **state);
/* Binds it: identity and the row. */
void rig_bind(struct rig *r, const char *row);

/* Runs the loop until *flag or for 8 seconds, which fails the test. */
void rig_until(struct rig *r, const bool *flag);
/* Runs the loop for ms. */
void rig_for(struct rig *r, unsigned ms);

/* One question and its answer. */
struct answer {
	bool there;
	unsigned times;
	struct sp_error error;
	struct json_object *json;       /* own reference */
	struct sp_wait *wait;
};
void rig_start(struct rig *r, enum sp_op op, const char *id, const char *query, const char *body,
    struct answer *a);
/* Starts and waits. */
void rig_ask(struct rig *r, enum sp_op op, const char *id, const char *query, const char *body,
    struct answer *a);
/* The same with a question of one's own. */
void rig_ask_as(struct rig *r, const struct sp_ask *ask, struct answer *a);
void answer_free(struct answer *a);

#endif
