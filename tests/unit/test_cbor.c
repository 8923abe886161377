/* SPDX-License-Identifier: ISC */
#include "chain/cbor.h"
#include "chain/text.h"
#include "tests/lib/forge.h"
#include "tests/lib/suite.h"

/* Reads hex as one item and nothing behind it. */
static enum err
item(const char *hex)
{
	struct cbor c = cbor_of(forge_hex(hex));
	struct span raw;

	TRY(cbor_item(&c, &raw));
	return cbor_end(&c);
}

struct row {
	const char *hex;
	enum err e;
};

static void
check_items(const struct row *row, size_t n)
{
	for (size_t i = 0; i < n; i++) {
		enum err e = item(row[i].hex);

		ck_assert_msg(e == row[i].e, "%s: %s, not %s", row[i].hex,
		    err_code(e), err_code(row[i].e));
	}
}

#define CHECK_ITEMS(row) check_items(row, sizeof(row) / sizeof *(row))

START_TEST(heads_are_as_short_as_they_can_be)
{
	static const struct row row[] = {
		{ "17", OK },
		{ "1817", ERR_CBOR_NOT_SHORTEST },
		{ "1818", OK },
		{ "18ff", OK },
		{ "1900ff", ERR_CBOR_NOT_SHORTEST },
		{ "190100", OK },
		{ "1a0000ffff", ERR_CBOR_NOT_SHORTEST },
		{ "1a00010000", OK },
		{ "1b00000000ffffffff", ERR_CBOR_NOT_SHORTEST },
		{ "1b0000000100000000", OK },
		{ "5801aa", ERR_CBOR_NOT_SHORTEST },
		{ "41aa", OK },
		{ "780161", ERR_CBOR_NOT_SHORTEST },
		{ "9801f4", ERR_CBOR_NOT_SHORTEST },
		{ "b8016161f4", ERR_CBOR_NOT_SHORTEST },
	};

	CHECK_ITEMS(row);
}
END_TEST

START_TEST(integers_stay_below_2_to_53)
{
	static const struct row row[] = {
		{ "1b001fffffffffffff", OK },
		{ "1b0020000000000000", ERR_CBOR_RANGE },
		{ "1bffffffffffffffff", ERR_CBOR_RANGE },
	};
	struct cbor c = cbor_of(forge_hex(row[0].hex));
	uint64_t v;

	CHECK_ITEMS(row);
	ck_assert_int_eq(cbor_uint(&c, &v), OK);
	ck_assert_uint_eq(v, CBOR_UINT_MAX);
	c = cbor_of(forge_hex(row[1].hex));
	ck_assert_int_eq(cbor_uint(&c, &v), ERR_CBOR_RANGE);
}
END_TEST

START_TEST(lengths_end_with_the_bytes)
{
	static const struct row row[] = {
		{ "", ERR_CBOR_TRUNCATED },
		{ "18", ERR_CBOR_TRUNCATED },
		{ "19ff", ERR_CBOR_TRUNCATED },
		{ "42aabb", OK },
		{ "42aa", ERR_CBOR_TRUNCATED },
		{ "42aabbcc", ERR_CBOR_TRAILING },
		{ "5b7fffffffffffffffaa", ERR_CBOR_TRUNCATED },
		{ "5bffffffffffffffffaa", ERR_CBOR_TRUNCATED },
		{ "9bffffffffffffffff00", ERR_CBOR_TRUNCATED },
		{ "bbffffffffffffffff00", ERR_CBOR_TRUNCATED },
		{ "820102", OK },
		{ "8201", ERR_CBOR_TRUNCATED },
		{ "82010203", ERR_CBOR_TRAILING },
	};

	CHECK_ITEMS(row);
}
END_TEST

START_TEST(only_the_narrow_types_are_read)
{
	static const struct row row[] = {
		{ "f4", OK },
		{ "f5", OK },
		{ "f6", ERR_CBOR_TYPE }, /* null */
		{ "f7", ERR_CBOR_TYPE }, /* undefined */
		{ "e0", ERR_CBOR_TYPE },
		{ "f8ff", ERR_CBOR_TYPE },
		{ "f814", ERR_CBOR_NOT_WELL_FORMED }, /* false, longer */
		{ "f93c00", ERR_CBOR_TYPE },
		{ "20", ERR_CBOR_TYPE },
		{ "c100", ERR_CBOR_TYPE },
		{ "1c", ERR_CBOR_NOT_WELL_FORMED },
		{ "1f", ERR_CBOR_NOT_WELL_FORMED },
		{ "5c", ERR_CBOR_NOT_WELL_FORMED },
		{ "ff", ERR_CBOR_NOT_WELL_FORMED },
		{ "5f4100ff", ERR_CBOR_INDEFINITE },
		{ "7f6100ff", ERR_CBOR_INDEFINITE },
		{ "9f00ff", ERR_CBOR_INDEFINITE },
		{ "bf616100ff", ERR_CBOR_INDEFINITE },
	};

	CHECK_ITEMS(row);
}
END_TEST

