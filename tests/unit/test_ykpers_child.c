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

static int told[2]; /* a pipe */

static void
nothing(void)
{
}

static void
tell(void)
{
	(void)!write(told[1], "x", 1);
}

static void
tell_and_hang(void)
{
	tell();
	for (;;)
		(void)pause();
}

static void
tell_first(const void *ctx, void *reply)
{
	tell();
	hang(ctx, reply);
}

static enum err
run(void (*work)(const void *ctx, void *reply), int x, int *y, int ms)
{
	const struct ykpers_child_work w = { work, nothing, sizeof *y, ms };
	struct ykpers_child c;
	enum err e;

	fail_forget();
	ck_assert_int_eq(ykpers_child_start(&c, &w, &x), OK);
	e = ykpers_child_wait(&c, y);
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

static bool
was_told(void)
{
	char x;

	return read(told[0], &x, 1) == 1;
}

/* A key that blinks stops, even when the parent is killed; and whatever hangs
 * then is ended after all. */
START_TEST(what_is_given_up_is_tidied_up)
{
	struct ykpers_child_work w = { hang, tell, 0, 50 };
	struct ykpers_child c;
	pid_t parent;

	ck_assert_int_eq(pipe(told), 0);
	ck_assert_int_eq(ykpers_child_start(&c, &w, NULL), OK);
	ck_assert_int_eq(ykpers_child_wait(&c, NULL), ERR_DEVICE_GONE);
	ck_assert(was_told());
	w.give_up = tell_and_hang;
	ck_assert_int_eq(ykpers_child_start(&c, &w, NULL), OK);
	ck_assert_int_eq(ykpers_child_wait(&c, NULL), ERR_DEVICE_GONE);
	ck_assert(was_told());
	w = (struct ykpers_child_work){ tell_first, tell, 0, SOON };
	parent = fork();
	if (parent == 0) {
		(void)!ykpers_child_start(&c, &w, NULL);
		(void)pause();
	}
	ck_assert(was_told());
	ck_assert_int_eq(kill(parent, SIGKILL), 0);
	ck_assert_int_eq(waitpid(parent, NULL, 0), parent);
	ck_assert(was_told());
}
END_TEST

START_TEST(a_reply_has_a_limit)
{
	const struct ykpers_child_work w = { answer, nothing,
		YKPERS_CHILD_REPLY + 1, SOON };
	struct ykpers_child c;

	ck_assert_int_eq(ykpers_child_start(&c, &w, &here), ERR_INTERNAL);
}
END_TEST

int
main(void)
{
	const TTest *const t[] = { a_reply_comes_back_and_nothing_else,
		a_crash_is_an_error, one_that_hangs_is_ended,
		what_is_given_up_is_tidied_up, a_reply_has_a_limit };

	return SUITE_RUN("ykpers_child", t);
}
