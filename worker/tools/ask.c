/*
 * Questions of a call and what comes back; see ask.h.  Must not know how they
 * travel.
 */
#include "config.h"

#include <stdlib.h>
#include <string.h>

#include "shared/json/json.h"
#include "worker/tools/ask.h"
#include "worker/tools/form.h"

static const char *const methods[] = {
	[ASK_ELICIT] = "elicitation/create",
	[ASK_SAMPLE] = "sampling/createMessage",
	[ASK_ROOTS] = "roots/list",
};

const char *
ask_method(enum ask_kind kind)
{
	return methods[kind];
}

static void
free_question(struct question *q)
{
	json_object_put(q->params);
	free(q->key);
	free(q);
}

static void
free_questions(struct call_rounds *r)
{
	struct question *q;

	while ((q = r->questions) != NULL) {
		r->questions = q->next;
		free_question(q);
	}
}

void
ask_free(struct call_rounds *r)
{
	free_questions(r);
	json_object_put(r->answers);
	r->answers = NULL;
	buf_free(&r->given);
	buf_free(&r->kept);
}

bool
call_can(const struct call *c, uint32_t caps)
{
	return (c->rounds.caps & caps) == caps;
}

static bool
is_page(struct json_object *params)
{
	struct span mode;

	return json_get_str(params, "mode", &mode) && span_is(mode, "url");
}

static uint32_t
capability(enum ask_kind kind, struct json_object *params)
{
	switch (kind) {
	case ASK_ELICIT:
		return is_page(params) ? CAP_ELICIT_URL : CAP_ELICIT_FORM;
	case ASK_SAMPLE:
		return CAP_SAMPLING;
	case ASK_ROOTS:
		break;
	}
	return CAP_ROOTS;
}

/* An ElicitResult; the content of an accepted form is checked. */
static bool
elicited(const struct question *q, struct json_object *a)
{
	struct span action;

	if (!json_get_str(a, "action", &action))
		return false;
	if (span_is(action, "decline") || span_is(action, "cancel"))
		return true;
	return span_is(action, "accept") && (is_page(q->params) ||
	    form_fits(json_get_obj(q->params, "requestedSchema"), json_get(a, "content")));
}

static bool
is_block(struct json_object *block)
{
	struct span type;

	return json_get_str(block, "type", &type);
}

/* A CreateMessageResult: content is a block, or since 2025-11-25 several. */
static bool
sampled(struct json_object *a)
{
	struct json_object *content = json_get(a, "content");
	struct span role, model;
	size_t i;

	if (!json_get_str(a, "role", &role) || !json_get_str(a, "model", &model) ||
	    (!span_is(role, "assistant") && !span_is(role, "user")))
		return false;
	if (!json_object_is_type(content, json_type_array))
		return is_block(content);
	for (i = 0; i < json_object_array_length(content); i++)
		if (!is_block(json_object_array_get_idx(content, i)))
			return false;
	return true;
}

static bool
listed_roots(struct json_object *a)
{
	struct json_object *roots = json_get_arr(a, "roots");
	struct span uri;
	size_t i;

	for (i = 0; roots != NULL && i < json_object_array_length(roots); i++)
		if (!json_get_str(json_object_array_get_idx(roots, i), "uri", &uri))
			return false;
	return roots != NULL;
}

/* Is there an answer, and is it one to this question? */
static bool
is_answered(const struct call *c, const struct question *q)
{
	struct json_object *a = json_get(c->rounds.answers, q->key);

	if (!json_object_is_type(a, json_type_object))
		return false;
	switch (q->kind) {
	case ASK_ELICIT:
		return elicited(q, a);
	case ASK_SAMPLE:
		return sampled(a);
	case ASK_ROOTS:
		break;
	}
	return listed_roots(a);
}

static struct question *
find(const struct call *c, const char *key)
{
	struct question *q;

	for (q = c->rounds.questions; q != NULL; q = q->next)
		if (strcmp(q->key, key) == 0)
			return q;
	return NULL;
}

