/*
 * The configuration file and the environment; see file.h.  Knows the table of
 * options (options.h), nothing of what an option does.
 *
 * libinih splits lines; it joins indented lines to the one before, cuts lines
 * at its own limit and tells no line numbers, so the reader given to it takes
 * care of all three.
 */
#include "config.h"

#include <ctype.h>
#include <errno.h>
#include <ini.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "shared/conf/file.h"

#define VALUES_MAX (256 * 1024)

extern char **environ;

/* One value and where it came from. */
struct setting {
	char *value;      /* owned; NULL while unset */
	int line;         /* 0: from the environment or preset */
	bool bad;         /* its own check failed */
};

struct reading {
	const char *path;
	FILE *file;
	int line;
	struct setting set[CONF_OPTIONS_MAX];
	struct buf *errors;
	bool wrong;
	err_t err;        /* what stopped the reading: ERR_NOMEM */
};

/* Adds one line to the report; a report that is full says no more. */
static void __attribute__((format(printf, 3, 4)))
complain(struct reading *r, int line, const char *fmt, ...)
{
	char text[600];
	va_list ap;
	err_t err;

	va_start(ap, fmt);
	(void)vsnprintf(text, sizeof(text), fmt, ap);
	va_end(ap);
	r->wrong = true;
	if (line > 0)
		err = buf_printf(r->errors, "%s:%d: %s\n", r->path, line, text);
	else
		err = buf_printf(r->errors, "%s\n", text);
	if (err == ERR_NOMEM)
		r->err = err;
}

static void
take(struct reading *r, size_t i, const char *value, int line)
{
	char *copy = strdup(value);

	if (copy == NULL) {
		r->err = ERR_NOMEM;
		return;
	}
	free(r->set[i].value);
	r->set[i].value = copy;
	r->set[i].line = line;
}

/* Called by libinih for each "name = value". */
static int
on_value(void *user, const char *section, const char *name, const char *value)
{
	struct reading *r = user;
	size_t i;

	if (section[0] == '\0')
		complain(r, r->line, "%s stands before the first [section]", name);
	else if (!conf_section_known(section))
		complain(r, r->line, "there is no section [%s]", section);
	else if (conf_option_find(section, name, &i) != 0)
		complain(r, r->line, "%s.%s is not an option", section, name);
	else if (r->set[i].value != NULL)
		complain(r, r->line, "%s.%s is set twice (first in line %d); once is allowed",
		    section, name, r->set[i].line);
	else
		take(r, i, value, r->line);
	return 1;
}

/* Looks at a line that libinih could not read; empties it then. */
static void
check_line(struct reading *r, char *line)
{
	size_t n = strlen(line);

	if (line[0] == '\0' || line[0] == ';' || line[0] == '#')
		return;
	if (line[0] == '[') {
		if (strchr(line, ']') != NULL && n < 50)
			return;
		complain(r, r->line, "a section is written [name]");
	} else if (strpbrk(line, "=:") == NULL) {
		complain(r, r->line, "a line is \"name = value\", [section] or a comment "
		    "that begins with # or ;");
	} else if (strcspn(line, "=:") >= 50) {
		complain(r, r->line, "the name before = is too long to be an option's");
	} else {
		return;
	}
	line[0] = '\0';
}

/* The reader given to libinih: one whole line, not indented, each time. */
static char *
read_line(char *out, int room, void *stream)
{
	struct reading *r = stream;
	char *text = NULL, *start;
	size_t size = 0, n;
	ssize_t got;

	got = getline(&text, &size, r->file);
	if (got < 0 || r->err != 0) {
		/* Neither the end nor a fault of the file: no memory for the line. */
		if (got < 0 && !feof(r->file) && !ferror(r->file))
			r->err = ERR_NOMEM;
		free(text);
		return NULL;
	}
	r->line++;
	if (memchr(text, 0, (size_t)got) != NULL) {
		complain(r, r->line, "the line holds a NUL byte");
		text[0] = '\0';
	}
	if (r->line == 1 && strncmp(text, "\xef\xbb\xbf", 3) == 0)
		memset(text, ' ', 3);   /* a byte order mark */
	start = text + strspn(text, " \t\r\n");
	for (n = strlen(start); n > 0 && strchr(" \t\r\n", start[n - 1]) != NULL; n--)
		start[n - 1] = '\0';
	if (strlen(start) + 2 > (size_t)room) {
		if (start[0] != '#' && start[0] != ';')
			complain(r, r->line, "the line is longer than %d bytes; a longer value can be "
			    "given in the environment (TONEARM_SECTION_NAME)", room - 2);
		start[0] = '\0';
	}
	check_line(r, start);
	(void)snprintf(out, (size_t)room, "%s\n", start);
	free(text);
	return out;
}

