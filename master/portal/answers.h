/*
 * What the vault says to the portal: each answer finds the page that asked for
 * it, is kept there and the page goes on.  Knows no page's purpose.
 */
#ifndef TONEARM_PORTAL_ANSWERS_H
#define TONEARM_PORTAL_ANSWERS_H

#include "shared/ipc/channel.h"

/* What the vault may say; the owner is the struct portal. */
extern const struct channel_table answers_table;

#endif
