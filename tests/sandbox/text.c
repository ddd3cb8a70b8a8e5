/* Growing text and formatted copies; knows nothing of HTTP or JSON. */
#include "config.h"

#include "text.h"

#include <errno.h>
#include <stdarg.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

void *text_must(void *p)
{
	if (p == NULL) {
		fputs("sandbox: out of memory\n", stderr);
		abort();
	}
	return p;
}

void text_add_bytes(struct text *t, const char *data, size_t length)
{
	if (t->length + length + 1 > t->room) {
		size_t room = t->room == 0 ? 256 : t->room;
		while (room < t->length + length + 1)
			room *= 2;
		t->data = text_must(realloc(t->data, room));
		t->room = room;
	}
	memcpy(t->data + t->length, data, length);
	t->length += length;
	t->data[t->length] = '\0';
}

void text_add(struct text *t, const char *s)
{
	text_add_bytes(t, s, strlen(s));
}

static char *format_list(const char *format, va_list list)
	__attribute__((format(printf, 1, 0)));

static char *format_list(const char *format, va_list list)
{
	char *s = NULL;
	if (vasprintf(&s, format, list) < 0)
		s = NULL;
	return text_must(s);
}

void text_addf(struct text *t, const char *format, ...)
{
	va_list list;
	va_start(list, format);
	char *s = format_list(format, list);
	va_end(list);
	text_add(t, s);
	free(s);
}

void text_add_html(struct text *t, const char *s)
{
	for (; *s != '\0'; s++) {
		switch (*s) {
		case '&': text_add(t, "&amp;"); break;
		case '<': text_add(t, "&lt;"); break;
		case '>': text_add(t, "&gt;"); break;
		case '"': text_add(t, "&quot;"); break;
		case '\'': text_add(t, "&#39;"); break;
		default: text_add_bytes(t, s, 1); break;
		}
	}
}

void text_add_query(struct text *t, const char *s)
{
	static const char plain[] = "ABCDEFGHIJKLMNOPQRSTUVWXYZabcdefghijklmnopqrstuvwxyz"
				    "0123456789-._~";
	for (; *s != '\0'; s++) {
		if (strchr(plain, *s) != NULL)
			text_add_bytes(t, s, 1);
		else
			text_addf(t, "%%%02X", (unsigned)(unsigned char)*s);
	}
}

void text_free(struct text *t)
{
	free(t->data);
	*t = (struct text){ 0 };
}

char *text_format(const char *format, ...)
{
	va_list list;
	va_start(list, format);
	char *s = format_list(format, list);
	va_end(list);
	return s;
}

char *text_copy(const char *s)
{
	return text_must(strdup(s));
}

bool text_begins(const char *s, const char *prefix)
{
	return strncmp(s, prefix, strlen(prefix)) == 0;
}

bool text_has_word(const char *list, const char *word)
{
	size_t length = strlen(word);
	while (list != NULL && *list != '\0') {
		list += strspn(list, " ");
		size_t n = strcspn(list, " ");
		if (n == length && n > 0 && memcmp(list, word, n) == 0)
			return true;
		list += n;
	}
	return false;
}

bool text_number(const char *s, long long *value)
{
	if (s == NULL || *s == '\0' || strspn(s + (*s == '-'), "0123456789") != strlen(s + (*s == '-')))
		return false;
	char *end = NULL;
	errno = 0;
	long long n = strtoll(s, &end, 10);
	if (errno != 0 || end == s || *end != '\0')
		return false;
	*value = n;
	return true;
}
