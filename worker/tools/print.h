/*
 * The table of tools for people: `tonearm-worker --tools` names them, `--tools-page`
 * writes docs/tools.md.  The checks compare both with the documents.
 */
#ifndef TONEARM_WORKER_TOOLS_PRINT_H
#define TONEARM_WORKER_TOOLS_PRINT_H

/* Handles a command line that asks for one of these, on standard output; -1
 * if it asks for neither, else the exit status. */
int tools_print(int argc, char *const *argv);

#endif
