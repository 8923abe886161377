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
	Suite *s = suite_create(name);
	TCase *t = tcase_create(name);
	SRunner *r;
	int failed;

	tcase_set_timeout(t, 120);
	tcase_add_checked_fixture(t, setup, teardown);
	for (size_t i = 0; i < n; i++)
		tcase_add_test(t, test[i]);
	suite_add_tcase(s, t);
	r = srunner_create(s);
	srunner_run_all(r, CK_ENV);
	failed = srunner_ntests_failed(r);
	srunner_free(r);
	return failed ? EXIT_FAILURE : EXIT_SUCCESS;
}
