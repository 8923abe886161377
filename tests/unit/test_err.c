/* SPDX-License-Identifier: ISC */
#include <ctype.h>
#include <stdlib.h>
#include <string.h>

#include "chain/err.h"
#include "tests/lib/suite.h"

START_TEST(every_code_comes_back)
{
	for (unsigned e = 0; e < ERR_COUNT; e++)
		ck_assert_uint_eq(err_from_code(err_code((enum err)e)), e);
	ck_assert_int_eq(err_from_code("no_such_code"), ERR_UNKNOWN_CODE);
	ck_assert_int_eq(err_from_code(""), ERR_UNKNOWN_CODE);
	ck_assert_str_eq(err_code(ERR_SEQ_WRONG), "seq_wrong");
	ck_assert_str_eq(err_code(OK), "ok");
}
END_TEST

START_TEST(codes_are_plain_words)
{
	for (unsigned e = 0; e < ERR_COUNT; e++) {
		for (const char *c = err_code((enum err)e); *c; c++)
			ck_assert(islower((unsigned char)*c) ||
				  isdigit((unsigned char)*c) || *c == '_');
	}
}
END_TEST

START_TEST(sentences_are_sentences)
{
	for (unsigned e = 0; e < ERR_COUNT; e++) {
		const char *s = err_sentence((enum err)e);

		ck_assert_msg(s[strlen(s) - 1] == '.', "%s", s);
	}
}
END_TEST

START_TEST(what_is_no_error_is_ours)
{
	ck_assert_str_eq(err_code((enum err)ERR_COUNT), "internal");
	ck_assert_int_eq(err_class((enum err)ERR_COUNT), ERR_CLASS_BUG);
	ck_assert_int_eq(err_class(OK), ERR_CLASS_OK);
}
END_TEST

int
main(void)
{
	const TTest *const t[] = { every_code_comes_back, codes_are_plain_words,
		sentences_are_sentences, what_is_no_error_is_ours };

	return SUITE_RUN("err", t);
}
