/*
 * Whose Spotify application a sign-in goes through: a sign-in begins or is
 * called off, invitations are made, shown and taken back, and the operator's
 * options are read.  What an application's row says is the database's to
 * decide (sql/migrations/0009_apps.sql).
 */
#ifndef TONEARM_VAULT_APPS_H
#define TONEARM_VAULT_APPS_H

#include "master/vault/vault.h"

/* What the portal asks, on its channel. */
err_t apps_on_login_begin(void *owner, struct channel *ch, const struct frame *f);
err_t apps_on_login_cancel(void *owner, struct channel *ch, const struct frame *f);
err_t apps_on_invite_get(void *owner, struct channel *ch, const struct frame *f);
err_t apps_on_invites_get(void *owner, struct channel *ch, const struct frame *f);
err_t apps_on_invite_new(void *owner, struct channel *ch, const struct frame *f);
err_t apps_on_invite_drop(void *owner, struct channel *ch, const struct frame *f);

/* Do the options alone let this person use the operator's application?  The
 * ids are Spotify's; either may be empty. */
bool apps_listed(const struct vault_settings *set, struct span account_id,
    struct span spotify_id);

#endif
