/*
 * A portal between a front and a vault that the test plays, over real
 * channels on one loop.
 */
#ifndef TONEARM_TESTS_PORTAL_RIG_H
#define TONEARM_TESTS_PORTAL_RIG_H

#include <stdbool.h>

#include "master/portal/portal.h"
#include "shared/base/buf.h"
#include "shared/ipc/words.h"

#define RIG_CREDS_MAX 110

/* What the browser sends; NULL: nothing. */
struct ask {
	uint8_t method;
	const char *target, *cookie, *content_type, *origin, *fetch_site, *body;
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
	bool silent;                     /* never answer */
	struct msg_account account;
	struct msg_account_cred creds[RIG_CREDS_MAX];

	/* What it was asked last, by kind. */
	unsigned questions;
	uint8_t asked[32];               /* the types, in order */
	struct msg_login_begin login_begin;
	struct msg_login_finish login_finish;
	char code[2049];
	struct msg_login_cancel login_cancel;
	struct msg_cred_new cred_new;
	char label[129];
	struct msg_cred_revoke cred_revoke;
	struct msg_session_end session_end;

	/* The answer to the browser. */
	bool answered;
	uint16_t status;
	uint8_t media, cache;
	uint32_t retry_after;
	char location[4097], cookie1[513], cookie2[513];
	struct buf body;
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
