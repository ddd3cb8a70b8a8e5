/* Pages and their headers; see show.h. */
#include "config.h"

#include "master/portal/session.h"
#include "master/portal/show.h"
#include "master/portal/web.h"
#include "shared/base/log.h"
#include "shared/ipc/words.h"

struct message_text {
	uint16_t status;
	const char *title;
	const char *what;          /* what happened */
	const char *next;          /* what to do */
	const char *action, *href; /* a button, or NULL */
};

static const struct message_text messages[MESSAGE_COUNT] = {
	[MESSAGE_NOT_FOUND] = {404, "This groove is empty",
	    "There is no page at this address.",
	    "Check the address, or start again from the first page.",
	    "To the first page", "/"},
	[MESSAGE_METHOD] = {405, "Not this way",
	    "This address exists, but it does not answer that kind of request.",
	    "Use the buttons and links on the pages themselves.",
	    "To the first page", "/"},
	[MESSAGE_BROKEN] = {500, "Something broke on our side",
	    "The page could not be made. Nothing was changed that a page had not already "
	    "confirmed.",
	    "Try once more. If it happens again, tell whoever runs this server.",
	    "To the first page", "/"},
	[MESSAGE_AWAY] = {503, "One moment",
	    "The part of this server that looks after accounts is not answering just now. It "
	    "is restarted without anybody’s help, and nothing you had is lost.",
	    "Wait a few seconds, then load the page again. Clients that are already connected "
	    "go on working meanwhile.",
	    NULL, NULL},
	[MESSAGE_FORM_EXPIRED] = {403, "This form has expired",
	    "The form you sent belongs to an earlier sign-in, so nothing was done.",
	    "Open your account page and try again from there.",
	    "To your account", "/account"},
	[MESSAGE_FORM_WRONG] = {400, "This form is not complete",
	    "Something in the form you sent was missing or not readable, so nothing was done.",
	    "Open your account page and try again from there.",
	    "To your account", "/account"},
	[MESSAGE_FORM_FOREIGN] = {403, "That did not come from here",
	    "Your browser says that this form was sent from another site, so nothing was done.",
	    "If you meant to do it, open your account page and do it there.",
	    "To your account", "/account"},
	[MESSAGE_SIGNED_OUT] = {403, "You are not signed in",
	    "This page is for people who are signed in, and you are not, or not any more.",
	    "Sign in with Spotify; it takes a few seconds.",
	    "Sign in with Spotify", "/login"},
	[MESSAGE_BAD_STATE] = {400, "This sign-in does not fit",
	    "It was started in another browser, took longer than ten minutes, or was used "
	    "already. To be safe nobody was signed in.",
	    "Start a new sign-in in this browser.",
	    "Sign in with Spotify", "/login"},
	[MESSAGE_STALE] = {403, "Please sign in again first",
	    "New links and tokens open your account to whoever holds them. So we ask for a "
	    "sign-in that is less than ten minutes old. Nothing was made yet.",
	    "Sign in once more, which usually takes one click, then try again on your account "
	    "page.",
	    "Sign in again", "/login"},
	[MESSAGE_GONE] = {404, "That is not there any more",
	    "What you asked for was removed already, perhaps in another window.",
	    "Your account page shows how things stand now.",
	    "To your account", "/account"},
	[MESSAGE_CANCELLED] = {200, "You said no",
	    "You told Spotify not to share your account, so nothing was connected and nothing "
	    "was stored.",
	    "If that was a mistake, sign in again.",
	    "Sign in with Spotify", "/login"},
	[MESSAGE_SPOTIFY_SAID] = {502, "Spotify did not let you through",
	    "Spotify ended the sign-in with an error, so nobody was signed in.",
	    "Try again in a minute. If it happens again, tell whoever runs this server.",
	    "Try again", "/login"},
	[MESSAGE_DENIED] = {400, "Spotify refused the sign-in",
	    "Spotify did not accept the answer that your browser brought back. Such an answer "
	    "works once, for a few minutes.",
	    "Start a new sign-in.",
	    "Sign in with Spotify", "/login"},
	[MESSAGE_NOT_ALLOWED] = {403, "Your account is not on this server’s list",
	    "Spotify lets a server like this one serve only a few people, whom its operator "
	    "has to name beforehand. Your Spotify account is not among them.",
	    "Ask the operator to add the e-mail address of your Spotify account, or sign in "
	    "with another one.",
	    "Use another Spotify account", "/login?switch=1"},
	[MESSAGE_OWNER_PREMIUM] = {502, "This server’s Spotify access is paused",
	    "Spotify asks that the owner of an application has a Premium subscription, and the "
	    "owner of this one has none just now. There is nothing wrong with your account.",
	    "Tell whoever runs this server. It works again a few hours after Premium is back.",
	    NULL, NULL},
	[MESSAGE_SPOTIFY_DOWN] = {502, "Spotify is not answering",
	    "Spotify did not give a sensible answer, so nobody was signed in.",
	    "Try again in a few minutes.",
	    "Try again", "/login"},
	[MESSAGE_LIMIT] = {429, "That is as many as there can be",
	    "There are too many of these already, so nothing was made.",
	    "Revoke what you no longer use, or wait a little and try again.",
	    "To your account", "/account"},
	[MESSAGE_BUSY] = {429, "Many sign-ins from your network",
	    "A great many sign-ins were begun from your internet address in the last minutes, "
	    "more than a household or an office has. So this one was not begun.",
	    "Wait a minute and try again. Clients that are connected already go on working. If "
	    "it happens again, tell whoever runs this server.",
	    "Try again", "/login"},
	[MESSAGE_LINKS_OFF] = {404, "Personal links are switched off",
	    "The operator of this server does not offer personal links.",
	    "Use a personal token, which a client sends in a header, out of sight.",
	    "To your account", "/account"},
	[MESSAGE_DELETED] = {200, "Everything is deleted",
	    "Your account here is gone: the tokens from Spotify, every connected client, your "
	    "personal link and tokens, and every sign-in. Whatever used them is refused from now "
	    "on.",
	    "To withdraw the permission at Spotify as well, remove the application from your "
	    "Spotify account. Only you can do that.",
	    "Manage apps at Spotify", "https://www.spotify.com/account/apps/"},
	[MESSAGE_REQUEST_OVER] = {400, "This request is over",
	    "A client asked to be let in, but its request is older than ten minutes, was answered "
	    "already, or was begun in another browser. Nothing was allowed.",
	    "Go back to the client and connect it again, in this browser. If you have let it in "
	    "before, it may work without anything further.",
	    "To your account", "/account"},
	[MESSAGE_CLIENT_UNKNOWN] = {400, "This client is not known here",
	    "A program sent you here under an identity that this server does not have. That "
	    "happens when it has not been used for a long time, or when the server was set up "
	    "anew. Nothing was allowed.",
	    "Remove the connection in the program and add it again. It then introduces itself "
	    "anew.",
	    "To the first page", "/"},
	[MESSAGE_CLIENT_SILENT] = {502, "The client’s own page cannot be read",
	    "This client says that a page on its own site describes it, but that page did not "
	    "give a usable answer. Without it nobody can say who is asking, so nothing was "
	    "allowed.",
	    "Try again in a minute. If it happens again, tell whoever makes the client.",
	    "To the first page", "/"},
	[MESSAGE_CLIENT_ADDRESS] = {400, "That is not this client’s address",
	    "The answer was to be sent to an address that this client never named as its own. "
	    "Somebody may be trying to get hold of what is meant for it, so you are not sent "
	    "there.",
	    "If you were connecting a client just now, remove the connection and add it again. If "
	    "you came here by a link from elsewhere, close this page.",
	    "To the first page", "/"},
	[MESSAGE_CLIENT_REQUEST] = {400, "The client asked in a way that is not understood",
	    "Its request is not complete, so it cannot be told who asks or where the answer "
	    "belongs. Nothing was allowed.",
	    "Remove the connection in the client and add it again. If it happens again, tell "
	    "whoever makes the client.",
	    "To the first page", "/"},
	[MESSAGE_NOT_INVITED] = {403, "This server is not open to everybody",
	    "Its operator decides who may use its Spotify application, and your Spotify account "
	    "is not among them. Nothing about you was stored.",
	    "Ask the operator for an invitation, or sign in with another Spotify account.",
	    "Use another Spotify account", "/login?switch=1"},
	[MESSAGE_NOT_OFFERED] = {403, "That is not offered here",
	    "The operator of this server does not offer this kind of Spotify application.",
	    "The first page says how to sign in here.",
	    "To the first page", "/"},
	[MESSAGE_WRONG_APP] = {400, "Spotify does not know this application",
	    "Spotify did not accept the client id of the application, or the address of this "
	    "server is not among the redirect addresses in its settings. Nothing was stored.",
	    "Look both up in Spotify’s dashboard, compare them letter by letter, and try again.",
	    "Back to the application", "/app"},
};

