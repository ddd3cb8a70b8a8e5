/* Problems and their sentences; see errors.h. */
#include "config.h"

#include <string.h>
#include <time.h>

#include "shared/json/json.h"
#include "worker/spotify/errors.h"
#include "worker/spotify/field.h"

/* Words and sentences.  {login}, {wait}, {family}, {scopes}, {status} and
 * {limit} are filled in. */
static const struct {
	const char *word;
	const char *text;
} problem_table[SP_PROBLEM_COUNT] = {
	[SP_OK] = {"ok", ""},
	[SP_TOKEN_REFUSED] = {"token_refused",
	    "Spotify refused the access token, also after it was renewed. Try once more in a "
	    "minute; if it stays, sign in again at {login}"},
	[SP_PLAYER_SCOPE] = {"permission_missing",
	    "The permission for the player ({scopes}) was not granted to Tonearm. Sign in again "
	    "at {login} and agree to it; repeating the call before that does not help."},
	[SP_SCOPE] = {"permission_missing",
	    "A Spotify permission that this needs ({scopes}) was not granted to Tonearm. Sign in "
	    "again at {login} and agree to it; repeating the call before that does not help."},
	[SP_CLOSED] = {"closed",
	    "Spotify keeps this part of its interface ({family}) closed to the application that "
	    "Tonearm uses. No permission and no repetition changes that; get_status tells what "
	    "is open."},
	[SP_PLAYLIST_CLOSED] = {"playlist_closed",
	    "Spotify does not open this playlist to the application that Tonearm uses: its "
	    "contents can be read only by its owner and collaborators, and changed only by "
	    "them. Use a playlist of your own, or copy it by hand in Spotify first."},
	[SP_NOT_ALLOWLISTED] = {"not_allowlisted",
	    "This Spotify account is not on the list of users of the Spotify application that "
	    "Tonearm uses, so Spotify refuses every call. The application's owner has to add "
	    "the account's name and e-mail address in the Spotify developer dashboard (User "
	    "Management)."},
	[SP_OWNER_PREMIUM] = {"owner_not_premium",
	    "Spotify refuses every call because the owner of the Spotify application that "
	    "Tonearm uses has no active Premium subscription. Only the operator can mend that; "
	    "afterwards it can take some hours."},
	[SP_PREMIUM] = {"premium_required",
	    "Spotify lets only Premium accounts control playback, and this account is none. "
	    "Searching, playlists, the library and what is playing still work."},
	[SP_RESTRICTED] = {"restricted",
	    "Spotify did not accept the command in the player's present state: it may be paused "
	    "or playing already, or the device or what it plays does not allow it. Look at the "
	    "playback state before trying something else."},
	[SP_NO_DEVICE] = {"no_active_device",
	    "No Spotify device is active. Start Spotify on a device, or name one of the known "
	    "devices."},
	[SP_DEVICE_GONE] = {"device_not_found",
	    "Spotify does not know that device any more; ids of devices change. Name the device "
	    "instead, or open Spotify on it first."},
	[SP_NOT_FOUND] = {"not_found",
	    "Spotify has nothing under that id. It is mistyped, was deleted, or is one of "
	    "Spotify's own playlists, which are closed to other applications. Search for it "
	    "instead of guessing an id."},
	[SP_NO_ROUTE] = {"no_such_endpoint",
	    "Spotify does not know the address that Tonearm called ({family}); Spotify has "
	    "changed its interface. This is for the operator to report, repeating does not help."},
	[SP_BAD_LIMIT] = {"bad_limit",
	    "Spotify refused the size of the page that Tonearm asked for ({family}). This is a "
	    "fault in Tonearm; a smaller limit may work."},
	[SP_BAD_URIS] = {"bad_uris",
	    "Spotify did not see the list of items in Tonearm's call ({family}). This is a fault "
	    "in Tonearm; nothing was changed."},
	[SP_TOO_MANY] = {"too_many",
	    "Spotify takes fewer items at once than Tonearm sent ({family}). Nothing of that part "
	    "was changed; give fewer items in one call."},
	[SP_BAD_REQUEST] = {"bad_request",
	    "Spotify refused the call as wrong (HTTP {status}, {family}). One of the ids or values "
	    "does not fit; check them, since the same call will fail again."},
	[SP_RATE] = {"rate_limited",
	    "Spotify asks all users of this application to pause. Try again {wait}; nothing was "
	    "done by this call."},
	[SP_RATE_UNKNOWN] = {"rate_limited",
	    "Spotify asks all users of this application to pause and does not say for how long. "
	    "Wait at least a minute; nothing was done by this call."},
	[SP_QUOTA] = {"quota_exceeded",
	    "Today's allowance of this Spotify application for {family} is used up. It comes back "
	    "{wait}. Calls of other kinds may still work; asking earlier does not help."},
	[SP_PACE] = {"held_back",
	    "The users of this Spotify application have asked as much as it may within half a "
	    "minute, so this was not sent. Try again {wait}."},
	[SP_SHARE] = {"held_back",
	    "Others use the same Spotify application, and your share of what it may ask within "
	    "half a minute is used up, so this was not sent. Try again {wait}."},
	[SP_DAY] = {"day_used_up",
	    "The calls for {family} that Tonearm allows this Spotify application in a day, so that "
	    "Spotify does not block it, are used up; this was not sent. It goes on {wait}. Calls "
	    "of other kinds may still work; asking earlier does not help."},
	[SP_PERMITS_AWAY] = {"database_away",
	    "Tonearm cannot reach its database, which counts the calls to Spotify, and the few "
	    "that may be made for {family} without it are used up; this was not sent. Try again "
	    "{wait}."},
	[SP_DOWN] = {"spotify_down",
	    "Spotify does not answer properly at the moment (HTTP {status}). It is not your "
	    "request: try again in a minute."},
	[SP_GRANT_EXPIRED] = {"sign_in_expired",
	    "The Spotify sign-in has expired; Spotify ends it six months after it was given. Sign "
	    "in again at {login}, then repeat this."},
	[SP_GRANT_REVOKED] = {"sign_in_revoked",
	    "Access was withdrawn in the Spotify account (spotify.com/account/apps). Sign in again "
	    "at {login} if Tonearm is to go on."},
	[SP_GRANT_INVALID] = {"sign_in_invalid",
	    "Spotify no longer accepts the stored sign-in. Sign in again at {login}, then repeat "
	    "this."},
	[SP_GRANT_DOUBTED] = {"sign_in_doubted",
	    "Spotify seems to have trouble with sign-ins: it says of many people at once that theirs "
	    "have ended. Tonearm keeps this one; nobody has to sign in again. Try again in a few "
	    "minutes."},
	[SP_CODE_INVALID] = {"code_invalid",
	    "Spotify did not accept the code of this sign-in: it was used already or is too old. "
	    "Start over at {login}"},
	[SP_CLIENT_INVALID] = {"client_invalid",
	    "Spotify does not know the application that Tonearm is set up with. The operator has "
	    "to check the client id."},
	[SP_ACCOUNTS_DOWN] = {"accounts_down",
	    "Spotify's sign-in service does not answer properly at the moment (HTTP {status}). The "
	    "sign-in itself is still good: try again in a minute."},
	[SP_UNREACHABLE] = {"unreachable",
	    "Spotify could not be reached, so nothing was done. Try again in a minute."},
	[SP_OUTCOME_UNKNOWN] = {"outcome_unknown",
	    "Spotify failed in the middle of the change, so it is not known whether it took place. "
	    "Look first; repeating blindly could do it twice."},
	[SP_UNREADABLE] = {"unreadable",
	    "Spotify's answer could not be read ({family}). Try again in a minute."},
	[SP_NOT_SIGNED_IN] = {"not_signed_in",
	    "There is no usable Spotify sign-in for this account. Sign in at {login}, then repeat "
	    "this."},
	[SP_STORE_AWAY] = {"database_away",
	    "The Spotify sign-in needs renewing, which waits for Tonearm's database to come back. "
	    "Try again in a minute."},
	[SP_LOCAL] = {"internal",
	    "Tonearm could not carry out the call (out of memory or the like). Try again."},
	[SP_CANCELLED] = {"cancelled", "The call was cancelled."},
};

