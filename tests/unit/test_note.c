/* SPDX-License-Identifier: ISC */
#include <stdio.h>

#include "chain/note.h"
#include "tests/lib/forge.h"
#include "tests/lib/suite.h"

/* The two notes and the key of c2sp.org/signed-note. */
static const char poem[] =
    "Ognuno sta solo sul cuor della terra\n"
    "trafitto da un raggio di sole:\n"
    "\n"
    "ed \xc3\xa8 subito sera.\n"
    "\n"
    "\xe2\x80\x94 quasimodo.example/salvatore NnugSzTjtVAewIS+Z/iJhUPeFDkO/5QQ2"
    "i5ddnGITLlC+EhfLW9oJKONrMouFSQU0xMcXxj99ihAQwaqP3ZekRwNtIc=\n";
static const char message[] =
    "This is an example message.\n"
    "\n"
    "\xe2\x80\x94 example.com/foo Uw2QOkn8srV1yJGh2VYRlL1Tnagv1YEq6TfXppzi2ONnc"
    "AlTgK7Ztg1ERYNZXsYjOBH3mFXmRKuwHjG1Yu72IneyaQM=\n";
static const char vkey[] =
    "example.com/foo+530d903a+AekyeRrm56hApGFkyQR4ZCbV54Id2LKaANYcrnKv3U2k";

START_TEST(the_example_of_the_standard_reads)
{
	struct note n;

	ck_assert_int_eq(note_decode(span_str(poem), &n), OK);
	ck_assert_uint_eq(n.n, 1);
	ck_assert(span_is(n.signature[0].name, "quasimodo.example/salvatore"));
	ck_assert_uint_eq(n.signature[0].id, 0x367ba04b);
	/* an empty line inside belongs to the text */
	ck_assert_uint_eq(n.text.n, strstr(poem, "sera.\n") + 6 - poem);
}
END_TEST

START_TEST(the_example_key_of_the_standard_is_found)
{
	const struct note_signature *line;
	struct note_key k;
	uint8_t sig[64];
	struct note n;

	ck_assert_int_eq(note_vkey_decode(span_str(vkey), &k), OK);
	ck_assert_uint_eq(k.id, 0x530d903a);
	ck_assert_int_eq(k.type, NOTE_ED25519);
	ck_assert(span_is(k.name, "example.com/foo"));
	ck_assert_int_eq(note_decode(span_str(message), &n), OK);
	ck_assert_int_eq(note_find(&n, &k, 64, sig, &line), OK);
	ck_assert(line == &n.signature[0]);
}
END_TEST

#define DASH "\xe2\x80\x94 "
#define FIVE "AAAAAAA=" /* five bytes */
#define HEAD "text\n\n"
#define LINE DASH "example.com/x " FIVE "\n"

/* A string literal with what stands behind its NULs. */
#define LITERAL(s) \
	{ \
		s, sizeof(s) - 1 \
	}

struct literal {
	const char *p;
	size_t n;
};

static enum err
decoded(struct literal s)
{
	struct note n;

	return note_decode(span_of(s.p, s.n), &n);
}

START_TEST(notes_that_are_well_formed)
{
	static const struct literal good[] = {
		LITERAL(HEAD LINE),
		LITERAL(HEAD LINE LINE),
		LITERAL("\n\n" LINE),       /* the text is an empty line */
		LITERAL("\n\n\n" LINE),     /* or two */
		LITERAL("a\n\nb\n\n" LINE), /* the last empty line ends it */
		LITERAL("a\n\n" LINE "\n" LINE),
		LITERAL("\xc3\xa8\x7f\xc2\x80\n\n" LINE),
		LITERAL("  text \n\n" LINE),
		LITERAL(HEAD DASH "\xf0\x9f\x94\x91 " FIVE "\n"),
		LITERAL(HEAD DASH "x AAAAAAAA\n"),     /* 6 bytes */
		LITERAL(HEAD DASH "x AAAAAAAAAA==\n"), /* 7 */
		LITERAL(HEAD DASH "x AAAA+/A=\n"),
	};

	for (size_t i = 0; i < sizeof good / sizeof *good; i++)
		ck_assert_msg(decoded(good[i]) == OK, "%zu: %s", i, good[i].p);
}
END_TEST

