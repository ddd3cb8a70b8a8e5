/* tonearm-worker: the nursery, and each worker forked from it. */
#include "config.h"

#include "worker/nursery/nursery.h"
#include "worker/run.h"
#include "worker/tools/print.h"

int
main(int argc, char **argv)
{
	int status = tools_print(argc, argv);

	return status >= 0 ? status : nursery_main(worker_run);
}
