/* The state machine of the installed llhttp package; see llhttp_code.c. */
#include "llhttp/llhttp.c"
