/* SPDX-License-Identifier: ISC */
#include "chain/note.h"
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

int
main(void)
{
	const TTest *const t[] = { the_example_of_the_standard_reads,
		the_example_key_of_the_standard_is_found };

	return SUITE_RUN("note", t);
}
