/* SPDX-License-Identifier: ISC */
#include <stdbool.h>

#include "cli/hint.h"
#include "tests/lib/suite.h"

/* A person who meets one of these can do something about it. */
static bool
can_act(enum err_class c)
{
	return c == ERR_CLASS_POLICY || c == ERR_CLASS_CONFLICT ||
	       c == ERR_CLASS_LOGIN || c == ERR_CLASS_ALLOW ||
	       c == ERR_CLASS_MISSING || c == ERR_CLASS_LIMIT ||
	       c == ERR_CLASS_RETRY || c == ERR_CLASS_DEVICE;
}

START_TEST(every_error_that_one_can_mend_says_how)
{
	for (int i = OK + 1; i < ERR_COUNT; i++) {
		const char *text = hint_of((enum err)i);

		if (can_act(err_class((enum err)i)))
			ck_assert_msg(text != NULL, "%s",
			    err_code((enum err)i));
		ck_assert(text == NULL || strlen(text) < 400);
	}
	ck_assert_ptr_null(hint_of(OK));
	ck_assert_ptr_null(hint_of(ERR_SIG_BAD));
}
END_TEST

int
main(void)
{
	const TTest *const t[] = { every_error_that_one_can_mend_says_how };

	return SUITE_RUN("hint", t);
}
