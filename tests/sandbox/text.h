/* Growing text and formatted copies. A stand-in for tests has nothing useful
 * to do without memory, so these stop the program when there is none; callers
 * never see a null pointer. */
#ifndef SANDBOX_TEXT_H
#define SANDBOX_TEXT_H

#include <stdbool.h>
#include <stddef.h>

struct text {
	char *data; /* always ended by a zero once something was added */
	size_t length;
	size_t room;
};

/* Adds length bytes of data. */
void text_add_bytes(struct text *t, const char *data, size_t length);

/* Adds a zero-ended string. */
void text_add(struct text *t, const char *s);

/* Adds a formatted string. */
void text_addf(struct text *t, const char *format, ...)
	__attribute__((format(printf, 2, 3)));

/* Adds s with the five HTML characters written as entities. */
void text_add_html(struct text *t, const char *s);

/* Adds s as one percent-encoded query or form value. */
void text_add_query(struct text *t, const char *s);

/* Frees what t holds and empties it. */
void text_free(struct text *t);

/* A formatted copy; the caller frees it. */
char *text_format(const char *format, ...) __attribute__((format(printf, 1, 2)));

/* A copy of s; the caller frees it. */
char *text_copy(const char *s);

/* p itself; stops the program when p is null. */
void *text_must(void *p);

/* Whether s begins with prefix. */
bool text_begins(const char *s, const char *prefix);

/* Whether the space-separated list holds the word. */
bool text_has_word(const char *list, const char *word);

/* Reads a whole decimal number; false when s is not exactly that. */
bool text_number(const char *s, long long *value);

#endif
