/* SPDX-License-Identifier: ISC */
#include <check.h>

#include "tests/lib/forge_judge.h"
#include "tests/lib/same.h"
#include "tests/lib/suite.h"

/* One good document, and what a change of one field makes of it.  Nothing but
 * the changed field decides: nobody looks at signatures here. */
static struct forge_doc good;

static void
setup(void)
{
	good = forge_judge_good();
}

static enum err
judge(const struct forge_doc *d)
{
	return forge_judge_form(forge_judge_unsigned(forge_payload(d)));
}

static enum err
with(struct span *field, struct span value)
{
	struct span was = *field;
	enum err e;

	*field = value;
	e = judge(&good);
	*field = was;
	return e;
}

START_TEST(reads_every_field)
{
	struct attest a;
	struct span doc;

	good.public_key = forge_bytes(forge_fill(7, 33));
	doc = forge_judge_unsigned(forge_payload(&good));
	same(attest_parse(doc, &a), OK);
	ck_assert(span_is(a.module_id, "i-0123-enc4567"));
	ck_assert_uint_eq(a.timestamp, FORGE_TIME);
	ck_assert_uint_eq(a.pcrs.mask, 0xffff);
	ck_assert_int_eq(a.pcrs.value[2][47], 3);
	ck_assert_uint_eq(a.ca_n, 2);
	ck_assert_int_eq(a.ca[1].p[0], 2);
	ck_assert_int_eq(a.certificate.p[0], 3);
	ck_assert(a.public_key.present && a.public_key.v.n == 33);
	ck_assert(a.user_data.present && span_is(a.user_data.v, "hello"));
	ck_assert(!a.nonce.present);
	ck_assert_uint_eq(a.signature.n, 96);
	ck_assert(!attest_is_debug(&a));
}
END_TEST

START_TEST(debug_is_three_zero_pcrs_whatever_the_others_are)
{
	struct attest a;
	struct span zero = forge_bytes(forge_fill(0, 48));
	struct span one = forge_bytes(forge_fill(1, 48));

	for (int odd = 0; odd < 5; odd++) {
		good.pcrs = forge_hex("a4");
		for (uint8_t i = 0; i < 4; i++) {
			good.pcrs = forge_cat(3, good.pcrs, forge_head(0, i),
			    i == odd || i == 3 ? one : zero);
		}
		same(attest_parse(forge_judge_unsigned(forge_payload(&good)),
			 &a),
		    OK);
		ck_assert_int_eq(attest_is_debug(&a), odd > 2);
	}
}
END_TEST

START_TEST(outer_array)
{
	struct span payload = forge_bytes(forge_payload(&good));
	struct span sig = forge_bytes(forge_fill(9, 96));
	struct span doc = forge_judge_unsigned(forge_payload(&good));

	same(forge_judge_form(doc), OK);
	same(forge_judge_form(forge_cat(2, forge_hex("d2"), doc)), OK);
	same(forge_judge_form(forge_cat(2, forge_hex("d1"), doc)), ERR_DOC_TAG);
	same(forge_judge_form(forge_cat(2, forge_hex("d3"), doc)), ERR_DOC_TAG);
	same(forge_judge_form(forge_cat(2, forge_hex("d812"), doc)),
	    ERR_DOC_TAG);
	same(forge_judge_form(forge_cat(2, forge_hex("d2d2"), doc)),
	    ERR_DOC_SHAPE);
	same(forge_judge_form(forge_cat(2, doc, forge_hex("00"))),
	    ERR_DOC_TRAILING);
#define outer(begin, middle, end, code) \
	same(forge_judge_form(forge_cat(5, forge_hex(begin), payload, \
		 forge_hex(middle), sig, forge_hex(end))), \
	    code)
	outer("8444a1013822a0", "", "", OK);
	outer("8344a1013822a0", "", "", ERR_DOC_SHAPE);
	outer("8544a1013822a0", "", "00", ERR_DOC_SHAPE);
	outer("980444a1013822a0", "", "", ERR_DOC_NOT_SHORTEST);
	outer("9f44a1013822a0", "", "ff", ERR_DOC_SHAPE);
	outer("a244a1013822a0", "", "", ERR_DOC_SHAPE);
	outer("8444a1013823a0", "", "", ERR_DOC_ALG);
	outer("8443a10126a0", "", "", ERR_DOC_ALG);
	outer("8440a0", "", "", ERR_DOC_ALG);
	outer("84a1013822a0", "", "", ERR_DOC_ALG);
	outer("845804a1013822a0", "", "", ERR_DOC_NOT_SHORTEST);
	outer("845f44a1013822ffa0", "", "", ERR_DOC_CHUNKED);
	outer("8444a1013822a10126", "", "", ERR_DOC_UNPROTECTED);
	outer("8444a1013822bfff", "", "", ERR_DOC_UNPROTECTED);
	outer("8444a101382280", "", "", ERR_DOC_UNPROTECTED);
	outer("8444a1013822a0f6", "", "", ERR_DOC_PAYLOAD);
	same(forge_judge_form(forge_hex("8444a1013822a040")), ERR_DOC_PAYLOAD);
	outer("8444a1013822a0", "f6", "", ERR_DOC_SIG_LENGTH);
#undef outer
	for (size_t n = 95; n <= 97; n++) {
		same(forge_judge_form(forge_cat(3, forge_hex("8444a1013822a0"),
			 payload, forge_bytes(forge_fill(9, n)))),
		    n == 96 ? OK : ERR_DOC_SIG_LENGTH);
	}
}
END_TEST

