/* Name and value pairs of a query or a form. Knows no HTTP. */
#ifndef SANDBOX_PARAMS_H
#define SANDBOX_PARAMS_H

#include <stddef.h>

#define PARAMS_MAX 48

struct params {
	size_t count;
	char *key[PARAMS_MAX];
	char *value[PARAMS_MAX];
};

/* Reads length bytes of application/x-www-form-urlencoded text into p, which
 * must be empty; pairs beyond PARAMS_MAX are dropped. */
void params_parse(struct params *p, const char *text, size_t length);

/* The first value of that name, borrowed, or null. */
const char *params_get(const struct params *p, const char *key);

/* Decodes %XX in place, and + as a space when plus is not 0; returns s. */
char *params_decode(char *s, int plus);

void params_free(struct params *p);

#endif
