/* SPDX-License-Identifier: ISC */
#include "suite.h"

#include <stdlib.h>

int
suite_run(const char *name, const TTest *const *test, size_t n)
{
	return suite_run_fixture(name, test, n, NULL, NULL);
}

int
suite_run_fixture(const char *name, const TTest *const *test, size_t n,
    SFun setup, SFun teardown)
{
	TCase *t = tcase_create(name);

	tcase_add_checked_fixture(t, setup, teardown);
	for (size_t i = 0; i < n; i++)
		tcase_add_test(t, test[i]);
	return suite_run_cases(name, &t, 1, CK_FORK_GETENV);
}

int
suite_run_cases(const char *name, TCase *const *t, size_t n,
    enum fork_status fork)
{
	Suite *s = suite_create(name);
	SRunner *r = srunner_create(s);
	int failed;

	for (size_t i = 0; i < n; i++) {
		tcase_set_timeout(t[i], 1200);
		suite_add_tcase(s, t[i]);
	}
	srunner_set_fork_status(r, fork);
	srunner_run_all(r, CK_ENV);
	failed = srunner_ntests_failed(r);
	srunner_free(r);
	return failed ? EXIT_FAILURE : EXIT_SUCCESS;
}
