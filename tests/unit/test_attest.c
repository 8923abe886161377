/* SPDX-License-Identifier: ISC */
#include <check.h>
#include <stdlib.h>

#include "chain/attest.h"
#include "chain/hash.h"
#include "tests/lib/forge.h"
#include "tests/lib/suite.h"

/* One good document, and what a change of one field makes of it.  Nothing but
 * the changed field decides: nobody looks at signatures here. */
static struct forge_doc good;

static void
setup(void)
{
	struct span ca[] = { forge_fill(1, 700), forge_fill(2, 700) };

	good = forge_doc_default(forge_fill(3, 700), ca, 2);
}

static enum err
parse(struct span doc)
{
	struct attest a;
	uint8_t *exact =
	    malloc(doc.n ? doc.n : 1); /* so that reading past it is seen */
	enum err e;

	if (doc.n)
		memcpy(exact, doc.p, doc.n);
	e = attest_parse(span_of(exact, doc.n), &a);
	free(exact);
	return e;
}

static struct span
wrap(struct span payload)
{
	return forge_cat(3, forge_hex("8444a1013822a0"), forge_bytes(payload),
	    forge_bytes(forge_fill(9, 96)));
}

static enum err
judge(const struct forge_doc *d)
{
	return parse(wrap(forge_payload(d)));
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

#define same(call, code) ck_assert_str_eq(err_code(call), err_code(code))
#define field(name, hex, code) same(with(&good.name, forge_hex(hex)), code)

START_TEST(reads_every_field)
{
	struct attest a;
	struct span doc;

	good.public_key = forge_bytes(forge_fill(7, 33));
	doc = wrap(forge_payload(&good));
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
		same(attest_parse(wrap(forge_payload(&good)), &a), OK);
		ck_assert_int_eq(attest_is_debug(&a), odd > 2);
	}
}
END_TEST

