/*
 * The form in which titles and names of artists are compared: without case,
 * accents and punctuation, words parted by one blank.  Letters of any alphabet
 * stay what they are; nothing is transliterated.
 *
 * Case and decomposition come from libunistring: libcurl brings it into every
 * worker anyway (through libidn2).  Measured with glibc 2.36 on 6,000 titles: 36
 * KiB more private memory and 0.5 MiB of shared pages; ICU: 0.2 and 3.2 MiB.
 *
 * Must not know what a title or a track is.
 */
#ifndef TONEARM_TOOLS_NORMAL_H
#define TONEARM_TOOLS_NORMAL_H

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

#include "shared/base/err.h"
#include "shared/base/span.h"

#define NORMAL_MAX 192   /* characters; what is longer is cut */

struct normal {
	size_t n;
	uint32_t c[NORMAL_MAX];
};

/* The form of UTF-8 text.  Text of punctuation only keeps it ("!!!").  ERR_NOMEM. */
err_t normal_of(struct span text, struct normal *out) MUST_CHECK;

/* Appends a blank (if needed) and b; cut at the end of the room. */
void normal_append(struct normal *a, const struct normal *b);

/* The next word from *at on: its start and length; *at moves behind it.  false:
 * there is none. */
bool normal_word(const struct normal *a, size_t *at, size_t *start, size_t *n);

/* Is the word at start the ASCII text? */
bool normal_word_is(const struct normal *a, size_t start, size_t n, const char *text);

/* Does a hold the ASCII words of phrase ("sped up"), as whole words? */
bool normal_has(const struct normal *a, const char *phrase);

/* Same letters, blanks not counted. */
bool normal_same(const struct normal *a, const struct normal *b);

/* Do both hold the same numbers in the same order? */
bool normal_same_numbers(const struct normal *a, const struct normal *b);

/* Letters without blanks. */
size_t normal_letters(const struct normal *a);

/* How many letters must be put in, left out, changed or swapped with their
 * neighbour to make one the other, blanks not counted; most + 1 if more than
 * most, which is 8 at the most. */
unsigned normal_distance(const struct normal *a, const struct normal *b, unsigned most);

/* Are they the same but for typing mistakes?  Short texts forgive none, long ones
 * up to three; numbers must be the same.  *typos: how many; 0: they are the same. */
bool normal_near(const struct normal *a, const struct normal *b, unsigned *typos);

/* Have two texts that are near a short word with one letter changed?  That is a
 * different word more often than a mistake: night, light. */
bool normal_other_word(const struct normal *a, const struct normal *b);

#endif