static err_t
read_file(struct reading *r)
{
	if (r->path == NULL)
		return 0;
	r->file = fopen(r->path, "re");
	if (r->file == NULL) {
		complain(r, 0, "cannot open the configuration %s: %s", r->path, strerror(errno));
		return ERR_NOTFOUND;
	}
	if (ini_parse_stream(read_line, r, on_value, r) != 0)
		complain(r, 0, "%s cannot be read as a configuration", r->path);
	if (ferror(r->file) != 0)
		complain(r, 0, "cannot read %s: %s", r->path, strerror(errno));
	(void)fclose(r->file);
	return r->err;
}

/* "TONEARM_SERVER_LISTEN" for server.listen. */
static void
variable_name(const struct conf_option *o, char *out, size_t room)
{
	size_t i;

	(void)snprintf(out, room, "TONEARM_%s_%s", o->section, o->name);
	for (i = 0; out[i] != '\0'; i++)
		out[i] = (char)toupper((unsigned char)out[i]);
}

/* A variable that begins with a section's name but names no option is taken
 * for a slip of the pen; TONEARM_ANYTHING_ELSE is somebody else's. */
static void
check_variables(struct reading *r)
{
	char name[128];
	size_t i;
	char **e;

	for (e = environ; e != NULL && *e != NULL; e++) {
		size_t n = strcspn(*e, "="), section;
		bool near = false, exact = false;

		for (i = 0; i < conf_options_n && strncmp(*e, "TONEARM_", 8) == 0; i++) {
			variable_name(&conf_options[i], name, sizeof(name));
			section = 8 + strlen(conf_options[i].section) + 1;
			near = near || strncmp(*e, name, section) == 0;
			exact = exact || (strlen(name) == n && strncmp(*e, name, n) == 0);
		}
		if (near && !exact)
			complain(r, 0, "the environment variable %.*s names no option", (int)n, *e);
	}
}

static void
read_environment(struct reading *r)
{
	char name[128];
	const char *value;
	size_t i;

	for (i = 0; i < conf_options_n; i++) {
		variable_name(&conf_options[i], name, sizeof(name));
		value = getenv(name);
		if (value != NULL)
			take(r, i, value, 0);
	}
	check_variables(r);
}

static void
check_values(struct reading *r)
{
	const char *why = "";
	size_t i;

	for (i = 0; i < conf_options_n && r->err == 0; i++) {
		const struct conf_option *o = &conf_options[i];
		struct setting *s = &r->set[i];

		if (s->value == NULL && o->preset == NULL) {
			s->bad = true;
			complain(r, 0, "%s.%s is not set and has no default. %s",
			    o->section, o->name, o->about);
		} else if (s->value == NULL) {
			take(r, i, o->preset, 0);
		} else if (conf_option_check(o, s->value, &why) != 0) {
			s->bad = true;
			if (o->kind == CONF_INT)
				complain(r, s->line, "%s.%s: \"%s\" is not a whole number from %lld to %lld",
				    o->section, o->name, s->value, (long long)o->least, (long long)o->most);
			else if (o->kind == CONF_WORD)
				complain(r, s->line, "%s.%s: \"%s\" is none of %s",
				    o->section, o->name, s->value, o->words);
			else if (o->kind == CONF_TEXT)
				complain(r, s->line, "%s.%s: %s", o->section, o->name, why);
			else
				complain(r, s->line, "%s.%s: \"%s\": %s", o->section, o->name, s->value, why);
		}
	}
}