/* A document whose payload has exactly n bytes. */
static struct span
padded(size_t n)
{
	struct forge_doc d = good;
	size_t have;

	d.extra =
	    forge_cat(2, forge_text("x"), forge_bytes(forge_fill(0, 300)));
	have = forge_payload(&d).n;
	d.extra = forge_cat(2, forge_text("x"),
	    forge_bytes(forge_fill(0, n - have + 300)));
	ck_assert_uint_eq(forge_payload(&d).n, n);
	return forge_judge_unsigned(forge_payload(&d));
}

START_TEST(payload_and_document_have_a_greatest_size)
{
	struct span doc = padded(16384);

	same(forge_judge_form(doc), OK);
	same(forge_judge_form(padded(16385)), ERR_DOC_PAYLOAD);
	same(forge_judge_form(forge_cat(2, doc, forge_fill(0, 20000 - doc.n))),
	    ERR_DOC_TRAILING);
	same(forge_judge_form(forge_cat(2, doc, forge_fill(0, 20001 - doc.n))),
	    ERR_TOO_LARGE);
}
END_TEST

START_TEST(payload_is_one_map)
{
	struct span p = forge_payload(&good);

	same(forge_judge_form(forge_judge_unsigned(p)), OK);
	same(forge_judge_form(forge_judge_unsigned(
		 forge_cat(2, forge_hex("a9"), span_of(p.p + 1, p.n - 2)))),
	    OK);
	same(forge_judge_form(forge_judge_unsigned(
		 forge_cat(2, forge_hex("a8"), span_of(p.p + 1, p.n - 2)))),
	    ERR_DOC_PAYLOAD);
	same(forge_judge_form(forge_judge_unsigned(
		 forge_cat(2, forge_hex("aa"), span_of(p.p + 1, p.n - 2)))),
	    ERR_DOC_CBOR);
	same(forge_judge_form(forge_judge_unsigned(
		 forge_cat(2, forge_hex("b809"), span_of(p.p + 1, p.n - 2)))),
	    ERR_DOC_NOT_SHORTEST);
	same(forge_judge_form(forge_judge_unsigned(forge_cat(2,
		 forge_hex("bbffffffffffffffff"), span_of(p.p + 1, p.n - 2)))),
	    ERR_DOC_CBOR);
	same(forge_judge_form(
		 forge_judge_unsigned(forge_cat(2, p, forge_hex("00")))),
	    ERR_DOC_PAYLOAD);
	same(forge_judge_form(forge_judge_unsigned(span_of(p.p, p.n - 1))),
	    ERR_DOC_CBOR);
	same(forge_judge_form(
		 forge_judge_unsigned(forge_cat(2, forge_hex("d2"), p))),
	    ERR_DOC_PAYLOAD);
	same(forge_judge_form(forge_judge_unsigned(forge_hex("80"))),
	    ERR_DOC_PAYLOAD);
	same(forge_judge_form(forge_judge_unsigned(forge_hex("a0"))),
	    ERR_DOC_FIELD_MISSING);
}
END_TEST

static enum err
unknown(const char *value)
{
	return with(&good.extra,
	    forge_cat(2, forge_text("later"), forge_hex(value)));
}

