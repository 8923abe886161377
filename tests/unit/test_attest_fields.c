/* SPDX-License-Identifier: ISC */
/* The fields of a document, one by one. */
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

#define field(name, hex, code) same(with(&good.name, forge_hex(hex)), code)

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
	enum err e =
	    attest_parse_nitrotpm(forge_judge_unsigned(forge_payload(&good)),
		&a);

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

int
main(void)
{
	const TTest *const t[] = {
		each_required_field_is_required_and_only_once,
		module_id_is_a_short_plain_text, nitrotpm_is_not_an_enclave,
		nitrotpm_documents_are_read_as_such, digest_is_sha384,
		timestamp_is_in_milliseconds_before_the_year_10000,
		pcrs_are_48_bytes_from_0_to_31,
		certificates_are_1_to_1024_bytes_and_8_authorities,
		optional_fields_are_absent_null_or_1024_bytes
	};

	return SUITE_RUN_FIXTURE("attest_fields", t, setup, NULL);
}
