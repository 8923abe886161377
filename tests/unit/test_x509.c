/* SPDX-License-Identifier: ISC */
#include <check.h>

#include "chain/der.h"
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

#define part(name, hex, code) \
	do { \
		struct x509 part_c; \
		same(with(&good.name, forge_hex(hex), &part_c), code); \
	} while (0)

START_TEST(reads_what_stands_there)
{
	struct x509 c;
	struct span der;

	good.sig = span_of(NULL, 0);
	good.exts = forge_ca(2);
	der = forge_cert(&good, &key);
	same(x509_parse(der, &c), OK);
	ck_assert(span_eq(c.issuer, forge_name("issuer")));
	ck_assert(span_eq(c.subject, forge_name("subject")));
	ck_assert_int_eq(c.not_before, 1767225600);
	ck_assert_int_eq(c.not_after, 1798761600);
	ck_assert(memcmp(c.point, key.point, 96) == 0);
	ck_assert(c.ca && c.ca_critical);
	ck_assert_int_eq(c.path_len, 2);
	ck_assert_int_eq(c.usage, X509_KEY_CERT_SIGN);
	ck_assert(c.tbs.p == der.p + 4);
	good.exts = forge_leaf();
	same(x509_parse(forge_cert(&good, &key), &c), OK);
	ck_assert(!c.ca);
	ck_assert_int_eq(c.path_len, X509_NO_PATH_LEN);
	ck_assert_int_eq(c.usage, X509_DIGITAL_SIGNATURE | 1 << 1);
	good.exts = span_of(NULL, 0);
	same(x509_parse(forge_cert(&good, &key), &c), OK);
	ck_assert_int_eq(c.usage, 0);
}
END_TEST

START_TEST(version_is_3)
{
	part(version, "a003020102", OK);
	part(version, "a003020101", ERR_CERT_VERSION);
	part(version, "a003020100", ERR_CERT_VERSION);
	part(version, "a003020103", ERR_CERT_VERSION);
	part(version, "a00402020002", ERR_CERT_VERSION);
	part(version, "", ERR_CERT_VERSION);
	part(version,
	    "a0810302"
	    "0102",
	    ERR_CERT_DER);
	part(version, "8003020102", ERR_CERT_VERSION);
}
END_TEST

START_TEST(serial_is_positive_and_at_most_20_bytes)
{
	struct x509 c;

	part(serial, "020101", OK);
	part(serial, "02017f", OK);
	part(serial, "02020080", OK);
	part(serial, "020100", ERR_CERT_SERIAL);
	part(serial, "0200", ERR_CERT_SERIAL);
	part(serial, "020180", ERR_CERT_SERIAL);
	part(serial, "0202007f", ERR_CERT_SERIAL);
	part(serial, "0a0101", ERR_CERT_SERIAL);
	part(serial, "02810101", ERR_CERT_SERIAL);
	for (size_t n = 19; n <= 21; n++) {
		same(with(&good.serial, forge_tlv(2, forge_fill(0x7f, n)), &c),
		    n <= 20 ? OK : ERR_CERT_SERIAL);
		same(with(&good.serial,
			 forge_tlv(2, forge_cat(2, forge_hex("00"),
					  forge_fill(0xff, n))),
			 &c),
		    n <= 20 ? OK : ERR_CERT_SERIAL);
	}
}
END_TEST

START_TEST(algorithm_is_ecdsa_with_sha384_in_both_places)
{
	static const struct {
		const char *hex;
		enum err code;
	} t[] = {
		{ "300a06082a8648ce3d040303", OK },
		{ "300a06082a8648ce3d040302", ERR_CERT_ALG },
		{ "300a06082a8648ce3d040304", ERR_CERT_ALG },
		{ "300c06082a8648ce3d0403030500", ERR_CERT_ALG },
		{ "300d06092a864886f70d01010c0500", ERR_CERT_ALG },
		{ "30810a06082a8648ce3d040303", ERR_CERT_DER },
		{ "310a06082a8648ce3d040303", ERR_CERT_DER },
	};

	for (size_t i = 0; i < sizeof t / sizeof t[0]; i++) {
		part(alg, t[i].hex, t[i].code);
		part(outer_alg, t[i].hex, t[i].code);
	}
	part(outer_alg, "", ERR_CERT_DER);
}
END_TEST