enum body_kind { ANY, JSON, TEXT };

/* The first rule that fits decides.  status 5 stands for 500 to 599; reason
 * and text are compared as a part of what was sent, without case. */
struct rule {
	int status;
	enum body_kind kind;
	const char *reason;
	const char *text;
	enum sp_problem problem;
};

static const struct rule web_rules[] = {
	{400, ANY, NULL, "Invalid limit", SP_BAD_LIMIT},
	{400, ANY, NULL, "field: uris", SP_BAD_URIS},
	{400, ANY, NULL, "maximum of", SP_TOO_MANY},
	{400, ANY, NULL, NULL, SP_BAD_REQUEST},
	{401, ANY, NULL, "Permissions missing", SP_PLAYER_SCOPE},
	{401, ANY, NULL, NULL, SP_TOKEN_REFUSED},
	{403, ANY, "PREMIUM_REQUIRED", NULL, SP_PREMIUM},
	{403, ANY, NULL, "Premium required", SP_PREMIUM},
	{403, ANY, NULL, "Insufficient client scope", SP_SCOPE},
	{403, ANY, NULL, "not registered in the Developer", SP_NOT_ALLOWLISTED},
	{403, ANY, NULL, "User not registered", SP_NOT_ALLOWLISTED},
	{403, ANY, NULL, "subscription required for the owner", SP_OWNER_PREMIUM},
	{403, JSON, "_", NULL, SP_RESTRICTED},
	{403, ANY, "UNKNOWN", NULL, SP_RESTRICTED},
	{403, ANY, NULL, "Restriction violated", SP_RESTRICTED},
	{403, ANY, NULL, NULL, SP_CLOSED},
	{404, ANY, "NO_ACTIVE_DEVICE", NULL, SP_NO_DEVICE},
	{404, ANY, NULL, "No active device", SP_NO_DEVICE},
	{404, ANY, NULL, "Device not found", SP_DEVICE_GONE},
	{404, ANY, NULL, "Service not found", SP_NO_ROUTE},
	{404, ANY, NULL, NULL, SP_NOT_FOUND},
	{429, ANY, "QUOTA_EXCEEDED", NULL, SP_QUOTA},
	{429, TEXT, NULL, "QUOTA_EXCEEDED", SP_QUOTA},
	{429, ANY, NULL, NULL, SP_RATE},
	{5, ANY, NULL, NULL, SP_DOWN},
};

