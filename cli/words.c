/* The words behind a command; see words.h. */
#include "config.h"

#include <stdio.h>
#include <string.h>
#include <time.h>
#include <unistd.h>

#include "cli/say.h"
#include "cli/when.h"
#include "cli/words.h"

/* The value of option `name` at word *i ("--user U" or "--user=U"); NULL: the
 * word is another one.  "" : its value is missing. */
static const char *
value_of(const struct command_args *a, int *i, const char *name)
{
	const char *word = a->argv[*i];
	size_t n = strlen(name);

	if (strncmp(word, name, n) != 0 || (word[n] != '\0' && word[n] != '='))
		return NULL;
	if (word[n] == '=')
		return word + n + 1;
	return *i + 1 < a->argc ? a->argv[++*i] : "";
}

static bool
read_since(const char *text, struct words *w)
{
	if (when_read(text, &w->since) != 0) {
		say_error("'%s' is no time", text);
		say_hint("Say 2026-11-22T10:00 (local time, or with Z or +01:00), or seconds since 1970.");
		return false;
	}
	if (w->since > (int64_t)time(NULL)) {
		say_error("%s is still to come", text);
		return false;
	}
	return w->has_since = true;
}

/* --all and its like.  0: none of them; -1: wrong. */
static int
read_scope(const struct command_args *a, int *i, struct words *w)
{
	const char *value;

	if (strcmp(a->argv[*i], "--all") == 0) {
		w->all = true;
		return 1;
	}
	value = value_of(a, i, "--active-since");
	if (value != NULL)
		return *value != '\0' && read_since(value, w) ? 1 : -1;
	value = value_of(a, i, "--user");
	if (value != NULL) {
		w->user = value;
		return *value != '\0' ? 1 : -1;
	}
	value = value_of(a, i, "--client");
	if (value == NULL)
		return 0;
	w->client = value;
	return *value != '\0' ? 1 : -1;
}

static bool
read_one(const struct command_args *a, int *i, unsigned may, struct words *w)
{
	const char *word = a->argv[*i];
	int scope = (may & MAY_SCOPE) == 0 ? 0 : read_scope(a, i, w);

	if (scope != 0)
		return scope > 0;
	if ((may & MAY_JSON) != 0 && strcmp(word, "--json") == 0)
		return w->json = true;
	if ((may & MAY_YES) != 0 && strcmp(word, "--yes") == 0)
		return w->yes = true;
	if ((may & (NEEDS_NAME | MAY_NAME)) == 0 || w->name != NULL || word[0] == '-' || word[0] == '\0') {
		say_error("'%s' does not belong here", word);
		return false;
	}
	w->name = word;
	return true;
}

bool
words_read(const struct command_args *a, const char *usage, unsigned may, struct words *out)
{
	struct words w = {0};
	bool ok = true;
	int i;

	for (i = 0; ok && i < a->argc; i++)
		ok = read_one(a, &i, may, &w);
	if (ok && (may & NEEDS_NAME) != 0 && w.name == NULL) {
		say_error("something is missing");
		ok = false;
	}
	if (ok && (may & MAY_SCOPE) != 0 &&
	    w.all + w.has_since + (w.user != NULL) + (w.client != NULL) != 1) {
		say_error("say exactly one of --all, --user, --client and --active-since");
		ok = false;
	}
	if (!ok) {
		say_hint("usage: tonearm [-c FILE] %s", usage);
		return false;
	}
	*out = w;
	return true;
}

bool
words_sure(const struct words *w, const char *what, int *code)
{
	char answer[8] = "";

	if (w->yes)
		return true;
	if (isatty(STDIN_FILENO) == 0) {
		say_error("%s: not without --yes", what);
		say_hint("On a terminal you would be asked.");
		*code = EXIT_USAGE;
		return false;
	}
	(void)fprintf(stderr, "%s.\nThis cannot be undone. Go on? [y/N] ", what);
	(void)fflush(stderr);
	if (fgets(answer, sizeof(answer), stdin) != NULL &&
	    (strcmp(answer, "y\n") == 0 || strcmp(answer, "yes\n") == 0))
		return true;
	say_error("nothing was done");
	*code = EXIT_FAILED;
	return false;
}
