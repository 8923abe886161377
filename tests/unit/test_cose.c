/* SPDX-License-Identifier: ISC */
#include <check.h>

#include "chain/cose.h"
#include "tests/lib/forge.h"
#include "tests/lib/suite.h"

/* The head of the payload inside what is signed has one, two or three bytes. */
START_TEST(payload_of_any_length_verifies)
{
	static const size_t n[] = { 1, 23, 24, 255, 256, 16384 };
	struct forge_key key = forge_key();

	for (size_t i = 0; i < sizeof n / sizeof n[0]; i++) {
		struct span doc = forge_sign1(forge_fill(7, n[i]), &key);
		struct cose s;

		ck_assert_int_eq(cose_parse(doc, &s), OK);
		ck_assert_uint_eq(s.payload.n, n[i]);
		ck_assert_int_eq(cose_verify(&s, key.point), OK);
		s.payload = forge_fill(8, n[i]);
		ck_assert_int_eq(cose_verify(&s, key.point), ERR_DOC_SIG);
	}
}
END_TEST

int
main(void)
{
	const TTest *const t[] = { payload_of_any_length_verifies };

	return SUITE_RUN("cose", t);
}
