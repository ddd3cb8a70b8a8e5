/*
 * tonearm-keyring: starts, reads the key file from the descriptor that the
 * supervisor gives it, gives up every system call but those on its channels,
 * and answers the vault (keyring.h).
 */
#include "config.h"

#include <stdlib.h>
#include <string.h>

#include "master/keyring/derive.h"
#include "master/keyring/keyring.h"
#include "shared/base/log.h"
#include "shared/confine/confine.h"
#include "shared/ipc/child.h"

struct program {
	struct keyring keyring;   /* first: the handlers know this alone */
	struct child child;
};

/* OpenSSL reads a file at first use; that has to be over before the filter. */
static err_t
warm_up(const struct masters *m)
{
	static const uint8_t nobody[ID_BYTES];
	uint8_t key[KEY_BYTES], wrapped[WRAPPED_BYTES];
	uint32_t id = 0;
	err_t err = derive_check_key(m, key);

	if (err == 0)
		err = derive_new_wrapped(m, nobody, &id, wrapped);
	if (err == 0)
		err = derive_data_key(m, nobody, id, span_of(wrapped, sizeof(wrapped)), key);
	explicit_bzero(key, sizeof(key));
	return err;
}

static err_t
on_keys(struct keyring *k, struct channel *control)
{
	struct program *g = (struct program *)k;
	const struct confine_limits limits = {.no_core = true};
	err_t err = warm_up(&k->masters);

	(void)control;
	if (err == 0)
		err = confine_limits(&limits);
	if (err == 0)
		err = confine_undumpable();
	if (err == 0 && conf_bool(&g->child.conf, "log.refused_calls"))
		err = confine_explain();
	/* A line of log before the filter: the first one reads the time zone. */
	log_info("keys_read", LF_UINT("masters", k->masters.n),
	    LF_UINT("current", k->masters.id[k->masters.current]));
	if (err == 0)
		err = confine_role(CONFINE_KEYRING);
	return err != 0 ? err : child_ready(&g->child);
}

int
main(void)
{
	static struct program g;
	err_t err;

	err = child_start(&g.child, "keyring", &keyring_control_table, &g.keyring);
	if (err == 0) {
		keyring_init(&g.keyring, g.child.loop, on_keys);
		err = loop_run(g.child.loop);
		if (err == 0)
			err = g.keyring.failed;
		keyring_end(&g.keyring);
	}
	if (err != 0)
		log_error("keyring_stopped", LF_STR("error", err_text(err)));
	child_end(&g.child);
	return err == 0 ? EXIT_SUCCESS : EXIT_FAILURE;
}