static const struct setting *
setting(const struct reading *r, const char *section, const char *name)
{
	size_t i = 0;

	if (conf_option_find(section, name, &i) != 0 || r->set[i].bad)
		return NULL;
	return &r->set[i];
}

/* Spotify is never asked in the clear, except for a stand-in on this machine. */
static void
check_spotify_url(struct reading *r, const char *name)
{
	const struct setting *s = setting(r, "spotify", name);
	const struct setting *sandbox = setting(r, "spotify", "sandbox");
	struct conf_url u;

	if (s == NULL || conf_url_parse(s->value, &u) != 0 || u.https)
		return;
	if (sandbox == NULL || strcmp(sandbox->value, "yes") != 0)
		complain(r, s->line, "spotify.%s: \"%s\" must be https; plain http is allowed only "
		    "with spotify.sandbox = yes on 127.0.0.1 or [::1]", name, s->value);
	else if (!conf_host_loopback(u.host))
		complain(r, s->line, "spotify.%s: \"%s\" is plain http, so its host must be a "
		    "loopback address in digits (127.0.0.1 or [::1])", name, s->value);
}

/* What a stranger names is on the public internet, but for tests. */
static void
check_documents(struct reading *r)
{
	const struct setting *s = setting(r, "clients", "documents_loopback");
	const struct setting *sandbox = setting(r, "spotify", "sandbox");

	if (s != NULL && strcmp(s->value, "yes") == 0 &&
	    (sandbox == NULL || strcmp(sandbox->value, "yes") != 0))
		complain(r, s->line, "clients.documents_loopback: yes is allowed only with "
		    "spotify.sandbox = yes");
}

static int64_t
number(const struct reading *r, const char *section, const char *name)
{
	const struct setting *s = setting(r, section, name);

	return s == NULL ? -1 : strtoll(s->value, NULL, 10);
}

/* What no single value can tell. */
static void
check_together(struct reading *r)
{
	int64_t roles = number(r, "server", "role_user_base");
	int64_t base = number(r, "server", "worker_uid_base");
	int64_t count = number(r, "server", "worker_uid_count");
	int64_t most = number(r, "limits", "workers_max");
	int64_t blank = number(r, "limits", "blank_workers");

	check_spotify_url(r, "api_url");
	check_spotify_url(r, "accounts_url");
	check_documents(r);
	if (roles > 0 && base > 0 && count > 0 && roles + ROLE_UIDS > base &&
	    roles < base + count)
		complain(r, 0, "server.role_user_base: its %d ids (%lld to %lld) overlap the "
		    "workers' (%lld to %lld)", ROLE_UIDS, (long long)roles, (long long)roles + ROLE_UIDS - 1,
		    (long long)base, (long long)(base + count - 1));
	if (most > 0 && count > 0 && most > count)
		complain(r, 0, "limits.workers_max (%lld) must not exceed server.worker_uid_count "
		    "(%lld)", (long long)most, (long long)count);
	if (most > 0 && blank > 0 && blank >= most)
		complain(r, 0, "limits.blank_workers (%lld) must be less than limits.workers_max "
		    "(%lld)", (long long)blank, (long long)most);
}

static err_t
make_values(const struct reading *r, struct conf *out)
{
	struct buf text;
	size_t i;
	err_t err = 0;

	buf_init(&text, VALUES_MAX);
	for (i = 0; i < conf_options_n && err == 0; i++)
		err = buf_printf(&text, "%s.%s=%s\n", conf_options[i].section,
		    conf_options[i].name, r->set[i].value);
	if (err == 0)
		err = conf_values_parse(&out->values, buf_span(&text));
	buf_free(&text);
	return err;
}

