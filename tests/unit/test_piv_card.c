/* SPDX-License-Identifier: ISC */
/* What a card is, what its slots hold, and its PIN. */
#include <check.h>

#include "tests/lib/card_script.h"
#include "tests/lib/same.h"
#include "tests/lib/suite.h"

static struct piv_card card;

static void
each(void)
{
	card_script_begin(&card);
}

static void
after(void)
{
	piv_card_end(&card);
}

#define SELECT "00a4040005a000000308"
#define VERSION "00fd000000"
#define SERIAL "00f8000000"

START_TEST(learns_who_the_card_is)
{
	card_script_expect(SELECT, "61009000");
	card_script_expect(VERSION, "0504039000");
	card_script_expect(SERIAL, "010d61719000");
	same(piv_card_select(&card), OK);
	ck_assert(card.has_serial && card.serial == 0x010d6171);
	ck_assert(piv_card_is_at_least(&card, 5, 4, 3));
	ck_assert(piv_card_is_at_least(&card, 4, 9, 9));
	ck_assert(!piv_card_is_at_least(&card, 5, 4, 4));
	ck_assert(!piv_card_is_at_least(&card, 5, 7, 0));
	ck_assert(!piv_card_is_at_least(&card, 6, 0, 0));
}
END_TEST

START_TEST(takes_a_card_without_a_number)
{
	card_script_expect(SELECT, "9000");
	card_script_expect(VERSION, "0403079000");
	card_script_expect(SERIAL, "6d00");
	same(piv_card_select(&card), OK);
	ck_assert(!card.has_serial);
}
END_TEST

static const struct {
	const char *select, *version, *serial;
	enum err want;
} strangers[] = {
	{ "6a82", NULL, NULL, ERR_DEVICE_REFUSED },
	{ "9000", "6d00", NULL, ERR_DEVICE_REFUSED },
	{ "9000", "05049000", NULL, ERR_DEVICE_GONE },
	{ "9000", "050403019000", NULL, ERR_DEVICE_GONE },
	{ "9000", "0504039000", "0102039000", ERR_DEVICE_GONE },
};

START_TEST(passes_over_other_cards)
{
	card_script_expect(SELECT, strangers[_i].select);
	if (strangers[_i].version != NULL)
		card_script_expect(VERSION, strangers[_i].version);
	if (strangers[_i].serial != NULL)
		card_script_expect(SERIAL, strangers[_i].serial);
	same(piv_card_select(&card), strangers[_i].want);
	ck_assert_uint_eq(card_script_left(), 0);
}
END_TEST

