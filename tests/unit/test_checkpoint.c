/* SPDX-License-Identifier: ISC */
#include <sodium.h>

#include "chain/cbor.h"
#include "chain/check.h"
#include "chain/checkpoint.h"
#include "tests/lib/log_maker.h"
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

#define ROOT "CsUYapGGPo4dkMgIAUqom/Xajj7h2fB2MPA3j2jxq2I="
#define LINE "\n\xe2\x80\x94 x AAAAAAA=\n"

static enum err
decoded(const char *text, size_t n)
{
	char buf[1024];
	struct checkpoint c;
	struct out o = out_of(buf, sizeof buf);

	out_put(&o, text, n);
	out_put(&o, LINE, strlen(LINE));
	ck_assert(!o.full);
	return checkpoint_decode(out_span(&o), &c);
}

START_TEST(checkpoints_that_are_well_formed)
{
	static const char *const good[] = {
		"o\n0\n" ROOT "\n",
		"o\n1\n" ROOT "\n",
		"o\n9007199254740991\n" ROOT "\n",
		"an origin with blanks + plus \xc3\xa8\n1\n" ROOT "\n",
		"o\n1\n" ROOT "\nextension\n",
		"o\n1\n" ROOT "\n1\n2\n 3\n",
	};

	for (size_t i = 0; i < sizeof good / sizeof *good; i++)
		ck_assert_msg(decoded(good[i], strlen(good[i])) == OK, "%s",
		    good[i]);
}
END_TEST

START_TEST(checkpoints_that_are_not)
{
	static const char *const bad[] = {
		/* lines are missing or empty */
		"o\n",
		"o\n1\n",
		"\n1\n" ROOT "\n",
		"o\n\n" ROOT "\n",
		"o\n1\n\n",
		"o\n" ROOT "\n",
		"o\n1\n" ROOT "\n\n",
		"o\n1\n" ROOT "\n\nextension\n",
		"o\n1\n" ROOT "\nextension\n\n",
		"\no\n1\n" ROOT "\n",
		/* sizes */
		"o\n00\n" ROOT "\n",
		"o\n01\n" ROOT "\n",
		"o\n-1\n" ROOT "\n",
		"o\n+1\n" ROOT "\n",
		"o\n 1\n" ROOT "\n",
		"o\n1 \n" ROOT "\n",
		"o\n1.0\n" ROOT "\n",
		"o\n1e3\n" ROOT "\n",
		"o\n0x1\n" ROOT "\n",
		"o\n1_000\n" ROOT "\n",
		"o\n\xd9\xa1\n" ROOT "\n",
		"o\n9007199254740992\n" ROOT "\n",
		"o\n18446744073709551615\n" ROOT "\n",
		"o\n18446744073709551617\n" ROOT "\n",
		/* roots of 31, 33 and 0 bytes, with spare bits, unpadded */
		"o\n1\nCsUYapGGPo4dkMgIAUqom/Xajj7h2fB2MPA3j2jxqw==\n",
		"o\n1\nCsUYapGGPo4dkMgIAUqom/Xajj7h2fB2MPA3j2jxq2Jx\n",
		"o\n1\nAA==\n",
		"o\n1\nCsUYapGGPo4dkMgIAUqom/Xajj7h2fB2MPA3j2jxq2J=\n",
		"o\n1\nCsUYapGGPo4dkMgIAUqom/Xajj7h2fB2MPA3j2jxq2I\n",
		"o\n1\nCsUYapGGPo4dkMgIAUqom_Xajj7h2fB2MPA3j2jxq2I=\n",
		"o\n1\n " ROOT "\n",
		"o\n1\n" ROOT " \n",
		"o\n1\n0ac5186a91863e8e1d90c808014aa89bf5da8e3ee1d9f07630f03\n",
	};
	static const char crlf[] = "o\r\n1\r\n" ROOT "\r\n";

	for (size_t i = 0; i < sizeof bad / sizeof *bad; i++)
		ck_assert_msg(decoded(bad[i], strlen(bad[i])) == ERR_CHECKPOINT,
		    "%zu: %s", i, bad[i]);
	ck_assert_int_eq(decoded(crlf, sizeof crlf - 1), ERR_NOTE);
	ck_assert_int_eq(decoded("o\n1\n" ROOT, 48), ERR_NOTE);
}
END_TEST