err_t
conf_load(const char *path, struct conf *out, struct buf *errors)
{
	struct reading *r = calloc(1, sizeof(*r));
	size_t i;
	err_t err;

	if (r == NULL)
		return ERR_NOMEM;
	r->path = path;
	r->errors = errors;
	err = read_file(r);
	if (err != 0)
		goto out;
	read_environment(r);
	check_values(r);
	if (r->err == 0)
		check_together(r);
	err = r->err != 0 ? r->err : r->wrong ? ERR_CONFIG : make_values(r, out);
out:
	for (i = 0; i < conf_options_n; i++) {
		if (r->set[i].value != NULL)
			explicit_bzero(r->set[i].value, strlen(r->set[i].value));
		free(r->set[i].value);
	}
	free(r);
	return err;
}

void
conf_free(struct conf *c)
{
	conf_values_free(&c->values);
}

err_t
conf_take_live(struct conf *c, const struct conf *fresh, size_t *changed)
{
	struct conf_values merged = {0};
	struct buf text;
	size_t i;
	err_t err = 0;

	*changed = 0;
	buf_init(&text, VALUES_MAX);
	for (i = 0; i < conf_options_n && err == 0; i++) {
		const char *now = c->values.value[i], *then = fresh->values.value[i];

		if (!conf_options[i].live && strcmp(now, then) != 0)
			++*changed;
		err = buf_printf(&text, "%s=%s\n", c->values.name[i], conf_options[i].live ? then : now);
	}
	if (err == 0)
		err = conf_values_parse(&merged, buf_span(&text));
	buf_free(&text);
	if (err == 0) {
		conf_values_free(&c->values);
		c->values = merged;
	}
	return err;
}

err_t
conf_text_for(const struct conf *c, enum conf_program program, struct buf *out)
{
	size_t i;
	err_t err = 0;

	for (i = 0; i < conf_options_n && err == 0; i++)
		if ((conf_options[i].programs & (unsigned)program) != 0)
			err = buf_printf(out, "%s=%s\n", c->values.name[i], c->values.value[i]);
	return err;
}

/* A comment of at most 76 columns. */
static err_t
put_comment(struct buf *out, const char *text)
{
	err_t err = 0;

	while (err == 0 && *text != '\0') {
		size_t n = strlen(text), cut = n;

		if (n > 74) {
			for (cut = 74; cut > 0 && text[cut] != ' '; cut--)
				;
			if (cut == 0)
				cut = strcspn(text, " ");
		}
		err = buf_printf(out, "# %.*s\n", (int)cut, text);
		text += cut;
		text += strspn(text, " ");
	}
	return err;
}

static err_t
put_option(struct buf *out, const struct conf_option *o)
{
	err_t err = put_comment(out, o->about);

	if (err == 0 && o->kind == CONF_INT)
		err = buf_printf(out, "# %lld to %lld.%s\n", (long long)o->least,
		    (long long)o->most, o->live ? " Applied on SIGHUP." : "");
	else if (err == 0 && o->kind == CONF_WORD)
		err = buf_printf(out, "# One of %s.%s\n", o->words, o->live ? " Applied on SIGHUP." : "");
	if (err == 0)
		err = o->preset == NULL || *o->preset == '\0' ? buf_printf(out, "#%s =\n\n", o->name) :
		    buf_printf(out, "#%s = %s\n\n", o->name, o->preset);
	return err;
}

err_t
conf_sample(struct buf *out)
{
	const char *section = "";
	size_t i;
	err_t err;

	err = buf_put_str(out,
	    "# Configuration of tonearmd.  A line that begins with # or ; is a comment, and\n"
	    "# so is what follows a blank and a semicolon.  What is commented out below shows\n"
	    "# the default; spotify.client_id has none and must be set.  The environment variable\n"
	    "# TONEARM_SECTION_NAME (TONEARM_SERVER_LISTEN) overrides an option.\n\n");
	for (i = 0; i < conf_options_n && err == 0; i++) {
		if (strcmp(section, conf_options[i].section) != 0) {
			section = conf_options[i].section;
			err = buf_printf(out, "[%s]\n", section);
		}
		if (err == 0)
			err = put_option(out, &conf_options[i]);
	}
	return err;
}
