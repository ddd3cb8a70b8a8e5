/*
 * What was left open when an earlier worker of this user died or when a call was
 * cancelled, and what was done although nobody heard of it (changes.h, change_unheard):
 * doing the same once more could do it twice.  Looked for in the record before the first step of a change
 * that is not idempotent; a tool then fails with a sentence that says how to go on.
 */
#ifndef TONEARM_TOOLS_UNFINISHED_H
#define TONEARM_TOOLS_UNFINISHED_H

#include "worker/tools/journal.h"

struct unfinished;

/*
 * Is a change open that this tool made of the same thing (or, for a playlist that is
 * to be made, of the same name)?  next is called in the end, and never before this
 * returns, unless false is returned: then there is none for certain.  sentence is NULL
 * if there is none, else for people.  Nothing is looked for when the tool is
 * idempotent or the call repeatable, or undoes something.
 */
typedef void (*unfinished_answer)(struct call *c, const char *sentence);
bool unfinished_look(struct call *c, const char *thing, const char *name, unfinished_answer next);

#endif
