/* Options of one program; see values.h. */
#include "config.h"

#include <errno.h>
#include <stdlib.h>
#include <string.h>

#include "shared/conf/values.h"

static err_t
split_lines(struct conf_values *v)
{
	char *line = v->text, *next, *eq;

	for (; *line != '\0'; line = next) {
		next = strchr(line, '\n');
		if (next == NULL)
			return ERR_SYNTAX;
		*next++ = '\0';
		eq = strchr(line, '=');
		if (eq == NULL || eq == line)
			return ERR_SYNTAX;
		if (v->n == CONF_OPTIONS_MAX)
			return ERR_LIMIT;
		*eq = '\0';
		v->name[v->n] = line;
		v->value[v->n++] = eq + 1;
	}
	return 0;
}

err_t
conf_values_parse(struct conf_values *out, struct span text)
{
	struct conf_values v = {0};
	err_t err;

	if (text.n > 0 && memchr(text.p, 0, text.n) != NULL)
		return ERR_SYNTAX;
	v.text = malloc(text.n + 1);
	if (v.text == NULL)
		return ERR_NOMEM;
	if (text.n > 0)
		memcpy(v.text, text.p, text.n);
	v.text[text.n] = '\0';
	err = split_lines(&v);
	if (err != 0) {
		free(v.text);
		return err;
	}
	*out = v;
	return 0;
}

void
conf_values_free(struct conf_values *v)
{
	free(v->text);
	memset(v, 0, sizeof(*v));
}

const char *
conf_str(const struct conf_values *v, const char *name)
{
	size_t i;

	for (i = 0; i < v->n; i++)
		if (strcmp(v->name[i], name) == 0)
			return v->value[i];
	return "";
}

int64_t
conf_int(const struct conf_values *v, const char *name, int64_t fallback)
{
	const char *s = conf_str(v, name);
	char *rest;
	long long n;

	errno = 0;
	n = strtoll(s, &rest, 10);
	return errno != 0 || *s == '\0' || *rest != '\0' ? fallback : n;
}

bool
conf_bool(const struct conf_values *v, const char *name)
{
	return strcmp(conf_str(v, name), "yes") == 0;
}
