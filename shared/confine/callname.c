/*
 * Names of system calls; see callname.h.  The table is made by the build from
 * the machine's own header, so that nobody keeps it; the supervisor, which
 * needs it, does not link the filters' library.
 */
#include "config.h"

#include <stddef.h>
#include <sys/syscall.h>

#include "shared/confine/callname.h"

static const char *const names[] = {
#define CALL(n) [__NR_##n] = #n,
#include "call-names.inc"
#undef CALL
};

const char *
call_name(int number)
{
	if (number < 0 || (size_t)number >= sizeof(names) / sizeof(names[0]) ||
	    names[number] == NULL)
		return "unknown";
	return names[number];
}