START_TEST(notes_that_are_not)
{
	static const struct literal bad[] = {
		LITERAL(""),
		LITERAL("\n"),
		LITERAL("\n\n"),
		LITERAL("text\n"),
		LITERAL(LINE),
		/* no blank line before the signatures, or one behind them */
		LITERAL("text\n" LINE),
		LITERAL("text" LINE),
		LITERAL("\n" LINE),
		LITERAL(HEAD LINE "\n"),
		LITERAL(HEAD LINE "\n\n"),
		/* none */
		LITERAL(HEAD),
		/* no newline at the end */
		LITERAL(HEAD DASH "example.com/x " FIVE),
		LITERAL(HEAD LINE DASH),
		/* control characters: in the text, a name, the base64 */
		LITERAL("te\0xt\n\n" LINE),
		LITERAL("te\txt\n\n" LINE),
		LITERAL("text\r\n\r\n" LINE),
		LITERAL("te\x1fxt\n\n" LINE),
		LITERAL("text\r\n\n" LINE),
		LITERAL(HEAD DASH "a\tb " FIVE "\n"),
		LITERAL(HEAD DASH "x AAAA\rAAA=\n"),
		LITERAL(HEAD DASH "x " FIVE "\r\n"),
		/* not UTF-8: alone, overlong, surrogate, above, cut off */
		LITERAL("\x80\n\n" LINE),
		LITERAL("\xc0\xaf\n\n" LINE),
		LITERAL("\xed\xa0\x80\n\n" LINE),
		LITERAL("\xf4\x90\x80\x80\n\n" LINE),
		LITERAL("\xe2\x80\n\n" LINE),
		LITERAL(HEAD DASH "\xff " FIVE "\n"),
		/* another dash, another space, none */
		LITERAL(HEAD "-- x " FIVE "\n"),
		LITERAL(HEAD "\xe2\x80\x93 x " FIVE "\n"),
		LITERAL(HEAD "\xe2\x80\x94x " FIVE "\n"),
		LITERAL(HEAD "\xe2\x80\x94\xc2\xa0x " FIVE "\n"),
		LITERAL(HEAD " " LINE),
		LITERAL(HEAD "x " FIVE "\n"),
		/* a name is missing, has a plus, a space */
		LITERAL(HEAD DASH FIVE "\n"),
		LITERAL(HEAD DASH " " FIVE "\n"),
		LITERAL(HEAD DASH "a+b " FIVE "\n"),
		LITERAL(HEAD DASH "a b " FIVE "\n"),
		LITERAL(HEAD DASH "a  " FIVE "\n"),
		/* the base64 is missing, of a key id alone, not padded, padded
		 * too much, has spare bits, another alphabet, blanks */
		LITERAL(HEAD DASH "x \n"),
		LITERAL(HEAD DASH "x\n"),
		LITERAL(HEAD DASH "x AAAA\n"),
		LITERAL(HEAD DASH "x AAAAAA==\n"),
		LITERAL(HEAD DASH "x AAAAAAA\n"),
		LITERAL(HEAD DASH "x AAAAAAA==\n"),
		LITERAL(HEAD DASH "x AAAAAAAA====\n"),
		LITERAL(HEAD DASH "x AAAAAAAAA===\n"),
		LITERAL(HEAD DASH "x AAAAAAB=\n"),
		LITERAL(HEAD DASH "x AAAAAAAAAB==\n"),
		LITERAL(HEAD DASH "x AAAA-_A=\n"),
		LITERAL(HEAD DASH "x AA==AAAA\n"),
		LITERAL(HEAD DASH "x AAA=AAAA\n"),
		LITERAL(HEAD DASH "x " FIVE FIVE "\n"),
		LITERAL(HEAD DASH "x " FIVE " \n"),
		LITERAL(HEAD DASH "x  " FIVE "\n"),
		LITERAL(HEAD DASH "x AAAA AAA=\n"),
		LITERAL(HEAD DASH "x " FIVE " comment\n"),
		/* one bad line spoils the others, whoever's it is */
		LITERAL(HEAD LINE "x\n"),
		LITERAL(HEAD "x\n" LINE),
		LITERAL(HEAD LINE DASH "x AAAAAAB=\n" LINE),
	};

	for (size_t i = 0; i < sizeof bad / sizeof *bad; i++)
		ck_assert_msg(decoded(bad[i]) == ERR_NOTE, "%zu: %s", i,
		    bad[i].p);
}
END_TEST

