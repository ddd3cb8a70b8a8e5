/*
 * The numbers that travel inside messages: kinds, reasons, fixed lists.  Both
 * sides of a channel read them here; nothing else is shared between programs.
 */
#ifndef TONEARM_IPC_WORDS_H
#define TONEARM_IPC_WORDS_H

#include <stdint.h>

/* Who is at the other end of a channel. */
enum peer_kind {
	PEER_NONE, PEER_SUPERVISOR, PEER_FRONT, PEER_VAULT, PEER_KEYRING, PEER_PORTAL,
	PEER_EGRESS, PEER_NURSERY, PEER_WORKER, PEER_ENROLL, PEER_FETCH, PEER_COUNT
};

enum listener_kind { LISTENER_NONE, LISTENER_TCP, LISTENER_UNIX };

enum http_method {
	METHOD_NONE, METHOD_GET, METHOD_HEAD, METHOD_POST, METHOD_DELETE, METHOD_OPTIONS,
	METHOD_COUNT
};
#define METHOD_BIT(m) ((uint8_t)(1u << (m)))

/* What kind of credential a token is; each is accepted in one place only. */
enum cred_kind {
	CRED_NONE,
	CRED_PERSONAL,   /* personal token, in the Authorization header of /mcp */
	CRED_LINK,       /* personal link, in the query of /claude-mcp */
	CRED_OAUTH,      /* access token of an MCP client, as CRED_PERSONAL */
	CRED_TICKET,     /* a portal's errand to a worker; never leaves the server */
	CRED_WORKERS,    /* up to here: what a worker may be asked with */
	/* For the portal alone. */
	CRED_CODE = CRED_WORKERS, /* authorization code */
	CRED_REFRESH,    /* refresh token of an MCP client */
	CRED_SECRET,     /* secret of an MCP client */
	CRED_INVITE,     /* invitation to a Spotify application */
	CRED_COUNT
};

/* Where a client's description comes from, and how it proves who it is. */
enum client_kind { CLIENT_NONE, CLIENT_REGISTERED, CLIENT_DOCUMENT, CLIENT_GIVEN };
enum client_auth { CLIENT_AUTH_NONE, CLIENT_AUTH_POST, CLIENT_AUTH_BASIC };

/* Whose Spotify application a person uses: the operator's, an own one, that of
 * somebody who invited them. */
enum app_kind { APP_SHARED, APP_OWN, APP_GUEST };



/* Own scopes (docs/tools.md), a bit each; a write scope implies its read. */
#define SCOPE_LIBRARY_READ     0x01u
#define SCOPE_LIBRARY_WRITE    0x02u
#define SCOPE_PLAYLISTS_READ   0x04u
#define SCOPE_PLAYLISTS_WRITE  0x08u
#define SCOPE_PLAYBACK_READ    0x10u
#define SCOPE_PLAYBACK_CONTROL 0x20u
#define SCOPE_HISTORY_READ     0x40u
#define SCOPE_ALL              0x7fu

/* Media types an answer may have. */
enum media { MEDIA_NONE, MEDIA_JSON, MEDIA_SSE, MEDIA_HTML, MEDIA_TEXT, MEDIA_CSS,
	MEDIA_SVG, MEDIA_ICO, MEDIA_PNG, MEDIA_COUNT };

/* What front writes into WWW-Authenticate. */
enum auth_error { AUTH_NONE, AUTH_MISSING, AUTH_INVALID, AUTH_SCOPE, AUTH_COUNT };

/* Why a bind was refused.  BIND_BUSY: the offered worker is not blank.
 * BIND_CRASHED: the user's workers crashed of late; retry_after says how long
 * it gets none. */
enum bind_why { BIND_UNKNOWN = 1, BIND_UNAVAILABLE, BIND_BUSY, BIND_CRASHED };

/* Why a portal question failed. */
enum portal_why {
	PORTAL_NO_SESSION = 1, /* not signed in, or the session has ended */
	PORTAL_UNAVAILABLE,    /* database or keyring away; retry_after is set */
	PORTAL_BAD_STATE,      /* unknown, used or foreign login state */
	PORTAL_STALE,          /* needs a sign-in less than ten minutes old */
	PORTAL_NOT_FOUND,
	PORTAL_DENIED,         /* Spotify refused the code */
	PORTAL_NOT_ALLOWED,    /* the person is not on the application's allowlist */
	PORTAL_OWNER_PREMIUM,  /* the application's owner has no Premium */
	PORTAL_SPOTIFY_DOWN,   /* Spotify did not answer sensibly */
	PORTAL_LIMIT,          /* too many credentials or logins */
	PORTAL_NOT_INVITED,    /* the operator's application is not for this person */
	PORTAL_NOT_OFFERED,    /* this kind of application is not offered here */
	PORTAL_WRONG_APP,      /* Spotify does not know the application, or its address here */
	PORTAL_OTHER_PERSON,   /* the consent was another person's */
	/* RFC 6749 section 5.2. */
	PORTAL_OAUTH_CLIENT,   /* invalid_client */
	PORTAL_OAUTH_GRANT,    /* invalid_grant */
	PORTAL_OAUTH_SCOPE     /* invalid_scope */
};

