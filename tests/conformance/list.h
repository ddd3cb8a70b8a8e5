/*
 * The tools of the fixtures, in the order in which they are listed.  X(name)
 * stands for `const struct tool fixture_name`, offered as test_name.  The first
 * must be content with no arguments: the suite calls it that way.
 */
#ifndef TONEARM_TESTS_CONFORMANCE_LIST_H
#define TONEARM_TESTS_CONFORMANCE_LIST_H

/* content.c */
#define CONTENT_TOOLS(X) \
	X(simple_text) \
	X(image_content) \
	X(audio_content) \
	X(embedded_resource) \
	X(multiple_content_types) \
	X(resource_link) \
	X(structured_content) \
	X(error_handling) \
	X(json_schema) \
	X(custom_header)

/* steps.c */
#define STEP_TOOLS(X) \
	X(tool_with_progress) \
	X(tool_with_logging) \
	X(logging_tool) \
	X(reconnection) \
	X(slow)

/* asking.c */
#define ASKING_TOOLS(X) \
	X(sampling) \
	X(missing_capability) \
	X(elicitation) \
	X(elicitation_sep1034_defaults) \
	X(elicitation_sep1330_enums) \
	X(streaming_elicitation) \
	X(elicitation_url)

/* rounds.c */
#define ROUND_TOOLS(X) \
	X(input_required_result_elicitation) \
	X(input_required_result_sampling) \
	X(input_required_result_list_roots) \
	X(input_required_result_request_state) \
	X(input_required_result_tampered_state) \
	X(input_required_result_multiple_inputs) \
	X(input_required_result_multi_round) \
	X(input_required_result_capabilities)

/* changes.c */
#define CHANGE_TOOLS(X) \
	X(trigger_tool_change) \
	X(trigger_prompt_change) \
	X(trigger_resource_change) \
	X(trigger_resource_update)

/* jobs.c */
#define JOB_TOOLS(X) \
	X(greet) \
	X(slow_compute) \
	X(failing_job) \
	X(protocol_error_job) \
	X(confirm_delete) \
	X(multi_input) \
	X(tool_with_task)

#define FIXTURES(X) \
	CONTENT_TOOLS(X) STEP_TOOLS(X) ASKING_TOOLS(X) ROUND_TOOLS(X) \
	CHANGE_TOOLS(X) JOB_TOOLS(X)

#endif
