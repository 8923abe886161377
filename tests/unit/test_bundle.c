/* SPDX-License-Identifier: ISC */
#include <check.h>
#include <stdlib.h>

#include "chain/attest.h"
#include "chain/hash.h"
#include "tests/lib/forge.h"

#define SECOND UINT64_C(1000)
#define DAY (86400 * SECOND)
#define YEAR_START UINT64_C(1767225600000) /* 2026-01-01T00:00:00Z */
#define YEAR_END UINT64_C(1798761600000)   /* 2027-01-01T00:00:00Z */

enum { ROOT, REGIONAL, ZONAL, INSTANCE, LEAF };

static struct forge_pki pki;
static struct h32 root;

#define same(call, code) ck_assert_str_eq(err_code(call), err_code(code))

static enum err
judge_at(struct span doc, const struct h32 *r, uint64_t at,
    struct attest_cache *cache)
{
	struct attest a;

	TRY(attest_parse(doc, &a));
	return attest_verify(&a, r, at, cache);
}

static enum err
judge(struct span doc)
{
	return judge_at(doc, &root, FORGE_TIME, NULL);
}

static struct h32
sha256(struct span s)
{
	struct h32 h;

	ck_assert_int_eq(hash_sha256(s, &h), OK);
	return h;
}

static void
setup(void)
{
	pki = forge_pki();
	root = sha256(forge_cert(&pki.cert[ROOT], &pki.key[ROOT]));
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
	same(judge_at(doc, &root, FORGE_TIME, &cache), OK);
	ck_assert_uint_eq(cache.checks, 5);
}
END_TEST

START_TEST(windows_are_inclusive_in_whole_seconds)
{
	struct span doc = forge_pki_doc(&pki, NULL, NULL);

	same(judge_at(doc, &root, YEAR_START, NULL), OK);
	same(judge_at(doc, &root, YEAR_START - 1, NULL), ERR_CERT_NOT_YET);
	same(judge_at(doc, &root, YEAR_END, NULL), OK);
	same(judge_at(doc, &root, YEAR_END + 999, NULL), OK);
	same(judge_at(doc, &root, YEAR_END + 1000, NULL), ERR_CERT_EXPIRED);
	same(judge_at(doc, &root, 0, NULL), ERR_CERT_NOT_YET);
	same(judge_at(doc, &root, UINT64_MAX, NULL), ERR_CERT_EXPIRED);
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
	same(judge_at(doc, &r, FORGE_TIME, NULL), ERR_DOC_ROOT);
	same(judge_at(doc, &attest_root_aws, FORGE_TIME, NULL), ERR_DOC_ROOT);
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
		root = sha256(ca[0]);
		same(judge(forge_doc(&d, &pki.key[LEAF])),
		    len < 3 ? ERR_CERT_PATHLEN : OK);
	}
	pki.cert[ROOT].validity =
	    forge_validity("260101000000Z", "260601120202Z");
	forge_pki_doc(&pki, ca, &leaf);
	d = forge_doc_default(leaf, ca, FORGE_CAS);
	root = sha256(ca[0]);
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

/* The cache. */

static void
verdict(struct attest_cache *cache, struct span doc, uint64_t at, enum err e)
{
	same(judge_at(doc, &root, at, NULL), e);
	same(judge_at(doc, &root, at, cache), e);
	same(judge_at(doc, &root, at, cache), e);
}

static struct span
doc_of(struct span leaf, const struct span *ca, size_t n)
{
	struct forge_doc d = forge_doc_default(leaf, ca, n);

	return forge_doc(&d, &pki.key[LEAF]);
}

START_TEST(what_was_checked_is_not_checked_again)
{
	struct attest_cache cache = { 0 };
	struct span ca[FORGE_CAS], leaf;
	struct span doc = forge_pki_doc(&pki, ca, &leaf);

	same(judge_at(doc, &root, FORGE_TIME, &cache), OK);
	ck_assert_uint_eq(cache.checks, 5);
	same(judge_at(doc, &root, FORGE_TIME, &cache), OK);
	ck_assert_uint_eq(cache.checks, 6);
	/* Another document of the same leaf. */
	same(judge_at(doc_of(leaf, ca, 4), &root, FORGE_TIME, &cache), OK);
	ck_assert_uint_eq(cache.checks, 7);
	/* Another leaf of the same instance. */
	leaf = forge_cert(&pki.cert[LEAF], &pki.key[INSTANCE]);
	same(judge_at(doc_of(leaf, ca, 4), &root, FORGE_TIME, &cache), OK);
	ck_assert_uint_eq(cache.checks, 9);
}
END_TEST

