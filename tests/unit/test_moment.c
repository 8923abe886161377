/* SPDX-License-Identifier: ISC */
#include "tests/lib/suite.h"
#include "witness/moment.h"

#define NOW UINT64_C(1800000000000)
#define SLACK MOMENT_SLACK_MS

static struct moment m;
static uint64_t seconds;

START_TEST(a_clock_that_goes_is_believed)
{
	moment_begin(&m, NOW, 1000, 0);
	ck_assert_int_eq(moment_now(&m, NOW + 5999, 6999, &seconds), OK);
	ck_assert_uint_eq(seconds, NOW / 1000 + 5);
}
END_TEST

START_TEST(a_jump_is_a_fault_in_either_direction)
{
	moment_begin(&m, NOW, 1000, 0);
	ck_assert_int_eq(moment_now(&m, NOW + SLACK, 1000, &seconds), OK);
	moment_begin(&m, NOW, 1000, 0);
	ck_assert_int_eq(moment_now(&m, NOW + SLACK + 1, 1000, &seconds),
	    ERR_CLOCK);
	ck_assert_int_eq(moment_now(&m, NOW - SLACK - 1, 1000, &seconds),
	    ERR_CLOCK);
	ck_assert_int_eq(moment_now(&m, NOW - SLACK, 1000, &seconds), OK);
}
END_TEST

START_TEST(a_jump_is_not_got_used_to_but_ends_when_the_clock_is_put_right)
{
	moment_begin(&m, NOW, 1000, 0);
	for (uint64_t i = 0; i < 10; i++)
		ck_assert_int_eq(moment_now(&m, NOW + 2 * SLACK + i, 1000 + i,
				     &seconds),
		    ERR_CLOCK);
	ck_assert_int_eq(moment_now(&m, NOW + 60000, 61000, &seconds), OK);
}
END_TEST

START_TEST(little_corrections_add_up_to_no_fault)
{
	moment_begin(&m, NOW, 1000, 0);
	for (uint64_t i = 1; i < 100; i++)
		ck_assert_int_eq(moment_now(&m, NOW + i * 10000, 1000,
				     &seconds),
		    OK);
}
END_TEST

START_TEST(a_clock_behind_what_was_given_is_a_fault)
{
	const uint64_t newest = NOW / 1000;

	moment_begin(&m, NOW - SLACK, 1000, newest);
	ck_assert_int_eq(moment_now(&m, NOW - SLACK, 1000, &seconds), OK);
	moment_begin(&m, NOW - SLACK - 1, 1000, newest);
	ck_assert_int_eq(moment_now(&m, NOW - SLACK - 1, 1000, &seconds),
	    ERR_CLOCK);
	moment_begin(&m, NOW, 1000, 0);
	moment_given(&m, newest + 301);
	moment_given(&m, newest);
	ck_assert_int_eq(moment_now(&m, NOW, 1000, &seconds), ERR_CLOCK);
	ck_assert_int_eq(moment_now(&m, NOW + 1000, 2000, &seconds), OK);
}
END_TEST

START_TEST(a_machine_that_does_not_know_the_time_does_not_cosign)
{
	moment_begin(&m, 0, 1000, 0);
	ck_assert_int_eq(moment_now(&m, 999, 1999, &seconds), ERR_CLOCK);
	ck_assert_int_eq(moment_now(&m, 1000, 2000, &seconds), OK);
}
END_TEST

int
main(void)
{
	const TTest *const t[] = { a_clock_that_goes_is_believed,
		a_jump_is_a_fault_in_either_direction,
		a_jump_is_not_got_used_to_but_ends_when_the_clock_is_put_right,
		little_corrections_add_up_to_no_fault,
		a_clock_behind_what_was_given_is_a_fault,
		a_machine_that_does_not_know_the_time_does_not_cosign };

	return SUITE_RUN("moment", t);
}
