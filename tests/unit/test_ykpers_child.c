/* SPDX-License-Identifier: ISC */
#include <sys/wait.h>

#include <errno.h>
#include <signal.h>
#include <stdlib.h>
#include <time.h>
#include <unistd.h>

#include "cli/fail.h"
#include "cli/keys/ykpers_child.h"
#include "tests/lib/suite.h"

#define SOON 60000 /* ms; never reached */

static int here;

static void
answer(const void *ctx, void *reply)
{
	const int *x = ctx;

	here = 1;
	*(int *)reply = *x + 1;
}

static void
crash(const void *ctx, void *reply)
{
	(void)ctx;
	(void)reply;
	(void)signal(SIGABRT, SIG_DFL);
	abort();
}

static void
leave(const void *ctx, void *reply)
{
	(void)ctx;
	(void)reply;
	_exit(0);
}

static void
hang(const void *ctx, void *reply)
{
	(void)ctx;
	(void)reply;
	for (;;)
		(void)pause();
}

static enum err
run(void (*work)(const void *ctx, void *reply), int x, int *y, int ms)
{
	struct ykpers_child c;
	enum err e;

	fail_forget();
	ck_assert_int_eq(ykpers_child_start(&c, work, &x, sizeof *y, ms), OK);
	e = ykpers_child_wait(&c, y, sizeof *y);
	/* Whatever happened, it is gone and was waited for. */
	ck_assert_int_eq(waitpid(c.pid, NULL, WNOHANG), -1);
	ck_assert_int_eq(errno, ECHILD);
	ck_assert_int_eq(close(c.fd), -1);
	return e;
}

START_TEST(a_reply_comes_back_and_nothing_else)
{
	int y = 0;

	ck_assert_int_eq(run(answer, 41, &y, SOON), OK);
	ck_assert_int_eq(y, 42);
	ck_assert_int_eq(here, 0);
}
END_TEST

START_TEST(a_crash_is_an_error)
{
	int y = 7;

	ck_assert_int_eq(run(crash, 1, &y, SOON), ERR_DEVICE_GONE);
	ck_assert_ptr_nonnull(strstr(fail_detail(), "crashed"));
	ck_assert_int_eq(run(leave, 1, &y, SOON), ERR_DEVICE_GONE);
}
END_TEST

START_TEST(one_that_hangs_is_ended)
{
	int y = 7;

	ck_assert_int_eq(run(hang, 1, &y, 50), ERR_DEVICE_GONE);
	ck_assert_ptr_nonnull(strstr(fail_detail(), "did not answer"));
}
END_TEST

START_TEST(a_reply_has_a_limit)
{
	struct ykpers_child c;

	ck_assert_int_eq(ykpers_child_start(&c, answer, &here,
			     YKPERS_CHILD_REPLY + 1, SOON),
	    ERR_INTERNAL);
}
END_TEST

int
main(void)
{
	const TTest *const t[] = { a_reply_comes_back_and_nothing_else,
		a_crash_is_an_error, one_that_hangs_is_ended,
		a_reply_has_a_limit };

	return SUITE_RUN("ykpers_child", t);
}
