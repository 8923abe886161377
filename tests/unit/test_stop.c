/* SPDX-License-Identifier: ISC */
#include <check.h>

#include "system/stop.h"
#include "tests/lib/suite.h"

START_TEST(a_signal_comes_while_it_waits_and_not_before)
{
	static const int ends[] = { SIGTERM, SIGINT };
	sigset_t before;
	const volatile sig_atomic_t *stop = stop_on_signals(&before);

	ck_assert_int_eq(*stop, 0);
	raise(ends[_i]);
	ck_assert_int_eq(*stop, 0);
	sigsuspend(&before);
	ck_assert_int_ne(*stop, 0);
}
END_TEST

START_TEST(without_a_mask_it_comes_at_once)
{
	const volatile sig_atomic_t *stop = stop_on_signals(NULL);

	raise(SIGTERM);
	ck_assert_int_ne(*stop, 0);
}
END_TEST

int
main(void)
{
	TCase *c = tcase_create("stop");

	tcase_add_loop_test(c, a_signal_comes_while_it_waits_and_not_before, 0,
	    2);
	tcase_add_test(c, without_a_mask_it_comes_at_once);
	return suite_run_cases("stop", &c, 1, CK_FORK_GETENV);
}
