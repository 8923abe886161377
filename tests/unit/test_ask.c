/* SPDX-License-Identifier: ISC */
#include "tests/lib/suite.h"
#include "witness/ask.h"

#define HASH "AAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAA="

static enum err
decode(const char *text, struct ask *a)
{
	return ask_decode(span_str(text), a);
}

START_TEST(a_body_is_taken_apart)
{
	struct ask a;

	ck_assert_int_eq(decode("old 20852014\n" HASH "\n" HASH "\n\nrest\n",
			     &a),
	    OK);
	ck_assert_uint_eq(a.old, 20852014);
	ck_assert_uint_eq(a.n, 2);
	ck_assert(span_is(a.note, "rest\n"));
	ck_assert_int_eq(decode("old 0\n\n", &a), OK);
	ck_assert_uint_eq(a.old, 0);
	ck_assert_uint_eq(a.n, 0);
	ck_assert_uint_eq(a.note.n, 0);
	ck_assert_int_eq(decode("old 9007199254740991\n\n", &a), OK);
}
END_TEST

/* Each is refused, and for one reason. */
static const char *const refused[] = { "", "\n", "old", "old\n\n", "old \n\n",
	"old 0", "old 0\n", "old 0\nx", " old 0\n\n", "old  0\n\n",
	"old 0 \n\n", "old +1\n\n", "old -1\n\n", "old 00\n\n", "old 01\n\n",
	"old 1a\n\n", "old 0x1\n\n", "old 9007199254740992\n\n",
	"old 18446744073709551616\n\n", "old 99999999999999999999\n\n",
	"Old 0\n\n", "new 0\n\n", "old\t0\n\n", "old 0\r\n\r\n",
	/* proofs */
	"old 1\n" HASH, "old 1\n" HASH "\n", "old 1\n" HASH "\r\n\n",
	"old 1\n " HASH "\n\n", "old 1\n" HASH " \n\n",
	"old 1\nAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAB=\n\n",
	"old 1\nAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAA\n\n",
	"old 1\nAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAA\n\n",
	"old 1\nAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAA==\n\n",
	"old 1\n-AAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAA=\n\n",
	"old 1\n_AAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAA=\n\n" };

START_TEST(anything_else_is_refused)
{
	struct ask a;

	for (size_t i = 0; i < sizeof refused / sizeof *refused; i++)
		ck_assert_msg(decode(refused[i], &a) == ERR_WITNESS_BODY, "%s",
		    refused[i]);
}
END_TEST

START_TEST(sixty_three_hashes_are_taken_and_no_more)
{
	char body[70 * 45 + 32];
	struct out o = out_of(body, sizeof body);
	struct ask a;

	out_put(&o, "old 1\n", 6);
	for (int i = 0; i < 63; i++)
		out_put(&o, HASH "\n", 45);
	out_put(&o, "\n", 1);
	ck_assert_int_eq(ask_decode(out_span(&o), &a), OK);
	ck_assert_uint_eq(a.n, 63);
	o.n--;
	out_put(&o, HASH "\n\n", 46);
	ck_assert_int_eq(ask_decode(out_span(&o), &a), ERR_WITNESS_BODY);
}
END_TEST

int
main(void)
{
	const TTest *const t[] = { a_body_is_taken_apart,
		anything_else_is_refused,
		sixty_three_hashes_are_taken_and_no_more };

	return SUITE_RUN("ask", t);
}
