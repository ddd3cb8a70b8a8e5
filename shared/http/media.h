/* Media types in Content-Type and Accept (RFC 9110 sections 8.3 and 12.5.1). */
#ifndef TONEARM_HTTP_MEDIA_H
#define TONEARM_HTTP_MEDIA_H

#include <stdbool.h>

#include "shared/base/span.h"

/* Is this Content-Type value the type "type/subtype", with any parameters? */
bool http_media_is(struct span content_type, const char *type);

/*
 * May an answer of this type be sent to a client with this Accept value?  The
 * most specific range that fits decides; q=0 refuses.  An empty value accepts
 * everything.
 */
bool http_accepts(struct span accept, const char *type);

/* As http_accepts, but only if the client wrote the type itself, not through
 * a range with a star. */
bool http_accepts_named(struct span accept, const char *type);

#endif