/* A new question at the end of the list.  NULL: too many, or no memory. */
static struct question *
add(struct call *c, const char *key)
{
	struct question **at = &c->rounds.questions, *q;
	unsigned n = 0;

	for (; *at != NULL; at = &(*at)->next)
		n++;
	q = n < ASK_QUESTIONS ? calloc(1, sizeof(*q)) : NULL;
	if (q != NULL && (q->key = strdup(key)) == NULL) {
		free(q);
		q = NULL;
	}
	if (q != NULL)
		*at = q;
	return q;
}

void
call_ask(struct call *c, const char *key, enum ask_kind kind, struct json_object *params)
{
	struct question *q = find(c, key);

	if (q == NULL)
		q = add(c, key);
	if (q == NULL || (params == NULL && kind != ASK_ROOTS)) {
		json_object_put(params);
		c->trouble = ERR_NOMEM;
		return;
	}
	json_object_put(q->params);
	q->params = params;
	q->kind = kind;
	q->need = capability(kind, params);
	q->answered = is_answered(c, q);
}

struct json_object *
call_answer(const struct call *c, const char *key)
{
	const struct question *q = find(c, key);

	return q != NULL && q->answered ? json_get(c->rounds.answers, key) : NULL;
}

struct span
call_state(const struct call *c)
{
	return buf_span(&c->rounds.given);
}

/* What is asked and was not declared; *open: how many questions are open. */
static uint32_t
lacking(const struct call *c, unsigned *open)
{
	const struct question *q;
	uint32_t caps = 0;

	*open = 0;
	for (q = c->rounds.questions; q != NULL; q = q->next) {
		if (q->answered)
			continue;
		(*open)++;
		if (!call_can(c, q->need))
			caps |= q->need;
	}
	return caps;
}

void
call_wait(struct call *c, struct span state)
{
	struct call_rounds *r = &c->rounds;
	unsigned open;
	uint32_t caps = lacking(c, &open);

	if (c->over || r->waiting)
		return;
	if (c->trouble != 0 || c->stopped || state.n > ASK_STATE_MAX) {
		call_broken(c, c->trouble != 0 ? c->trouble : ERR_STATE);
	} else if (open == 0 && r->questions != NULL && !r->again) {
		/* The handler looked for the answers before it named the questions: now
		 * they are known. */
		r->again = true;
		call_run_again(c);
	} else if (caps != 0) {
		call_lacks(c, caps);
	} else if (open == 0 && state.n == 0) {
		call_broken(c, ERR_STATE);
	} else if (r->round + 1 >= ASK_ROUNDS) {
		call_fail(c, "This asked too often without getting the answers it needs; it was "
		    "given up and nothing was changed.");
	} else if (c->hooks.asks == NULL) {
		call_fail(c, "This needs an answer from the person, and there is no way to ask for "
		    "it now. Nothing was changed.");
	} else {
		buf_clear(&r->kept);
		if (buf_put_span(&r->kept, state) != 0)
			call_broken(c, ERR_NOMEM);
		else
			call_rest(c);
	}
}

struct json_object *
ask_kept_answers(const struct call_rounds *r)
{
	struct json_object *kept = json_object_new_object();
	const struct question *q;

	for (q = r->questions; kept != NULL && q != NULL; q = q->next) {
		if (!q->answered || json_add(kept, q->key,
		    json_object_get(json_get(r->answers, q->key))) == 0)
			continue;
		json_object_put(kept);
		kept = NULL;
	}
	return kept;
}

