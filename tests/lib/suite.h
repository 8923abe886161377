/* SPDX-License-Identifier: ISC */
#ifndef SUITE_H
#define SUITE_H

#include <check.h>
#include <stddef.h>

/* The main of a test program: runs the n tests under this name and returns
 * its exit status.  In main: const TTest *const t[] = { a, b }; */
int suite_run(const char *name, const TTest *const *test, size_t n);
/* The same with setup before and teardown after each test, both in its
 * process. */
int suite_run_fixture(const char *name, const TTest *const *test, size_t n,
    SFun setup, SFun teardown);
/* The same with n cases of check, which it takes over, for programs that need
 * a table of rows or more than one fixture.  fork is CK_FORK_GETENV, or
 * CK_NOFORK where the tests share what their process has.  Here as above a
 * test hangs that takes two minutes. */
int suite_run_cases(const char *name, TCase *const *t, size_t n,
    enum fork_status fork);

#define SUITE_RUN(name, test) \
	suite_run(name, test, sizeof(test) / sizeof *(test))
#define SUITE_RUN_FIXTURE(name, test, setup, teardown) \
	suite_run_fixture(name, test, sizeof(test) / sizeof *(test), setup, \
	    teardown)

#endif