START_TEST(names_have_none_of_the_spaces_of_unicode)
{
	static const char *const space[] = { "\xc2\x85", "\xc2\xa0",
		"\xe1\x9a\x80", "\xe2\x80\x80", "\xe2\x80\x8a", "\xe2\x80\xa8",
		"\xe2\x80\xa9", "\xe2\x80\xaf", "\xe2\x81\x9f",
		"\xe3\x80\x80" };
	static const char *const other[] = { "\xc2\x84", "\xc2\x86", "\xc2\x9f",
		"\xc2\xa1", "\xe2\x80\x8b", "\xe2\x80\xa7", "\xe2\x80\xaa",
		"\xe2\x80\xae", "\xe2\x80\xb0", "\xe2\x81\xa0", "\xe3\x80\x81",
		"\xef\xbb\xbf" };
	char text[64];

	for (size_t i = 0; i < sizeof space / sizeof *space; i++) {
		snprintf(text, sizeof text, HEAD DASH "a%sb " FIVE "\n",
		    space[i]);
		ck_assert_msg(decoded((struct literal){ text, strlen(text) }) ==
				  ERR_NOTE,
		    "%zu", i);
	}
	for (size_t i = 0; i < sizeof other / sizeof *other; i++) {
		snprintf(text, sizeof text, HEAD DASH "a%sb " FIVE "\n",
		    other[i]);
		ck_assert_msg(decoded((struct literal){ text, strlen(text) }) ==
				  OK,
		    "%zu", i);
	}
}
END_TEST

START_TEST(a_note_has_64_lines_at_most)
{
	static char text[NOTE_MAX];
	struct out o = out_of(text, sizeof text);
	struct note n;

	out_put(&o, HEAD, strlen(HEAD));
	for (int i = 0; i < NOTE_SIGNATURES; i++)
		out_put(&o, LINE, strlen(LINE));
	ck_assert_int_eq(note_decode(out_span(&o), &n), OK);
	ck_assert_uint_eq(n.n, NOTE_SIGNATURES);
	out_put(&o, LINE, strlen(LINE));
	ck_assert_int_eq(note_decode(out_span(&o), &n), ERR_NOTE);
}
END_TEST

START_TEST(a_note_has_16384_bytes_at_most)
{
	static char text[NOTE_MAX + 1];
	struct note n;
	size_t tail = strlen(HEAD LINE);

	memset(text, 'a', sizeof text);
	memcpy(text + NOTE_MAX - tail, HEAD LINE, tail);
	ck_assert_int_eq(note_decode(span_of(text, NOTE_MAX), &n), OK);
	ck_assert_uint_eq(n.text.n, NOTE_MAX - tail + 5);
	memset(text, 'a', sizeof text);
	memcpy(text + sizeof text - tail, HEAD LINE, tail);
	ck_assert_int_eq(note_decode(span_of(text, sizeof text), &n),
	    ERR_TOO_LARGE);
}
END_TEST

/* What the standard asks for when keys look alike. */
START_TEST(a_key_is_its_name_and_its_id)
{
	static const uint8_t public[32] = { 1 };
	struct note_key a, b, c, d;
	const struct note_signature *line;
	uint8_t buf[2048], sig[64], want[64] = { 1, 2, 3 }, other[64] = { 9 };
	struct out o = out_of(buf, sizeof buf);
	struct note n;

	ck_assert_int_eq(note_key_make(&a, span_str("a"), NOTE_ED25519, public),
	    OK);
	b = a, b.name = span_str("b");
	c = a, c.id++;
	ck_assert_int_eq(note_key_make(&d, span_str("a"), NOTE_COSIGNATURE,
			     public),
	    OK);
	ck_assert_uint_ne(d.id, a.id);
	out_put(&o, HEAD, strlen(HEAD));
	note_sign_line(&o, &b, span_of(other, 64));
	note_sign_line(&o, &c, span_of(other, 64));
	note_sign_line(&o, &d, span_of(other, 64));
	/* of a type that nobody here knows, with a signature of another size */
	c.id++;
	note_sign_line(&o, &c, span_of(other, 7));
	ck_assert_int_eq(note_decode(out_span(&o), &n), OK);
	ck_assert_int_eq(note_find(&n, &a, 64, sig, &line), OK);
	ck_assert_ptr_null(line);
	note_sign_line(&o, &a, span_of(want, 64));
	ck_assert_int_eq(note_decode(out_span(&o), &n), OK);
	ck_assert_int_eq(note_find(&n, &a, 64, sig, &line), OK);
	ck_assert(line == &n.signature[4]);
	ck_assert(memcmp(sig, want, 64) == 0);
	note_sign_line(&o, &a, span_of(want, 64));
	ck_assert_int_eq(note_decode(out_span(&o), &n), OK);
	ck_assert_int_eq(note_find(&n, &a, 64, sig, &line), ERR_NOTE);
}
END_TEST

