/* Asking before a destructive step; see confirm.h. */
#include "config.h"

#include <stdio.h>

#include "shared/json/json.h"
#include "worker/spotify/field.h"
#include "worker/tools/ask.h"
#include "worker/tools/confirm.h"

#define KEY "sure"

/* A form without fields: it is accepted or it is not. */
static struct json_object *
form(const char *question)
{
	struct json_object *o = json_object_new_object(), *schema;
	err_t err = json_add_text(o, "message", question);

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
	char question[512];
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
