/* Words to systemd about our state; see sd_notify(3) for the protocol. */
#ifndef TONEARM_SUPERVISOR_NOTIFY_H
#define TONEARM_SUPERVISOR_NOTIFY_H

#include <stdint.h>

/* Sends lines such as "READY=1" to the socket that NOTIFY_SOCKET names;
 * nothing if there is none.  Never fails: it is a courtesy. */
void notify_systemd(const char *state);

/* To be called at each turn, now in monotonic ms: tells systemd that we live,
 * three times in the span that WATCHDOG_USEC allows (sd_watchdog_enabled(3));
 * nothing if it asks for nothing. */
void notify_alive(int64_t now);

#endif
