/*
 * tonearm: the operator's command.  Reads the configuration, finds the
 * subcommand in one table, and leaves the rest to it.  Exit codes: tonearm(1).
 */
#include "config.h"

#include <getopt.h>
#include <stdbool.h>
#include <stdio.h>
#include <string.h>

#include "cli/commands.h"
#include "cli/say.h"
#include "shared/base/buf.h"
#include "shared/conf/file.h"

#define CONF_PATH_PRESET SYSCONFDIR "/tonearm/tonearm.conf"
#define CONF_ERRORS_MAX (64 * 1024)

static const struct command {
	const char *word, *second;   /* "key", "create" */
	const char *arguments;       /* for the help */
	const char *about;
	int (*run)(const struct command_args *a);
} commands[] = {
	{"check-config", NULL, "", "check the configuration and say what is wrong",
	    command_check_config},
	{"migrate", NULL, "[--sql-dir DIR]", "bring the database's schema up to date",
	    command_migrate},
	{"key", "create", "", "make the file of master keys", command_key_create},
	{"status", NULL, "", "ask the running server how it is", command_status},
	{"user", "list", "[--json]", "show who has signed in", command_user_list},
	{"user", "show", "USER [--json]", "show one of them with clients, tokens and browsers",
	    command_user_show},
	{"user", "revoke", "USER [--yes]", "end all that the user's clients and browsers hold",
	    command_user_revoke},
	{"user", "delete", "USER [--yes]", "delete a user and all that is kept about them",
	    command_user_delete},
	{"user", "invite", "[LABEL]", "make a link that lets one more person use the operator's application",
	    command_user_invite},
	{"client", "add", "NAME ADDRESS... [--public]", "make an id and a secret for an MCP client",
	    command_client_add},
	{"client", "list", "[--json]", "show the MCP clients that are known here",
	    command_client_list},
	{"client", "revoke", "CLIENT [--yes]", "end a client's access to all accounts and forget it",
	    command_client_revoke},
	{"revoke", NULL, "WHAT [--yes]", "end what was handed out; WHAT: --all, --user USER,"
	    " --client CLIENT or --active-since TIME", command_revoke},
};
#define COMMANDS (sizeof(commands) / sizeof(commands[0]))

static void
print_command(FILE *to, const struct command *c)
{
	(void)fprintf(to, "  tonearm %s%s%s%s%s\n      %s\n", c->word, c->second == NULL ? "" : " ",
	    c->second == NULL ? "" : c->second, *c->arguments == '\0' ? "" : " ", c->arguments,
	    c->about);
}

static void
print_help(FILE *to)
{
	size_t i;

	(void)fputs("usage: tonearm [-c FILE] COMMAND [ARGUMENTS]\n\n"
	    "  -c, --config FILE  configuration, else " CONF_PATH_PRESET "\n"
	    "  -h, --help         this text\n"
	    "  -V, --version      the version\n\n", to);
	for (i = 0; i < COMMANDS; i++)
		print_command(to, &commands[i]);
	(void)fputs("\nA USER is named by id, by Spotify id, or by the beginning of the id.\n"
	    "Exit status: 0 done, 1 failed, 2 wrong usage.  See tonearm(1).\n", to);
}

/* All that begin with this word; false: none does. */
static bool
print_commands_of(FILE *to, const char *word)
{
	bool any = false;
	size_t i;

	for (i = 0; i < COMMANDS; i++) {
		if (strcmp(commands[i].word, word) != 0)
			continue;
		print_command(to, &commands[i]);
		any = true;
	}
	return any;
}

/* The command that the words name, and how many words that took. */
static const struct command *
find_command(int argc, char **argv, int *words)
{
	size_t i;

	for (i = 0; i < COMMANDS; i++) {
		const struct command *c = &commands[i];

		if (strcmp(argv[0], c->word) != 0)
			continue;
		if (c->second == NULL || (argc > 1 && strcmp(argv[1], c->second) == 0)) {
			*words = c->second == NULL ? 1 : 2;
			return c;
		}
	}
	return NULL;
}

/* "tonearm user list --help"; an argument of that name means nothing else. */
static bool
wants_help(int argc, char **argv)
{
	int i;

	for (i = 0; i < argc; i++)
		if (strcmp(argv[i], "--help") == 0 || strcmp(argv[i], "-h") == 0)
			return true;
	return false;
}

static int
run_command(const struct command *c, const char *path, int argc, char **argv)
{
	struct command_args a = {.conf_path = path, .argc = argc, .argv = argv};
	struct conf conf;
	struct buf errors;
	err_t err;
	int code;

	buf_init(&errors, CONF_ERRORS_MAX);
	err = conf_load(path, &conf, &errors);
	if (err != 0) {
		say_error("the configuration cannot be used: %s", err_text(err));
		(void)fputs(buf_cstr(&errors), stderr);
		say_hint("Correct it, or name another file with -c.");
		buf_free(&errors);
		return EXIT_FAILED;
	}
	buf_free(&errors);
	a.conf = &conf.values;
	code = c->run(&a);
	conf_free(&conf);
	return code;
}

/* Reads the options before the command; false: *code says how to exit. */
static bool
read_options(int argc, char **argv, const char **path, int *code)
{
	static const struct option options[] = {
		{"config", required_argument, NULL, 'c'},
		{"help", no_argument, NULL, 'h'},
		{"version", no_argument, NULL, 'V'},
		{NULL, 0, NULL, 0},
	};
	int o;

	/* '+': stop at the command, whose options are its own. */
	while ((o = getopt_long(argc, argv, "+c:hV", options, NULL)) != -1) {
		switch (o) {
		case 'c':
			*path = optarg;
			break;
		case 'h':
			print_help(stdout);
			*code = EXIT_DONE;
			return false;
		case 'V':
			(void)puts("tonearm " PACKAGE_VERSION);
			*code = EXIT_DONE;
			return false;
		default:
			say_hint("Run 'tonearm --help' for what there is.");
			*code = EXIT_USAGE;
			return false;
		}
	}
	return true;
}

int
main(int argc, char **argv)
{
	const char *path = CONF_PATH_PRESET;
	const struct command *c;
	int words = 0, code = EXIT_USAGE;

	if (!read_options(argc, argv, &path, &code))
		return code;
	if (optind == argc) {
		print_help(stderr);
		return EXIT_USAGE;
	}
	c = find_command(argc - optind, argv + optind, &words);
	if (wants_help(argc - optind, argv + optind) &&
	    print_commands_of(stdout, argv[optind]))
		return EXIT_DONE;
	if (c == NULL) {
		say_error("there is no command '%s%s%s'", argv[optind],
		    optind + 1 < argc ? " " : "", optind + 1 < argc ? argv[optind + 1] : "");
		if (print_commands_of(stderr, argv[optind]))
			return EXIT_USAGE;
		say_hint("Run 'tonearm --help' for what there is.");
		return EXIT_USAGE;
	}
	code = run_command(c, path, argc - optind - words, argv + optind + words);
	if (fflush(stdout) != 0 && code == EXIT_DONE) {
		say_error("the output could not be written");
		code = EXIT_FAILED;
	}
	return code;
}