START_TEST(a_known_key_has_a_signature_of_its_size)
{
	static const uint8_t public[32] = { 1 };
	const struct note_signature *line;
	uint8_t buf[512], sig[73] = { 0 };
	struct note_key a;
	struct note n;

	ck_assert_int_eq(note_key_make(&a, span_str("a"), NOTE_ED25519, public),
	    OK);
	for (size_t i = 1; i <= 72; i++) {
		struct out o = out_of(buf, sizeof buf);

		out_put(&o, HEAD, strlen(HEAD));
		note_sign_line(&o, &a, span_of(sig, i));
		ck_assert_int_eq(note_decode(out_span(&o), &n), OK);
		ck_assert_int_eq(note_find(&n, &a, 64, sig, &line),
		    i == 64 ? OK : ERR_NOTE);
		ck_assert_int_eq(note_find(&n, &a, 72, sig, &line),
		    i == 72 ? OK : ERR_NOTE);
	}
}
END_TEST

START_TEST(a_line_is_written_as_the_standard_has_it)
{
	const struct note_signature *line;
	uint8_t buf[512], sig[64];
	struct out o = out_of(buf, sizeof buf);
	struct note_key k;
	struct note n;

	ck_assert_int_eq(note_vkey_decode(span_str(vkey), &k), OK);
	ck_assert_int_eq(note_decode(span_str(message), &n), OK);
	ck_assert_int_eq(note_find(&n, &k, 64, sig, &line), OK);
	out_put(&o, n.text.p, n.text.n);
	out_put(&o, "\n", 1);
	note_sign_line(&o, &k, span_of(sig, 64));
	ck_assert(span_is(out_span(&o), message));
}
END_TEST

START_TEST(base64_has_one_spelling)
{
	static const struct {
		const char *text;
		size_t n;
	} good[] = { { "", 0 }, { "AA==", 1 }, { "/w==", 1 }, { "AAA=", 2 },
		{ "//8=", 2 }, { "AAAA", 3 }, { "+/+/", 3 },
		{ "AAAAAA==", 4 } },
	  bad[] = { { "AB==", 1 }, { "AP==", 1 }, { "AAB=", 2 }, { "AAC=", 2 },
		  { "AA", 1 }, { "AA=", 1 }, { "AAA", 2 }, { "A===", 0 },
		  { "====", 0 }, { "=", 0 }, { "AAAA====", 3 },
		  { "AA==AA==", 2 }, { "AA= =", 1 }, { "A A=", 1 },
		  { "\nAA==", 1 }, { "AA==\n", 1 }, { "-_-_", 3 },
		  { "A\xe2\x80\x94", 3 }, { "\x80\xff++", 3 }, { "AAAA", 2 },
		  { "AAAA", 4 }, { "AA==", 0 } };
	uint8_t b[8];
	char text[16];

	for (size_t i = 0; i < sizeof good / sizeof *good; i++) {
		struct out o = out_of(text, sizeof text);

		ck_assert(note_unbase64(span_str(good[i].text), b, good[i].n));
		note_base64(&o, span_of(b, good[i].n));
		ck_assert(span_is(out_span(&o), good[i].text));
	}
	for (size_t i = 0; i < sizeof bad / sizeof *bad; i++)
		ck_assert_msg(!note_unbase64(span_str(bad[i].text), b,
				  bad[i].n),
		    "%zu: %s", i, bad[i].text);
}
END_TEST

START_TEST(base64_of_any_length_comes_back)
{
	uint8_t b[200], again[200];
	char text[280];

	for (size_t n = 0; n <= sizeof b; n++) {
		struct out o = out_of(text, sizeof text);

		for (size_t i = 0; i < n; i++)
			b[i] = (uint8_t)forge_dice(256);
		note_base64(&o, span_of(b, n));
		ck_assert(!o.full && o.n == (n + 2) / 3 * 4);
		ck_assert(note_unbase64(out_span(&o), again, n));
		ck_assert(memcmp(b, again, n) == 0);
		ck_assert(n == 0 || !note_unbase64(out_span(&o), again, n - 1));
	}
}
END_TEST

int
main(void)
{
	const TTest *const t[] = {
		the_example_of_the_standard_reads,
		the_example_key_of_the_standard_is_found,
		notes_that_are_well_formed,
		notes_that_are_not,
		names_have_none_of_the_spaces_of_unicode,
		a_note_has_64_lines_at_most,
		a_note_has_16384_bytes_at_most,
		a_key_is_its_name_and_its_id,
		a_known_key_has_a_signature_of_its_size,
		a_line_is_written_as_the_standard_has_it,
		base64_has_one_spelling,
		base64_of_any_length_comes_back,
	};

	return SUITE_RUN("note", t);
}