START_TEST(names_are_well_formed)
{
	part(issuer, "300e310c300a06035504030c03616263", OK);
	part(issuer, "300e310c300a06035504031303616263", OK);
	/* other types of string, none at all, something behind it */
	part(issuer, "300e310c300a06035504031603616263", ERR_CERT_DER);
	part(issuer, "300e310c300a06035504031e03616263", ERR_CERT_DER);
	part(issuer, "300b3109300706035504030c00", ERR_CERT_DER);
	part(issuer, "3000", ERR_CERT_DER);
	part(issuer, "30023100", ERR_CERT_DER);
	part(issuer, "300e310c300a06035504030c03610062", ERR_CERT_DER);
	part(issuer, "300e310c300a06035504030c0361ff62", ERR_CERT_DER);
	part(issuer, "300e310c300a06035504031303c3a462", ERR_CERT_DER);
	part(issuer, "300e310c300a06035504030c0361c3a4", OK);
	part(issuer, "3010310e300c06035504030c036162630500", ERR_CERT_DER);
	part(issuer, "300e310c300a06035504830c03616263", ERR_CERT_DER);
	part(issuer, "300e310c300a06035580030c03616263", ERR_CERT_DER);
	part(issuer, "301a3118300a06035504030c03616263300a06035504030c03616263",
	    ERR_CERT_DER);
	part(issuer, "300e300c300a06035504030c03616263", ERR_CERT_DER);
	part(subject, "300e310c300a06035504030c03616263", OK);
	part(subject, "3000", ERR_CERT_DER);
}
END_TEST

static enum err
valid(const char *from, const char *to, int64_t *at)
{
	struct x509 c;
	enum err e = with(&good.validity, forge_validity(from, to), &c);

	*at = c.not_before;
	return e;
}

START_TEST(times_are_real_dates_in_utc)
{
	static const struct {
		const char *s;
		int64_t at; /* -1: refused */
	} t[] = {
		{ "700101000000Z", 0 },
		{ "700101000001Z", 1 },
		{ "491231235959Z", INT64_C(2524607999) },
		{ "500101000000Z", INT64_C(-631152000) },
		{ "991231235959Z", 946684799 },
		{ "000229000000Z", 951782400 },
		{ "240229120000Z", 1709208000 },
		{ "20500101000000Z", INT64_C(2524608000) },
		{ "99991231235959Z", INT64_C(253402300799) },
		{ "21000228235959Z", INT64_C(4107542399) },
		{ "21000301000000Z", INT64_C(4107542400) },
		{ "24000229000000Z", INT64_C(13574563200) },
		{ "20491231235959Z", -1 }, /* must be UTCTime */
		{ "20260601000000Z", -1 },
		{ "21000229000000Z", -1 },
		{ "230229000000Z", -1 },
		{ "260230000000Z", -1 },
		{ "260431000000Z", -1 },
		{ "260631000000Z", -1 },
		{ "260931000000Z", -1 },
		{ "261131000000Z", -1 },
		{ "261231000000Z", 1798675200 },
		{ "260132000000Z", -1 },
		{ "260100000000Z", -1 },
		{ "260001000000Z", -1 },
		{ "261301000000Z", -1 },
		{ "260101240000Z", -1 },
		{ "260101235959Z", 1767311999 },
		{ "260101006000Z", -1 },
		{ "260101000060Z", -1 },
		{ "2601010000Z", -1 },
		{ "260101000000z", -1 },
		{ "260101000000", -1 },
		{ "26010100000 Z", -1 },
		{ "2a0101000000Z", -1 },
		{ "-60101000000Z", -1 },
		{ "260101000000+0000", -1 },
		{ "20500101000000.5Z", -1 },
	};
	int64_t at;

	for (size_t i = 0; i < sizeof t / sizeof t[0]; i++) {
		enum err e = valid(t[i].s, "99991231235959Z", &at);

		if (t[i].at == -1) {
			ck_assert_msg(e == ERR_CERT_TIME, "%s", t[i].s);
		} else {
			ck_assert_msg(e == OK && at == t[i].at, "%s", t[i].s);
		}
	}
	same(valid("260101000000Z", "260230000000Z", &at), ERR_CERT_TIME);
	part(validity,
	    "301e170d3236303130313030303030305a170d323730313031303030"
	    "3030305a",
	    OK);
	/* thirteen characters as a GeneralizedTime, fifteen as a UTCTime */
	part(validity,
	    "301e180d3236303130313030303030305a170d323730313031303030"
	    "3030305a",
	    ERR_CERT_TIME);
	part(validity,
	    "3020170f32303530303130313030303030305a170d32373031303130"
	    "30303030305a",
	    ERR_CERT_TIME);
	part(validity, "300f170d3236303130313030303030305a", ERR_CERT_TIME);
	part(validity,
	    "3020170d3236303130313030303030305a170d323730313031303030"
	    "3030305a0500",
	    ERR_CERT_TIME);
}
END_TEST

