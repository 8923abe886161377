/* SPDX-License-Identifier: ISC */
/* Commands and answers of any length. */
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

START_TEST(chains_what_is_long)
{
	static const uint8_t head[3] = { 0xdb, 0x3f, 0xff };
	char first[2 * (5 + 255) + 1] = "10db3fffff";
	uint8_t data[256] = { 0 };
	struct out o;
	uint8_t buf[600];
	unsigned sw;

	memset(first + 10, '0', 510);
	card_script_expect(first, "9000");
	card_script_expect("00db3fff0100", "0102"
					   "6102");
	card_script_expect("00c0000002", "0304"
					 "9000");
	o = out_of(buf, sizeof buf);
	same(piv_card_apdu(&card, head, span_of(data, 256), &o, &sw), OK);
	ck_assert_uint_eq(sw, PIV_CARD_OK);
	ck_assert_uint_eq(o.n, 4);
	ck_assert_mem_eq(buf, "\1\2\3\4", 4);
}
END_TEST

START_TEST(sends_one_command_where_it_fits)
{
	static const uint8_t head[3] = { 0xdb, 0x3f, 0xff };
	char first[2 * (5 + 255) + 1] = "00db3fffff";
	uint8_t data[255] = { 0 };
	unsigned sw;

	memset(first + 10, '0', 510);
	card_script_expect(first, "6982");
	same(piv_card_apdu(&card, head, span_of(data, 255), NULL, &sw), OK);
	ck_assert_uint_eq(sw, 0x6982);
	ck_assert_uint_eq(card_script_left(), 0);
}
END_TEST

START_TEST(stops_a_chain_that_is_refused)
{
	static const uint8_t head[3] = { 0xdb, 0x3f, 0xff };
	uint8_t data[600] = { 0 };
	unsigned sw;

	card_script_expect(NULL, "6a84");
	same(piv_card_apdu(&card, head, span_of(data, sizeof data), NULL, &sw),
	    OK);
	ck_assert_uint_eq(sw, 0x6a84);
	ck_assert_uint_eq(card_script_left(), 0);
}
END_TEST

START_TEST(refuses_answers_that_make_no_sense)
{
	static const uint8_t head[3] = { 0xfd, 0, 0 };
	uint8_t buf[4];
	struct out o = out_of(buf, sizeof buf);
	unsigned sw;

	card_script_expect(NULL, "");
	same(piv_card_apdu(&card, head, span_of(NULL, 0), &o, &sw),
	    ERR_DEVICE_GONE);
	card_script_expect(NULL, "90");
	same(piv_card_apdu(&card, head, span_of(NULL, 0), &o, &sw),
	    ERR_DEVICE_GONE);
	/* More than there is room for. */
	card_script_expect(NULL, "0102030405"
				 "9000");
	same(piv_card_apdu(&card, head, span_of(NULL, 0), &o, &sw),
	    ERR_DEVICE_GONE);
	/* A promise of more, for ever. */
	o = out_of(buf, sizeof buf);
	card_script_expect(NULL, "6105");
	card_script_expect("00c0000005", "6105");
	same(piv_card_apdu(&card, head, span_of(NULL, 0), &o, &sw),
	    ERR_DEVICE_GONE);
	ck_assert_uint_eq(card_script_left(), 0);
}
END_TEST

START_TEST(wipes_what_it_sent)
{
	int left;

	card_script_expect("002000800831323334"
			   "3536ffff",
	    "9000");
	same(piv_card_pin(&card, span_str("123456"), &left), OK);
	for (size_t i = 0; i < PIV_CARD_COMMAND; i++)
		ck_assert_uint_eq(card.command[i], 0);
}
END_TEST

int
main(void)
{
	const TTest *const t[] = { chains_what_is_long,
		sends_one_command_where_it_fits, stops_a_chain_that_is_refused,
		refuses_answers_that_make_no_sense, wipes_what_it_sent };

	return SUITE_RUN_FIXTURE("piv_apdu", t, each, after);
}
