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

#define SUITE_RUN(name, test) \
	suite_run(name, test, sizeof(test) / sizeof *(test))
#define SUITE_RUN_FIXTURE(name, test, setup, teardown) \
	suite_run_fixture(name, test, sizeof(test) / sizeof *(test), setup, \
	    teardown)

#endif