/* Never a final word on the strength of anything but invalid_grant in JSON. */
static const struct rule accounts_rules[] = {
	{400, JSON, "invalid_grant", "authorization code", SP_CODE_INVALID},
	{400, JSON, "invalid_grant", "expired", SP_GRANT_EXPIRED},
	{400, JSON, "invalid_grant", "revoked", SP_GRANT_REVOKED},
	{400, JSON, "invalid_grant", NULL, SP_GRANT_INVALID},
	{400, JSON, "invalid_client", NULL, SP_CLIENT_INVALID},
	{401, JSON, "invalid_client", NULL, SP_CLIENT_INVALID},
	{400, JSON, "invalid_request", NULL, SP_BAD_REQUEST},
	{429, ANY, NULL, NULL, SP_RATE},
};

static bool
holds(struct span text, const char *part)
{
	size_t n = strlen(part), i;

	for (i = 0; i + n <= text.n; i++)
		if (span_is_nocase(span_of(text.p + i, n), part))
			return true;
	return false;
}

struct said {
	bool json;
	struct span reason, text;
};

static bool
fits(const struct rule *r, int status, const struct said *said)
{
	return (r->status == status || (r->status == 5 && status >= 500 && status <= 599)) &&
	    (r->kind == ANY || (r->kind == JSON) == said->json) &&
	    (r->reason == NULL || holds(said->reason, r->reason)) &&
	    (r->text == NULL || holds(said->text, r->text));
}

/* Finds what the body says; the views live as long as *o. */
static void
listen_to(const char *content_type, struct span body, struct json_object **o,
    struct said *said)
{
	struct json_object *e;

	*said = (struct said){.text = body};
	if (content_type[0] != '\0' && !holds(span_str(content_type), "json"))
		return;
	if (body.n == 0 || body.p[0] != '{' || json_parse(body, &json_from_spotify, o) != 0)
		return;
	said->json = true;
	e = json_get_obj(*o, "error");
	if (e != NULL) {
		said->reason = field_str(e, "reason");
		said->text = field_str(e, "message");
	} else {
		/* The accounts service, and 400 of /me/library without the frame. */
		said->reason = field_str(*o, "error");
		said->text = field_str(*o, "error_description");
		if (said->text.n == 0)
			said->text = field_str(*o, "message");
	}
}

