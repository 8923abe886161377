/* SPDX-License-Identifier: ISC */
#include <check.h>

#include "tests/lib/forge_judge.h"
#include "tests/lib/same.h"
#include "tests/lib/suite.h"

#define YEAR_START UINT64_C(1767225600000) /* 2026-01-01T00:00:00Z */
#define YEAR_END UINT64_C(1798761600000)   /* 2027-01-01T00:00:00Z */

enum { ROOT, REGIONAL, ZONAL, INSTANCE, LEAF };

static struct forge_pki pki;
static struct h32 root;

static void
setup(void)
{
	pki = forge_pki();
	root = forge_judge_root(forge_cert(&pki.cert[ROOT], &pki.key[ROOT]));
}

static enum err
judge(struct span doc)
{
	return forge_judge(doc, &root, FORGE_TIME, NULL);
}

/* The verdict once one part of one certificate is another. */
static enum err
with(struct span *part, struct span value)
{
	struct span was = *part;
	enum err e;

	*part = value;
	e = judge(forge_pki_doc(&pki, NULL, NULL));
	*part = was;
	return e;
}

START_TEST(a_good_chain_verifies)
{
	struct attest_cache cache = { 0 };
	struct span doc = forge_pki_doc(&pki, NULL, NULL);

	same(judge(doc), OK);
	same(forge_judge(doc, &root, FORGE_TIME, &cache), OK);
	ck_assert_uint_eq(cache.checks, 5);
}
END_TEST

START_TEST(windows_are_inclusive_in_whole_seconds)
{
	struct span doc = forge_pki_doc(&pki, NULL, NULL);

	same(forge_judge(doc, &root, YEAR_START, NULL), OK);
	same(forge_judge(doc, &root, YEAR_START - 1, NULL), ERR_CERT_NOT_YET);
	same(forge_judge(doc, &root, YEAR_END, NULL), OK);
	same(forge_judge(doc, &root, YEAR_END + 999, NULL), OK);
	same(forge_judge(doc, &root, YEAR_END + 1000, NULL), ERR_CERT_EXPIRED);
	same(forge_judge(doc, &root, 0, NULL), ERR_CERT_NOT_YET);
	same(forge_judge(doc, &root, UINT64_MAX, NULL), ERR_CERT_EXPIRED);
	for (int i = REGIONAL; i <= LEAF; i++) {
		same(with(&pki.cert[i].validity,
			 forge_validity("260101000000Z", "260601120202Z")),
		    ERR_CERT_EXPIRED);
		same(with(&pki.cert[i].validity,
			 forge_validity("260101000000Z", "260601120203Z")),
		    OK);
		same(with(&pki.cert[i].validity,
			 forge_validity("260601120204Z", "270101000000Z")),
		    ERR_CERT_NOT_YET);
		same(with(&pki.cert[i].validity,
			 forge_validity("260601120203Z", "270101000000Z")),
		    OK);
	}
}
END_TEST

START_TEST(only_the_named_root_begins_a_chain)
{
	struct forge_pki other = forge_pki();
	struct span ca[FORGE_CAS], leaf;
	struct span doc = forge_pki_doc(&pki, ca, &leaf);
	struct forge_doc d = forge_doc_default(leaf, ca + 1, 3);
	struct h32 r = root;

	r.b[31] ^= 1;
	same(forge_judge(doc, &r, FORGE_TIME, NULL), ERR_DOC_ROOT);
	same(forge_judge(doc, &attest_root_aws, FORGE_TIME, NULL),
	    ERR_DOC_ROOT);
	same(judge(forge_pki_doc(&other, NULL, NULL)), ERR_DOC_ROOT);
	/* The root proves it, but it has to be there. */
	same(judge(forge_doc(&d, &pki.key[LEAF])), ERR_DOC_ROOT);
	/* The right root before a foreign chain of the same names. */
	forge_pki_doc(&other, ca, &leaf);
	ca[0] = forge_cert(&pki.cert[ROOT], &pki.key[ROOT]);
	d = forge_doc_default(leaf, ca, FORGE_CAS);
	same(judge(forge_doc(&d, &other.key[LEAF])), ERR_CERT_SIG);
}
END_TEST