START_TEST(cached_leaf_falls_with_an_expired_ancestor)
{
	struct attest_cache cache = { 0 };
	struct span doc;

	for (int i = REGIONAL; i <= INSTANCE; i++) {
		struct span was = pki.cert[i].validity;
		struct span ca[FORGE_CAS], leaf;

		pki.cert[i].validity =
		    forge_validity("260501000000Z", "260602000000Z");
		forge_pki_doc(&pki, ca, &leaf);
		doc = doc_of(leaf, ca, FORGE_CAS);
		verdict(&cache, doc, FORGE_TIME, OK);
		verdict(&cache, doc, FORGE_TIME + DAY, ERR_CERT_EXPIRED);
		verdict(&cache, doc, FORGE_TIME - 40 * DAY, ERR_CERT_NOT_YET);
		verdict(&cache, doc, FORGE_TIME, OK);
		pki.cert[i].validity = was;
	}
}
END_TEST

/* A thief made an authority with the name of a genuine one, and shows it with
 * genuine certificates below it that are remembered already. */
START_TEST(cached_certificate_counts_only_under_its_own_issuer)
{
	struct attest_cache cache = { 0 };
	struct span ca[FORGE_CAS], leaf, evil[FORGE_CAS];
	struct forge_key thief = forge_key();
	struct forge_cert c = pki.cert[ZONAL];

	forge_pki_doc(&pki, ca, &leaf);
	verdict(&cache, doc_of(leaf, ca, 4), FORGE_TIME, OK);
	/* Signed by a stranger, key of the stranger. */
	c.spki = forge_spki(&thief);
	memcpy(evil, ca, sizeof evil);
	evil[ZONAL] = forge_cert(&c, &thief);
	verdict(&cache, doc_of(leaf, evil, 4), FORGE_TIME, ERR_CERT_SIG);
	/* Genuine, for another key: the instance below is not its work. */
	evil[ZONAL] = forge_cert(&c, &pki.key[REGIONAL]);
	verdict(&cache, doc_of(leaf, evil, 4), FORGE_TIME, ERR_CERT_SIG);
	/* An instance of the stranger under the genuine zonal, then its leaf
	 * with the genuine one's name. */
	c = pki.cert[INSTANCE];
	c.spki = forge_spki(&thief);
	evil[ZONAL] = ca[ZONAL];
	evil[INSTANCE] = forge_cert(&c, &thief);
	verdict(&cache, doc_of(leaf, evil, 4), FORGE_TIME, ERR_CERT_SIG);
	verdict(&cache, doc_of(forge_cert(&pki.cert[LEAF], &thief), evil, 4),
	    FORGE_TIME, ERR_CERT_SIG);
	verdict(&cache, doc_of(leaf, ca, 4), FORGE_TIME, OK);
}
END_TEST

START_TEST(cached_chain_does_not_count_under_another_root)
{
	struct attest_cache cache = { 0 };
	struct span ca[FORGE_CAS], leaf, evil[FORGE_CAS];
	struct forge_key thief = forge_key();
	struct forge_cert c = pki.cert[ROOT];
	struct h32 other;

	forge_pki_doc(&pki, ca, &leaf);
	c.spki = forge_spki(&thief);
	memcpy(evil, ca, sizeof evil);
	evil[0] = forge_cert(&c, &thief);
	other = sha256(evil[0]);
	verdict(&cache, doc_of(leaf, ca, 4), FORGE_TIME, OK);
	same(judge_at(doc_of(leaf, ca, 4), &other, FORGE_TIME, &cache),
	    ERR_DOC_ROOT);
	verdict(&cache, doc_of(leaf, evil, 4), FORGE_TIME, ERR_DOC_ROOT);
	same(judge_at(doc_of(leaf, evil, 4), &other, FORGE_TIME, &cache),
	    ERR_CERT_SIG);
	/* Who trusts the thief fills the cache with the thief's chain; that
	 * says nothing to who trusts the first root. */
	evil[REGIONAL] = forge_cert(&pki.cert[REGIONAL], &thief);
	same(judge_at(doc_of(leaf, evil, 4), &other, FORGE_TIME, &cache), OK);
	verdict(&cache, doc_of(leaf, evil, 4), FORGE_TIME, ERR_DOC_ROOT);
	evil[0] = ca[0];
	verdict(&cache, doc_of(leaf, evil, 4), FORGE_TIME, ERR_CERT_SIG);
}
END_TEST

