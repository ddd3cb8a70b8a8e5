/* Answers for programs; see oauth_answer.h. */
#include "config.h"

#include "master/portal/oauth_answer.h"
#include "shared/base/log.h"
#include "shared/ipc/words.h"
#include "shared/json/json.h"

#define ANSWER_MAX 65536

void
oauth_empty(struct page *page, uint16_t status)
{
	const struct reply r = {.status = status, .media = MEDIA_NONE, .cors = 1};

	page_answer(page, &r, span_str(""));
}

static void
answer_json(struct page *page, const struct reply *r, struct json_object *object,
    struct span members)
{
	struct reply bare = {.status = 500, .media = MEDIA_JSON, .cors = 1};
	struct buf text;
	err_t err = ERR_NOMEM;

	buf_init(&text, ANSWER_MAX);
	if (object != NULL && !page->broken)
		err = json_write(&text, object);
	json_object_put(object);
	if (err == 0 && members.n > 0) {
		buf_cut(&text, text.len - 1);
		err = buf_put_str(&text, text.len > 1 ? "," : "");
		if (err == 0)
			err = buf_put_span(&text, members);
		if (err == 0)
			err = buf_put_byte(&text, '}');
	}
	if (err == 0)
		page_answer(page, r, buf_span(&text));
	else
		page_answer(page, &bare, span_str("{\"error\":\"server_error\"}"));
	buf_free(&text);
}

void
oauth_answer(struct page *page, uint16_t status, struct json_object *object)
{
	const struct reply r = {.status = status, .media = MEDIA_JSON, .cors = 1};

	answer_json(page, &r, object, span_str(""));
}

void
oauth_answer_with(struct page *page, uint16_t status, struct json_object *object,
    struct span members)
{
	const struct reply r = {.status = status, .media = MEDIA_JSON, .cors = 1};

	answer_json(page, &r, object, members);
}

void
oauth_answer_kept(struct page *page, struct json_object *object)
{
	const struct reply r = {.status = 200, .media = MEDIA_JSON, .cors = 1, .cache = 1};

	answer_json(page, &r, object, span_str(""));
}

static void
answer_error(struct page *page, const struct reply *r, const char *error, const char *what)
{
	struct json_object *o = json_object_new_object();

	if (o != NULL && (json_add_text(o, "error", error) != 0 ||
	    json_add_text(o, "error_description", what) != 0)) {
		json_object_put(o);
		o = NULL;
	}
	log_info("oauth_refused", LF_SPAN("route", page->path), LF_UINT("status", r->status),
	    LF_STR("error", error));
	answer_json(page, r, o, span_str(""));
}

void
oauth_error(struct page *page, uint16_t status, const char *error, const char *what)
{
	const struct reply r = {.status = status, .media = MEDIA_JSON, .cors = 1};

	answer_error(page, &r, error, what);
}

void
oauth_bad_client(struct page *page, const char *what)
{
	const struct reply r = {.status = 401, .media = MEDIA_JSON, .cors = 1,
	    .basic = page->authorization.n > 0};

	answer_error(page, &r, "invalid_client", what);
}

void
oauth_method(struct page *page, uint8_t allow)
{
	const struct reply r = {.status = 405, .media = MEDIA_JSON, .cors = 1, .allow = allow};

	answer_error(page, &r, "invalid_request", "this method is not offered here");
}

void
oauth_busy(struct page *page, uint32_t wait_s)
{
	const struct reply r = {.status = 429, .media = MEDIA_JSON, .cors = 1, .retry_after = wait_s};

	answer_error(page, &r, "temporarily_unavailable", "too many requests from this address");
}

void
oauth_failed(struct page *page, uint8_t why, uint32_t retry_after)
{
	struct reply r = {.status = 503, .media = MEDIA_JSON, .cors = 1,
	    .retry_after = retry_after > 0 ? retry_after : 5};

	switch (why) {
	case PORTAL_OAUTH_CLIENT:
		oauth_bad_client(page, "this client is not known here, or its secret is wrong");
		break;
	case PORTAL_OAUTH_GRANT:
		oauth_error(page, 400, "invalid_grant", "the code or refresh token is not valid "
		    "(any more), or is another client's");
		break;
	case PORTAL_OAUTH_SCOPE:
		oauth_error(page, 400, "invalid_scope", "more is asked for than was granted");
		break;
	case PORTAL_LIMIT:
		r.status = 429;
		answer_error(page, &r, "temporarily_unavailable", "there are too many of these");
		break;
	case PORTAL_UNAVAILABLE:
		answer_error(page, &r, "temporarily_unavailable", "ask again in a moment");
		break;
	default:
		oauth_error(page, 500, "server_error", "this could not be worked out");
		break;
	}
}
