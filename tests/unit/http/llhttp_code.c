/*
 * The sources of the installed llhttp package, compiled for one test only and
 * never linked into a program.  The state machine declares these functions
 * with other types, so it is a file of its own.
 */
#include "llhttp/http.c"
#include "llhttp/api.c"
