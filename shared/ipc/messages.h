/*
 * Every message that any two programs exchange, declared once.  From this list
 * come the type numbers, their names for tracing, the structs, the encoders
 * and decoders (messages.c), and the fuzz harness.  Nothing is allowed by
 * being declared here: each program's table for each kind of peer says what it
 * accepts (channel.h).
 *
 * Field kinds: U8 U16 U32 U64 I64 (little-endian), FIX (exactly n bytes),
 * STR (u32 length, then at most n bytes; a view into the received frame).
 *
 * The request id in a frame's header joins an answer to its question, and the
 * parts of one HTTP request or response to each other.
 */
#ifndef TONEARM_IPC_MESSAGES_H
#define TONEARM_IPC_MESSAGES_H

#include <stdint.h>

#include "shared/base/buf.h"
#include "shared/base/err.h"
#include "shared/base/span.h"

#define HASH_BYTES 32   /* SHA-256 of a credential, cookie or state */
#define ID_BYTES   16   /* user, login or grant: a random UUID's bytes */
#define KEY_BYTES  32   /* AES-256 and HMAC keys */
#define CLIENT_NAME 128 /* most bytes of what a client is called */
#define BODY_PART  32768 /* most bytes of a body in one frame */

/* --- supervisor <-> every program ---------------------------------------- */
/* The options that name this program: lines "section.name=value". */
#define F_CONFIG(F)        F(STR, text, 60000)
/* One end of a channel to a peer (enum peer_kind), one descriptor; worker is
 * the worker's id where the peer is a worker or the receiver's own, else 0.
 * bound: 1 if the worker has a user already (a program was started anew and
 * live workers are joined to it): front must not offer it as blank. */
#define F_PEER(F)          F(U8, kind, 0) F(U64, worker, 0) F(U8, bound, 0)
/* A listening socket (enum listener_kind), one descriptor. */
#define F_LISTENER(F)      F(U8, kind, 0)
/* The unread key file, one descriptor. */
#define F_KEYFILE(F)
#define F_WORKER_GONE(F)   F(U64, worker, 0) F(U8, cause, 0)
/* Finish within so many ms, take nothing new, then exit with 0: to front first,
 * to each worker once front has gone.  The others go when control ends. */
#define F_DRAIN(F)         F(U32, ms, 0)
#define F_READY(F)
/* The word that a PEER for this worker is in place. */
#define F_PEER_OK(F)       F(U8, kind, 0) F(U64, worker, 0)
/* Please end this worker (enum kill_reason). */
#define F_KILL_WORKER(F)   F(U64, worker, 0) F(U8, reason, 0)
/* vault: this worker now belongs to a user, by an opaque handle.  The
 * supervisor says the same to a vault that was started anew, right after the
 * PEER with bound = 1 of that worker. */
#define F_WORKER_BOUND(F)  F(U64, worker, 0) F(FIX, handle, ID_BYTES)
/* vault: an enroll program is wanted (the pool is empty). */
#define F_WANT_ENROLL(F)
/* portal: a fetch program is wanted, likewise. */
#define F_WANT_FETCH(F)
/* Is the program still turning?  Asked every second, answered at once. */
#define F_PING(F)
#define F_PONG(F)
/* vault: workers of this user crashed of late, so for so long it gets none. */
#define F_USER_WAIT(F)     F(FIX, handle, ID_BYTES) F(U32, ms, 0)
/* front: how many requests has this worker finished?  Asked about one that
 * uses much CPU time; not answered for one that front does not have. */
#define F_WORK_ASK(F)      F(U64, worker, 0)
#define F_WORK(F)          F(U64, worker, 0) F(U64, done, 0)
/* Options that SIGHUP applies, as in CONFIG. */
#define F_SETTINGS(F)      F(STR, text, 60000)
/* Figures of a program for `tonearm status`: lines "name value". */
#define F_STATUS_ASK(F)
#define F_STATUS(F)        F(STR, text, 8192)

/* --- supervisor <-> nursery ------------------------------------------------ */
/* Fork a blank worker; five descriptors: its ends of the channels to the
 * supervisor, front, vault, keyring, egress, in this order. */
#define F_SPAWN(F)         F(U64, worker, 0) F(U32, uid, 0) F(U32, gid, 0)
#define F_SPAWNED(F)       F(U64, worker, 0) F(U32, pid, 0)

