/*
 * The subcommands.  Each gets the configuration that was read (NULL if it
 * needs none) and its arguments, and returns an exit code (say.h).
 */
#ifndef TONEARM_CLI_COMMANDS_H
#define TONEARM_CLI_COMMANDS_H

#include "shared/conf/values.h"

struct command_args {
	const struct conf_values *conf;  /* checked options; NULL without */
	const char *conf_path;
	int argc;                        /* what follows the command's words */
	char **argv;
};

int command_migrate(const struct command_args *a);
int command_key_create(const struct command_args *a);
int command_status(const struct command_args *a);
int command_check_config(const struct command_args *a);
int command_user_list(const struct command_args *a);
int command_user_show(const struct command_args *a);
int command_user_revoke(const struct command_args *a);
int command_user_invite(const struct command_args *a);
int command_user_delete(const struct command_args *a);
int command_client_add(const struct command_args *a);
int command_client_list(const struct command_args *a);
int command_client_revoke(const struct command_args *a);
int command_revoke(const struct command_args *a);

#endif
