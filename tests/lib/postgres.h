/* SPDX-License-Identifier: ISC */
#ifndef POSTGRES_H
#define POSTGRES_H

#include <check.h>
#include <stdbool.h>

/*
 * A private PostgreSQL of a test program (tests/lib/pg.sh), which ends with
 * it, whichever way it ends.  Failures of the harness itself abort.
 */

/* Starts it, with an empty database.  False, after a line `skipped`, where
 * there is no PostgreSQL. */
bool postgres_start(void);
/* Applies the migrations and makes encl_app's conninfo usable. */
void postgres_migrate(void);
/* Connection strings: of the application, of a superuser. */
const char *postgres_app(void);
const char *postgres_super(void);

/* Lines of shell with pg.sh's functions and variables; waits for the end.
 * The exit status. */
int postgres_shell(const char *fmt, ...) __attribute__((format(printf, 1, 2)));
/* One value of one statement, as a superuser; in static memory. */
const char *postgres_ask(const char *fmt, ...)
    __attribute__((format(printf, 1, 2)));
void postgres_crash(void); /* as by a power cut, short of the disk */
void postgres_again(void); /* starts after that */

/* The main of a test program on a migrated database: its exit status.  Each
 * test is a process of its own. */
int postgres_suite(const char *name, const TTest *const *test, size_t n,
    void (*setup)(void), void (*teardown)(void));
/* The same with setup and teardown once around all tests, in one process. */
int postgres_suite_once(const char *name, const TTest *const *test, size_t n,
    void (*setup)(void), void (*teardown)(void));

#endif
