/* The prompts of the shipped program: what people ask for again and again, said in a
 * way that makes good use of the tools. */
#ifndef TONEARM_TOOLS_PROMPTS_H
#define TONEARM_TOOLS_PROMPTS_H

#include "worker/mcp/catalog.h"

extern const struct prompt *const prompt_table[];

#endif