START_TEST(the_order_of_the_bundle_is_the_chain)
{
	struct span ca[FORGE_CAS], leaf;
	struct forge_doc d;

	forge_pki_doc(&pki, ca, &leaf);
	d = forge_doc_default(leaf, ca, FORGE_CAS);
	same(judge(forge_doc(&d, &pki.key[LEAF])), OK);
	struct span swapped[] = { ca[0], ca[2], ca[1], ca[3] };
	d = forge_doc_default(leaf, swapped, FORGE_CAS);
	same(judge(forge_doc(&d, &pki.key[LEAF])), ERR_CERT_ISSUER);
	struct span gap[] = { ca[0], ca[1], ca[3] };
	d = forge_doc_default(leaf, gap, 3);
	same(judge(forge_doc(&d, &pki.key[LEAF])), ERR_CERT_ISSUER);
	struct span surplus[] = { ca[0], ca[1], ca[2], ca[3], leaf };
	d = forge_doc_default(leaf, surplus, 5);
	same(judge(forge_doc(&d, &pki.key[LEAF])), ERR_CERT_PATHLEN);
	pki.cert[INSTANCE].exts = forge_ca(1);
	pki.cert[ZONAL].exts = forge_ca(2);
	pki.cert[REGIONAL].exts = forge_ca(3);
	forge_pki_doc(&pki, surplus, &leaf);
	surplus[4] = leaf;
	d = forge_doc_default(leaf, surplus, 5);
	same(judge(forge_doc(&d, &pki.key[LEAF])), ERR_CERT_CA);
}
END_TEST

START_TEST(an_authority_says_so_critically_and_may_sign_certificates)
{
	struct span ku = forge_ext("551d0f", true, "03020204");
	struct span ca = forge_ext("551d13", true, "30030101ff");

	for (int i = REGIONAL; i <= INSTANCE; i++) {
		struct span *exts = &pki.cert[i].exts;

		same(with(exts, forge_exts(2, ca, ku)), OK);
		same(with(exts, forge_exts(2, ku, ca)), OK);
		same(with(exts, forge_exts(1, ku)), ERR_CERT_CA);
		same(with(exts, forge_exts(2, ku,
				    forge_ext("551d13", false, "30030101ff"))),
		    ERR_CERT_CA);
		same(with(exts,
			 forge_exts(2, ku, forge_ext("551d13", true, "3000"))),
		    ERR_CERT_CA);
		same(with(exts, forge_exts(1, ca)), ERR_CERT_KEY_USAGE);
		same(with(exts, forge_exts(2, ca,
				    forge_ext("551d0f", true, "03020780"))),
		    ERR_CERT_KEY_USAGE);
		same(with(exts, forge_exts(2, ca,
				    forge_ext("551d0f", false, "03020204"))),
		    OK);
		same(with(exts, span_of(NULL, 0)), ERR_CERT_CA);
	}
}
END_TEST

START_TEST(a_leaf_signs_and_is_no_authority)
{
	struct span *exts = &pki.cert[LEAF].exts;
	struct span ku = forge_ext("551d0f", false, "03020780");

	same(with(exts, forge_exts(1, ku)), OK);
	same(with(exts, forge_exts(2, ku, forge_ext("551d13", true, "3000"))),
	    OK);
	same(with(exts, forge_exts(2, ku, forge_ext("551d13", false, "3000"))),
	    OK);
	same(with(exts,
		 forge_exts(2, ku, forge_ext("551d13", true, "30030101ff"))),
	    ERR_CERT_LEAF_CA);
	same(with(exts,
		 forge_exts(2, ku, forge_ext("551d13", true, "3003020100"))),
	    ERR_CERT_LEAF_CA);
	same(with(exts, forge_exts(1, forge_ext("551d13", true, "3000"))),
	    ERR_CERT_KEY_USAGE);
	same(with(exts, forge_exts(1, forge_ext("551d0f", false, "03020640"))),
	    ERR_CERT_KEY_USAGE);
	same(with(exts, span_of(NULL, 0)), ERR_CERT_KEY_USAGE);
}
END_TEST

START_TEST(path_length_counts_the_authorities_below)
{
	for (int below = 0; below <= 2; below++) {
		struct span *exts = &pki.cert[INSTANCE - below].exts;

		for (int len = 0; len <= 3; len++) {
			same(with(exts, forge_ca(len)),
			    len < below ? ERR_CERT_PATHLEN : OK);
		}
		same(with(exts, forge_ca(-1)), OK);
	}
	/* 255, 256 + 1 and 2^64 + 1 are long, not none and not one. */
	static const char *const big[] = { "30070101ff020200ff",
		"30070101ff02020101", "300e0101ff0209010000000000000001" };
	for (size_t i = 0; i < 3; i++) {
		same(with(&pki.cert[REGIONAL].exts,
			 forge_exts(2, forge_ext("551d13", true, big[i]),
			     forge_ext("551d0f", true, "03020204"))),
		    OK);
	}
	same(with(&pki.cert[REGIONAL].exts,
		 forge_exts(2, forge_ext("551d13", true, "30060101ff0201ff"),
		     forge_ext("551d0f", true, "03020204"))),
	    ERR_CERT_DER);
}
END_TEST