START_TEST(an_unknown_field_is_ignored_but_must_be_sound)
{
	static const struct {
		const char *value;
		enum err code;
	} t[] = {
		{ "00", OK },
		{ "1bffffffffffffffff", OK },
		{ "20", OK },
		{ "3818", OK },
		{ "3817", ERR_DOC_NOT_SHORTEST },
		{ "4100", OK },
		{ "6161", OK },
		{ "80", OK },
		{ "8301820203820405", OK },
		{ "9f01820203ff", OK },
		{ "a201020304", OK },
		{ "bf61610161629f02ffff", OK },
		{ "c074323031332d30332d32315432303a30343a30305a", OK },
		{ "d82001", OK },
		{ "d81001", ERR_DOC_NOT_SHORTEST },
		{ "f4", OK },
		{ "f5", OK },
		{ "f6", OK },
		{ "f7", OK },
		{ "e0", OK },
		{ "f820", OK },
		{ "f81f", ERR_DOC_CBOR },
		{ "f93c00", OK },
		{ "fa47c35000", OK },
		{ "fb7e37e43c8800759c", OK },
		{ "fc", ERR_DOC_CBOR },
		{ "ff", ERR_DOC_CBOR },
		{ "9f01", ERR_DOC_CBOR },
		{ "82ff", ERR_DOC_CBOR },
		{ "bf01ff", ERR_DOC_CBOR },
		{ "5b7fffffffffffffff00", ERR_DOC_CBOR },
		{ "9bffffffffffffffff00", ERR_DOC_CBOR },
		{ "bbffffffffffffffff0000", ERR_DOC_KEY },
		{ "9fff", OK },
		{ "bfff", OK },
		{ "df", ERR_DOC_CBOR },
		{ "7f6161ff", ERR_DOC_CHUNKED },
		{ "a201020103", ERR_DOC_DUPLICATE },
		{ "bf010201"
		  "03ff",
		    ERR_DOC_DUPLICATE },
		{ "81a2616100616101", ERR_DOC_DUPLICATE },
		{ "a2616100416101", OK },
		{ "a1800000", ERR_DOC_KEY },
		{ "a1f500", ERR_DOC_KEY },
		{ "a1f93c0000", ERR_DOC_KEY },
	};

	for (size_t i = 0; i < sizeof t / sizeof t[0]; i++) {
		ck_assert_msg(unknown(t[i].value) == t[i].code, "%s: %s",
		    t[i].value, err_code(unknown(t[i].value)));
	}
}
END_TEST

START_TEST(keys_of_the_payload_are_texts)
{
	same(with(&good.extra, forge_hex("616100")), OK);
	same(with(&good.extra, forge_hex("416100")), ERR_DOC_KEY);
	same(with(&good.extra, forge_hex("0100")), ERR_DOC_KEY);
	same(with(&good.extra, forge_hex("f600")), ERR_DOC_KEY);
	same(with(&good.extra, forge_hex("78016100")), ERR_DOC_NOT_SHORTEST);
}
END_TEST

/* The payload's own map is the first of the eight. */
START_TEST(nesting_ends_at_eight)
{
	same(unknown("8181818181818100"), OK);
	same(unknown("818181818181818100"), ERR_DOC_DEPTH);
	same(unknown("9f9f9f9f9f9f9fffffffffffffff"), OK);
	same(unknown("9f9f9f9f9f9f9f80ffffffffffffff"), ERR_DOC_DEPTH);
	same(unknown("a100a100a100a100a100a100a10000"), OK);
	same(unknown("a100a100a100a100a100a100a100a10000"), ERR_DOC_DEPTH);
	same(unknown("c1c1c1c1c1c1c100"), OK);
	same(unknown("c1c1c1c1c1c1c1c100"), ERR_DOC_DEPTH);
	same(unknown("8281818181818100818181818181"
		     "00"),
	    OK);
}
END_TEST

START_TEST(a_map_has_at_most_64_keys)
{
	struct span map = forge_hex("b840");

	for (uint8_t i = 0; i < 64; i++)
		map = forge_cat(3, map, forge_head(0, i), forge_hex("00"));
	good.extra = forge_cat(2, forge_text("x"), map);
	same(judge(&good), OK);
	good.extra = forge_cat(3, forge_text("x"), forge_hex("b841"),
	    forge_cat(2, span_of(map.p + 2, map.n - 2), forge_hex("184000")));
	same(judge(&good), ERR_DOC_KEY);
}
END_TEST

START_TEST(no_truncation_is_accepted_or_read_past)
{
	struct span doc = forge_judge_unsigned(forge_payload(&good));

	for (size_t n = 0; n < doc.n; n++)
		ck_assert_int_ne(forge_judge_form(span_of(doc.p, n)), OK);
	/* And of the payload alone, the outer array being whole. */
	struct span p = forge_payload(&good);
	for (size_t n = 1; n < p.n; n += n < p.n - 60 ? 13 : 1)
		ck_assert_int_ne(forge_judge_form(
				     forge_judge_unsigned(span_of(p.p, n))),
		    OK);
}
END_TEST

int
main(void)
{
	const TTest *const t[] = { reads_every_field,
		debug_is_three_zero_pcrs_whatever_the_others_are, outer_array,
		payload_and_document_have_a_greatest_size, payload_is_one_map,
		an_unknown_field_is_ignored_but_must_be_sound,
		keys_of_the_payload_are_texts, nesting_ends_at_eight,
		a_map_has_at_most_64_keys,
		no_truncation_is_accepted_or_read_past };

	return SUITE_RUN_FIXTURE("attest", t, setup, NULL);
}
