/*
 * A PostgreSQL of the tests' own: private folder, loopback only, with the
 * project's migrations.  PostgreSQL refuses root, so as root it runs as user
 * postgres.
 */
#ifndef TONEARM_TESTS_VAULT_PG_H
#define TONEARM_TESTS_VAULT_PG_H

#include <stdbool.h>
#include <stdint.h>

/* Makes the folder, starts the server, applies the migrations.  NULL, or why
 * there can be no server here. */
const char *pg_begin(void);
/* Stops the server and removes the folder. */
void pg_end(void);

/* Stops and starts the server; what was committed stays. */
void pg_stop(void);
void pg_start(void);

/* Connection string of the vault's login role; over the Unix socket, and over
 * TCP to a name that has to be looked up. */
const char *pg_conninfo(void);
const char *pg_conninfo_tcp(void);

/* Runs SQL as superuser; the test fails if the server does not like it. */
void pg_run(const char *fmt, ...) __attribute__((format(printf, 1, 2)));
/* The same, and the number in the first column of the only row. */
int64_t pg_number(const char *fmt, ...) __attribute__((format(printf, 1, 2)));
/* The same over a second session, which keeps its transaction open: to hold
 * locks. */
void pg_run_second(const char *sql);

/* 2 n hex digits of n bytes; one of eight static buffers. */
const char *pg_hex(const void *bytes, int n);

#endif