/* Why an enrolment failed. */
enum enroll_why {
	ENROLL_DENIED = 1, ENROLL_NOT_ALLOWED, ENROLL_OWNER_PREMIUM, ENROLL_SPOTIFY_DOWN,
	ENROLL_BROKEN, ENROLL_WRONG_APP
};

/* Why a document was not fetched.  FETCH_BUSY: too many at once. */
enum fetch_why {
	FETCH_BUSY = 1, FETCH_ADDRESS /* not an https URL with a path */, FETCH_UNREACHABLE,
	FETCH_FORBIDDEN /* its host has no public address */, FETCH_TLS, FETCH_SLOW, FETCH_LARGE,
	FETCH_STATUS /* not 200, a redirect included */, FETCH_TYPE /* not JSON */,
	FETCH_CONTENT /* no description of this client */
};

/* Why the keyring gave no key. */
enum key_why {
	KEY_WHY_WORKER = 1, /* it has no channel to that worker or enroll program */
	KEY_WHY_GIVEN,      /* that channel has had its key */
	KEY_WHY_RATE,       /* too many in this second */
	KEY_WHY_WRAPPED,    /* unknown master key, or not this user's key */
	KEY_WHY_SYSTEM
};

/* Why a worker is to be ended. */
enum kill_reason {
	KILL_VIOLATION = 1, /* it sent what its channel does not allow */
	KILL_CREDIT,        /* it overran its credit */
	KILL_HUNG,          /* it did not acknowledge or answer in time */
	KILL_REVOKED,       /* its user is gone */
	KILL_BIND,          /* its binding could not be completed */
	KILL_LEFT,          /* it let go of its channel: only if it does not end by itself */
	KILL_DESERTED,      /* as KILL_LEFT, and it had requests to answer: a crash, however it ends */
	KILL_CPU            /* it used too much CPU time without finishing a request */
};

/* How a worker ended. */
enum gone_cause { GONE_EXIT = 1, GONE_SIGNAL, GONE_KILLED };

/* Kinds of sealed rows: Spotify's tokens; sessions of clients that were ended. */
enum row_kind { ROW_NONE, ROW_TOKENS, ROW_SESSIONS, ROW_COUNT };

/* Why a row was not stored or leased; nothing was changed as far as is known. */
enum store_why {
	STORE_UNAVAILABLE = 1, STORE_GONE /* the person, or the row, is gone */,
	STORE_FULL /* no room for more changes that are not finished, or for more of this one */,
	STORE_TAKEN /* another part is there under this number */
};

/* Parts of a change from this number on are marks; how many changes a list has at
 * most, and what a part that a list shows may weigh. */
#define CHANGE_PART_MARKS 65000
#define CHANGES_MOST      100
#define CHANGE_MARK_MAX   4096

/* Why a worker gets no permits.  The first three are a matter of waiting a
 * little, the others last until a time that is told. */
enum permit_why {
	PERMIT_GIVEN,
	PERMIT_PACE,   /* the application's budget of 30 seconds is used up */
	PERMIT_SHARE,  /* others of the same application come first */
	PERMIT_AWAY,   /* no database, and what may be given without it is used up */
	PERMIT_DAY,    /* our own bound for a day and family is used up */
	PERMIT_QUOTA,  /* Spotify said that the family's quota is used up */
	PERMIT_RATE,   /* Spotify said to wait (Retry-After) */
	PERMIT_WHY_COUNT
};

/* What Spotify said of an application's use: too fast (status 429 with
 * Retry-After), or no more of a family (QUOTA_EXCEEDED). */
enum limit_kind { LIMIT_NONE, LIMIT_RATE, LIMIT_QUOTA, LIMIT_COUNT };

/* How a worker learnt that Spotify's consent is over. */
enum grant_over { GRANT_OVER_REFRESH = 1 /* invalid_grant for the refresh token */, GRANT_OVER_COUNT };

/* Hosts that egress may connect a worker or enroll program to. */
enum dial_host { DIAL_API = 1, DIAL_ACCOUNTS };
enum dial_why { DIAL_REFUSED = 1, DIAL_UNRESOLVED, DIAL_SYSTEM, DIAL_FORBIDDEN };

/* What a worker may log: a number, written out by front. */
#define WORKER_EVENTS(X) \
	X(bound)            /* a: rows, b: credentials */ \
	X(request_refused)  /* a: HTTP status, b: JSON-RPC code */ \
	X(tool_called)      /* a: tool number, b: ms, c: upstream requests, d: 1 if it failed */ \
	X(spotify_failed)   /* a: HTTP status, b: curl code, c: operation number */ \
	X(token_refreshed)  /* a: 1 if the refresh token changed */ \
	X(token_refused)    /* a: HTTP status */ \
	X(store_pending)    /* a: rows not acknowledged */ \
	X(row_unreadable)   /* a: row kind */ \
	X(retiring)         /* a: seconds idle */ \
	X(protocol_error)   /* a: err_t, b: place */
enum worker_event {
	WEV_NONE,
#define X(name) WEV_##name,
	WORKER_EVENTS(X)
#undef X
	WEV_COUNT
};

#endif
