/*
 * The rehearsal: one short life of an invented user in the nursery, so that
 * what libraries and we ourselves make at first use is made once, before the
 * fork, and shared by all workers instead of made and paid for in each.
 */
#ifndef TONEARM_WORKER_REHEARSAL_H
#define TONEARM_WORKER_REHEARSAL_H

#include "shared/base/err.h"
#include "shared/conf/values.h"

/*
 * Binds a worker to nobody, has it answer a few requests into a socket that is
 * thrown away, and lets it retire.  Nothing of that life is left but warm
 * tables: no descriptor, no event base, no key.  ERR_SYSTEM, ERR_NOMEM; an
 * error costs workers time and memory, nothing else.
 */
err_t rehearse(const struct conf_values *conf, void *ca_store) MUST_CHECK;

#endif