START_TEST(cached_authority_is_no_leaf_and_no_shorter_path)
{
	struct attest_cache cache = { 0 };
	struct span ca[FORGE_CAS], leaf;
	struct forge_doc d;
	struct forge_key last = forge_key();
	struct forge_cert c;

	forge_pki_doc(&pki, ca, &leaf);
	verdict(&cache, doc_of(leaf, ca, 4), FORGE_TIME, OK);
	d = forge_doc_default(ca[INSTANCE], ca, 3);
	verdict(&cache, forge_doc(&d, &pki.key[INSTANCE]), FORGE_TIME,
	    ERR_CERT_LEAF_CA);
	/* One more authority below: the remembered path length is judged
	 * again, at the topmost that is too short. */
	c = forge_cert_default("instance", "more", &last, forge_ca(0));
	struct span five[] = { ca[0], ca[1], ca[2], ca[3],
		forge_cert(&c, &pki.key[INSTANCE]) };
	c = forge_cert_default("more", "leaf", &pki.key[LEAF], forge_leaf());
	leaf = forge_cert(&c, &last);
	verdict(&cache, doc_of(leaf, five, 5), FORGE_TIME, ERR_CERT_PATHLEN);
	/* And a remembered leaf is no authority. */
	forge_pki_doc(&pki, ca, &leaf);
	verdict(&cache, doc_of(leaf, ca, 4), FORGE_TIME, OK);
	struct span four[] = { ca[0], ca[1], ca[2], leaf };
	verdict(&cache, doc_of(leaf, four, 4), FORGE_TIME, ERR_CERT_CA);
}
END_TEST

START_TEST(a_failed_signature_is_not_remembered)
{
	struct attest_cache cache = { 0 };
	struct span ca[FORGE_CAS], leaf, bad;
	struct forge_key thief = forge_key();

	forge_pki_doc(&pki, ca, &leaf);
	bad = forge_cert(&pki.cert[LEAF], &thief);
	for (int i = 0; i < 3; i++) {
		verdict(&cache, doc_of(bad, ca, 4), FORGE_TIME, ERR_CERT_SIG);
		verdict(&cache, doc_of(leaf, ca, 4), FORGE_TIME, OK);
	}
}
END_TEST

START_TEST(the_least_recently_used_leaves_the_cache)
{
	struct attest_cache cache = { 0 };
	struct span ca[FORGE_CAS], leaf, first = { NULL, 0 };
	uint64_t before;

	forge_pki_doc(&pki, ca, &leaf);
	/* 4 authorities and 60 leaves fill it. */
	for (int i = 0; i < 60; i++) {
		leaf = forge_cert(&pki.cert[LEAF], &pki.key[INSTANCE]);
		first = i ? first : leaf;
		same(judge_at(doc_of(leaf, ca, 4), &root, FORGE_TIME, &cache),
		    OK);
	}
	before = cache.checks;
	same(judge_at(doc_of(first, ca, 4), &root, FORGE_TIME, &cache), OK);
	ck_assert_uint_eq(cache.checks, before + 1);
	/* 59 more push out all leaves but the first; the authorities stay. */
	for (int i = 0; i < 59; i++) {
		leaf = forge_cert(&pki.cert[LEAF], &pki.key[INSTANCE]);
		before = cache.checks;
		same(judge_at(doc_of(leaf, ca, 4), &root, FORGE_TIME, &cache),
		    OK);
		ck_assert_uint_eq(cache.checks, before + 2);
	}
	before = cache.checks;
	same(judge_at(doc_of(first, ca, 4), &root, FORGE_TIME, &cache), OK);
	ck_assert_uint_eq(cache.checks, before + 1);
	for (int i = 0; i < 60; i++) {
		leaf = forge_cert(&pki.cert[LEAF], &pki.key[INSTANCE]);
		same(judge_at(doc_of(leaf, ca, 4), &root, FORGE_TIME, &cache),
		    OK);
	}
	before = cache.checks;
	same(judge_at(doc_of(first, ca, 4), &root, FORGE_TIME, &cache), OK);
	ck_assert_uint_eq(cache.checks, before + 2);
}
END_TEST

