/* Sign-ins that did not work; see trouble.h. */
#include "config.h"

#include "master/portal/choice.h"
#include "master/portal/show.h"
#include "master/portal/trouble.h"
#include "shared/ipc/words.h"

/* Where a page's button leads. */
enum way { WAY_NONE, WAY_AGAIN, WAY_SWITCH, WAY_SHARED, WAY_APP, WAY_FRONT };

enum whose { ANY, OPERATORS, OWN };

struct trouble_text {
	uint8_t why;
	enum whose whose;
	uint16_t status;
	const char *title, *what, *next, *action;
	enum way way;
};

/* The first that fits counts. */
static const struct trouble_text texts[] = {
	{PORTAL_BAD_STATE, ANY, 400, "This sign-in does not fit",
	    "It was started in another browser, took longer than ten minutes, or was used "
	    "already. To be safe nobody was signed in.",
	    "Start a new sign-in in this browser.",
	    "Sign in with Spotify", WAY_AGAIN},
	{PORTAL_DENIED, ANY, 400, "Spotify refused the sign-in",
	    "Spotify did not accept the answer that your browser brought back. Such an answer "
	    "works once, for a few minutes.",
	    "Start a new sign-in.",
	    "Sign in with Spotify", WAY_AGAIN},
	{PORTAL_NOT_ALLOWED, OPERATORS, 403, "Your account is not on this server’s list at Spotify",
	    "Spotify lets an application in Development Mode serve five people only, and its "
	    "owner has to name each of them beforehand in Spotify’s dashboard. Your Spotify "
	    "account is not among those of this server’s application.",
	    "Ask the operator of this server to add the e-mail address of your Spotify account, "
	    "spelt as Spotify has it, under User Management in the dashboard; then sign in again. "
	    "If you have another Spotify account that is on the list, use that one. Or bring an "
	    "application of your own, where this server offers it.",
	    "Use another Spotify account", WAY_SWITCH},
	{PORTAL_NOT_ALLOWED, OWN, 403, "Your account is not on that application’s list at Spotify",
	    "Spotify lets an application in Development Mode serve five people only, and its "
	    "owner has to name each of them beforehand. The Spotify account you used is not "
	    "among them.",
	    "Is the application yours? Open it in Spotify’s dashboard, go to Settings, then User "
	    "Management, and add your name and the e-mail address of your Spotify account, "
	    "spelt as Spotify has it. Is it somebody else’s? Ask whoever invited you to do that. "
	    "Then sign in again; nothing has to be entered anew.",
	    "Sign in again", WAY_AGAIN},
	{PORTAL_OWNER_PREMIUM, OPERATORS, 502, "This server’s Spotify access is paused",
	    "Spotify asks that the owner of an application has a Premium subscription, and the "
	    "owner of this one has none just now. There is nothing wrong with your account.",
	    "Tell whoever runs this server. It works again a few hours after Premium is back.",
	    NULL, WAY_NONE},
	{PORTAL_OWNER_PREMIUM, OWN, 403, "The application’s owner has no Premium",
	    "Spotify lets applications in Development Mode work only while their owner has "
	    "Spotify Premium. The owner of this one has not, or not yet for long.",
	    "Is the application yours? Subscribe to Premium with the very account that made the "
	    "application, wait some hours, and sign in again. Is it somebody else’s? Tell whoever "
	    "invited you.",
	    "Sign in again", WAY_AGAIN},
	{PORTAL_WRONG_APP, OPERATORS, 502, "This server’s Spotify application is not set up right",
	    "Spotify does not know the client id that this server uses, or has no such address "
	    "for it. Nothing was stored, and there is nothing wrong with your account.",
	    "Tell whoever runs this server: the client id in its configuration and the redirect "
	    "address in Spotify’s dashboard have to be looked at.",
	    NULL, WAY_NONE},
	{PORTAL_WRONG_APP, OWN, 400, "Spotify does not know this application",
	    "Spotify did not accept the client id that was entered. Nothing was stored.",
	    "Open the application in Spotify’s dashboard and copy its client id once more, all 32 "
	    "characters. It must not be the client secret, which looks alike.",
	    "Enter the client id again", WAY_APP},
	{PORTAL_NOT_INVITED, OPERATORS, 403, "This server is not open to everybody",
	    "Its operator decides who may use its Spotify application, and your Spotify account "
	    "is not among them. Nothing about you was stored.",
	    "Ask the operator for an invitation. If you hold one, open its link once more and "
	    "sign in from there: each works for one person, and for seven days. You can also "
	    "bring an application of your own, where this server offers it.",
	    "Use another Spotify account", WAY_SWITCH},
	{PORTAL_NOT_INVITED, OWN, 403, "This application is somebody else’s",
	    "Another person here brought this Spotify application, and your Spotify account has "
	    "no invitation to it. An invitation works for one person, and for seven days. Nothing "
	    "about you was stored.",
	    "Ask that person for a new invitation link, or use an application of your own.",
	    "To your application", WAY_APP},
	{PORTAL_NOT_OFFERED, OPERATORS, 403, "Bring your own Spotify application",
	    "This server offers no Spotify application to sign in with: each person uses their "
	    "own, or that of somebody who invited them.",
	    "The next page shows how to make one; it takes a few minutes.",
	    "Use an application of your own", WAY_APP},
	{PORTAL_NOT_OFFERED, OWN, 403, "Own applications are not offered here",
	    "The operator of this server lets people use the server’s own Spotify application "
	    "only. Nothing was changed.",
	    "Sign in with that one.",
	    "Sign in with Spotify", WAY_SHARED},
	{PORTAL_NOT_FOUND, ANY, 404, "This invitation is over",
	    "It was taken back, or is older than seven days, or is no invitation at all. Nothing "
	    "was changed.",
	    "Ask whoever sent it for a new one.",
	    "To the first page", WAY_FRONT},
	{PORTAL_SPOTIFY_DOWN, ANY, 502, "Spotify is not answering",
	    "Spotify did not give a sensible answer, so nobody was signed in.",
	    "Try again in a few minutes.",
	    "Try again", WAY_AGAIN},
	{PORTAL_LIMIT, ANY, 429, "Too many sign-ins at once",
	    "More sign-ins are on their way here than this server takes, so this one was not "
	    "begun or not finished.",
	    "Wait a minute and try again. Clients that are connected already go on working.",
	    "Try again", WAY_AGAIN},
	{TROUBLE_CANCELLED, ANY, 200, "You said no",
	    "You told Spotify not to share your account, so nothing was connected and nothing "
	    "was stored.",
	    "If that was a mistake, sign in again.",
	    "Sign in with Spotify", WAY_AGAIN},
	{TROUBLE_SPOTIFY_SAID, ANY, 502, "Spotify did not let you through",
	    "Spotify ended the sign-in with an error, so nobody was signed in.",
	    "Try again in a minute. If it happens again, tell whoever runs this server.",
	    "Try again", WAY_AGAIN},
};

