/* JSON log lines on standard error; see log.h. */
#include "config.h"

#include <stdio.h>
#include <string.h>
#include <time.h>
#include <unistd.h>

#include "shared/base/log.h"

#define LINE_BYTES 2048   /* below PIPE_BUF: a line is written whole */
#define HELD_BYTES 4096   /* PIPE_BUF: so are several at once */
#define TEXT_BYTES 200

static struct {
	const char *role;
	enum log_level least;
} state = {.role = "tonearm", .least = LOG_INFO};

/* Lines that wait to be written together. */
static struct {
	void (*begun)(void *);   /* NULL: none wait */
	void *arg;
	char text[HELD_BYTES];
	size_t len;
} held;

static const char *const level_names[] = {"debug", "info", "warn", "error"};

struct line {
	char text[LINE_BYTES];
	size_t len;
};

void
log_open(const char *role, enum log_level least)
{
	state.role = role;
	state.least = least;
	/* gmtime_r reads the zone's file at its first use; behind a filter that
	 * forbids opening files that would end the program at its first line. */
	tzset();
}

bool
log_level_parse(const char *word, enum log_level *out)
{
	size_t i;

	for (i = 0; i < sizeof(level_names) / sizeof(level_names[0]); i++) {
		if (strcmp(word, level_names[i]) == 0) {
			*out = (enum log_level)i;
			return true;
		}
	}
	return false;
}

void
log_hold(void (*begun)(void *), void *arg)
{
	log_flush();
	held.begun = begun;
	held.arg = arg;
}

void
log_flush(void)
{
	size_t n = held.len;

	held.len = 0;
	if (n > 0 && write(STDERR_FILENO, held.text, n) < 0)
		return;
}

/* Writes a line, or keeps it if it may wait. */
static void
put_line(enum log_level level, const char *text, size_t n)
{
	if (held.len + n > sizeof(held.text) || level > LOG_INFO)
		log_flush();
	if (held.begun != NULL && held.len == 0 && level <= LOG_INFO)
		held.begun(held.arg);
	/* begun may have given up. */
	if (held.begun == NULL || level > LOG_INFO) {
		if (write(STDERR_FILENO, text, n) < 0)
			return;
		return;
	}
	memcpy(held.text + held.len, text, n);
	held.len += n;
}

/* Appends text while there is room, keeping space for the end of the line. */
static void
add(struct line *l, const char *text, size_t n)
{
	if (n > sizeof(l->text) - 16 - l->len)
		return;
	memcpy(l->text + l->len, text, n);
	l->len += n;
}

/* Appends outside text: cut, and everything but plain ASCII escaped. */
static void
add_escaped(struct line *l, struct span s)
{
	static const char hex[] = "0123456789abcdef";
	size_t i, n = s.n < TEXT_BYTES ? s.n : TEXT_BYTES;

	add(l, "\"", 1);
	for (i = 0; i < n; i++) {
		uint8_t c = s.p[i];
		char esc[6] = {'\\', 'u', '0', '0', hex[c >> 4], hex[c & 15]};

		if (c == '"' || c == '\\' || c < 0x20 || c >= 0x7f)
			add(l, esc, sizeof(esc));
		else
			add(l, (const char *)&c, 1);
	}
	add(l, "\"", 1);
}

static void
add_number(struct line *l, uint64_t v)
{
	char text[20];
	size_t at = sizeof(text);

	do
		text[--at] = (char)('0' + v % 10);
	while ((v /= 10) > 0);
	add(l, text + at, sizeof(text) - at);
}

static void
add_text(struct line *l, const char *text)
{
	add(l, text, strlen(text));
}

/* The time; all but its milliseconds is kept for the next line. */
static void
add_time(struct line *l)
{
	static time_t second = -1;
	static char text[80];
	struct timespec now;
	struct tm tm;
	long ms;

	(void)clock_gettime(CLOCK_REALTIME, &now);
	if (now.tv_sec != second && gmtime_r(&now.tv_sec, &tm) != NULL) {
		(void)snprintf(text, sizeof(text), "%04d-%02d-%02dT%02d:%02d:%02d.",
		    tm.tm_year + 1900, tm.tm_mon + 1, tm.tm_mday, tm.tm_hour, tm.tm_min,
		    tm.tm_sec);
		second = now.tv_sec;
	}
	ms = now.tv_nsec / 1000000;
	add_text(l, text);
	add(l, (const char[]){(char)('0' + ms / 100), (char)('0' + ms / 10 % 10),
	    (char)('0' + ms % 10), 'Z'}, 4);
}

static void
add_field(struct line *l, const struct log_field *f)
{
	if (f->name == NULL)
		return;
	add(l, ",", 1);
	add_escaped(l, span_str(f->name));
	add(l, ":", 1);
	if (f->kind == LOG_F_STR) {
		add_escaped(l, f->str);
		return;
	}
	if (f->kind == LOG_F_INT && f->i < 0)
		add(l, "-", 1);
	add_number(l, f->kind == LOG_F_UINT ? f->u :
	    f->i < 0 ? 0 - (uint64_t)f->i : (uint64_t)f->i);
}

void
log_write(enum log_level level, const char *event,
    const struct log_field *fields, size_t n)
{
	struct line l;
	size_t i;

	if (level < state.least)
		return;
	l.len = 0;
	add_text(&l, "{\"time\":\"");
	add_time(&l);
	add_text(&l, "\",\"level\":\"");
	add_text(&l, level_names[level]);
	add_text(&l, "\",\"role\":\"");
	add_text(&l, state.role);
	add_text(&l, "\",\"event\":\"");
	add_text(&l, event);
	add(&l, "\"", 1);
	for (i = 0; i < n; i++)
		add_field(&l, &fields[i]);
	l.text[l.len++] = '}';
	l.text[l.len++] = '\n';
	put_line(level, l.text, l.len);
}