void
call_go_on(struct call *c, struct json_object *answers)
{
	struct call_rounds *r = &c->rounds;
	struct json_object *kept;
	struct json_object_iter it;
	err_t err = 0;

	if (!r->waiting || c->over) {
		json_object_put(answers);
		return;
	}
	kept = ask_kept_answers(r);
	if (answers != NULL)
		json_object_object_foreachC(answers, it)
			if (err == 0 && it.val != NULL)
				err = json_add(kept, it.key, json_object_get(it.val));
	json_object_put(answers);
	free_questions(r);
	json_object_put(r->answers);
	r->answers = kept;
	buf_clear(&r->given);
	r->round++;
	r->again = false;
	if (err != 0 || kept == NULL || buf_put_span(&r->given, buf_span(&r->kept)) != 0)
		call_broken(c, ERR_NOMEM);
	else
		call_run_again(c);
}

static const struct {
	uint32_t cap;
	const char *words;
} known[] = {
	{CAP_ELICIT_FORM, "forms (elicitation)"},
	{CAP_ELICIT_URL, "links to pages (elicitation in URL mode)"},
	{CAP_SAMPLING, "questions to its model (sampling)"},
	{CAP_ROOTS, "its folders (roots)"},
	{CAP_APPS, "MCP Apps"},
	{CAP_TASKS, "tasks"},
};

void
call_lacks(struct call *c, uint32_t caps)
{
	void (*lacks)(struct call *, uint32_t, void *) = c->hooks.lacks;
	const char *between = "";
	size_t i;

	if (c->over)
		return;
	if (lacks != NULL) {
		/* It answers in place of a result. */
		c->failed = true;
		call_quiet(c);
		lacks(c, caps, c->arg);
		call_done(c);
		return;
	}
	call_fail(c, "This client cannot do what this needs: ");
	for (i = 0; i < sizeof(known) / sizeof(known[0]); i++) {
		if ((caps & known[i].cap) == 0)
			continue;
		call_text(c, "%s%s", between, known[i].words);
		between = ", ";
	}
	call_text(c, ". Nothing was changed; use a client that has it.");
}

/* {name:{...}} with another object inside, or without. */
static err_t
add_capability(struct json_object *o, const char *name, const char *inside)
{
	struct json_object *inner = json_get_obj(o, name);

	if (inner == NULL) {
		inner = json_object_new_object();
		if (json_add(o, name, inner) != 0)
			return ERR_NOMEM;
	}
	return inside == NULL ? 0 : json_add(inner, inside, json_object_new_object());
}

struct json_object *
ask_capabilities(uint32_t caps)
{
	struct json_object *o = json_object_new_object();
	err_t err = o == NULL ? ERR_NOMEM : 0;

	/* An empty elicitation stands for forms (EL-3). */
	if (err == 0 && (caps & CAP_ELICIT_FORM) != 0)
		err = add_capability(o, "elicitation",
		    (caps & CAP_ELICIT_URL) != 0 ? "form" : NULL);
	if (err == 0 && (caps & CAP_ELICIT_URL) != 0)
		err = add_capability(o, "elicitation", "url");
	if (err == 0 && (caps & CAP_SAMPLING) != 0)
		err = add_capability(o, "sampling", NULL);
	if (err == 0 && (caps & CAP_ROOTS) != 0)
		err = add_capability(o, "roots", NULL);
	if (err == 0 && (caps & CAP_APPS) != 0)
		err = add_capability(o, "extensions", "io.modelcontextprotocol/ui");
	if (err == 0 && (caps & CAP_TASKS) != 0)
		err = add_capability(o, "extensions", "io.modelcontextprotocol/tasks");
	if (err != 0) {
		json_object_put(o);
		return NULL;
	}
	return o;
}

void
call_log(struct call *c, enum mcp_level level, const char *logger, struct json_object *data)
{
	if (c->hooks.log != NULL && !c->over && data != NULL)
		c->hooks.log(c, level, logger, data, c->arg);
	json_object_put(data);
}

void
call_as_task(struct call *c)
{
	if (c->hooks.task != NULL && !c->over)
		c->hooks.task(c, c->arg);
}

void
call_hang_up(struct call *c, unsigned retry_ms)
{
	if (c->hooks.hang_up != NULL && !c->over)
		c->hooks.hang_up(c, retry_ms, c->arg);
}
