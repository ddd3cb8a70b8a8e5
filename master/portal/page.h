/*
 * One browser request from its first frame to its page.  It is in the portal's
 * list exactly as long as front waits for it; everything that belongs to it,
 * secrets included, is in its arena and wiped with it.
 */
#ifndef TONEARM_PORTAL_PAGE_H
#define TONEARM_PORTAL_PAGE_H

#include <stdarg.h>

#include "master/portal/portal.h"
#include "shared/base/arena.h"
#include "shared/base/buf.h"
#include "shared/ipc/families.h"

#define PAGE_BYTES_MAX  (512 * 1024)
#define PAGE_ARENA_MAX  (1024 * 1024)
#define SESSION_CHARS   43           /* 32 random bytes in base64url */
#define CREDS_SHOWN     100
#define INVITES_SHOWN   8
#define ANSWER_MS       8000         /* the vault's time for a question */
#define LOGIN_MS        40000        /* the same where Spotify is asked */
#define WORKER_MS       75000        /* a worker's, its start included: longer than front waits */
#define WORKER_BYTES_MAX (512 * 1024)

struct route;

/* What the page waits for; from WAIT_LOGIN_STARTED on it is an answer of the
 * vault. */
enum page_wait {
	WAIT_NOTHING, WAIT_BODY, WAIT_FETCH, WAIT_WORKER, WAIT_LOGIN_STARTED, WAIT_LOGIN_DONE, WAIT_ACCOUNT,
	WAIT_CREDS, WAIT_CLIENT, WAIT_CLIENT_KEPT, WAIT_AUTH_BEGUN, WAIT_AUTH, WAIT_TOKENS,
	WAIT_INVITE, WAIT_INVITES, WAIT_INVITE_ROWS, WAIT_LEFT, WAIT_OK
};

struct page {
	struct page *next;
	struct portal *portal;
	uint64_t id;                 /* front's number for the request */
	uint64_t question;           /* ours for what the vault was asked */
	enum page_wait wait;
	void (*then)(struct page *); /* next step once that is there */
	void (*failed)(struct page *, uint8_t why, uint32_t retry_after);
	struct event *deadline;      /* owned */
	struct arena arena;
	struct buf body;             /* the form, as far as it has come */
	uint32_t body_bytes;         /* as announced */
	bool broken;                 /* memory ran out while text was made */

	uint8_t method;              /* enum http_method */
	struct span path, query;     /* in the arena, as all that follow */
	struct span cookie, content_type, origin, fetch_site, authorization;
	struct span client;          /* its address, as front wrote it */
	const struct route *route;
	struct span session;         /* the session cookie, or empty */
	uint8_t session_hash[HASH_BYTES];

	/* What the vault said; every view in it is a copy in the arena. */
	struct span challenge, client_id; /* of a sign-in: LOGIN_STARTED */
	struct msg_login_done login;
	struct msg_account account;
	struct msg_account_cred *creds;
	size_t n_creds;              /* kept, at most CREDS_SHOWN */
	uint32_t creds_due;          /* still to come */
	struct msg_quota left[SP_FAMILY_COUNT]; /* of the application, by family */
	bool left_known;
	struct msg_client mcp_client;
	struct msg_client_kept kept;
	uint8_t auth_id[ID_BYTES];   /* AUTH_BEGUN */
	struct msg_auth auth;
	struct msg_tokens tokens;
	struct msg_invite invite;
	struct msg_invite_row invites[INVITES_SHOWN];
	size_t n_invites;
	uint32_t invites_due;        /* still to come */

	/* What the fetch program said; fetch_why is 0, or why there is nothing
	 * (enum fetch_why). */
	struct msg_fetched fetched;
	uint8_t fetch_why;
	struct span document;        /* its address, while it is waited for */
	uint64_t fetcher;            /* the program that was asked; 0: none yet */

	/* What the person's worker said; data_status is 200, or why there is nothing. */
	struct buf data;
	uint16_t data_status;
	uint32_t data_retry;

	void *work;                  /* what the route keeps from step to step; in the arena */

	/* Made here: the state of a sign-in; its cookie, a new session's cookie
	 * or a new credential's text, until it is handed out. */
	char *state, *secret;
	struct span label;           /* of the credential; an error's name */
	uint32_t scopes;
	int64_t expires_at;
};

/* The answer but for its body; empty views are left out. */
struct reply {
	uint16_t status;
	uint8_t media;               /* enum media */
	uint8_t cache;               /* 1: the browser may keep it */
	uint32_t retry_after;        /* seconds; 0: none */
	struct span location, cookie1, cookie2;
	uint8_t cors;                /* 1: pages of every origin may read it */
	uint8_t basic;               /* 1: a 401 asks for HTTP Basic */
	uint8_t allow;               /* METHOD_BIT of each, with a 405; 0: front's own */
	struct span form_action;     /* CSP sources, besides our own, of its forms */
};

/* Copies a request into a new page in the portal's list.  ERR_AGAIN when there
 * are too many, ERR_NOMEM, ERR_LIMIT. */
err_t page_create(struct portal *p, uint64_t id, const struct msg_page_req *m,
    struct page **out) MUST_CHECK;

/* Takes it out of the list, wipes and frees it. */
void page_destroy(struct page *page);

/* The page with that number of front's, or NULL. */
struct page *page_find(struct portal *p, uint64_t id);

/* The page that asked the vault this question and still waits for an answer of
 * this kind, or NULL. */
struct page *page_asking(struct portal *p, uint64_t question, enum page_wait wait);

/* Does it wait for an answer of the vault? */
bool page_asks_vault(const struct page *page);

/* Sends the answer and destroys the page. */
void page_answer(struct page *page, const struct reply *r, struct span body);

/* Lets the worker whose person's ticket this is answer, and destroys the page. */
void page_hand(struct page *page, struct span ticket);

/* Asks that worker for what text says (worker/desk.h); then comes when its answer is in
 * page->data, or page->data_status says why not. */
void page_ask_worker(struct page *page, struct span ticket, struct span text,
    void (*then)(struct page *));

/* Part of that answer. */
void page_data(struct page *page, const struct msg_page_data *m);

/*
 * The number for a question to the vault.  page_wait_for then says what is
 * waited for, how long, and what comes next; err is what sending gave: with an
 * error the page is answered as if the vault were away.
 */
uint64_t page_question(struct page *page);
void page_wait_for(struct page *page, enum page_wait wait, int ms, err_t err,
    void (*then)(struct page *));

/* The question failed (enum portal_why): answers the page. */
void page_fail(struct page *page, uint8_t why, uint32_t retry_after);

/* Formatted text in the page's arena; empty, and the page broken, when memory
 * runs out. */
struct span page_text(struct page *page, const char *fmt, ...)
    __attribute__((format(printf, 2, 3)));

/* Copy of a view in the arena, likewise. */
struct span page_copy(struct page *page, struct span s);

#endif