START_TEST(map_keys_are_texts_in_order)
{
	static const struct row row[] = {
		{ "a0", OK },
		{ "a2616100616200", OK },
		{ "a2616200616100", ERR_CBOR_KEY_ORDER },
		{ "a2616100616100", ERR_CBOR_KEY_ORDER },
		{ "a261620062616100", OK }, /* "b" before "aa" */
		{ "a262616100616200", ERR_CBOR_KEY_ORDER }, /* not a..z */
		{ "a10000", ERR_CBOR_TYPE },
		{ "a1416100", ERR_CBOR_TYPE },
		{ "a161ff00", ERR_TEXT_BAD },
	};

	CHECK_ITEMS(row);
}
END_TEST

START_TEST(depth_is_six)
{
	static const struct row row[] = {
		{ "81818181818100", OK },
		{ "8181818181818100", ERR_CBOR_DEPTH },
		{ "a16161a16161a16161a16161a16161a1616100", OK },
		{ "a16161a16161a16161a16161a16161a16161a1616100",
		    ERR_CBOR_DEPTH },
		/* neighbours do not add up */
		{ "828181818181008181818181f4", OK },
	};

	CHECK_ITEMS(row);
}
END_TEST

START_TEST(texts_hide_nothing)
{
	static const struct row row[] = {
		{ "60", OK },
		{ "6120", OK },
		{ "617e", OK },
		{ "617f", ERR_TEXT_BAD },
		{ "611f", ERR_TEXT_BAD },
		{ "610a", ERR_TEXT_BAD },
		{ "62c280", ERR_TEXT_BAD }, /* C1 */
		{ "62c29f", ERR_TEXT_BAD },
		{ "62c2a0", OK },
		{ "62c3a9", OK },
		{ "62c080", ERR_TEXT_BAD }, /* overlong NUL */
		{ "63e28080", OK },
		{ "63e2808e", ERR_TEXT_BAD }, /* left-to-right mark */
		{ "63e2808f", ERR_TEXT_BAD },
		{ "63e280a8", ERR_TEXT_BAD }, /* line separator */
		{ "63e280ae", ERR_TEXT_BAD }, /* right-to-left override */
		{ "63e280af", OK },
		{ "63e281a5", OK },
		{ "63e281a6", ERR_TEXT_BAD }, /* isolates */
		{ "63e281a9", ERR_TEXT_BAD },
		{ "63e281aa", OK },
		{ "62d89c", ERR_TEXT_BAD },
		{ "63ed9fbf", OK },
		{ "63eda080", ERR_TEXT_BAD }, /* surrogate */
		{ "63eebfbf", OK },
		{ "64f48fbfbf", OK },
		{ "64f4908080", ERR_TEXT_BAD }, /* above U+10FFFF */
		{ "64f09f9880", OK },
		{ "63f09f98", ERR_TEXT_BAD },
		{ "6180", ERR_TEXT_BAD },
	};
	struct cbor c = cbor_of(forge_hex("62c3a9"));
	struct span v;

	CHECK_ITEMS(row);
	ck_assert_int_eq(cbor_line(&c, 0, 9, &v), ERR_TEXT_BAD);
}
END_TEST

START_TEST(string_limits_hold_on_both_sides)
{
	struct span v;
	struct cbor c;
	struct h32 h;

	c = cbor_of(forge_hex("420102"));
	ck_assert_int_eq(cbor_bytes(&c, 2, 2, &v), OK);
	c = cbor_of(forge_hex("420102"));
	ck_assert_int_eq(cbor_bytes(&c, 3, 9, &v), ERR_CBOR_RANGE);
	c = cbor_of(forge_hex("420102"));
	ck_assert_int_eq(cbor_bytes(&c, 0, 1, &v), ERR_CBOR_RANGE);
	c = cbor_of(forge_hex("626161"));
	ck_assert_int_eq(cbor_line(&c, 0, 1, &v), ERR_TEXT_BAD);
	c = cbor_of(forge_hex("626161"));
	ck_assert_int_eq(cbor_line(&c, 2, 2, &v), OK);
	c = cbor_of(forge_cat(2, forge_hex("5820"), forge_fill(1, 32)));
	ck_assert_int_eq(cbor_h32(&c, &h), OK);
	c = cbor_of(forge_cat(2, forge_hex("581f"), forge_fill(1, 31)));
	ck_assert_int_eq(cbor_h32(&c, &h), ERR_CBOR_RANGE);
}
END_TEST