/* --- front <-> worker: one HTTP request and its answer --------------------- */
/* Head of a request.  cred_kind: enum cred_kind. */
#define F_REQ_HEAD(F)      F(U8, method, 0) F(U8, cred_kind, 0) \
                           F(STR, credential, 512) F(U32, body_bytes, 0)
/* One header field that matters to the protocol; name in lower case. */
#define F_REQ_FIELD(F)     F(STR, name, 64) F(STR, value, 8192)
/* Part of the body; last is 1 on the final part (also of an empty body). */
#define F_REQ_BODY(F)      F(U8, last, 0) F(STR, data, BODY_PART)
#define F_REQ_CANCEL(F)
/* Bytes of answer that have left for the client: credit given back. */
#define F_CREDIT(F)        F(U32, bytes, 0)
#define F_RETIRE(F)
/* front stops soon: streams get their final message and end. */
#define F_STREAMS_END(F)
/* worker: the request has been taken up (within a second). */
#define F_REQ_ACK(F)
/* Head of the answer.  media: enum media; auth_error: enum auth_error; scopes:
 * with AUTH_SCOPE, all that the request needs; allow: bit mask of methods for a
 * 405; session: new session id or empty. */
#define F_RES_HEAD(F)      F(U16, status, 0) F(U8, media, 0) F(U8, auth_error, 0) \
                           F(U32, scopes, 0) F(U8, allow, 0) F(U32, retry_after, 0) \
                           F(STR, session, 512)
#define F_RES_BODY(F)      F(U8, last, 0) F(STR, data, BODY_PART)
/* Of an answer whose head was MEDIA_SSE: it is a long-lived stream.  parked:
 * nothing can come on it for now, so front may keep it while the worker
 * retires.  farewell: what front writes last when it ends the stream itself;
 * expires: after so many seconds it does (0: not by time); note: comes back in
 * STREAM_BACK.  Said anew when any of it changes. */
#define F_STREAM(F)        F(U8, parked, 0) F(U32, expires, 0) F(STR, farewell, 4096) \
                           F(STR, note, 512)
/* front: a stream that an earlier worker of this user left parked is the
 * receiver's now, with full credit; the frame's id is its request's. */
#define F_STREAM_BACK(F)   F(FIX, hash, HASH_BYTES) F(U8, cred_kind, 0) F(STR, note, 512)
#define F_IDLE(F)
/* enum worker_event with up to four integers. */
#define F_WORKER_LOG(F)    F(U16, event, 0) F(I64, a, 0) F(I64, b, 0) F(I64, c, 0) F(I64, d, 0)

/* --- front <-> portal: one browser request and its page -------------------- */
#define F_PAGE_REQ(F)      F(U8, method, 0) F(STR, target, 8192) F(STR, cookie, 4096) \
                           F(STR, content_type, 256) F(STR, origin, 512) \
                           F(STR, fetch_site, 32) F(STR, authorization, 4096) \
                           F(STR, client, 64) F(U32, body_bytes, 0)
/* cookie1, cookie2: whole Set-Cookie values or empty.  cors: pages of every
 * origin may read the answer; basic: a 401 asks for HTTP Basic; form_action:
 * sources, besides our own, to which a form of this page may lead in the end
 * (CSP), or empty; allow: methods of a 405, 0 for those that pages have.  The body follows as RES_BODY parts. */
#define F_PAGE_RES(F)      F(U16, status, 0) F(U8, media, 0) F(U32, retry_after, 0) \
                           F(STR, location, 8192) F(STR, cookie1, 512) F(STR, cookie2, 512) \
                           F(U8, cache, 0) F(U8, cors, 0) F(U8, basic, 0) F(U8, allow, 0) \
                           F(STR, form_action, 512)
/* Instead of PAGE_RES: the worker of the person whose ticket this is answers
 * (CRED_TICKET); front asks the vault about it as about any credential.  text: what
 * the worker is asked (worker/desk.h), empty for the download; back: 1 if its answer
 * is for the portal, which makes a page of it. */
#define F_PAGE_HAND(F)     F(STR, ticket, 512) F(U8, back, 0) F(STR, text, 4096)
/* front: with back, what the worker said, in parts: status 200, or why there is
 * nothing. */
#define F_PAGE_DATA(F)     F(U16, status, 0) F(U32, retry_after, 0) F(U8, last, 0) \
                           F(STR, data, BODY_PART)