static const struct trouble_text *
find(const struct trouble *t)
{
	const size_t n = sizeof(texts) / sizeof(texts[0]);
	size_t i;

	for (i = 0; i < n; i++)
		if (texts[i].why == t->why && (texts[i].whose == ANY ||
		    texts[i].whose == (t->own ? OWN : OPERATORS)))
			return &texts[i];
	return NULL;
}

/* path, with this parameter (or none) and with the request that waits. */
static struct span
address(struct page *page, const char *path, const char *param, struct span request)
{
	const bool both = *param != '\0' && request.n > 0;

	return page_text(page, "%s%s%s%s%s%.*s", path, *param != '\0' || request.n > 0 ? "?" : "",
	    param, both ? "&" : "", request.n > 0 ? "request=" : "", (int)request.n,
	    request.n > 0 ? (const char *)request.p : "");
}

/* Through the same application again, and for the same client. */
static struct span
href(struct page *page, const struct trouble *t, enum way way)
{
	struct choice choice = {0};

	switch (way) {
	case WAY_AGAIN:
		return address(page, "/login",
		    t->own && choice_read(page, &choice) == 0 ? "app=own" : "", t->request);
	case WAY_SWITCH:
		return address(page, "/login", "switch=1", t->request);
	case WAY_APP:
		return address(page, "/app", "", t->request);
	case WAY_SHARED:
		return address(page, "/login", "app=shared", t->request);
	case WAY_FRONT:
	case WAY_NONE:
		break;
	}
	return span_str("/");
}

void
trouble_show(struct page *page, const struct trouble *t)
{
	const struct trouble_text *text = find(t);
	struct reply r = {.retry_after = t->retry_after, .cookie1 = t->cookie1,
	    .cookie2 = t->cookie2};
	struct view v;

	if (text == NULL) {
		show_failure(page, t->why, t->retry_after, t->cookie1);
		return;
	}
	r.status = text->status;
	show_common(page, &v);
	view_text(&v, "title", span_str(text->title));
	view_text(&v, "what", span_str(text->what));
	view_text(&v, "next", span_str(text->next));
	view_text(&v, "detail", t->detail);
	view_text(&v, "reason", span_str(""));
	view_text(&v, "action", span_str(text->action));
	view_text(&v, "href", href(page, t, text->way));
	show_page(page, "message.html", &v, &r);
}