START_TEST(further_lines_are_what_is_left)
{
	static const char text[] = "o\n1\n" ROOT "\nab\nc\n" LINE;
	struct checkpoint c;

	ck_assert_int_eq(checkpoint_decode(span_str(text), &c), OK);
	ck_assert(span_is(c.extension, "ab\nc\n"));
}
END_TEST

START_TEST(a_checkpoint_reads_as_it_was_written)
{
	static const uint64_t size[] = { 0, 1, 9, 10, 4294967296,
		CBOR_UINT_MAX };
	uint8_t buf[CHECKPOINT_TEXT_MAX + 64];
	struct checkpoint c;
	struct h32 root;

	for (size_t i = 0; i < sizeof size / sizeof *size; i++) {
		struct out o = out_of(buf, sizeof buf);

		memset(&root, (int)i * 37, sizeof root);
		checkpoint_text(&o, span_str("example.org/a"), size[i], &root);
		out_put(&o, LINE, strlen(LINE));
		ck_assert_int_eq(checkpoint_decode(out_span(&o), &c), OK);
		ck_assert_uint_eq(c.size, size[i]);
		ck_assert(h32_eq(&c.root, &root));
		ck_assert(span_is(c.origin, "example.org/a"));
	}
}
END_TEST

/* A log and a witness of it, and a checkpoint that both signed. */
static struct log_maker maker;
static struct note_key witness;
static uint8_t witness_secret[64], paper[2 * LOG_MAKER_NOTE];
static struct out note;

static void
cosign(uint64_t seconds, size_t n)
{
	uint8_t text[LOG_MAKER_NOTE], sig[8 + 64];
	struct out t = out_of(text, sizeof text);
	struct checkpoint c;

	ck_assert_int_eq(checkpoint_decode(out_span(&note), &c), OK);
	checkpoint_cosigned(&t, seconds, c.note.text);
	for (size_t i = 0; i < 8; i++)
		sig[i] = (uint8_t)(seconds >> (56 - 8 * i));
	crypto_sign_detached(sig + 8, NULL, t.p, t.n, witness_secret);
	note_sign_line(&note, &witness, span_of(sig, n));
	ck_assert(!note.full);
}

static void
begin(void)
{
	uint8_t public[32], seed[32] = { 7 };

	log_maker_begin(&maker, "seed", "example.org/log");
	crypto_sign_seed_keypair(public, witness_secret, seed);
	ck_assert_int_eq(note_key_make(&witness, span_str("example.org/w"),
			     NOTE_COSIGNATURE, public),
	    OK);
	note = out_of(paper, sizeof paper);
	log_maker_note(&maker, (struct log_branch){ UINT64_MAX, 0 }, 4, &note);
}

/* The same log, and what its own lines say of it. */
static enum err
by_log(const struct note_key *k)
{
	struct checkpoint c;

	TRY(checkpoint_decode(out_span(&note), &c));
	return checkpoint_verify(&c, k);
}

static enum err
by_witness(const struct note_key *k, uint64_t *seconds)
{
	struct checkpoint c;

	TRY(checkpoint_decode(out_span(&note), &c));
	return checkpoint_cosigned_by(&c, k, seconds);
}

START_TEST(the_log_signs_the_whole_text)
{
	begin();
	ck_assert_int_eq(by_log(&maker.key), OK);
	for (size_t i = 0; i < note.n; i++) {
		note.p[i] ^= 1;
		ck_assert_msg(by_log(&maker.key) != OK, "byte %zu", i);
		note.p[i] ^= 1;
	}
}
END_TEST

START_TEST(the_logs_line_must_be_there)
{
	struct note_key other;

	begin();
	other = maker.key, other.id ^= 1;
	ck_assert_int_eq(by_log(&other), ERR_CHECKPOINT_SIG);
	other = maker.key, other.name.n--;
	ck_assert_int_eq(by_log(&other), ERR_CHECKPOINT_SIG);
	/* a known key whose signature is of another */
	other = maker.key, other.public = witness.public;
	ck_assert_int_eq(by_log(&other), ERR_CHECKPOINT_SIG);
	ck_assert_int_eq(by_log(&witness), ERR_VKEY);
}
END_TEST