/* --- front <-> vault ------------------------------------------------------- */
/* Whose credential is this?  If the user has no worker, bind this blank one. */
#define F_BIND(F)          F(FIX, hash, HASH_BYTES) F(U8, cred_kind, 0) F(U64, worker, 0)
/* worker: the one to ask; it is the offered one exactly if fresh is 1. */
#define F_BOUND(F)         F(U64, worker, 0) F(U8, fresh, 0)
#define F_BIND_REFUSED(F)  F(U8, why, 0) F(U32, retry_after, 0)
/* Forget routes: of one credential, or of one worker. */
#define F_ROUTE_DROP(F)    F(FIX, hash, HASH_BYTES)
#define F_ROUTE_DROP_ALL(F)
/* Key for the keyed check in our tokens: refuses junk without a query. */
#define F_CHECK_KEY(F)     F(FIX, key, KEY_BYTES)
/* front: this credential was used, on a route that it knew already; said every
 * few minutes while it is, so that the time of its last use is nearly right. */
#define F_USED(F)          F(FIX, hash, HASH_BYTES)
/* heard: how often the vault began to hear of changes; when it differs from
 * before, a revocation may have been missed. */
#define F_HEALTH(F)        F(U8, database, 0) F(U8, keyring, 0) F(U32, heard, 0)

/* --- vault <-> keyring ----------------------------------------------------- */
#define F_KEY_NEW(F)       F(FIX, user, ID_BYTES)
#define F_KEY_WRAPPED(F)   F(U32, key_id, 0) F(STR, wrapped, 128)
/* Send this user's data key to this worker, once. */
#define F_KEY_FOR(F)       F(U64, worker, 0) F(FIX, user, ID_BYTES) F(U32, key_id, 0) \
                           F(STR, wrapped, 128)
/* Send the key of a login to this worker (before KEY_FOR), so that it can
 * open what an enroll program sealed. */
#define F_LOGIN_KEY_FOR(F) F(U64, worker, 0) F(FIX, login, ID_BYTES)
#define F_KEY_SENT(F)
#define F_KEY_FAILED(F)    F(U8, why, 0)
#define F_CHALLENGE_FOR(F) F(FIX, login, ID_BYTES)
#define F_CHALLENGE(F)     F(STR, challenge, 64)
/* Send verifier and sealing key of a login to this enroll program. */
#define F_ENROLL_KEYS_FOR(F) F(U64, worker, 0) F(FIX, login, ID_BYTES)

/* --- keyring -> worker, keyring -> enroll ---------------------------------- */
#define F_KEYS(F)          F(FIX, user, ID_BYTES) F(FIX, key, KEY_BYTES)
#define F_LOGIN_KEY(F)     F(FIX, login, ID_BYTES) F(FIX, key, KEY_BYTES)
#define F_ENROLL_KEYS(F)   F(FIX, login, ID_BYTES) F(STR, verifier, 128) F(FIX, key, KEY_BYTES)

/* --- vault <-> worker ------------------------------------------------------ */
#define F_IDENTITY(F)      F(FIX, user, ID_BYTES) F(STR, display_name, 256) \
                           F(STR, spotify_id, 256) F(STR, client_id, 128) F(U8, mode, 0) \
                           F(STR, spotify_scopes, 1024) F(I64, authorized_at, 0)
/* client: what its client, or the token itself, is called; empty if it has no
 * name.  Others wrote it. */
#define F_CREDENTIAL(F)    F(FIX, hash, HASH_BYTES) F(U8, cred_kind, 0) \
                           F(FIX, grant, ID_BYTES) F(U32, scopes, 0) F(I64, expires_at, 0) \
                           F(STR, client, CLIENT_NAME)
#define F_CREDENTIAL_GONE(F) F(FIX, hash, HASH_BYTES)
/* A sealed row (enum row_kind).  login: whose key seals it, all zero for the
 * user's own. */
#define F_ROW(F)           F(U8, kind, 0) F(U64, version, 0) F(FIX, login, ID_BYTES) \
                           F(STR, sealed, 16384)
#define F_IDENTITY_END(F)
/* The credential list was confirmed against the database just now. */
#define F_CONFIRMED(F)
/* The user signed in again: rows, scopes and date follow anew. */
#define F_REFRESHED(F)
#define F_STORE(F)         F(U8, kind, 0) F(U64, version, 0) F(STR, sealed, 16384)
#define F_STORED(F)        F(U64, version, 0)
/* Somebody else stored first: this is what stands there now. */
#define F_STORE_CONFLICT(F) F(U8, kind, 0) F(U64, version, 0) F(FIX, login, ID_BYTES) \
                           F(STR, sealed, 16384)
