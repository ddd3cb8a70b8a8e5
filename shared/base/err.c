/* Sentences for result codes. */
#include "config.h"

#include "shared/base/err.h"

const char *
err_text(err_t err)
{
	switch (err) {
#define X(name, number, text) case name: return text;
	ERR_LIST(X)
#undef X
	case ERR_OK:
		return "success";
	default:
		return "unknown error";
	}
}