/* Bundles mixed at random from two genuine chains and a thief's under one
 * root, judged at random times under random roots. */
START_TEST(any_order_of_questions_has_the_same_answers)
{
	struct attest_cache cache = { 0 };
	struct forge_pki p[3];
	struct span cert[3][FORGE_CAS + 1];
	static const uint64_t time[] = { FORGE_TIME, FORGE_TIME + 30 * DAY,
		YEAR_START - 1, YEAR_END + 1000 };
	struct h32 roots[3];
	unsigned accepted = 0, refused = 0;

	for (int i = 0; i < 3; i++) {
		p[i] = forge_pki();
		if (i == 1) {
			p[i].key[ROOT] = p[0].key[ROOT];
			p[i].cert[ZONAL].validity =
			    forge_validity("260501000000Z", "260605000000Z");
		}
		forge_pki_doc(&p[i], cert[i], &cert[i][LEAF]);
		if (i == 1)
			cert[i][ROOT] = cert[0][ROOT];
		roots[i] = sha256(cert[i][ROOT]);
	}
	for (int n = 0; n < 400; n++) {
		uint32_t base = forge_dice(3), at = forge_dice(4),
			 r = forge_dice(3);
		struct span mix[FORGE_CAS + 1];
		struct forge_doc d;
		enum err plain, cached;

		memcpy(mix, cert[base], sizeof mix);
		for (uint32_t swaps = forge_dice(3); swaps > 0; swaps--) {
			uint32_t where = forge_dice(FORGE_CAS + 1);
			mix[where] = cert[forge_dice(3)][where];
		}
		d = forge_doc_default(mix[LEAF], mix, FORGE_CAS);
		struct span doc = forge_doc(&d, &p[base].key[LEAF]);
		plain = judge_at(doc, &roots[r], time[at], NULL);
		cached = judge_at(doc, &roots[r], time[at], &cache);
		same(cached, plain);
		accepted += plain == OK;
		refused += plain != OK;
	}
	ck_assert_uint_gt(accepted, 20);
	ck_assert_uint_gt(refused, 100);
}
END_TEST

int
main(void)
{
	Suite *s = suite_create("bundle");
	TCase *t = tcase_create("chain"), *c = tcase_create("cache");
	SRunner *r;
	int failed;

	tcase_add_checked_fixture(t, setup, NULL);
	tcase_add_checked_fixture(c, setup, NULL);
	tcase_set_timeout(t, 60);
	tcase_set_timeout(c, 120);
	tcase_add_test(t, a_good_chain_verifies);
	tcase_add_test(t, windows_are_inclusive_in_whole_seconds);
	tcase_add_test(t, only_the_named_root_begins_a_chain);
	tcase_add_test(t, the_order_of_the_bundle_is_the_chain);
	tcase_add_test(t,
	    an_authority_says_so_critically_and_may_sign_certificates);
	tcase_add_test(t, a_leaf_signs_and_is_no_authority);
	tcase_add_test(t, path_length_counts_the_authorities_below);
	tcase_add_test(t, the_roots_own_path_length_and_window_count);
	tcase_add_test(t, names_must_follow_each_other);
	tcase_add_test(t, a_key_off_the_curve_is_refused);
	tcase_add_test(t, signatures_of_others_are_refused);
	tcase_add_test(t, twin_signature_is_the_same_statement);
	tcase_add_test(c, what_was_checked_is_not_checked_again);
	tcase_add_test(c, cached_leaf_falls_with_an_expired_ancestor);
	tcase_add_test(c, cached_certificate_counts_only_under_its_own_issuer);
	tcase_add_test(c, cached_chain_does_not_count_under_another_root);
	tcase_add_test(c, cached_authority_is_no_leaf_and_no_shorter_path);
	tcase_add_test(c, a_failed_signature_is_not_remembered);
	tcase_add_test(c, the_least_recently_used_leaves_the_cache);
	tcase_add_test(c, any_order_of_questions_has_the_same_answers);
	suite_add_tcase(s, t);
	suite_add_tcase(s, c);
	r = srunner_create(s);
	srunner_run_all(r, CK_ENV);
	failed = srunner_ntests_failed(r);
	srunner_free(r);
	return failed != 0;
}
