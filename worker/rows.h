/*
 * The user's sealed rows inside the worker: opening, sealing, storing, leasing.
 * What a row means is not known here.  row_store, row_lease and row_reread are
 * declared in worker.h.
 */
#ifndef TONEARM_WORKER_ROWS_H
#define TONEARM_WORKER_ROWS_H

#include <stdbool.h>
#include <stdint.h>

#include "shared/base/buf.h"
#include "shared/base/err.h"
#include "shared/ipc/channel.h"

struct rows;
struct worker;

err_t rows_create(struct worker *w, struct rows **out) MUST_CHECK;
void rows_destroy(struct rows **r);

/* Keys of logins come before the user's own, rows before the identity ends;
 * both are kept.  Handlers for channels whose owner is the worker. */
err_t rows_on_login_key(void *owner, struct channel *ch, const struct frame *f);
err_t rows_on_row(void *owner, struct channel *ch, const struct frame *f);
err_t rows_on_stored(void *owner, struct channel *ch, const struct frame *f);
err_t rows_on_conflict(void *owner, struct channel *ch, const struct frame *f);
err_t rows_on_failed(void *owner, struct channel *ch, const struct frame *f);
err_t rows_on_leased(void *owner, struct channel *ch, const struct frame *f);
err_t rows_on_busy(void *owner, struct channel *ch, const struct frame *f);

/*
 * The worker is bound: opens the row of a kind and appends its plain text to
 * out, nothing if there is none or it cannot be read.  A row under a login's key
 * is stored anew under the user's.  The keys of logins are wiped.  ERR_NOMEM:
 * there may be a row, so nobody must be told that there is none.
 */
err_t rows_open(struct rows *r, uint8_t kind, struct buf *out);
void rows_forget_login_keys(struct rows *r);

/* The channel to the vault is new: asks again what was not answered. */
void rows_vault_back(struct rows *r);

/* Rows whose store was not acknowledged. */
unsigned rows_pending(const struct rows *r);

#endif
