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

#endif