static const struct {
	const char *give;
	enum err want;
	enum key_type type;
	enum piv_pin pin;
	enum piv_touch touch;
	bool imported;
} keys[] = {
	{ "010111"
	  "02020202"
	  "030101"
	  "0443"
	  "8641" G256 "9000",
	    OK, KEY_P256, PIV_PIN_ONCE, PIV_TOUCH_ALWAYS, false },
	{ "0101e0"
	  "02020301"
	  "030102"
	  "0422"
	  "8620" ED "9000",
	    OK, KEY_ED25519, PIV_PIN_ALWAYS, PIV_TOUCH_NEVER, true },
	{ "0101e0"
	  "02020103"
	  "030101"
	  "0422"
	  "8620" ED "9000",
	    OK, KEY_ED25519, PIV_PIN_NEVER, PIV_TOUCH_CACHED, false },
	/* Fingerprints, and what nobody knows yet: the PIN is asked for. */
	{ "0101e0"
	  "02020409"
	  "030101"
	  "0422"
	  "8620" ED "9000",
	    OK, KEY_ED25519, PIV_PIN_UNKNOWN, PIV_TOUCH_UNKNOWN, false },
	{ "6a88", ERR_KEY_MISSING, 0, 0, 0, false },
	{ "6a82", ERR_KEY_MISSING, 0, 0, 0, false },
	{ "6a80", ERR_DEVICE_REFUSED, 0, 0, 0, false },
	{ "010107"
	  "02020202"
	  "030101"
	  "0402"
	  "8100"
	  "9000",
	    ERR_KEY_SCHEME, 0, 0, 0, false },
	{ "0101e1"
	  "02020202"
	  "030101"
	  "0422"
	  "8620" ED "9000",
	    ERR_KEY_SCHEME, 0, 0, 0, false },
	{ "9000", ERR_DEVICE_GONE, 0, 0, 0, false },
	/* A point of another curve, of another size, on no curve. */
	{ "010114"
	  "02020202"
	  "030101"
	  "0443"
	  "8641" G256 "9000",
	    ERR_DEVICE_GONE, 0, 0, 0, false },
	{ "010111"
	  "02020202"
	  "030101"
	  "0422"
	  "8620" ED "9000",
	    ERR_DEVICE_GONE, 0, 0, 0, false },
	{ "0101e0"
	  "02020202"
	  "030101"
	  "0422"
	  "8620"
	  "0000000000000000000000000000000000000000000000000000000000000000"
	  "9000",
	    ERR_DEVICE_GONE, 0, 0, 0, false },
	/* A field short, missing, twice; bytes after the end. */
	{ "0101e0"
	  "020102"
	  "030101"
	  "0422"
	  "8620" ED "9000",
	    ERR_DEVICE_GONE, 0, 0, 0, false },
	{ "0101e0"
	  "030101"
	  "0422"
	  "8620" ED "9000",
	    ERR_DEVICE_GONE, 0, 0, 0, false },
	{ "0101e0"
	  "02020202"
	  "0422"
	  "8620" ED "9000",
	    ERR_DEVICE_GONE, 0, 0, 0, false },
	{ "0101e0"
	  "02020202"
	  "030101"
	  "9000",
	    ERR_DEVICE_GONE, 0, 0, 0, false },
	{ "0101e0"
	  "0101e0"
	  "02020202"
	  "030101"
	  "0422"
	  "8620" ED "9000",
	    ERR_DEVICE_GONE, 0, 0, 0, false },
	{ "0101e0"
	  "02020202"
	  "030101"
	  "0422"
	  "8620" ED "00"
	  "9000",
	    ERR_DEVICE_GONE, 0, 0, 0, false },
};

START_TEST(reads_what_is_in_a_slot)
{
	struct piv_key k;
	enum key_type type;

	card_script_expect("00f7009c00", keys[_i].give);
	same(piv_card_key(&card, 0x9c, &k), keys[_i].want);
	if (keys[_i].want != OK)
		return;
	ck_assert_int_eq(k.type, keys[_i].type);
	ck_assert_int_eq(k.pin, keys[_i].pin);
	ck_assert_int_eq(k.touch, keys[_i].touch);
	ck_assert_int_eq(k.imported, keys[_i].imported);
	same(key_parse(k.blob, &type, NULL, NULL), OK);
	ck_assert_int_eq(type, k.type);
}
END_TEST

START_TEST(asks_old_firmware_for_a_certificate)
{
	static const struct {
		uint8_t slot;
		const char *command;
	} row[] = {
		{ 0x9a, "00cb3fff055c035fc105" },
		{ 0x9c, "00cb3fff055c035fc10a" },
		{ 0x9d, "00cb3fff055c035fc10b" },
		{ 0x9e, "00cb3fff055c035fc101" },
		{ 0x82, "00cb3fff055c035fc10d" },
		{ 0x95, "00cb3fff055c035fc120" },
	};
	struct piv_key k;

	memcpy(card.firmware, "\5\2\7", 3);
	for (size_t i = 0; i < sizeof row / sizeof row[0]; i++) {
		card_script_expect(row[i].command, "6a82");
		same(piv_card_key(&card, row[i].slot, &k), ERR_KEY_MISSING);
	}
	card_script_expect(NULL, "5307"
				 "700230007101"
				 "01"
				 "9000");
	same(piv_card_key(&card, 0x9c, &k), ERR_DEVICE_GONE);
	card_script_expect(NULL, "5307"
				 "700230007101"
				 "00"
				 "9000");
	same(piv_card_key(&card, 0x9c, &k), ERR_KEY_SCHEME);
	card_script_expect(NULL, "5302"
				 "7100"
				 "9000");
	same(piv_card_key(&card, 0x9c, &k), ERR_DEVICE_GONE);
	card_script_expect(NULL, "5202"
				 "7000"
				 "9000");
	same(piv_card_key(&card, 0x9c, &k), ERR_DEVICE_GONE);
}
END_TEST