#define F_STORE_FAILED(F)  F(U8, why, 0) F(U32, retry_after, 0)
/* Lease the row for one token refresh; answered by LEASED, STORE_CONFLICT
 * (newer row there), LEASE_BUSY or STORE_FAILED. */
#define F_LEASE(F)         F(U8, kind, 0) F(U64, version, 0)
#define F_LEASED(F)
#define F_LEASE_BUSY(F)    F(U32, retry_ms, 0)
/* Re-read the row; answered by STORE_CONFLICT (the row) or STORE_FAILED. */
#define F_REREAD(F)        F(U8, kind, 0)
/* What the database holds about the worker's user but for sealed rows, as JSON
 * in parts: for the person's own download, whose ticket has this hash and is
 * used up by it.  One without text and last = 1: it cannot be had. */
#define F_EXPORT_ASK(F)    F(FIX, ticket, HASH_BYTES)
#define F_EXPORT(F)        F(U8, last, 0) F(STR, text, BODY_PART)
/* A part of the record of a change, sealed by the worker; kept exactly if nothing or
 * the same is there under its id and number.  Answered by CHANGE_KEPT or
 * STORE_FAILED. */
#define F_CHANGE_PUT(F)    F(FIX, id, ID_BYTES) F(U16, part, 0) F(STR, sealed, 16384)
#define F_CHANGE_KEPT(F)
/* All parts of one change; or, id all zero, the parts for a list (0 and from
 * CHANGE_PART_MARKS on) of at most `most` changes older than `before` (microseconds
 * since 1970; 0: the newest), newest first.  Answered by as many CHANGE, the last
 * with last = 1; one without sealed text: there is nothing; or by STORE_FAILED. */
#define F_CHANGES_ASK(F)   F(FIX, id, ID_BYTES) F(I64, before, 0) F(U16, most, 0)
#define F_CHANGE(F)        F(U8, last, 0) F(FIX, id, ID_BYTES) F(U16, part, 0) \
                           F(I64, created_at, 0) F(STR, sealed, 16384)

/* Permits to ask Spotify, of one family (enum sp_family); n: 1 to 100; bulk: 1
 * if others' interactive calls come first.  Whose application it is, is known
 * by the channel.  Those not used within 60 s are gone and count as used. */
#define F_PERMIT_ASK(F)    F(U8, family, 0) F(U8, calls, 0) F(U8, bulk, 0)
/* given: 0 to n.  With 0, why (enum permit_why) and either wait_ms, after which
 * to ask again (PACE, SHARE, AWAY), or until_ms, milliseconds since 1970 (the
 * others).  With fewer than n, ask again for the rest. */
#define F_PERMIT(F)        F(U8, given, 0) F(U8, why, 0) F(U32, wait_ms, 0) F(I64, until_ms, 0)
/* So many permits that were given within these 60 s will not be used.  Not answered. */
#define F_PERMIT_BACK(F)   F(U8, family, 0) F(U8, calls, 0)
/* Spotify said enough (enum limit_kind), for so many ms from now; family matters
 * to LIMIT_QUOTA only.  Not answered. */
#define F_LIMIT_SEEN(F)    F(U8, kind, 0) F(U8, family, 0) F(U32, ms, 0)
/* To every worker of the application, on every node: until_ms, milliseconds since
 * 1970. */
#define F_LIMIT(F)         F(U8, kind, 0) F(U8, family, 0) F(I64, until_ms, 0)
/* Spotify says that the person's consent is over (enum grant_over); GRANT_WORD
 * says whether to believe it: not while many say so at once.  believed_ms: the
 * vault's word was to believe it, so long ago, and Spotify was not asked since; 0: it
 * says so now. */
#define F_GRANT_OVER(F)    F(U8, why, 0) F(U32, believed_ms, 0)
#define F_GRANT_WORD(F)    F(U8, believe, 0)
/* What is left today; as many QUOTA as there are families, with the question's
 * request id.  used: calls of the last 24 hours; allowed: 0 if we set no bound;
 * until: while the family is blocked, seconds since 1970, else 0.  Where it is
 * not known: one with last 1 and family SP_FAMILY_COUNT. */
#define F_QUOTA_ASK(F)
#define F_QUOTA(F)         F(U8, last, 0) F(U8, family, 0) F(U32, used, 0) F(U32, allowed, 0) \
                           F(I64, until, 0)

/* --- vault <-> enroll ------------------------------------------------------ */
#define F_ENROLL(F)        F(FIX, login, ID_BYTES) F(STR, code, 2048) F(STR, client_id, 128) \
                           F(STR, redirect_uri, 512)
