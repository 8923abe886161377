/* SPDX-License-Identifier: ISC */
/* The extensions of a certificate. */
#include <check.h>

#include "tests/lib/forge_judge.h"
#include "tests/lib/same.h"
#include "tests/lib/suite.h"

static struct forge_key key;
static struct forge_cert good;

static void
setup(void)
{
	key = forge_key();
	good = forge_cert_default("issuer", "subject", &key, forge_leaf());
	good.sig = forge_hex("3006020101020101");
}

static enum err
with(struct span *part, struct span value, struct x509 *c)
{
	struct span was = *part;
	enum err e;

	*part = value;
	e = forge_judge_cert(forge_cert(&good, &key), c);
	*part = was;
	return e;
}

static enum err
exts(struct span e)
{
	struct x509 c;

	return with(&good.exts, e, &c);
}

#define BC "551d13"
#define KU "551d0f"

START_TEST(extensions_known_and_unknown)
{
	struct span ski = forge_ext("551d0e", false, "0401aa");
	struct span ku = forge_ext(KU, true, "03020780");
	struct span many = span_of(NULL, 0);
	char oid[] = "2a03xx";

	same(exts(forge_exts(1, ski)), OK);
	same(exts(forge_exts(2, ski, ku)), OK);
	same(exts(forge_exts(1, forge_ext("551d0e", true, "0401aa"))),
	    ERR_CERT_EXTENSION);
	same(exts(forge_exts(2, ski, ski)), ERR_CERT_EXTENSION);
	same(exts(forge_exts(3, ku, ski, ku)), ERR_CERT_EXTENSION);
	same(exts(forge_exts(1, forge_ext("2a0304", false, ""))), OK);
	same(exts(forge_exts(1, forge_ext("2a0304", true, ""))),
	    ERR_CERT_EXTENSION);
	static const char *const constraint[] = { "551d1e", "551d21", "551d24",
		"551d36" };
	for (size_t i = 0; i < 4; i++) {
		same(exts(forge_exts(1,
			 forge_ext(constraint[i], false, "3000"))),
		    ERR_CERT_EXTENSION);
	}
	for (int i = 0; i < 17; i++) {
		snprintf(oid, sizeof oid, "2a03%02x", i);
		many = forge_cat(2, many, forge_ext(oid, false, ""));
		same(exts(forge_tlv(0xa3, forge_tlv(0x30, many))),
		    i < 16 ? OK : ERR_CERT_EXTENSION);
	}
	same(exts(forge_hex("a3023000")), ERR_CERT_DER);
	same(exts(forge_hex("a300")), ERR_CERT_DER);
	same(exts(forge_cat(2, forge_leaf(), forge_hex("0500"))), ERR_CERT_DER);
	/* unique identifiers, which version 3 would allow */
	same(exts(forge_cat(2, forge_hex("81020000"), forge_leaf())),
	    ERR_CERT_DER);
	/* critical FALSE written out, and TRUE as 1 */
	same(exts(forge_hex("a311300f300d0603551d0f01010004030302"
			    "0780")),
	    ERR_CERT_DER);
	same(exts(forge_hex("a3123010300e0603551d0f010100040403020780")),
	    ERR_CERT_DER);
	same(exts(forge_hex("a3123010300e0603551d0f010101040403020780")),
	    ERR_CERT_DER);
	same(exts(forge_hex("a3123010300e0603551d0f0101ff040403020780")), OK);
	/* bytes after the value inside one */
	same(exts(forge_hex("a3143012"
			    "30100603551d0f0101ff0404030207800500")),
	    ERR_CERT_DER);
	same(exts(forge_hex("a3143012"
			    "30100603551d0f0101ff0406030207800500")),
	    ERR_CERT_DER);
}
END_TEST

