/*
 * Names of system calls, for log lines.  Knows nothing of filters.
 */
#ifndef TONEARM_CONFINE_CALLNAME_H
#define TONEARM_CONFINE_CALLNAME_H

/* The name of this machine's call of that number, static; "unknown" if the
 * headers that this was built with have none. */
const char *call_name(int number);

#endif