/* Which page a failed question leads to. */
static const enum message message_for[] = {
	[PORTAL_NO_SESSION] = MESSAGE_SIGNED_OUT,
	[PORTAL_UNAVAILABLE] = MESSAGE_AWAY,
	[PORTAL_BAD_STATE] = MESSAGE_BAD_STATE,
	[PORTAL_STALE] = MESSAGE_STALE,
	[PORTAL_NOT_FOUND] = MESSAGE_GONE,
	[PORTAL_DENIED] = MESSAGE_DENIED,
	[PORTAL_NOT_ALLOWED] = MESSAGE_NOT_ALLOWED,
	[PORTAL_OWNER_PREMIUM] = MESSAGE_OWNER_PREMIUM,
	[PORTAL_SPOTIFY_DOWN] = MESSAGE_SPOTIFY_DOWN,
	[PORTAL_LIMIT] = MESSAGE_LIMIT,
	[PORTAL_NOT_INVITED] = MESSAGE_NOT_INVITED,
	[PORTAL_NOT_OFFERED] = MESSAGE_NOT_OFFERED,
	[PORTAL_WRONG_APP] = MESSAGE_WRONG_APP,
};

void
show_common(struct page *page, struct view *v)
{
	const struct portal_conf *c = &page->portal->conf;
	struct span contact = span_str(c->operator_contact);
	bool web = span_starts(contact, "https://") || span_starts(contact, "http://");

	v->n = 0;
	v->full = false;
	view_text(v, "public_url", span_str(c->public_url));
	view_text(v, "version", span_str(web_version));
	view_text(v, "operator", span_str(c->operator_name));
	view_text(v, "contact", contact);
	view_text(v, "contact_url", web || contact.n == 0 ? contact :
	    page_text(page, "mailto:%s", c->operator_contact));
	view_flag(v, "development", c->development);
	view_flag(v, "sandbox", c->sandbox);
	view_flag(v, "links", c->links);
	view_flag(v, "own_apps", c->own_apps);
	view_flag(v, "shared_app", c->shared_app);
	view_flag(v, "signed_in", page->session.n > 0);
}