static enum err
read_pair(const char *hex)
{
	struct cbor c = cbor_of(forge_hex(hex));
	struct cbor_map m;
	uint64_t v;
	bool is;

	TRY(cbor_map(&c, &m));
	TRY(cbor_map_key(&m, "a"));
	TRY(cbor_uint(&c, &v));
	TRY(cbor_map_opt(&m, "bb", &is));
	if (is)
		TRY(cbor_uint(&c, &v));
	TRY(cbor_map_key(&m, "ccc"));
	TRY(cbor_uint(&c, &v));
	TRY(cbor_map_end(&m));
	return cbor_end(&c);
}

START_TEST(map_reader_names_what_is_wrong)
{
	static const struct row row[] = {
		{ "a26161006363636300", OK },
		{ "a3616100626262006363636300", OK },
		{ "a16161 00", ERR_FIELD_MISSING },
		{ "a16363636300", ERR_FIELD_MISSING },
		{ "a361610062626100 6363636300", ERR_FIELD_UNKNOWN },
		{ "a3616100626263006363636300", ERR_FIELD_UNKNOWN },
		{ "a361610063636363006463636363 00", ERR_FIELD_UNKNOWN },
		{ "a36161006363636300626262 00", ERR_CBOR_KEY_ORDER },
		{ "a3616100616100636363 6300", ERR_CBOR_KEY_ORDER },
		{ "80", ERR_CBOR_TYPE },
	};
	char hex[128];

	for (size_t i = 0; i < sizeof row / sizeof *row; i++) {
		enum err e;
		size_t n = 0;

		for (const char *p = row[i].hex; *p; p++)
			if (*p != ' ')
				hex[n++] = *p;
		hex[n] = 0;
		e = read_pair(hex);
		ck_assert_msg(e == row[i].e, "%s: %s, not %s", hex, err_code(e),
		    err_code(row[i].e));
	}
}
END_TEST

START_TEST(writer_uses_the_shortest_heads)
{
	static const struct {
		uint64_t v;
		const char *hex;
	} row[] = {
		{ 0, "00" },
		{ 23, "17" },
		{ 24, "1818" },
		{ 255, "18ff" },
		{ 256, "190100" },
		{ 65535, "19ffff" },
		{ 65536, "1a00010000" },
		{ 4294967295, "1affffffff" },
		{ 4294967296, "1b0000000100000000" },
		{ CBOR_UINT_MAX, "1b001fffffffffffff" },
	};
	uint8_t buf[16];

	for (size_t i = 0; i < sizeof row / sizeof *row; i++) {
		struct out o = out_of(buf, sizeof buf);

		cbor_put_uint(&o, row[i].v);
		ck_assert(span_eq(out_span(&o), forge_hex(row[i].hex)));
	}
}
END_TEST

START_TEST(a_full_buffer_stays_full)
{
	uint8_t buf[4];
	struct out o = out_of(buf, sizeof buf);

	cbor_put_bytes(&o, span_str("abc"));
	ck_assert(!o.full);
	cbor_put_bool(&o, true);
	ck_assert(o.full);
	cbor_put_bytes(&o, span_str(""));
	ck_assert(o.full && o.n == 4);
}
END_TEST

START_TEST(hex_is_exact)
{
	uint8_t b[2];
	char text[5];
	struct out o = out_of(text, sizeof text);

	ck_assert(text_unhex(span_str("00fF"), b, 2));
	ck_assert_uint_eq(b[1], 255);
	ck_assert(!text_unhex(span_str("00f"), b, 2));
	ck_assert(!text_unhex(span_str("00fff"), b, 2));
	ck_assert(!text_unhex(span_str("00fg"), b, 2));
	text_hex(&o, span_of(b, 2));
	ck_assert_str_eq(text, "00ff");
	ck_assert(!o.full && o.n == 4);
	o = out_of(text, 4);
	text_hex(&o, span_of(b, 2));
	ck_assert(o.full);
}
END_TEST

int
main(void)
{
	const TTest *const t[] = { heads_are_as_short_as_they_can_be,
		integers_stay_below_2_to_53, lengths_end_with_the_bytes,
		only_the_narrow_types_are_read, map_keys_are_texts_in_order,
		depth_is_six, texts_hide_nothing,
		string_limits_hold_on_both_sides,
		map_reader_names_what_is_wrong, writer_uses_the_shortest_heads,
		a_full_buffer_stays_full, hex_is_exact };

	return SUITE_RUN("cbor", t);
}
