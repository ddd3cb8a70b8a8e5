/*
 * Asking the person before something is removed or overwritten, where the
 * client can ask; elsewhere the client's own question has to do.
 */
#ifndef TONEARM_TOOLS_CONFIRM_H
#define TONEARM_TOOLS_CONFIRM_H

#include "worker/tools/call.h"

/*
 * To be called at the beginning of run(), before anything takes effect, with a
 * whole question.  true: go on.  false: return; the person is being asked (run
 * is called again with the answer), or said no (the call has failed with a
 * sentence).
 */
bool call_confirmed(struct call *c, const char *fmt, ...) __attribute__((format(printf, 2, 3)));

#endif
