/* Tools that take their time and tell of it. */
#include "config.h"

#include "tests/conformance/fixtures.h"
#include "worker/tools/ask.h"

/* More often than this progress is not sent on. */
#define STEP_MS  210
#define PAUSE_MS 50

static void
told_all(struct call *c)
{
	call_progress(c, 100, 100, "done");
	call_text(c, "The three steps were taken.");
	call_done(c);
}

static void
told_half(struct call *c)
{
	call_progress(c, 50, 100, "half of it");
	fixture_after(c, STEP_MS, told_all);
}

static void
run_progress(struct call *c)
{
	call_progress(c, 0, 100, "begun");
	fixture_after(c, STEP_MS, told_half);
}

const struct tool fixture_tool_with_progress = {
	FIXTURE("test_tool_with_progress", "Tells of its progress three times", run_progress),
};

static void
say(struct call *c, const char *text)
{
	call_log(c, LEVEL_INFO, "fixtures", json_object_new_string(text));
}

static void
logged_all(struct call *c)
{
	say(c, "Tool execution completed");
	call_text(c, "Three messages were logged.");
	call_done(c);
}

static void
logged_half(struct call *c)
{
	say(c, "Tool processing data");
	fixture_after(c, PAUSE_MS, logged_all);
}

static void
run_logging(struct call *c)
{
	say(c, "Tool execution started");
	fixture_after(c, PAUSE_MS, logged_half);
}

const struct tool fixture_tool_with_logging = {
	FIXTURE("test_tool_with_logging", "Logs three messages", run_logging),
};
const struct tool fixture_logging_tool = {
	FIXTURE("test_logging_tool", "Logs three messages, for clients without a level", run_logging),
};

static void
waited(struct call *c)
{
	call_text(c, "The answer came after the stream had been closed.");
	call_done(c);
}

static void
run_reconnection(struct call *c)
{
	call_hang_up(c, 200);
	fixture_after(c, 400, waited);
}

const struct tool fixture_reconnection = {
	FIXTURE("test_reconnection", "Closes its stream before the answer", run_reconnection),
};

static const struct arg slow_args[] = {
	{.name = "tenths", .type = ARG_INT, .about = "Tenths of a second", .min = 1, .max = 500,
	    .fallback = "50"},
	{.name = NULL},
};

static void
slowly(struct call *c)
{
	int64_t all = call_int(c, "tenths"), gone = (CALL_MS - call_left_ms(c)) / 100;

	if (gone >= all) {
		call_text(c, "It took %d tenths of a second.", (int)gone);
		call_done(c);
		return;
	}
	call_progress(c, (double)gone, (double)all, NULL);
	fixture_after(c, 100, slowly);
}

/* For clients that give up on a call. */
const struct tool fixture_slow = {
	FIXTURE("test_slow", "Takes as long as it is told, with progress", slowly),
	.args = slow_args,
};
