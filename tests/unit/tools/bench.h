/*
 * Calling tools on the bench: arguments as JSON in, result out, with what the
 * tool's entry promises checked each time.
 */
#ifndef TONEARM_TESTS_TOOLS_BENCH_H
#define TONEARM_TESTS_TOOLS_BENCH_H

#include "shared/base/buf.h"
#include "tests/unit/spotify/rig.h"
#include "tests/unit/worker/record.h"
#include "worker/tools/call.h"

struct result {
	bool there, failed;
	struct buf text;
	struct json_object *data;       /* own reference; NULL when it failed */
	unsigned requests;
	size_t data_bytes;
};

/*
 * Calls the tool; args is a JSON object with ' for ".  Waits for the end.
 * Checks that structuredContent holds what the entry declares and nothing
 * else, and that no more requests were made than it states.
 */
void tool_call(struct rig *r, const char *name, const char *args, struct result *out);
/* The same without waiting, for tests that stop it; *call is the call. */
void tool_start(struct rig *r, const char *name, const char *args, struct result *out,
    struct call **call);
void result_free(struct result *out);

/* The record of changes of the tools that were called: a store of the test's own. */
struct record *bench_record(struct rig *r);

/* Is part in the text? */
bool says(const struct result *r, const char *part);

/* A member by path "items.0.name"; NULL if it is not there. */
struct json_object *got(const struct result *r, const char *path);
const char *got_str(const struct result *r, const char *path);
int64_t got_int(const struct result *r, const char *path);
bool got_bool(const struct result *r, const char *path);

/* The arguments are refused by the table, with a sentence that holds part. */
void assert_refused(const char *name, const char *args, const char *part);

#endif