static const struct {
	const char *give;
	enum err want;
	int left;
} counts[] = {
	{ "63c3", OK, 3 },
	{ "63cf", OK, 15 },
	{ "63c1", OK, 1 },
	{ "63c0", ERR_PIN_BLOCKED, 0 },
	{ "6983", ERR_PIN_BLOCKED, -1 },
	{ "9000", OK, -1 },
	{ "6300", ERR_DEVICE_REFUSED, -1 },
	{ "6a88", ERR_DEVICE_REFUSED, -1 },
};

START_TEST(never_guesses_how_many_tries_are_left)
{
	int left = 77;

	card_script_expect("0020008000", counts[_i].give);
	same(piv_card_tries(&card, &left), counts[_i].want);
	ck_assert_int_eq(left, counts[_i].left);
}
END_TEST

static const struct {
	const char *give;
	enum err want;
	int left;
} pins[] = {
	{ "9000", OK, 7 },
	{ "63c2", ERR_PIN, 2 },
	{ "63c0", ERR_PIN_BLOCKED, 0 },
	{ "6983", ERR_PIN_BLOCKED, 0 },
	{ "6a80", ERR_DEVICE_REFUSED, 7 },
	{ "6982", ERR_DEVICE_REFUSED, 7 },
};

START_TEST(hears_whether_a_pin_is_right)
{
	int left = 7;

	card_script_expect("0020008008"
			   "3132333435363738",
	    pins[_i].give);
	same(piv_card_pin(&card, span_str("12345678"), &left), pins[_i].want);
	ck_assert_int_eq(left, pins[_i].left);
}
END_TEST

START_TEST(shows_no_card_what_is_no_pin)
{
	int left = 2;

	same(piv_card_pin(&card, span_str(""), &left), ERR_PIN);
	same(piv_card_pin(&card, span_str("12345"), &left), ERR_PIN);
	same(piv_card_pin(&card, span_str("123456789"), &left), ERR_PIN);
	ck_assert_int_eq(left, 2);
	ck_assert_uint_eq(card_script_left(), 0);
}
END_TEST

#define ROWS(t) (int)(sizeof(t) / sizeof(t)[0])

int
main(void)
{
	const TTest *const t[] = { learns_who_the_card_is,
		takes_a_card_without_a_number,
		asks_old_firmware_for_a_certificate,
		shows_no_card_what_is_no_pin };
	TCase *c = tcase_create("piv_card");

	tcase_add_checked_fixture(c, each, after);
	for (size_t i = 0; i < sizeof t / sizeof *t; i++)
		tcase_add_test(c, t[i]);
	tcase_add_loop_test(c, passes_over_other_cards, 0, ROWS(strangers));
	tcase_add_loop_test(c, reads_what_is_in_a_slot, 0, ROWS(keys));
	tcase_add_loop_test(c, never_guesses_how_many_tries_are_left, 0,
	    ROWS(counts));
	tcase_add_loop_test(c, hears_whether_a_pin_is_right, 0, ROWS(pins));
	return suite_run_cases("piv_card", &c, 1, CK_FORK_GETENV);
}
