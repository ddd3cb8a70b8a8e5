/*
 * tonearm-vault: the only program that speaks to PostgreSQL.  It decides which
 * channel belongs to which user and hands each worker its own user's rows; it
 * must not know a plain token, nor parse a byte from outside.
 */
#include "config.h"

#include <stdlib.h>
#include <string.h>

#include <libpq-fe.h>

#include "master/vault/vault.h"
#include "shared/base/log.h"
#include "shared/confine/confine.h"
#include "shared/ipc/child.h"

#define CALLBACK_PATH "/callback"

/* The files that a connection string names: it is read again with each
 * connection.  How many there are, at most room. */
static size_t
named_files(const PQconninfoOption *options, const char **paths, size_t room)
{
	static const char *const names[] = {"sslrootcert", "sslcert", "sslkey", "sslcrl", "sslcrldir",
		"passfile"};
	size_t i, n = 0;

	for (; options != NULL && options->keyword != NULL; options++)
		for (i = 0; i < sizeof(names) / sizeof(names[0]); i++)
			if (n < room && options->val != NULL && strcmp(options->keyword, names[i]) == 0)
				paths[n++] = options->val;
	return n;
}

/* From here on only what talking to peers and to PostgreSQL needs. */
static err_t
confine(const struct conf_values *conf)
{
	const struct confine_limits limits = {.no_core = true};
	const char *paths[8];
	struct confine_keep keep = {.paths = paths};
	PQconninfoOption *options;
	err_t err = confine_limits(&limits);

	if (err == 0)
		err = confine_undumpable();
	if (err == 0 && conf_bool(conf, "log.refused_calls"))
		err = confine_explain();
	if (err != 0)
		return err;
	options = PQconninfoParse(conf_str(conf, "database.conninfo"), NULL);
	keep.n_paths = named_files(options, paths, sizeof(paths) / sizeof(paths[0]));
	err = confine_role_keeping(CONFINE_VAULT, &keep);
	PQconninfoFree(options);
	return err;
}

static enum app_access
access_of(const char *word)
{
	return strcmp(word, "listed") == 0 ? ACCESS_LISTED :
	    strcmp(word, "invited") == 0 ? ACCESS_INVITED : ACCESS_ANYONE;
}

static err_t
run(struct child *child, struct vault_root *root, struct buf *redirect)
{
	struct vault_settings set = {.probe_ms = PROBE_MS, .confirm_ms = CONFIRM_MS};
	err_t err;

	err = buf_put_str(redirect, conf_str(&child->conf, "server.public_url"));
	if (err == 0)
		err = buf_put_str(redirect, CALLBACK_PATH);
	if (err != 0)
		return err;
	set.conninfo = conf_str(&child->conf, "database.conninfo");
	set.client_id = conf_str(&child->conf, "spotify.client_id");
	set.mode = strcmp(conf_str(&child->conf, "spotify.mode"), "extended") == 0 ?
	    "extended" : "development";
	set.redirect_uri = buf_cstr(redirect);
	set.calls[0].per_day = (uint32_t)conf_int(&child->conf, "spotify.calls_per_day_family", 0);
	set.calls[0].per_30s = (uint32_t)conf_int(&child->conf, "spotify.calls_per_30s", 0);
	set.calls[1].per_day = (uint32_t)conf_int(&child->conf,
	    "spotify.extended_calls_per_day_family", 0);
	set.calls[1].per_30s = (uint32_t)conf_int(&child->conf, "spotify.extended_calls_per_30s", 0);
	set.links = conf_bool(&child->conf, "links.enabled");
	set.shared_app = conf_bool(&child->conf, "apps.shared");
	set.own_apps = conf_bool(&child->conf, "apps.own");
	set.access = access_of(conf_str(&child->conf, "apps.shared_access"));
	set.allowed = conf_str(&child->conf, "apps.allowed");
	set.run = conf_int(&child->conf, "server.run", 0);
	err = vault_create(child->loop, child->control, &set, &root->vault);
	if (err == 0)
		err = confine(&child->conf);
	if (err == 0)
		err = child_ready(child);
	if (err == 0)
		err = loop_run(child->loop);
	return err;
}

int
main(void)
{
	struct vault_root root = {.vault = NULL};
	struct child child;
	struct buf redirect;
	err_t err;

	buf_init(&redirect, 600);
	err = child_start(&child, "vault", &vault_control_table, &root);
	if (err == 0)
		err = run(&child, &root, &redirect);
	if (err != 0)
		log_error("vault_failed", LF_STR("error", err_text(err)));
	vault_destroy(&root.vault);
	child_end(&child);
	buf_free(&redirect);
	return err == 0 ? EXIT_SUCCESS : EXIT_FAILURE;
}