#define F_ENROLLED(F)      F(FIX, login, ID_BYTES) F(STR, account_id, 256) F(STR, spotify_id, 256) \
                           F(STR, display_name, 256) F(STR, scopes, 1024) F(STR, sealed, 16384)
#define F_ENROLL_FAILED(F) F(FIX, login, ID_BYTES) F(U8, why, 0)

/* --- portal <-> vault ------------------------------------------------------ */
/* client_id: somebody's own Spotify application, or empty for the operator's;
 * auth: the authorization request that waits for this sign-in, or all zero;
 * invite: the hash of an invitation, or all zero. */
#define F_LOGIN_BEGIN(F)   F(FIX, state, HASH_BYTES) F(FIX, cookie, HASH_BYTES) \
                           F(STR, client_id, 128) F(FIX, auth, ID_BYTES) \
                           F(FIX, invite, HASH_BYTES)
#define F_LOGIN_STARTED(F) F(STR, challenge, 64) F(STR, client_id, 128)
#define F_LOGIN_FINISH(F)  F(FIX, state, HASH_BYTES) F(FIX, cookie, HASH_BYTES) \
                           F(STR, code, 2048) F(FIX, session, HASH_BYTES)
#define F_LOGIN_CANCEL(F)  F(FIX, state, HASH_BYTES) F(FIX, cookie, HASH_BYTES)
/* missing: what Spotify had granted before and has not this time. */
#define F_LOGIN_DONE(F)    F(FIX, user, ID_BYTES) F(FIX, auth, ID_BYTES) \
                           F(STR, missing, 1024)
#define F_ACCOUNT_GET(F)   F(FIX, session, HASH_BYTES)
#define F_ACCOUNT(F)       F(FIX, user, ID_BYTES) F(STR, display_name, 256) \
                           F(STR, spotify_id, 256) F(STR, spotify_scopes, 1024) \
                           F(I64, authorized_at, 0) F(I64, signed_in_at, 0) \
                           F(U8, live_worker, 0) F(U32, credentials, 0) \
                           F(STR, client_id, 128) F(U8, mode, 0) F(U8, app, 0)
/* One of the account's credentials; they follow ACCOUNT, `credentials` of
 * them, with the same request id. */
#define F_ACCOUNT_CRED(F)  F(FIX, grant, ID_BYTES) F(U8, cred_kind, 0) F(U32, scopes, 0) \
                           F(I64, created_at, 0) F(I64, expires_at, 0) F(I64, last_used_at, 0) \
                           F(STR, label, 128) F(STR, client, 512)
/* A link replaces the link there was. */
#define F_CRED_NEW(F)      F(FIX, session, HASH_BYTES) F(FIX, hash, HASH_BYTES) \
                           F(U8, cred_kind, 0) F(U32, scopes, 0) F(I64, expires_at, 0) \
                           F(STR, label, 128)
/* A grant of all zero: all of them. */
#define F_CRED_REVOKE(F)   F(FIX, session, HASH_BYTES) F(FIX, grant, ID_BYTES)
#define F_SESSION_END(F)   F(FIX, session, HASH_BYTES)
#define F_ACCOUNT_DELETE(F) F(FIX, session, HASH_BYTES)

/* MCP clients (OAuth 2.1).  kind: enum client_kind; auth_method: enum
 * client_auth; redirects: one in a line; fresh: 0 if a metadata document's copy
 * is older than it may be. */
#define F_CLIENT_GET(F)    F(STR, client_id, 512)
#define F_CLIENT(F)        F(STR, client_id, 512) F(U8, kind, 0) F(U8, auth_method, 0) \
                           F(STR, name, 128) F(STR, uri, 512) F(STR, redirects, 16384) \
                           F(U8, fresh, 0)
/* Keeps one that registered, or a metadata document's copy for keep_s seconds.
 * digest: of all that it said of itself; with secret all zero, one with the same digest
 * is the same client. */
#define F_CLIENT_PUT(F)    F(STR, client_id, 512) F(U8, kind, 0) F(U8, auth_method, 0) \
                           F(STR, name, 128) F(STR, uri, 512) F(STR, redirects, 16384) \
                           F(FIX, digest, HASH_BYTES) F(FIX, secret, HASH_BYTES) F(U32, keep_s, 0)
#define F_CLIENT_KEPT(F)   F(STR, client_id, 512) F(I64, issued_at, 0)

