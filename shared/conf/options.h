/*
 * Every option there is: one entry a row, from which come the check, the
 * default, who is told and the sample file.  After a change here write
 * etc/tonearm.conf anew ("test_conf sample > etc/tonearm.conf") and add the
 * option to tonearmd(8); tests/unit/conf compares both with the table.
 */
#ifndef TONEARM_CONF_OPTIONS_H
#define TONEARM_CONF_OPTIONS_H

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

#include "shared/base/err.h"
#include "shared/base/span.h"

/* The programs that an option names, a bit each. */
enum conf_program {
	CONF_SUPERVISOR = 1 << 0, CONF_FRONT = 1 << 1, CONF_VAULT = 1 << 2,
	CONF_KEYRING = 1 << 3, CONF_PORTAL = 1 << 4, CONF_EGRESS = 1 << 5,
	CONF_WORKER = 1 << 6, CONF_ENROLL = 1 << 7, CONF_CLI = 1 << 8,
	CONF_FETCH = 1 << 9
};
#define CONF_ALL 0x3ff

/* User ids from server.role_user_base on: five programs, the nursery, eight
 * enroll programs, four fetch programs. */
#define ROLE_UIDS 18

enum conf_kind {
	CONF_TEXT,       /* any printable text */
	CONF_INT,        /* whole number from least to most */
	CONF_BOOL,       /* yes or no */
	CONF_WORD,       /* one of the words in `words`, separated by '|' */
	CONF_PATH,       /* absolute path, or empty */
	CONF_URL,        /* http or https, host, no slash at the end, no query */
	CONF_PUBLIC_URL, /* as CONF_URL without a path; http on loopback only */
	CONF_LISTEN,     /* list of address:port and unix:/path */
	CONF_NETWORKS,   /* list of addresses and networks (a.b.c.d/n), or empty */
	CONF_ORIGINS     /* list of scheme://host[:port], or empty */
};

struct conf_option {
	const char *section, *name;
	enum conf_kind kind;
	const char *preset;      /* NULL: must be set */
	int64_t least, most;     /* CONF_INT */
	const char *words;       /* CONF_WORD */
	bool live;               /* SIGHUP applies it; else it takes a restart */
	unsigned programs;       /* enum conf_program bits */
	const char *about;       /* sentences for sample file and manual */
};

extern const struct conf_option conf_options[];
extern const size_t conf_options_n;

/* Index of an option; ERR_NOTFOUND. */
err_t conf_option_find(const char *section, const char *name, size_t *out) MUST_CHECK;

/* Is there such a section? */
bool conf_section_known(const char *section);

/* Checks one value.  ERR_CONFIG with a sentence in *why (a fixed text that
 * says what is allowed). */
err_t conf_option_check(const struct conf_option *o, const char *value,
    const char **why) MUST_CHECK;

/* The parts of an http or https URL: views into url.  port is the scheme's
 * own where none is written; host without brackets.  ERR_SYNTAX. */
struct conf_url {
	bool https;
	struct span host;
	uint16_t port;
	struct span path;   /* "" or "/..." */
};
err_t conf_url_parse(const char *url, struct conf_url *out) MUST_CHECK;

/* Is this host a loopback address in digits (127.x.x.x or ::1)? */
bool conf_host_loopback(struct span host);

#endif
