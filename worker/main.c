/* tonearm-worker: the nursery, and each worker forked from it. */
#include "config.h"

#include "worker/nursery/nursery.h"
#include "worker/run.h"

int
main(void)
{
	return nursery_main(worker_run);
}