/* An authorization request that was found to be in order, for the browser whose
 * cookie has this hash.  has_state: the client sent one, if only an empty one. */
#define F_AUTH_BEGIN(F)    F(FIX, browser, HASH_BYTES) F(STR, client_id, 512) \
                           F(STR, redirect_uri, 2048) F(U8, has_state, 0) F(STR, state, 4096) \
                           F(STR, challenge, 64) F(U32, scopes, 0)
#define F_AUTH_BEGUN(F)    F(FIX, auth, ID_BYTES)
/* session: of the browser, or all zero. */
#define F_AUTH_GET(F)      F(FIX, auth, ID_BYTES) F(FIX, browser, HASH_BYTES) \
                           F(FIX, session, HASH_BYTES)
/* before: what the person of the session granted this client earlier; consented: the
 * scopes that were ticked, 0 while they were not; other: the consent was given while
 * somebody else was signed in; expires_at: of the request. */
#define F_AUTH(F)          F(STR, client_id, 512) F(U8, kind, 0) F(STR, name, 128) \
                           F(STR, uri, 512) F(STR, redirects, 16384) F(STR, redirect_uri, 2048) \
                           F(U8, has_state, 0) F(STR, state, 4096) F(U32, scopes, 0) \
                           F(U32, before, 0) F(U32, consented, 0) F(U8, other, 0) \
                           F(I64, expires_at, 0)
#define F_AUTH_CONSENT(F)  F(FIX, auth, ID_BYTES) F(FIX, browser, HASH_BYTES) \
                           F(FIX, session, HASH_BYTES) F(U32, scopes, 0)
/* The consented request becomes a grant with this code; the request is over. */
#define F_AUTH_GRANT(F)    F(FIX, auth, ID_BYTES) F(FIX, browser, HASH_BYTES) \
                           F(FIX, session, HASH_BYTES) F(FIX, code, HASH_BYTES)
/* The person said no, or it cannot be: the request is over. */
#define F_AUTH_END(F)      F(FIX, auth, ID_BYTES) F(FIX, browser, HASH_BYTES)

/* Tokens; secret: hash of the client's, or all zero.  Answered by TOKENS or
 * PORTAL_FAILED with a PORTAL_OAUTH_... reason. */
#define F_CODE_REDEEM(F)   F(FIX, code, HASH_BYTES) F(STR, client_id, 512) \
                           F(FIX, secret, HASH_BYTES) F(STR, redirect_uri, 2048) \
                           F(STR, challenge, 64) F(FIX, access, HASH_BYTES) \
                           F(FIX, refresh, HASH_BYTES)
/* scopes: 0 for all that were granted.  sealed: the new tokens, sealed under a
 * key made from the old refresh token. */
#define F_TOKEN_REFRESH(F) F(FIX, old, HASH_BYTES) F(STR, client_id, 512) \
                           F(FIX, secret, HASH_BYTES) F(U32, scopes, 0) \
                           F(FIX, access, HASH_BYTES) F(FIX, refresh, HASH_BYTES) \
                           F(STR, sealed, 1024)
/* sealed: empty, or the answer that was given a moment ago for the same old
 * refresh token and is to be given again; expires_in: seconds of the access token. */
#define F_TOKENS(F)        F(U32, scopes, 0) F(U32, expires_in, 0) F(STR, sealed, 1024)
#define F_TOKEN_REVOKE(F)  F(FIX, token, HASH_BYTES) F(STR, client_id, 512) \
                           F(FIX, secret, HASH_BYTES)

/* Invitations to a Spotify application.  invite: hash of what the invited one
 * holds. */
#define F_INVITE_GET(F)    F(FIX, invite, HASH_BYTES)
/* inviter: a name, empty for the operator; app: APP_SHARED or APP_GUEST, what
 * the invited one will be; used: it is somebody's already. */
#define F_INVITE(F)        F(STR, inviter, 256) F(U8, app, 0) F(U8, used, 0) \
                           F(I64, expires_at, 0)
/* Of the session's person; answered by INVITES and as many INVITE_ROW. */
#define F_INVITES_GET(F)   F(FIX, session, HASH_BYTES)
#define F_INVITES(F)       F(U32, invites, 0)
#define F_INVITE_ROW(F)    F(FIX, id, ID_BYTES) F(STR, label, 128) F(I64, created_at, 0) \
                           F(I64, expires_at, 0) F(I64, used_at, 0)