/* Every day of 400 years, against a count that goes day by day. */
START_TEST(every_date_is_its_day)
{
	static const int days[] = { 31, 28, 31, 30, 31, 30, 31, 31, 30, 31, 30,
		31 };
	int64_t at, count = -7305; /* 1950-01-01 */
	size_t mark = forge_mark();
	char s[64];

	for (int y = 1950; y < 2350; y++) {
		for (int m = 1; m <= 12; m++) {
			bool leap =
			    (y % 4 == 0 && y % 100 != 0) || y % 400 == 0;
			int n = days[m - 1] + (m == 2 && leap);

			for (int d = 1; d <= n; d++, count++) {
				if (d != 1 && d != n)
					continue;
				snprintf(s, sizeof s,
				    y < 2050 ? "%02d%02d%02d000000Z"
					     : "%04d%02d%02d000000Z",
				    y < 2050 ? y % 100 : y, m, d);
				same(valid(s, "99991231235959Z", &at), OK);
				ck_assert_int_eq(at, count * 86400);
			}
			forge_release(mark);
		}
	}
}
END_TEST

START_TEST(key_is_an_uncompressed_point_of_the_named_curve)
{
	struct x509 c;
	struct span xy = span_of(key.point, 96);
#define spki(before, point, after, code) \
	same(with(&good.spki, \
		 forge_cat(3, forge_hex(before), point, forge_hex(after)), \
		 &c), \
	    code)
	spki("3076301006072a8648ce3d020106052b8104002203620004", xy, "", OK);
	spki("3076301006072a8648ce3d020106052b8104002203620006", xy, "",
	    ERR_CERT_KEY);
	spki("3076301006072a8648ce3d020106052b8104002303620004", xy, "",
	    ERR_CERT_KEY);
	spki("3076301006072a8648ce3d020206052b8104002203620004", xy, "",
	    ERR_CERT_KEY);
	spki("3076301006072a8648ce3d020106052b8104002203620104", xy, "",
	    ERR_CERT_KEY);
	spki("3046301006072a8648ce3d020106052b8104002203320002",
	    span_of(key.point, 48), "", ERR_CERT_KEY);
	spki("3078301006072a8648ce3d020106052b8104002203620004", xy, "0500",
	    ERR_CERT_KEY);
	spki("3059301306072a8648ce3d020106082a8648ce3d03010703420004",
	    span_of(key.point, 64), "", ERR_CERT_KEY);
	spki("3000", span_of(NULL, 0), "", ERR_CERT_KEY);
#undef spki
	same(with(&good.spki, span_of(NULL, 0), &c), ERR_CERT_DER);
}
END_TEST

