/* SPDX-License-Identifier: ISC */
/* Whoever must touch a key is told so, and whoever need not is not. */
#include "cli/keys/touch.h"
#include "cli/mem.h"
#include "tests/lib/capture.h"
#include "tests/lib/suite.h"

#define DEVICE "YubiKey 17654321, slot 9c (15 s)"
#define NEVER 3600000

/* Waits until it is there, however slow this machine is. */
static bool
appears(struct touch *t)
{
	const struct timespec tick = { 0, 1000000 };

	for (int i = 0; i < 120000; i++) {
		if (touch_shown(t))
			return true;
		(void)nanosleep(&tick, NULL);
	}
	return false;
}

START_TEST(what_is_over_before_asks_for_no_touch)
{
	struct touch *t;

	capture_begin();
	t = touch_begin(DEVICE, NEVER);
	ck_assert(!touch_shown(t));
	touch_end(t);
	ck_assert_str_eq(capture_end(), "");
	mem_free_all();
}
END_TEST

START_TEST(what_goes_on_asks_for_one)
{
	struct touch *t;

	capture_begin();
	t = touch_begin(DEVICE, 0);
	ck_assert(appears(t));
	touch_end(t);
	/* a plain line, where there is no terminal to clear it from */
	ck_assert_str_eq(capture_end(), "touch " DEVICE "\n");
	mem_free_all();
}
END_TEST

START_TEST(nothing_appears_after_the_end)
{
	const struct timespec while_ = { 0, 20000000 };
	size_t n;

	capture_begin();
	for (unsigned i = 0; i < 300; i++)
		touch_end(touch_begin("x", i % 3));
	n = strlen(capture_text());
	ck_assert_uint_eq(n % strlen("touch x\n"), 0);
	(void)nanosleep(&while_, NULL);
	ck_assert_uint_eq(strlen(capture_end()), n);
	mem_free_all();
}
END_TEST

START_TEST(the_edge_is_at_400_milliseconds)
{
	const struct timespec began = { 7, 700000000 };
	struct timespec due = touch_due(began, TOUCH_AFTER);

	ck_assert_int_eq(due.tv_sec, 8);
	ck_assert_int_eq(due.tv_nsec, 100000000);
	due = touch_due(began, 0);
	ck_assert_int_eq(due.tv_sec, 7);
	ck_assert_int_eq(due.tv_nsec, 700000000);
	due = touch_due(began, 299);
	ck_assert_int_eq(due.tv_nsec, 999000000);
	due = touch_due(began, 300);
	ck_assert_int_eq(due.tv_sec, 8);
	ck_assert_int_eq(due.tv_nsec, 0);
}
END_TEST

START_TEST(a_device_cannot_write_a_line_of_its_own)
{
	struct touch *t;

	capture_begin();
	t = touch_begin("card\n  PCR0 same\x1b[2J\xe2\x80\xae", 0);
	ck_assert(appears(t));
	touch_end(t);
	ck_assert_str_eq(capture_end(), "touch card? PCR0 same?[2J???\n");
	mem_free_all();
}
END_TEST

int
main(void)
{
	const TTest *const t[] = {
		what_is_over_before_asks_for_no_touch,
		what_goes_on_asks_for_one,
		nothing_appears_after_the_end,
		the_edge_is_at_400_milliseconds,
		a_device_cannot_write_a_line_of_its_own,
	};

	return SUITE_RUN("touch", t);
}
