/* Names of artists, compared; see artist.h. */
#include "config.h"

#include <string.h>

#include "worker/tools/artist.h"

/* What stands between the names of several. */
static const char *const between[] = {" feat. ", " feat ", " ft. ", " ft ", " featuring ", " with ",
	" & ", " and ", ", ", ",", "; ", ";", " / ", "/", " x ", " \xC3\x97 ", " vs. ", " vs ", " + ",
	" con ", " und ", " et ", " y ", " (feat. ", " (feat ", " (ft. ", " (ft ", " (with ", " [feat. ",
	" [ft. ", " pres. ", " pres ", " presents "};

/* "The Lanterns" is also "Lanterns" and "Lanterns, The". */
static void
without_article(struct normal *a)
{
	size_t i;

	if (a->n > 4 && normal_word_is(a, 0, 4, "the ")) {
		a->n -= 4;
		for (i = 0; i < a->n; i++)
			a->c[i] = a->c[i + 4];
	} else if (a->n > 4 && normal_word_is(a, a->n - 4, 4, " the"))
		a->n -= 4;
}

static err_t
name_of(struct span text, struct normal *out)
{
	err_t err = normal_of(text, out);

	without_article(out);
	return err;
}

static size_t
separator_at(struct span s, size_t i)
{
	size_t k, n;

	for (k = 0; k < sizeof(between) / sizeof(between[0]); k++) {
		n = strlen(between[k]);
		if (s.n - i > n && span_is_nocase(span_of(s.p + i, n), between[k]))
			return n;
	}
	return 0;
}

static err_t
put_name(struct artist_names *out, struct span text)
{
	struct normal *part = &out->part[out->n];
	err_t err;

	if (out->n == ARTIST_PARTS)
		return 0;
	err = name_of(text, part);
	if (err != 0 || part->n == 0 || normal_word_is(part, 0, part->n, "the"))
		return err;
	if (out->n++ == 0)
		out->first = text;
	return 0;
}

err_t
artist_names(struct span text, struct artist_names *out)
{
	size_t i, from = 0, n;
	err_t err;

	out->n = 0;
	out->first = text;
	err = name_of(text, &out->whole);
	for (i = 1; i < text.n && err == 0; i++) {
		n = separator_at(text, i);
		if (n == 0 || i <= from)
			continue;
		err = put_name(out, span_of(text.p + from, i - from));
		from = i + n;
		i = from - 1;
	}
	if (err == 0 && from < text.n)
		err = put_name(out, span_of(text.p + from, text.n - from));
	return err;
}

/* Does a hold b as whole words? */
static bool
holds(const struct normal *a, const struct normal *b)
{
	size_t i;

	if (b->n == 0)
		return false;
	for (i = 0; i + b->n <= a->n; i++)
		if ((i == 0 || a->c[i - 1] == ' ') &&
		    (i + b->n == a->n || a->c[i + b->n] == ' ') &&
		    memcmp(a->c + i, b->c, b->n * sizeof(b->c[0])) == 0)
			return true;
	return false;
}

/* "ada quill" and "ada quill and the lanterns": the one leads the other. */
static bool
leads(const struct normal *one, const struct normal *group)
{
	return one->n > 0 && group->n > one->n + 5 &&
	    memcmp(group->c, one->c, one->n * sizeof(one->c[0])) == 0 &&
	    (normal_word_is(group, one->n, 5, " and ") || normal_word_is(group, one->n, 5, " with"));
}

static void
better(enum artist_fit *fit, enum artist_fit other)
{
	if (other > *fit)
		*fit = other;
}

/* "Quill, Ada" is "Ada Quill". */
static bool
is_turned(const struct artist_names *w, const struct normal *name)
{
	struct normal turned;

	if (w->n != 2)
		return false;
	turned = w->part[1];
	normal_append(&turned, &w->part[0]);
	return normal_same(&turned, name);
}

/* The whole text, and its first name, against one credited name. */
static void
try_one(const struct artist_names *w, const struct normal *name, enum artist_fit *fit)
{
	unsigned typos;

	if (normal_same(&w->whole, name))
		better(fit, ARTIST_SAME);
	else if (leads(&w->whole, name) || leads(name, &w->whole) || is_turned(w, name))
		better(fit, ARTIST_MAIN);
	else if (normal_near(&w->whole, name, &typos))
		better(fit, ARTIST_NEAR);
	else if (w->n > 1 && normal_near(&w->part[0], name, &typos))
		better(fit, typos == 0 ? ARTIST_MAIN : ARTIST_NEAR);
	else if (holds(name, &w->whole) || holds(&w->whole, name))
		better(fit, ARTIST_PART);
}

err_t
artist_fit(const struct artist_names *w, const struct span *credited, size_t n,
    const struct normal *guests, enum artist_fit *out)
{
	bool seen[ARTIST_PARTS] = {false};
	enum artist_fit fit = ARTIST_OTHER;
	struct normal name, all = {.n = 0};
	size_t i, k, found = 0;
	err_t err = 0;

	for (i = 0; i < n && err == 0; i++) {
		err = name_of(credited[i], &name);
		try_one(w, &name, &fit);
		for (k = 0; k < w->n; k++)
			seen[k] = seen[k] || normal_same(&w->part[k], &name);
		normal_append(&all, &name);
	}
	for (k = 0; k < w->n; k++)
		found += seen[k] || holds(guests, &w->part[k]);
	if (found > 0 && found == w->n)
		better(&fit, ARTIST_SAME);
	else if (found > 0)
		better(&fit, ARTIST_MAIN);
	if (n > 1 && normal_same(&all, &w->whole))
		better(&fit, ARTIST_SAME);
	*out = fit;
	return err;
}

err_t
artist_others(const struct artist_names *w, const struct span *credited, size_t n,
    const struct normal *guests, bool *out)
{
	struct normal name;
	bool same = false, other = guests->n > 0;
	size_t i, k;
	err_t err = 0;

	for (k = 1; k < w->n; k++)
		same = same || holds(guests, &w->part[k]);
	for (i = 0; i < n && err == 0; i++) {
		err = name_of(credited[i], &name);
		for (k = 1; k < w->n; k++)
			same = same || holds(&name, &w->part[k]);
		other = other || n > 1;
	}
	*out = w->n > 1 && other && !same;
	return err;
}

err_t
artist_guests_fit(const struct normal *guests, const struct span *credited, size_t n,
    const struct normal *theirs, bool *out)
{
	struct normal name;
	size_t i;
	err_t err = 0;

	*out = guests->n == 0 || holds(theirs, guests) || holds(guests, theirs);
	for (i = 0; i < n && err == 0 && !*out; i++) {
		err = name_of(credited[i], &name);
		*out = holds(guests, &name);
	}
	return err;
}