/* What is left when no page can be made. */
static void
answer_bare(struct page *page)
{
	const struct reply r = {.status = 500, .media = MEDIA_TEXT};

	page_answer(page, &r, span_str("Something broke on our side. Please try again.\n"));
}

void
show_page(struct page *page, const char *file, const struct view *v, const struct reply *r)
{
	struct reply whole = *r;
	struct buf out;
	err_t err;

	whole.media = MEDIA_HTML;
	whole.cache = 0;
	buf_init(&out, PAGE_BYTES_MAX);
	err = page->broken ? ERR_NOMEM : template_render(file, v, &out);
	if (err == 0) {
		page_answer(page, &whole, buf_span(&out));
	} else {
		log_error("page_not_made", LF_STR("file", file), LF_STR("error", err_text(err)));
		answer_bare(page);
	}
	buf_free(&out);
}

void
show_message(struct page *page, enum message which, uint32_t retry_after,
    struct span detail, struct span cookie)
{
	const struct message_text *m = &messages[which];
	const struct reply r = {.status = m->status, .retry_after = retry_after,
	    .cookie1 = cookie};
	struct view v;

	show_common(page, &v);
	view_text(&v, "title", span_str(m->title));
	view_text(&v, "what", span_str(m->what));
	view_text(&v, "next", span_str(m->next));
	view_text(&v, "detail", detail);
	view_text(&v, "reason", span_str(which == MESSAGE_CLIENT_SILENT ?
	    documents_reason(page->fetch_why) : ""));
	view_text(&v, "action", span_str(m->action));
	view_text(&v, "href", span_str(m->href));
	show_page(page, "message.html", &v, &r);
}

void
show_failure(struct page *page, uint8_t why, uint32_t retry_after, struct span cookie)
{
	enum message which = MESSAGE_BROKEN;

	if (why < sizeof(message_for) / sizeof(message_for[0]) && message_for[why] != 0)
		which = message_for[why];
	if (which == MESSAGE_AWAY && retry_after == 0)
		retry_after = 5;
	/* The browser holds a cookie that opens nothing: take it back. */
	if (which == MESSAGE_SIGNED_OUT && page->session.n > 0 && cookie.n == 0)
		cookie = session_cookie(page, span_str(""));
	if (which == MESSAGE_SIGNED_OUT)
		page->session = span_str("");
	show_message(page, which, retry_after, span_str(""), cookie);
}

void
show_redirect(struct page *page, struct span location, struct span cookie1,
    struct span cookie2)
{
	const struct reply r = {.status = 303, .media = MEDIA_NONE, .location = location,
	    .cookie1 = cookie1, .cookie2 = cookie2};

	if (page->broken)
		answer_bare(page);
	else
		page_answer(page, &r, span_str(""));
}
