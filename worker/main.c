/* tonearm-worker: the nursery, and each worker forked from it. */
#include "config.h"

#include "worker/nursery/nursery.h"
#include "worker/rehearsal.h"
#include "worker/run.h"
#include "worker/tools/print.h"

/* In a build with fault points those of a worker must not be met before the
 * fork. */
#ifdef TONEARM_FAULTS
#define REHEARSAL NULL
#else
#define REHEARSAL rehearse
#endif

int
main(int argc, char **argv)
{
	int status = tools_print(argc, argv);

	return status >= 0 ? status : nursery_main(worker_run, REHEARSAL);
}
