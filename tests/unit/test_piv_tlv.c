/* SPDX-License-Identifier: ISC */
/* Values in BER-TLV: whole to the last byte. */
#include <check.h>
#include <stdlib.h>

#include "cli/keys/piv_tlv.h"
#include "tests/lib/forge.h"
#include "tests/lib/suite.h"

/* One value with tag 01 in whole ones. */
static const struct {
	const char *in, *value; /* NULL: refused */
} tlvs[] = {
	{ "0100", "" },
	{ "01020a0b", "0a0b" },
	{ "02010a01010b", "0b" },
	{ "7f49010a01010b", "0b" },
	{ "", NULL },
	{ "0200", NULL },
	{ "01", NULL },
	{ "0101", NULL },
	{ "01020a", NULL },
	{ "01010a00", NULL },
	{ "01010a02", NULL },
	{ "01010a01010a", NULL }, /* twice */
	{ "0181010a", NULL },     /* a length that fits in less */
	{ "018200010a", NULL },
	{ "0180", NULL }, /* an open length */
	{ "0183000001aa", NULL },
	{ "01ff", NULL },
	{ "0181", NULL },
	{ "018201", NULL },
	{ "7f01010a01010b", NULL },     /* a tag that fits in less */
	{ "7f818101010a01010b", NULL }, /* a tag that is too long */
	{ "7f", NULL },
};

START_TEST(reads_values_strictly)
{
	struct span in = forge_hex(tlvs[_i].in), want, v;
	uint8_t *exact = malloc(in.n ? in.n : 1);

	if (in.n)
		memcpy(exact, in.p, in.n);
	if (tlvs[_i].value == NULL) {
		ck_assert(!piv_tlv_get(span_of(exact, in.n), 1, &v));
	} else {
		want = forge_hex(tlvs[_i].value);
		ck_assert(piv_tlv_get(span_of(exact, in.n), 1, &v));
		ck_assert(span_eq(v, want));
	}
	free(exact);
}
END_TEST

START_TEST(reads_back_what_it_writes)
{
	static const size_t sizes[] = { 0, 1, 127, 128, 255, 256, 65535 };
	static const unsigned tags[] = { 0x01, 0x7c, 0x7f49 };
	static uint8_t buf[65600], body[65536];

	for (size_t i = 0; i < sizeof sizes / sizeof sizes[0]; i++)
		for (size_t j = 0; j < 3; j++) {
			struct out o = out_of(buf, sizeof buf);
			struct span v;

			piv_tlv_put(&o, tags[j], span_of(body, sizes[i]));
			ck_assert(!o.full);
			ck_assert(piv_tlv_get(out_span(&o), tags[j], &v));
			ck_assert_uint_eq(v.n, sizes[i]);
		}
	{
		struct out o = out_of(buf, sizeof buf);

		piv_tlv_put(&o, 1, span_of(body, 65536));
		ck_assert(o.full);
	}
}
END_TEST

#define ROWS(t) (int)(sizeof(t) / sizeof(t)[0])

int
main(void)
{
	const TTest *const t[] = { reads_back_what_it_writes };
	TCase *c = tcase_create("piv_tlv");

	for (size_t i = 0; i < sizeof t / sizeof *t; i++)
		tcase_add_test(c, t[i]);
	tcase_add_loop_test(c, reads_values_strictly, 0, ROWS(tlvs));
	return suite_run_cases("piv_tlv", &c, 1, CK_FORK_GETENV);
}