START_TEST(a_cosignature_is_of_its_second)
{
	static const uint64_t time[] = { 1, 1679315147, 253402300799,
		INT64_MAX };
	uint64_t seconds;

	begin();
	ck_assert_int_eq(by_witness(&witness, &seconds), OK);
	ck_assert_uint_eq(seconds, 0);
	for (size_t i = 0; i < sizeof time / sizeof *time; i++) {
		begin();
		cosign(time[i], 72);
		ck_assert_int_eq(by_witness(&witness, &seconds), OK);
		ck_assert_uint_eq(seconds, time[i]);
		ck_assert_int_eq(by_log(&maker.key), OK);
	}
}
END_TEST

START_TEST(a_cosignature_has_a_time_and_a_length)
{
	static const uint64_t time[] = { 0, (uint64_t)INT64_MAX + 1,
		UINT64_MAX };
	static const size_t n[] = { 1, 64, 71 };
	uint64_t seconds;

	for (size_t i = 0; i < sizeof time / sizeof *time; i++) {
		begin();
		cosign(time[i], 72);
		ck_assert_int_eq(by_witness(&witness, &seconds), ERR_NOTE);
	}
	for (size_t i = 0; i < sizeof n / sizeof *n; i++) {
		begin();
		cosign(1, n[i]);
		ck_assert_int_eq(by_witness(&witness, &seconds), ERR_NOTE);
	}
	begin();
	cosign(1, 72);
	cosign(2, 72);
	ck_assert_int_eq(by_witness(&witness, &seconds), ERR_NOTE);
}
END_TEST

/* Moving a cosignature's time, or its line to another log's checkpoint. */
START_TEST(a_cosignature_holds_nowhere_else)
{
	uint64_t seconds;
	uint8_t was[2 * LOG_MAKER_NOTE];
	size_t line;
	struct span other;

	begin();
	line = note.n;
	cosign(1000, 72);
	memcpy(was, note.p, note.n);
	other = span_of(was + line, note.n - line);
	/* a checkpoint of the next size */
	note = out_of(paper, sizeof paper);
	log_maker_note(&maker, (struct log_branch){ UINT64_MAX, 0 }, 5, &note);
	out_put(&note, other.p, other.n);
	ck_assert_int_eq(by_witness(&witness, &seconds), ERR_COSIGNATURE);
	begin();
	cosign(1000, 72);
	for (size_t i = line; i < note.n; i++) {
		note.p[i] ^= 1;
		ck_assert(by_witness(&witness, &seconds) != OK || seconds == 0);
		note.p[i] ^= 1;
	}
	ck_assert_int_eq(by_witness(&maker.key, &seconds), ERR_VKEY);
}
END_TEST

START_TEST(keys_and_types_that_nobody_knows_are_stepped_over)
{
	struct note_key unknown;
	uint8_t sig[72] = { 1 };
	uint64_t seconds;

	begin();
	unknown = witness, unknown.id = 0x12345678;
	note_sign_line(&note, &unknown, span_of(sig, 3));
	unknown = maker.key, unknown.name = span_str("someone");
	note_sign_line(&note, &unknown, span_of(sig, 72));
	cosign(5, 72);
	ck_assert_int_eq(by_log(&maker.key), OK);
	ck_assert_int_eq(by_witness(&witness, &seconds), OK);
	ck_assert_uint_eq(seconds, 5);
}
END_TEST

START_TEST(a_text_that_is_too_long_is_not_verified)
{
	static uint8_t text[CHECKPOINT_COSIGNED_MAX + 1];
	uint8_t sig[64] = { 0 };

	ck_assert_int_eq(checkpoint_genuine(&witness.public, 1,
			     span_of(text, sizeof text),
			     span_of(sig, sizeof sig)),
	    ERR_TOO_LARGE);
}
END_TEST

int
main(void)
{
	const TTest *const t[] = {
		the_example_of_the_standard_reads,
		a_check_of_a_note_verifies_its_signature,
		checkpoints_that_are_well_formed,
		checkpoints_that_are_not,
		further_lines_are_what_is_left,
		a_checkpoint_reads_as_it_was_written,
		the_log_signs_the_whole_text,
		the_logs_line_must_be_there,
		a_cosignature_is_of_its_second,
		a_cosignature_has_a_time_and_a_length,
		a_cosignature_holds_nowhere_else,
		keys_and_types_that_nobody_knows_are_stepped_over,
		a_text_that_is_too_long_is_not_verified,
	};

	return SUITE_RUN("checkpoint", t);
}