#define F_INVITE_NEW(F)    F(FIX, session, HASH_BYTES) F(FIX, hash, HASH_BYTES) \
                           F(STR, label, 128)
#define F_INVITE_DROP(F)   F(FIX, session, HASH_BYTES) F(FIX, id, ID_BYTES)

/* What is left today of the session's person's application: answered by QUOTA,
 * as QUOTA_ASK is, or PORTAL_FAILED. */
#define F_QUOTA_GET(F)     F(FIX, session, HASH_BYTES)

#define F_PORTAL_OK(F)
#define F_PORTAL_FAILED(F) F(U8, why, 0) F(U32, retry_after, 0)

/* --- portal <-> fetch -------------------------------------------------------- */
/* A client's metadata document, wanted once. */
#define F_FETCH(F)         F(STR, url, 2048)
/* What it says, cleaned; keep_s: for how long it may be kept, by its headers. */
#define F_FETCHED(F)       F(STR, client_id, 2048) F(STR, name, 128) F(STR, uri, 512) \
                           F(STR, redirects, 16384) F(U8, auth_method, 0) F(U32, keep_s, 0)
#define F_FETCH_FAILED(F)  F(U8, why, 0) F(U16, status, 0)

/* --- worker, enroll, fetch <-> egress --------------------------------------- */
/* A connection to one of the allowed hosts (enum dial_host). */
#define F_DIAL(F)          F(U8, host, 0)
/* From a fetch program only: a connection to any public host. */
#define F_DIAL_NAME(F)     F(STR, host, 253) F(U16, port, 0)
/* One descriptor: a socket that is connected or connecting. */
#define F_DIALLED(F)
#define F_DIAL_FAILED(F)   F(U8, why, 0)

#define MESSAGES(M) \
	M(CONFIG, config) M(PEER, peer) M(LISTENER, listener) M(KEYFILE, keyfile) \
	M(WORKER_GONE, worker_gone) M(DRAIN, drain) M(READY, ready) M(PEER_OK, peer_ok) \
	M(KILL_WORKER, kill_worker) M(WORKER_BOUND, worker_bound) M(WANT_ENROLL, want_enroll) \
	M(STATUS_ASK, status_ask) M(STATUS, status) M(SPAWN, spawn) M(SPAWNED, spawned) \
	M(REQ_HEAD, req_head) M(REQ_FIELD, req_field) M(REQ_BODY, req_body) \
	M(REQ_CANCEL, req_cancel) M(CREDIT, credit) M(RETIRE, retire) M(REQ_ACK, req_ack) \
	M(RES_HEAD, res_head) M(RES_BODY, res_body) M(IDLE, idle) M(WORKER_LOG, worker_log) \
	M(PAGE_REQ, page_req) M(PAGE_RES, page_res) \
	M(BIND, bind) M(BOUND, bound) M(BIND_REFUSED, bind_refused) M(ROUTE_DROP, route_drop) \
	M(ROUTE_DROP_ALL, route_drop_all) M(CHECK_KEY, check_key) M(HEALTH, health) \
	M(KEY_NEW, key_new) M(KEY_WRAPPED, key_wrapped) M(KEY_FOR, key_for) \
	M(LOGIN_KEY_FOR, login_key_for) M(KEY_SENT, key_sent) M(KEY_FAILED, key_failed) \
	M(CHALLENGE_FOR, challenge_for) M(CHALLENGE, challenge) \
	M(ENROLL_KEYS_FOR, enroll_keys_for) M(KEYS, keys) M(LOGIN_KEY, login_key) \
	M(ENROLL_KEYS, enroll_keys) \
	M(IDENTITY, identity) M(CREDENTIAL, credential) M(CREDENTIAL_GONE, credential_gone) \
	M(ROW, row) M(IDENTITY_END, identity_end) M(CONFIRMED, confirmed) \
	M(REFRESHED, refreshed) M(STORE, store) M(STORED, stored) \
	M(STORE_CONFLICT, store_conflict) M(STORE_FAILED, store_failed) M(LEASE, lease) \
	M(LEASED, leased) M(LEASE_BUSY, lease_busy) M(REREAD, reread) \
	M(ENROLL, enroll) M(ENROLLED, enrolled) M(ENROLL_FAILED, enroll_failed) \
	M(LOGIN_BEGIN, login_begin) M(LOGIN_STARTED, login_started) M(LOGIN_FINISH, login_finish) \
	M(LOGIN_CANCEL, login_cancel) M(LOGIN_DONE, login_done) M(ACCOUNT_GET, account_get) \
	M(ACCOUNT, account) M(ACCOUNT_CRED, account_cred) M(CRED_NEW, cred_new) \
	M(CRED_REVOKE, cred_revoke) M(SESSION_END, session_end) \
	M(ACCOUNT_DELETE, account_delete) M(PORTAL_OK, portal_ok) M(PORTAL_FAILED, portal_failed) \
	M(DIAL, dial) M(DIALLED, dialled) M(DIAL_FAILED, dial_failed) \
	M(PING, ping) M(PONG, pong) M(USER_WAIT, user_wait) M(WORK_ASK, work_ask) M(WORK, work) \
	M(STREAMS_END, streams_end) M(SETTINGS, settings) \
	M(STREAM, stream) M(STREAM_BACK, stream_back) \
	M(WANT_FETCH, want_fetch) M(PAGE_HAND, page_hand) M(PAGE_DATA, page_data) \
	M(EXPORT_ASK, export_ask) M(EXPORT, export) \
	M(CLIENT_GET, client_get) M(CLIENT, client) M(CLIENT_PUT, client_put) \
	M(CLIENT_KEPT, client_kept) M(AUTH_BEGIN, auth_begin) M(AUTH_BEGUN, auth_begun) \
	M(AUTH_GET, auth_get) M(AUTH, auth) M(AUTH_CONSENT, auth_consent) \
	M(AUTH_GRANT, auth_grant) M(AUTH_END, auth_end) M(CODE_REDEEM, code_redeem) \
	M(TOKEN_REFRESH, token_refresh) M(TOKENS, tokens) M(TOKEN_REVOKE, token_revoke) \
	M(FETCH, fetch) M(FETCHED, fetched) M(FETCH_FAILED, fetch_failed) M(DIAL_NAME, dial_name) \
	M(USED, used) \
	M(INVITE_GET, invite_get) M(INVITE, invite) M(INVITES_GET, invites_get) \
	M(INVITES, invites) M(INVITE_ROW, invite_row) M(INVITE_NEW, invite_new) \
	M(INVITE_DROP, invite_drop) \
	M(PERMIT_ASK, permit_ask) M(PERMIT, permit) M(LIMIT_SEEN, limit_seen) M(LIMIT, limit) \
	M(GRANT_OVER, grant_over) M(GRANT_WORD, grant_word) M(QUOTA_ASK, quota_ask) \
	M(QUOTA, quota) M(QUOTA_GET, quota_get) \
	M(CHANGE_PUT, change_put) M(CHANGE_KEPT, change_kept) M(CHANGES_ASK, changes_ask) \
	M(CHANGE, change) M(PERMIT_BACK, permit_back)

