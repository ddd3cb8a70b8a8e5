/*
 * Checks what a person filled into a form against the schema it was asked
 * with: flat objects of text, numbers, choices (docs/protocol.md EL-2).  The
 * schema is a handler's own and trusted, the content is not.
 */
#ifndef TONEARM_WORKER_TOOLS_FORM_H
#define TONEARM_WORKER_TOOLS_FORM_H

#include <stdbool.h>

struct json_object;

/*
 * Does content (NULL: none was sent) fit schema, the requestedSchema of a form?
 * Members the schema does not name are of no interest; null counts as absent.
 * A property whose form is none of EL-2's never fits.
 */
bool form_fits(struct json_object *schema, struct json_object *content);

#endif