START_TEST(outer_array)
{
	struct span payload = forge_bytes(forge_payload(&good));
	struct span sig = forge_bytes(forge_fill(9, 96));
	struct span doc = wrap(forge_payload(&good));

	same(parse(doc), OK);
	same(parse(forge_cat(2, forge_hex("d2"), doc)), OK);
	same(parse(forge_cat(2, forge_hex("d1"), doc)), ERR_DOC_TAG);
	same(parse(forge_cat(2, forge_hex("d3"), doc)), ERR_DOC_TAG);
	same(parse(forge_cat(2, forge_hex("d812"), doc)), ERR_DOC_TAG);
	same(parse(forge_cat(2, forge_hex("d2d2"), doc)), ERR_DOC_SHAPE);
	same(parse(forge_cat(2, doc, forge_hex("00"))), ERR_DOC_TRAILING);
#define outer(begin, middle, end, code) \
	same(parse(forge_cat(5, forge_hex(begin), payload, forge_hex(middle), \
		 sig, forge_hex(end))), \
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
	same(parse(forge_hex("8444a1013822a040")), ERR_DOC_PAYLOAD);
	outer("8444a1013822a0", "f6", "", ERR_DOC_SIG_LENGTH);
#undef outer
	for (size_t n = 95; n <= 97; n++) {
		same(parse(forge_cat(3, forge_hex("8444a1013822a0"), payload,
			 forge_bytes(forge_fill(9, n)))),
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
	return wrap(forge_payload(&d));
}

START_TEST(payload_and_document_have_a_greatest_size)
{
	struct span doc = padded(16384);

	same(parse(doc), OK);
	same(parse(padded(16385)), ERR_DOC_PAYLOAD);
	same(parse(forge_cat(2, doc, forge_fill(0, 20000 - doc.n))),
	    ERR_DOC_TRAILING);
	same(parse(forge_cat(2, doc, forge_fill(0, 20001 - doc.n))),
	    ERR_TOO_LARGE);
}
END_TEST

START_TEST(payload_is_one_map)
{
	struct span p = forge_payload(&good);

	same(parse(wrap(p)), OK);
	same(parse(wrap(
		 forge_cat(2, forge_hex("a9"), span_of(p.p + 1, p.n - 2)))),
	    OK);
	same(parse(wrap(
		 forge_cat(2, forge_hex("a8"), span_of(p.p + 1, p.n - 2)))),
	    ERR_DOC_PAYLOAD);
	same(parse(wrap(
		 forge_cat(2, forge_hex("aa"), span_of(p.p + 1, p.n - 2)))),
	    ERR_DOC_CBOR);
	same(parse(wrap(
		 forge_cat(2, forge_hex("b809"), span_of(p.p + 1, p.n - 2)))),
	    ERR_DOC_NOT_SHORTEST);
	same(parse(wrap(forge_cat(2, forge_hex("bbffffffffffffffff"),
		 span_of(p.p + 1, p.n - 2)))),
	    ERR_DOC_CBOR);
	same(parse(wrap(forge_cat(2, p, forge_hex("00")))), ERR_DOC_PAYLOAD);
	same(parse(wrap(span_of(p.p, p.n - 1))), ERR_DOC_CBOR);
	same(parse(wrap(forge_cat(2, forge_hex("d2"), p))), ERR_DOC_PAYLOAD);
	same(parse(wrap(forge_hex("80"))), ERR_DOC_PAYLOAD);
	same(parse(wrap(forge_hex("a0"))), ERR_DOC_FIELD_MISSING);
}
END_TEST

START_TEST(each_required_field_is_required_and_only_once)
{
	struct span *const f[] = { &good.module_id, &good.digest,
		&good.timestamp, &good.pcrs, &good.certificate,
		&good.cabundle };
	static const char *const name[] = { "module_id", "digest", "timestamp",
		"pcrs", "certificate", "cabundle", "user_data", "unknown" };

	for (size_t i = 0; i < sizeof f / sizeof f[0]; i++) {
		same(with(f[i], span_of(NULL, 0)), ERR_DOC_FIELD_MISSING);
		same(with(&good.extra,
			 forge_cat(2, forge_text(name[i]), *f[i])),
		    ERR_DOC_DUPLICATE);
	}
	same(with(&good.extra,
		 forge_cat(2, forge_text(name[6]), good.user_data)),
	    ERR_DOC_DUPLICATE);
	same(with(&good.extra,
		 forge_cat(2, forge_text(name[7]), forge_hex("00"))),
	    OK);
	same(with(&good.extra,
		 forge_cat(4, forge_text(name[7]), forge_hex("00"),
		     forge_text(name[7]), forge_hex("00"))),
	    ERR_DOC_DUPLICATE);
}
END_TEST

START_TEST(module_id_is_a_short_plain_text)
{
	char id[131];

	memset(id, 'x', sizeof id);
	id[129] = '\0';
	same(with(&good.module_id, forge_text(id)), ERR_DOC_MODULE_ID);
	same(with(&good.module_id, forge_text(id + 1)), OK);
	same(with(&good.module_id, forge_text("x")), OK);
	field(module_id, "60", ERR_DOC_MODULE_ID);
	field(module_id,
	    "636100"
	    "62",
	    ERR_DOC_MODULE_ID);
	field(module_id, "610a", ERR_DOC_MODULE_ID);
	field(module_id, "61ff", ERR_DOC_MODULE_ID);
	field(module_id, "4161", ERR_DOC_MODULE_ID);
	field(module_id, "f6", ERR_DOC_MODULE_ID);
	field(module_id, "780161", ERR_DOC_NOT_SHORTEST);
	field(module_id, "7f6161ff", ERR_DOC_CHUNKED);
}
END_TEST

START_TEST(nitrotpm_is_not_an_enclave)
{
	struct span field_only =
	    forge_cat(2, forge_text("nitrotpm_pcrs"), good.pcrs);

	same(with(&good.extra, field_only), ERR_DOC_NITROTPM);
	same(with(&good.module_id, forge_text("i-0123-tpm0000000000000000")),
	    ERR_DOC_NITROTPM);
	same(with(&good.module_id, forge_text("i-0123-enc")), OK);
	good.pcrs = span_of(NULL, 0);
	same(with(&good.extra, field_only), ERR_DOC_NITROTPM);
	same(judge(&good), ERR_DOC_FIELD_MISSING);
}
END_TEST

static struct span
tpm_pcrs(unsigned n, size_t size)
{
	struct span map = forge_head(5, n);

	for (unsigned i = 0; i < n; i++)
		map = forge_cat(3, map, forge_head(0, i),
		    forge_bytes(forge_fill((uint8_t)i, size)));
	return map;
}

static enum err
parse_nitrotpm(void)
{
	struct attest a;
	enum err e = attest_parse_nitrotpm(wrap(forge_payload(&good)), &a);

	if (e == OK)
		ck_assert(a.nitrotpm && !attest_is_debug(&a));
	return e;
}

static enum err
as_nitrotpm(struct span pcrs, const char *id)
{
	struct span was = good.pcrs;
	enum err e;

	good.pcrs = span_of(NULL, 0);
	good.module_id = forge_text(id);
	good.extra = forge_cat(2, forge_text("nitrotpm_pcrs"), pcrs);
	same(judge(&good), ERR_DOC_NITROTPM);
	e = parse_nitrotpm();
	good.pcrs = was;
	return e;
}

START_TEST(nitrotpm_documents_are_read_as_such)
{
	static const char id[] = "i-0123-tpm0000000000000000";

	same(parse_nitrotpm(), ERR_DOC_FIELD_MISSING);
	same(as_nitrotpm(tpm_pcrs(24, 48), id), OK);
	same(as_nitrotpm(tpm_pcrs(23, 48), id), ERR_DOC_PCR_MISSING);
	same(as_nitrotpm(tpm_pcrs(25, 48), id), ERR_DOC_PCR_INDEX);
	same(as_nitrotpm(tpm_pcrs(24, 32), id), ERR_DOC_PCR_LENGTH);
	same(as_nitrotpm(tpm_pcrs(24, 48), "i-0123-enc"), ERR_DOC_MODULE_ID);
	good.module_id = forge_text(id); /* and both kinds of PCRs */
	same(parse_nitrotpm(), ERR_DOC_PCRS);
}
END_TEST

START_TEST(digest_is_sha384)
{
	same(with(&good.digest, forge_text("SHA384")), OK);
	same(with(&good.digest, forge_text("SHA512")), ERR_DOC_DIGEST);
	same(with(&good.digest, forge_text("sha384")), ERR_DOC_DIGEST);
	same(with(&good.digest, forge_text("SHA3845")), ERR_DOC_DIGEST);
	same(with(&good.digest, forge_bytes(span_str("SHA384"))),
	    ERR_DOC_DIGEST);
}
END_TEST

START_TEST(timestamp_is_in_milliseconds_before_the_year_10000)
{
	field(timestamp, "00", ERR_DOC_TIMESTAMP);
	field(timestamp, "01", OK);
	same(with(&good.timestamp, forge_head(0, UINT64_C(253402300799999))),
	    OK);
	same(with(&good.timestamp, forge_head(0, UINT64_C(253402300800000))),
	    ERR_DOC_TIMESTAMP);
	field(timestamp, "1bffffffffffffffff", ERR_DOC_TIMESTAMP);
	field(timestamp, "20", ERR_DOC_TIMESTAMP);
	field(timestamp, "6131", ERR_DOC_TIMESTAMP);
	field(timestamp, "c101", ERR_DOC_TIMESTAMP);
	field(timestamp, "fb41da000000000000", ERR_DOC_TIMESTAMP);
	field(timestamp, "1817", ERR_DOC_NOT_SHORTEST);
	field(timestamp, "1818", OK);
	field(timestamp, "1900ff", ERR_DOC_NOT_SHORTEST);
	field(timestamp, "190100", OK);
	field(timestamp, "1a0000ffff", ERR_DOC_NOT_SHORTEST);
	field(timestamp, "1a00010000", OK);
	field(timestamp, "1b00000000ffffffff", ERR_DOC_NOT_SHORTEST);
	field(timestamp, "1b0000000100000000", OK);
	field(timestamp, "1c", ERR_DOC_CBOR);
	field(timestamp, "1f", ERR_DOC_CBOR);
}
END_TEST

/* A pcrs map: its head, then n values from index 0 on, then more. */
static struct span
pcr_map(const char *head, uint8_t n, size_t size, struct span more)
{
	struct span m = forge_hex(head);

	for (uint8_t i = 0; i < n; i++) {
		m = forge_cat(3, m, forge_head(0, i),
		    forge_bytes(forge_fill(1, size)));
	}
	return forge_cat(2, m, more);
}

START_TEST(pcrs_are_48_bytes_from_0_to_31)
{
	struct span none = span_of(NULL, 0);
	struct span v = forge_bytes(forge_fill(1, 48));
#define pcrs(head, n, size, more, code) \
	same(with(&good.pcrs, pcr_map(head, n, size, more)), code)
	pcrs("a3", 3, 48, none, OK);
	pcrs("a3", 3, 47, none, ERR_DOC_PCR_LENGTH);
	pcrs("a3", 3, 49, none, ERR_DOC_PCR_LENGTH);
	pcrs("a3", 3, 32, none, ERR_DOC_PCR_LENGTH);
	pcrs("a2", 2, 48, none, ERR_DOC_PCR_MISSING);
	pcrs("a0", 0, 48, none, ERR_DOC_PCR_MISSING);
	pcrs("bf", 3, 48, forge_hex("ff"), OK);
	pcrs("bf", 2, 48, forge_hex("ff"), ERR_DOC_PCR_MISSING);
	pcrs("bf", 3, 48, forge_hex("03ff"), ERR_DOC_CBOR);
	pcrs("b820", 32, 48, none, OK);
	pcrs("b821", 32, 48, forge_cat(2, forge_hex("1820"), v),
	    ERR_DOC_PCR_INDEX);
	pcrs("a4", 3, 48, forge_cat(2, forge_hex("181f"), v), OK);
	pcrs("a4", 3, 48, forge_cat(2, forge_hex("1820"), v),
	    ERR_DOC_PCR_INDEX);
	pcrs("a4", 3, 48, forge_cat(2, forge_hex("1b0000000100000000"), v),
	    ERR_DOC_PCR_INDEX);
	pcrs("a4", 3, 48, forge_cat(2, forge_hex("00"), v), ERR_DOC_DUPLICATE);
	pcrs("a4", 3, 48, forge_cat(2, forge_hex("1803"), v),
	    ERR_DOC_NOT_SHORTEST);
	pcrs("a4", 3, 48, forge_cat(2, forge_hex("6133"), v), ERR_DOC_PCRS);
	pcrs("a4", 3, 48, forge_cat(2, forge_hex("20"), v), ERR_DOC_PCRS);
	pcrs("a4", 3, 48, forge_hex("03f6"), ERR_DOC_PCRS);
#undef pcrs
	field(pcrs, "80", ERR_DOC_PCRS);
	field(pcrs, "f6", ERR_DOC_PCRS);
}
END_TEST

static struct span
bundle_of(const char *head, uint8_t n, size_t size, const char *tail)
{
	struct span b = forge_hex(head);

	for (uint8_t i = 0; i < n; i++)
		b = forge_cat(2, b, forge_bytes(forge_fill(i, size)));
	return forge_cat(2, b, forge_hex(tail));
}

START_TEST(certificates_are_1_to_1024_bytes_and_8_authorities)
{
	for (size_t n = 0; n <= 1025; n++) {
		if (n < 2 || n > 1023) {
			same(with(&good.certificate,
				 forge_bytes(forge_fill(9, n))),
			    n == 0 || n == 1025 ? ERR_DOC_CERT_FIELD : OK);
		}
	}
	field(certificate, "6161", ERR_DOC_CERT_FIELD);
	field(certificate, "f6", ERR_DOC_CERT_FIELD);
	field(certificate, "5f4101ff", ERR_DOC_CHUNKED);
#define bundle(head, n, size, tail, code) \
	same(with(&good.cabundle, bundle_of(head, n, size, tail)), code)
	bundle("81", 1, 1, "", OK);
	bundle("81", 1, 1024, "", OK);
	bundle("81", 1, 1025, "", ERR_DOC_CABUNDLE);
	bundle("81", 1, 0, "", ERR_DOC_CABUNDLE);
	bundle("80", 0, 0, "", ERR_DOC_CABUNDLE);
	bundle("88", 8, 5, "", OK);
	bundle("89", 9, 5, "", ERR_DOC_CABUNDLE);
	bundle("9f", 8, 5, "ff", OK);
	bundle("9f", 9, 5, "ff", ERR_DOC_CABUNDLE);
	bundle("9f", 0, 5, "ff", ERR_DOC_CABUNDLE);
	bundle("83", 2, 2, "420202", OK);
	bundle("83", 2, 2, "420101", ERR_DOC_CERT_TWICE);
	bundle("83", 2, 2, "420000", ERR_DOC_CERT_TWICE);
	bundle("83", 2, 2, "f6", ERR_DOC_CABUNDLE);
#undef bundle
	field(cabundle, "a0", ERR_DOC_CABUNDLE);
	field(cabundle, "f6", ERR_DOC_CABUNDLE);
}
END_TEST

START_TEST(optional_fields_are_absent_null_or_1024_bytes)
{
	struct span *const f[] = { &good.public_key, &good.user_data,
		&good.nonce };

	for (size_t i = 0; i < 3; i++) {
		same(with(f[i], span_of(NULL, 0)), OK);
		same(with(f[i], forge_hex("f6")), OK);
		same(with(f[i], forge_hex("40")), OK);
		same(with(f[i], forge_bytes(forge_fill(1, 1024))), OK);
		same(with(f[i], forge_bytes(forge_fill(1, 1025))),
		    ERR_DOC_OPTIONAL);
		same(with(f[i], forge_hex("60")), ERR_DOC_OPTIONAL);
		same(with(f[i], forge_hex("f7")), ERR_DOC_OPTIONAL);
		same(with(f[i], forge_hex("f4")), ERR_DOC_OPTIONAL);
		same(with(f[i], forge_hex("5f4100ff")), ERR_DOC_CHUNKED);
	}
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
	struct span doc = wrap(forge_payload(&good));

	for (size_t n = 0; n < doc.n; n++)
		ck_assert_int_ne(parse(span_of(doc.p, n)), OK);
	/* And of the payload alone, the outer array being whole. */
	struct span p = forge_payload(&good);
	for (size_t n = 1; n < p.n; n += n < p.n - 60 ? 13 : 1)
		ck_assert_int_ne(parse(wrap(span_of(p.p, n))), OK);
}
END_TEST

int
main(void)
{
	const TTest *const t[] = { reads_every_field,
		debug_is_three_zero_pcrs_whatever_the_others_are, outer_array,
		payload_and_document_have_a_greatest_size, payload_is_one_map,
		each_required_field_is_required_and_only_once,
		module_id_is_a_short_plain_text, nitrotpm_is_not_an_enclave,
		nitrotpm_documents_are_read_as_such, digest_is_sha384,
		timestamp_is_in_milliseconds_before_the_year_10000,
		pcrs_are_48_bytes_from_0_to_31,
		certificates_are_1_to_1024_bytes_and_8_authorities,
		optional_fields_are_absent_null_or_1024_bytes,
		an_unknown_field_is_ignored_but_must_be_sound,
		keys_of_the_payload_are_texts, nesting_ends_at_eight,
		a_map_has_at_most_64_keys,
		no_truncation_is_accepted_or_read_past };

	return SUITE_RUN_FIXTURE("attest", t, setup, NULL);
}
