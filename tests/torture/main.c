/* Memory that runs out: see judge.h.  TORTURE_FULL=1: every input and place. */
#include "config.h"

#include "tests/torture/judge.h"

int
main(void)
{
	return judge_all();
}