START_TEST(the_roots_own_path_length_and_window_count)
{
	struct span ca[FORGE_CAS], leaf;
	struct forge_doc d;

	for (int len = 2; len <= 3; len++) {
		pki.cert[ROOT].exts = forge_ca(len);
		forge_pki_doc(&pki, ca, &leaf);
		d = forge_doc_default(leaf, ca, FORGE_CAS);
		root = forge_judge_root(ca[0]);
		same(judge(forge_doc(&d, &pki.key[LEAF])),
		    len < 3 ? ERR_CERT_PATHLEN : OK);
	}
	pki.cert[ROOT].validity =
	    forge_validity("260101000000Z", "260601120202Z");
	forge_pki_doc(&pki, ca, &leaf);
	d = forge_doc_default(leaf, ca, FORGE_CAS);
	root = forge_judge_root(ca[0]);
	same(judge(forge_doc(&d, &pki.key[LEAF])), ERR_CERT_EXPIRED);
}
END_TEST

START_TEST(names_must_follow_each_other)
{
	for (int i = REGIONAL; i <= LEAF; i++) {
		same(with(&pki.cert[i].issuer, forge_name("Root")),
		    ERR_CERT_ISSUER);
	}
	/* The same letters as another type of string are another name. */
	same(with(&pki.cert[REGIONAL].issuer,
		 forge_hex("300f310d300b06035504031304726f6f74")),
	    ERR_CERT_ISSUER);
	same(with(&pki.cert[REGIONAL].issuer,
		 forge_hex("300f310d300b06035504030c04726f6f74")),
	    OK);
}
END_TEST

START_TEST(a_key_off_the_curve_is_refused)
{
	struct forge_key off = pki.key[REGIONAL];

	same(with(&pki.cert[REGIONAL].spki, forge_spki(&off)), OK);
	off.point[95] ^= 1;
	same(with(&pki.cert[REGIONAL].spki, forge_spki(&off)), ERR_CERT_KEY);
	memset(off.point, 0, sizeof off.point);
	same(with(&pki.cert[REGIONAL].spki, forge_spki(&off)), ERR_CERT_KEY);
	memset(off.point, 0xff, sizeof off.point);
	same(with(&pki.cert[LEAF].spki, forge_spki(&off)), ERR_CERT_KEY);
}
END_TEST

START_TEST(signatures_of_others_are_refused)
{
	struct forge_key right;

	for (int i = ROOT; i <= LEAF; i++) {
		right = pki.key[i];
		pki.key[i] = forge_key();
		struct span doc = forge_pki_doc(&pki, NULL, NULL);
		/* The root's own signature is not looked at: its hash is. */
		if (i > ROOT) {
			same(judge(doc),
			    i == LEAF ? ERR_DOC_SIG : ERR_CERT_SIG);
		}
		pki.key[i] = right;
	}
}
END_TEST

START_TEST(twin_signature_is_the_same_statement)
{
	struct span doc = forge_pki_doc(&pki, NULL, NULL), twin;
	struct attest a, b;

	same(attest_parse(doc, &a), OK);
	twin =
	    forge_cat(2, span_of(doc.p, doc.n - 96), forge_twin(a.signature));
	same(judge(twin), OK);
	same(attest_parse(twin, &b), OK);
	ck_assert(!span_eq(doc, twin));
	ck_assert(span_eq(a.payload, b.payload));
}
END_TEST

int
main(void)
{
	const TTest *const t[] = { a_good_chain_verifies,
		windows_are_inclusive_in_whole_seconds,
		only_the_named_root_begins_a_chain,
		the_order_of_the_bundle_is_the_chain,
		an_authority_says_so_critically_and_may_sign_certificates,
		a_leaf_signs_and_is_no_authority,
		path_length_counts_the_authorities_below,
		the_roots_own_path_length_and_window_count,
		names_must_follow_each_other, a_key_off_the_curve_is_refused,
		signatures_of_others_are_refused,
		twin_signature_is_the_same_statement };

	return SUITE_RUN_FIXTURE("bundle", t, setup, NULL);
}