/* Type numbers; 0 is never a message. */
enum msg_type {
	MSG_NONE,
#define M_ENUM(NAME, name) MSG_##NAME,
	MESSAGES(M_ENUM)
#undef M_ENUM
	MSG_COUNT
};

/* Structs: struct msg_bind and so on. */
#define M_FIELD_U8(name, n)  uint8_t name;
#define M_FIELD_U16(name, n) uint16_t name;
#define M_FIELD_U32(name, n) uint32_t name;
#define M_FIELD_U64(name, n) uint64_t name;
#define M_FIELD_I64(name, n) int64_t name;
#define M_FIELD_FIX(name, n) uint8_t name[n];
#define M_FIELD_STR(name, n) struct span name;
#define M_FIELD(kind, name, n) M_FIELD_##kind(name, n)
/* `none` only gives messages without fields a size. */
#define M_STRUCT(NAME, name) struct msg_##name { F_##NAME(M_FIELD) uint8_t none; };
MESSAGES(M_STRUCT)
#undef M_STRUCT

/*
 * msg_put_bind(out, m): appends the body of a message.  ERR_LIMIT if a string
 * is longer than declared or the buffer is full, ERR_NOMEM.
 * msg_get_bind(body, m): reads a whole body; ERR_SYNTAX if it is too short,
 * too long by a single byte, or holds a longer string than declared.  Strings
 * in *m are views into body.  *m is set only on success.
 */
#define M_PROTO(NAME, name) \
	err_t msg_put_##name(struct buf *out, const struct msg_##name *m) MUST_CHECK; \
	err_t msg_get_##name(struct span body, struct msg_##name *m) MUST_CHECK;
MESSAGES(M_PROTO)
#undef M_PROTO

/* Name of a type for logs ("bind"); "?" for a number that is none. */
const char *msg_name(uint8_t type);

#endif
