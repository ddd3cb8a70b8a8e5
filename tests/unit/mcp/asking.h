/*
 * What the tests of questions and log messages call: a tool and a resource that
 * ask in all ways there are.
 */
#ifndef TONEARM_TESTS_MCP_ASKING_H
#define TONEARM_TESTS_MCP_ASKING_H

#include "tests/unit/mcp/fixture.h"

/*
 * Makes the bench offer the tool "ask" and the resource "test://asking" (and logging).
 * The tool's argument "how" is one of: form, late (looks for the answer before it
 * asks), page, model, roots, three (form, model and roots at once), steps (one form
 * after the other, the first answer kept in the state), forever, choices, many (a
 * choice of several), lacks, state (asks nothing, but wants its state back), log, task (a form, as a task).
 */
void asking_offer(struct bench *b);

/* Adds the tool and logging to what is offered. */
void asking_add(struct catalog *catalog);

/* How often its handler ran. */
extern unsigned asking_runs;

/* Makes the waiting call's person never answer: its time is over. */
void asking_time_over(struct bench *b);

#endif
