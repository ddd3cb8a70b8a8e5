/* The fields parameter: total,items(added_at,item(uri,name,artists(name))). */
#ifndef SANDBOX_FIELDS_H
#define SANDBOX_FIELDS_H

#include "js.h"

/* The parts of value that the text selects, owned by the caller; takes value.
 * Commas separate, parentheses and dots nest, an exclamation mark leaves out.
 * A null or empty text selects everything; a malformed one an empty object. */
js *fields_select(js *value, const char *text);

#endif
