/* SPDX-License-Identifier: ISC */
#include "chain/check.h"
#include "chain/checkpoint.h"
#include "tests/lib/suite.h"

/* Of c2sp.org/tlog-cosignature. */
static const char example[] =
    "example.com/behind-the-sofa\n"
    "20852163\n"
    "CsUYapGGPo4dkMgIAUqom/Xajj7h2fB2MPA3j2jxq2I=\n"
    "\n"
    "\xe2\x80\x94 example.com/behind-the-sofa Az3grlgtzPICa5OS8npVmf1Myq/5IZniM"
    "p+ZJurmRDeOoRDe4URYN7u5/Zhcyv2q1gGzGku9nTo+zyWE+xeMcTOAYQ8=\n"
    "\xe2\x80\x94 witness.example.com/w1 jWbPPwAAAABkGFDLEZMHwSRaJNiIDoe9DYn/zX"
    "crtPHeolMI5OWXEhZCB9dlrDJsX3b2oyin1nPZqhf5nNo0xUe+mbIUBkBIfZ+qnA==\n";

START_TEST(the_example_of_the_standard_reads)
{
	uint8_t buf[CHECKPOINT_COSIGNED_MAX], text[CHECKPOINT_TEXT_MAX];
	struct out o = out_of(text, sizeof text);
	struct note_key w = { .name = span_str("witness.example.com/w1"),
		.id = 0x8d66cf3f,
		.type = NOTE_COSIGNATURE };
	struct checkpoint c;
	uint64_t seconds;
	uint8_t sig[64];

	ck_assert_int_eq(checkpoint_decode(span_str(example), &c), OK);
	ck_assert(span_is(c.origin, "example.com/behind-the-sofa"));
	ck_assert_uint_eq(c.size, 20852163);
	ck_assert_uint_eq(c.extension.n, 0);
	checkpoint_text(&o, c.origin, c.size, &c.root);
	ck_assert(span_eq(out_span(&o), c.note.text));
	ck_assert_int_eq(checkpoint_cosignature(&c, &w, &seconds, sig), OK);
	ck_assert_uint_eq(seconds, 1679315147);
	o = out_of(buf, sizeof buf);
	checkpoint_cosigned(&o, seconds, c.note.text);
	ck_assert(span_is(out_span(&o),
	    "cosignature/v1\ntime 1679315147\nexample.com/behind-the-sofa\n"
	    "20852163\nCsUYapGGPo4dkMgIAUqom/Xajj7h2fB2MPA3j2jxq2I=\n"));
}
END_TEST

/* The signature of the example in c2sp.org/signed-note. */
START_TEST(a_check_of_a_note_verifies_its_signature)
{
	static const char message[] =
	    "This is an example message.\n\n\xe2\x80\x94 example.com/foo "
	    "Uw2QOkn8"
	    "srV1yJGh2VYRlL1Tnagv1YEq6TfXppzi2ONncAlTgK7Ztg1ERYNZXsYjOBH3mFXmRK"
	    "uwHjG1Yu72IneyaQM=\n";
	struct check k = { .what = CHECK_NOTE };
	const struct note_signature *line;
	struct note_key key;
	struct note n;
	uint8_t sig[64];

	ck_assert_int_eq(
	    note_vkey_decode(span_str("example.com/foo+530d903a+AekyeRrm56hApGF"
				      "kyQR4ZCbV54Id2LKaANYcrnKv3U2k"),
		&key),
	    OK);
	ck_assert_int_eq(note_decode(span_str(message), &n), OK);
	ck_assert_int_eq(note_find(&n, &key, 64, sig, &line), OK);
	k.key = key.public;
	k.payload = n.text;
	k.sig = span_of(sig, sizeof sig);
	ck_assert_int_eq(check_run(&k, NULL), OK);
	k.seconds = 1;
	ck_assert_int_eq(check_run(&k, NULL), ERR_COSIGNATURE);
	k.seconds = 0;
	k.payload.n--;
	ck_assert_int_eq(check_run(&k, NULL), ERR_CHECKPOINT_SIG);
}
END_TEST

int
main(void)
{
	const TTest *const t[] = { the_example_of_the_standard_reads,
		a_check_of_a_note_verifies_its_signature };

	return SUITE_RUN("checkpoint", t);
}
