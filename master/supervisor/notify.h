/* Words to systemd about our state; see sd_notify(3) for the protocol. */
#ifndef TONEARM_SUPERVISOR_NOTIFY_H
#define TONEARM_SUPERVISOR_NOTIFY_H

/* Sends lines such as "READY=1" to the socket that NOTIFY_SOCKET names;
 * nothing if there is none.  Never fails: it is a courtesy. */
void notify_systemd(const char *state);

#endif