static enum sp_problem
judge(const struct rule *rules, size_t n, int status, const struct said *said)
{
	size_t i;

	for (i = 0; i < n; i++)
		if (fits(&rules[i], status, said))
			return rules[i].problem;
	return SP_OK;
}

void
sp_classify(enum sp_op op, int status, const char *content_type, struct span body,
    int64_t retry_after, struct sp_error *out)
{
	bool accounts = sp_op_info(op)->family == SP_FAMILY_ACCOUNTS;
	struct json_object *o = NULL;
	struct said said;

	*out = (struct sp_error){.status = status, .op = op, .retry_after = retry_after};
	if (status >= 200 && status <= 299)
		return;
	listen_to(content_type, body, &o, &said);
	if (accounts)
		out->problem = judge(accounts_rules,
		    sizeof(accounts_rules) / sizeof(accounts_rules[0]), status, &said);
	else
		out->problem = judge(web_rules, sizeof(web_rules) / sizeof(web_rules[0]),
		    status, &said);
	if (out->problem == SP_OK)
		out->problem = accounts ? SP_ACCOUNTS_DOWN :
		    status >= 400 && status <= 499 ? SP_BAD_REQUEST : SP_DOWN;
	/* One playlist, not the list of them. */
	if (out->problem == SP_CLOSED && sp_op_info(op)->family == SP_FAMILY_PLAYLISTS &&
	    strstr(sp_op_info(op)->path, "{id}") != NULL)
		out->problem = SP_PLAYLIST_CLOSED;
	if (out->problem == SP_RATE && retry_after < 0)
		out->problem = SP_RATE_UNKNOWN;
	json_object_put(o);
}

const char *
sp_problem_word(enum sp_problem problem)
{
	return problem < SP_PROBLEM_COUNT ? problem_table[problem].word : "?";
}

bool
sp_grant_over(enum sp_problem problem)
{
	return problem == SP_GRANT_EXPIRED || problem == SP_GRANT_REVOKED ||
	    problem == SP_GRANT_INVALID;
}

err_t
sp_wait_text(int64_t seconds, int64_t now, struct buf *out)
{
	time_t then;
	struct tm tm;

	if (seconds < 0)
		return buf_put_str(out, "later; Spotify does not say when");
	if (seconds < 120)
		return buf_printf(out, "in %lld second%s", (long long)seconds,
		    seconds == 1 ? "" : "s");
	then = (time_t)(now + seconds);
	if (gmtime_r(&then, &tm) == NULL)
		return ERR_LIMIT;
	seconds = (seconds + 59) / 60;
	if (seconds < 60)
		return buf_printf(out, "in %lld min (at %02d:%02d UTC)", (long long)seconds,
		    tm.tm_hour, tm.tm_min);
	return buf_printf(out, "in %lld h %lld min (at %04d-%02d-%02d %02d:%02d UTC)",
	    (long long)(seconds / 60), (long long)(seconds % 60), tm.tm_year + 1900,
	    tm.tm_mon + 1, tm.tm_mday, tm.tm_hour, tm.tm_min);
}

static err_t
fill_in(const struct sp_error *e, const struct sp_error_facts *facts, struct span name,
    struct buf *out)
{
	const struct sp_op_info *op = sp_op_info(e->op);

	if (span_is(name, "login"))
		return buf_put_str(out, facts->login_url);
	if (span_is(name, "wait"))
		return sp_wait_text(e->retry_after, facts->now, out);
	if (span_is(name, "family"))
		return buf_put_str(out, sp_family_name(op->family));
	if (span_is(name, "scopes"))
		return buf_put_str(out, op->scopes[0] != '\0' ? op->scopes : "unnamed");
	return buf_printf(out, "%d", e->status);
}

err_t
sp_error_text(const struct sp_error *e, const struct sp_error_facts *facts, struct buf *out)
{
	const char *p = problem_table[e->problem].text;
	err_t err = 0;

	while (*p != '\0' && err == 0) {
		size_t n = strcspn(p, "{");
		const char *end;

		err = buf_put(out, p, n);
		p += n;
		end = *p == '{' ? strchr(p, '}') : NULL;
		if (err == 0 && end != NULL) {
			err = fill_in(e, facts, span_of(p + 1, (size_t)(end - p - 1)), out);
			p = end + 1;
		}
	}
	return err;
}