START_TEST(basic_constraints_in_der)
{
	static const struct {
		const char *value;
		enum err code;
		int path_len;
	} t[] = {
		{ "3000", OK, 255 },
		{ "30030101ff", OK, 255 },
		{ "3003010100", ERR_CERT_DER, 0 },
		{ "3003010101", ERR_CERT_DER, 0 },
		{ "30040102ffff", ERR_CERT_DER, 0 },
		{ "30020100", ERR_CERT_DER, 0 },
		{ "30060101ff020100", OK, 0 },
		{ "30060101ff02017f", OK, 127 },
		{ "30060101ff020180", ERR_CERT_DER, 0 },
		{ "30070101ff02020080", OK, 128 },
		{ "30070101ff0202007f", ERR_CERT_DER, 0 },
		{ "30070101ff020200fe", OK, 254 },
		{ "30070101ff020200ff", OK, 254 },
		{ "30070101ff02020100", OK, 254 },
		{ "300f0101ff020a01000000000000000000", OK, 254 },
		{ "300e0101ff0209010000000000000000", OK, 254 },
		{ "30050101ff0200", ERR_CERT_DER, 0 },
		{ "30080101ff0201000500", ERR_CERT_DER, 0 },
		{ "30090101ff020100020100", ERR_CERT_DER, 0 },
		{ "3006020100"
		  "0101ff",
		    ERR_CERT_DER, 0 },
		{ "30030101ff00", ERR_CERT_DER, 0 },
		{ "3081030101ff", ERR_CERT_DER, 0 },
		{ "30800101ff0000", ERR_CERT_DER, 0 },
		{ "", ERR_CERT_DER, 0 },
		{ "0101ff", ERR_CERT_DER, 0 },
	};
	struct x509 c;

	for (size_t i = 0; i < sizeof t / sizeof t[0]; i++) {
		enum err e = with(&good.exts,
		    forge_exts(1, forge_ext(BC, true, t[i].value)), &c);

		ck_assert_msg(e == t[i].code, "%s: %s", t[i].value,
		    err_code(e));
		if (e == OK)
			ck_assert_int_eq(c.path_len, t[i].path_len);
	}
}
END_TEST

START_TEST(key_usage_is_a_named_bit_list)
{
	static const struct {
		const char *value;
		enum err code;
		int usage;
	} t[] = {
		{ "03020780", OK, 1 },
		{ "03020640", OK, 2 },
		{ "030206c0", OK, 3 },
		{ "03020204", OK, 1 << 5 },
		{ "03020186", OK, 1 | 1 << 5 | 1 << 6 },
		{ "03020001", OK, 1 << 7 },
		{ "0303070080", OK, 1 << 8 },
		{ "0303078080", OK, 1 | 1 << 8 },
		{ "0303060040", OK, 1 << 9 },
		{ "030100", ERR_CERT_DER, 0 },
		{ "0300", ERR_CERT_DER, 0 },
		{ "03020000", ERR_CERT_DER, 0 },
		{ "03020080", ERR_CERT_DER, 0 },
		{ "03020680", ERR_CERT_DER, 0 },
		{ "03020781", ERR_CERT_DER, 0 },
		{ "03020880", ERR_CERT_DER, 0 },
		{ "0302ff80", ERR_CERT_DER, 0 },
		{ "0303008000", ERR_CERT_DER, 0 },
		{ "0304000000"
		  "01",
		    ERR_CERT_DER, 0 },
		{ "0302078000", ERR_CERT_DER, 0 },
		{ "03020780"
		  "00",
		    ERR_CERT_DER, 0 },
		{ "23020780", ERR_CERT_DER, 0 },
		{ "04020780", ERR_CERT_DER, 0 },
		{ "", ERR_CERT_DER, 0 },
	};
	struct x509 c;

	for (size_t i = 0; i < sizeof t / sizeof t[0]; i++) {
		enum err e = with(&good.exts,
		    forge_exts(1, forge_ext(KU, true, t[i].value)), &c);

		ck_assert_msg(e == t[i].code, "%s: %s", t[i].value,
		    err_code(e));
		if (e == OK)
			ck_assert_int_eq(c.usage, t[i].usage);
	}
}
END_TEST

int
main(void)
{
	const TTest *const t[] = { extensions_known_and_unknown,
		basic_constraints_in_der, key_usage_is_a_named_bit_list };

	return SUITE_RUN_FIXTURE("x509_extensions", t, setup, NULL);
}
