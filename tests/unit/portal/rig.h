/*
 * A portal between a front and a vault that the test plays, over real
 * channels on one loop.
 */
#ifndef TONEARM_TESTS_PORTAL_RIG_H
#define TONEARM_TESTS_PORTAL_RIG_H

#include <stdbool.h>

#include "master/portal/portal.h"
#include "shared/base/buf.h"
#include "shared/ipc/families.h"
#include "shared/ipc/words.h"

#define RIG_CREDS_MAX 110

/* All boxes ticked, and those for looking alone. */
#define RIG_READING "library%3Aread=yes&playlists%3Aread=yes&playback%3Aread=yes&history%3Aread=yes"
#define RIG_ALL RIG_READING "&library%3Awrite=yes&playlists%3Awrite=yes&playback%3Acontrol=yes"
#define RIG_OAUTH_RULES 10

/* What the browser sends; NULL: nothing. */
struct ask {
	uint8_t method;
	const char *target, *cookie, *content_type, *origin, *fetch_site, *body, *authorization;
	const char *client;      /* its address; NULL: this machine */
};

struct rig {
	struct loop *loop;
	struct event *watchdog;
	bool stuck;
	struct portal portal;            /* idle when the program is under test */
	struct channel *front, *vault;   /* the test's ends */
	struct channel *control;         /* to the program, or NULL */
	int pid;
	bool ready;
	unsigned peers_ok;

	/* What the vault will do. */
	uint8_t fail;                    /* enum portal_why for everything, 0: answer */
	uint8_t fail_new;                /* the same for CRED_NEW alone */
	uint8_t fail_type, fail_typed;   /* questions of this type: this reason */
	bool silent;                     /* never answer */
	struct msg_account account;
	struct msg_account_cred creds[RIG_CREDS_MAX];
	struct msg_quota quota[SP_FAMILY_COUNT];   /* what is left; empty: not known */
	uint32_t n_quota;
	struct msg_invite invite;
	struct msg_invite_row invites[8];
	uint32_t n_invites;
	struct msg_invite_get invite_get;
	struct msg_invite_new invite_new;
	struct msg_invite_drop invite_drop;
	struct msg_login_done login_done;
	struct msg_client client;        /* the one client it knows */
	struct span client_same;         /* who registers is this one already; empty: new */
	struct msg_auth auth;
	struct msg_tokens tokens;

	/* What it was asked last, by kind. */
	unsigned questions;
	uint8_t asked[32];               /* the types, in order */
	struct msg_login_begin login_begin;
	char login_client[129];          /* the client id it named */
	struct msg_login_finish login_finish;
	char code[2049];
	struct msg_login_cancel login_cancel;
	struct msg_cred_new cred_new;
	char label[129];
	struct msg_cred_revoke cred_revoke;
	struct msg_session_end session_end;
	struct span client_get;          /* whom it was asked about */
	struct msg_client_put client_put;
	struct msg_auth_begin auth_begin;
	struct msg_auth_get auth_get;
	struct msg_auth_consent auth_consent;
	struct msg_auth_grant auth_grant;
	struct msg_auth_end auth_end;
	struct msg_code_redeem code_redeem;
	struct msg_token_refresh token_refresh;
	struct msg_token_revoke token_revoke;
	char kept_text[65536];           /* what the views above point into */
	size_t kept_used;

	/* The answer to the browser. */
	bool answered;
	uint16_t status;
	uint8_t media, cache, cors, basic, allow;
	uint32_t retry_after;
	char location[8193], cookie1[513], cookie2[513], form_action[513];
	struct buf body;
	char ticket[513];                /* of PAGE_HAND, which is an answer, too */
	uint64_t last_id;
};

/* https: what the public URL begins with. */
void rig_open(struct rig *r, bool https);

/* The same with the built program, confined as it will be, at the other end of
 * a control channel. */
void rig_open_program(struct rig *r, const char *path);

/* Ends what was opened; of a program, its exit status, else 0. */
int rig_close(struct rig *r);

/* Sends a request and waits for its answer (5 s, else the test fails). */
void rig_ask(struct rig *r, const struct ask *a);

/* Sends it and waits until the vault was asked something. */
void rig_ask_only(struct rig *r, const struct ask *a);

/* Waits until the last request is answered. */
void rig_wait(struct rig *r);

/* The vault's end closes; a new one comes. */
void rig_vault_away(struct rig *r);
void rig_vault_back(struct rig *r);

/* GET of a target, with the session cookie if signed_in. */
void rig_get(struct rig *r, const char *target, bool signed_in);

/* POST of our own form as a browser would send it: csrf field and origin right. */
void rig_post(struct rig *r, const char *target, const char *fields);

/* Is text in the body? */
bool rig_shows(const struct rig *r, const char *text);

/* The value of Set-Cookie `name` in the answer, or NULL. */
const char *rig_cookie(const struct rig *r, const char *name);

/* Setup and teardown of a test with a rig of its own (https) in *state. */
int rig_setup(void **state);
int rig_teardown(void **state);

/* For the parts of the fake vault: counts a question; true if it is answered with
 * a failure, or never. */
void rig_note(struct rig *r, const struct frame *f);
bool rig_failed(struct rig *r, struct channel *ch, const struct frame *f);

/* Its part in signing clients in; the id of every authorization request. */
extern const struct channel_rule rig_oauth_rules[RIG_OAUTH_RULES];

/* That for applications and invitations (rig_apps.c). */
#define RIG_APPS_RULES 4
extern const struct channel_rule rig_apps_rules[RIG_APPS_RULES];
extern const uint8_t rig_auth_id[ID_BYTES];

/* The check key that the vault gives. */
extern const uint8_t rig_check_key[KEY_BYTES];

/* SHA-256. */
void rig_hash(const char *text, size_t n, uint8_t out[HASH_BYTES]);

/* A group's setup: what is logged goes to a file. */
int rig_log_to_file(void **state);

/* This text was a secret; rig_check_log, at the end, says that none of them is
 * in the log, that there were at least `least`, and that the log has an event
 * of this name, which proves that it is one. */
void rig_secret(const char *text, size_t n);
void rig_check_log(const char *event, size_t least);

/* A session cookie that the rig's vault knows (43 characters). */
extern const char rig_session[];

#endif
