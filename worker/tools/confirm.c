/* Asking before a destructive step; see confirm.h. */
#include "config.h"

#include <stdio.h>

#include "shared/json/json.h"
#include "worker/spotify/field.h"
#include "worker/spotify/text.h"
#include "worker/tools/ask.h"
#include "worker/tools/confirm.h"

#define KEY "sure"
#define QUESTION_BYTES 600

/* A form without fields: it is accepted or it is not.  Names in the question are
 * others' text, and it may have been cut in the middle of a character. */
static struct json_object *
form(const char *question)
{
	struct json_object *o = json_object_new_object(), *schema;
	struct buf clean;
	err_t err;

	buf_init(&clean, 2 * QUESTION_BYTES);
	err = text_clean(span_str(question), QUESTION_BYTES, &clean);
	if (err == 0)
		err = json_add_str(o, "message", buf_span(&clean));
	buf_free(&clean);
	schema = field_add_obj(o, "requestedSchema");
	if (err == 0 && schema == NULL)
		err = ERR_NOMEM;
	if (err == 0)
		err = json_add_text(schema, "type", "object");
	if (err == 0 && field_add_obj(schema, "properties") == NULL)
		err = ERR_NOMEM;
	if (err == 0)
		return o;
	json_object_put(o);
	return NULL;
}

bool
call_confirmed(struct call *c, const char *fmt, ...)
{
	struct json_object *answer;
	char question[QUESTION_BYTES];
	va_list ap;

	if (!call_can(c, CAP_ELICIT_FORM))
		return true;
	va_start(ap, fmt);
	(void)vsnprintf(question, sizeof(question), fmt, ap);
	va_end(ap);
	call_ask(c, KEY, ASK_ELICIT, form(question));
	answer = call_answer(c, KEY);
	if (answer == NULL) {
		call_wait(c, span_of(NULL, 0));
		return false;
	}
	if (span_is(field_str(answer, "action"), "accept"))
		return true;
	call_fail(c, "The user was asked and did not agree, so nothing was changed. Do not try again "
	    "unless the user asks for it.");
	return false;
}
