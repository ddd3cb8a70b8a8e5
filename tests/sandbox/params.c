/* Name and value pairs of a query or a form. */
#include "config.h"

#include "params.h"

#include "text.h"

#include <ctype.h>
#include <stdlib.h>
#include <string.h>

static int hex_digit(char c)
{
	if (c >= '0' && c <= '9')
		return c - '0';
	c = (char)tolower((unsigned char)c);
	return c >= 'a' && c <= 'f' ? c - 'a' + 10 : -1;
}

char *params_decode(char *s, int plus)
{
	char *out = s;
	for (const char *in = s; *in != '\0'; in++) {
		if (*in == '%' && hex_digit(in[1]) >= 0 && hex_digit(in[2]) >= 0) {
			*out++ = (char)(hex_digit(in[1]) * 16 + hex_digit(in[2]));
			in += 2;
		} else {
			*out++ = (char)(plus && *in == '+' ? ' ' : *in);
		}
	}
	*out = '\0';
	return s;
}

void params_parse(struct params *p, const char *text, size_t length)
{
	const char *end = text + length;
	while (text < end && p->count < PARAMS_MAX) {
		const char *stop = memchr(text, '&', (size_t)(end - text));
		if (stop == NULL)
			stop = end;
		if (stop > text) {
			const char *equals = memchr(text, '=', (size_t)(stop - text));
			const char *name_end = equals == NULL ? stop : equals;
			const char *value = equals == NULL ? stop : equals + 1;
			p->key[p->count] = params_decode(text_must(strndup(text, (size_t)(name_end - text))), 1);
			p->value[p->count] = params_decode(text_must(strndup(value, (size_t)(stop - value))), 1);
			p->count++;
		}
		text = stop + 1;
	}
}

const char *params_get(const struct params *p, const char *key)
{
	for (size_t i = 0; i < p->count; i++)
		if (strcmp(p->key[i], key) == 0)
			return p->value[i];
	return NULL;
}

void params_free(struct params *p)
{
	for (size_t i = 0; i < p->count; i++) {
		free(p->key[i]);
		free(p->value[i]);
	}
	p->count = 0;
}