START_TEST(signature_is_two_positive_shortest_integers)
{
	struct x509 c;

	part(sig, "3006020101020101", OK);
	part(sig, "30080202008002020080", OK);
	part(sig, "3006020101020181", ERR_CERT_DER);
	part(sig, "3006020181020101", ERR_CERT_DER);
	part(sig,
	    "3007020101"
	    "02020001",
	    ERR_CERT_DER);
	part(sig, "30050201010200", ERR_CERT_DER);
	part(sig, "3003020101", ERR_CERT_DER);
	part(sig, "3009020101020101020101", ERR_CERT_DER);
	part(sig, "30060201010201010500", ERR_CERT_DER);
	part(sig, "308106020101020101", ERR_CERT_DER);
	part(sig, "30800201010201010000", ERR_CERT_DER);
	part(sig, "3106020101020101", ERR_CERT_DER);
	for (size_t n = 47; n <= 49; n++) {
		struct span r = forge_tlv(2,
		    forge_cat(2, forge_hex("00"), forge_fill(0xff, n)));

		same(with(&good.sig,
			 forge_tlv(0x30, forge_cat(2, r, forge_hex("020101"))),
			 &c),
		    n <= 48 ? OK : ERR_CERT_DER);
		same(with(&good.sig,
			 forge_tlv(0x30, forge_cat(2, forge_hex("020101"), r)),
			 &c),
		    n <= 48 ? OK : ERR_CERT_DER);
	}
	same(with(&good.sig,
		 forge_hex("3007020101"
			   "02020080"),
		 &c),
	    OK);
	ck_assert_int_eq(c.sig[47], 1);
	ck_assert_int_eq(c.sig[95], 0x80);
	ck_assert_int_eq(c.sig[94], 0);
}
END_TEST

START_TEST(nothing_before_between_or_after)
{
	struct x509 c;
	struct span der = forge_cert(&good, &key);

	same(forge_judge_cert(der, &c), OK);
	same(forge_judge_cert(forge_cat(2, der, forge_hex("00")), &c),
	    ERR_CERT_DER);
	same(forge_judge_cert(span_of(NULL, 0), &c), ERR_CERT_DER);
	for (size_t n = 0; n < der.n; n++)
		ck_assert_int_ne(forge_judge_cert(span_of(der.p, n), &c), OK);
	/* Every length one more and one less. */
	uint8_t *p = malloc(der.n);
	for (size_t i = 0; i < der.n - 8; i++) {
		for (int d = -1; d <= 1; d += 2) {
			struct x509 m;

			memcpy(p, der.p, der.n);
			p[i] = (uint8_t)(p[i] + d);
			/* Names, keys and times may change; shapes not. */
			if (x509_parse(span_of(p, der.n), &m) == OK)
				ck_assert_uint_eq(m.tbs.n, der.n - 27);
		}
	}
	free(p);
}
END_TEST

START_TEST(der_lengths_are_the_shortest)
{
	static const struct {
		const char *hex;
		bool ok;
	} t[] = {
		{ "040100", true },
		{ "04810100", false },
		{ "0482000100", false },
		{ "048000", false },
		{ "0480000000", false },
		{ "04", false },
		{ "0481", false },
		{ "048180", false },
		{ "04820100", false },
		{ "0483000001ff", false },
		{ "04ff", false },
		{ "0402ff", false },
		{ "0400", true },
	};

	for (size_t i = 0; i < sizeof t / sizeof t[0]; i++) {
		struct span in = forge_hex(t[i].hex), body;

		ck_assert_msg(der_next(&in, DER_OCTET_STRING, &body) == t[i].ok,
		    "%s", t[i].hex);
	}
	for (size_t n = 0x7e; n < 0x110; n++) {
		struct span in = forge_tlv(4, forge_fill(1, n)), body;
		struct span cut = span_of(in.p, in.n - 1);
		struct span more = forge_cat(2, in, forge_hex("0500"));

		ck_assert(der_next(&in, DER_OCTET_STRING, &body));
		ck_assert_uint_eq(body.n, n);
		ck_assert_uint_eq(in.n, 0);
		ck_assert(!der_next(&cut, DER_OCTET_STRING, &body));
		ck_assert(der_next(&more, DER_OCTET_STRING, &body));
		ck_assert_uint_eq(more.n, 2);
	}
}
END_TEST

int
main(void)
{
	const TTest *const t[] = { reads_what_stands_there, version_is_3,
		serial_is_positive_and_at_most_20_bytes,
		algorithm_is_ecdsa_with_sha384_in_both_places,
		names_are_well_formed, times_are_real_dates_in_utc,
		every_date_is_its_day,
		key_is_an_uncompressed_point_of_the_named_curve,
		signature_is_two_positive_shortest_integers,
		nothing_before_between_or_after, der_lengths_are_the_shortest };

	return SUITE_RUN_FIXTURE("x509", t, setup, NULL);
}
