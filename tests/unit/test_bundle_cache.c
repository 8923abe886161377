/* SPDX-License-Identifier: ISC */
/* Certificates that were checked before: a cache never changes a verdict. */
#include <check.h>

#include "tests/lib/forge_judge.h"
#include "tests/lib/same.h"
#include "tests/lib/suite.h"

#define DAY UINT64_C(86400000)
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

static void
verdict(struct attest_cache *cache, struct span doc, uint64_t at, enum err e)
{
	same(forge_judge(doc, &root, at, NULL), e);
	same(forge_judge(doc, &root, at, cache), e);
	same(forge_judge(doc, &root, at, cache), e);
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

	same(forge_judge(doc, &root, FORGE_TIME, &cache), OK);
	ck_assert_uint_eq(cache.checks, 5);
	same(forge_judge(doc, &root, FORGE_TIME, &cache), OK);
	ck_assert_uint_eq(cache.checks, 6);
	/* Another document of the same leaf. */
	same(forge_judge(doc_of(leaf, ca, 4), &root, FORGE_TIME, &cache), OK);
	ck_assert_uint_eq(cache.checks, 7);
	/* Another leaf of the same instance. */
	leaf = forge_cert(&pki.cert[LEAF], &pki.key[INSTANCE]);
	same(forge_judge(doc_of(leaf, ca, 4), &root, FORGE_TIME, &cache), OK);
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
	other = forge_judge_root(evil[0]);
	verdict(&cache, doc_of(leaf, ca, 4), FORGE_TIME, OK);
	same(forge_judge(doc_of(leaf, ca, 4), &other, FORGE_TIME, &cache),
	    ERR_DOC_ROOT);
	verdict(&cache, doc_of(leaf, evil, 4), FORGE_TIME, ERR_DOC_ROOT);
	same(forge_judge(doc_of(leaf, evil, 4), &other, FORGE_TIME, &cache),
	    ERR_CERT_SIG);
	/* Who trusts the thief fills the cache with the thief's chain; that
	 * says nothing to who trusts the first root. */
	evil[REGIONAL] = forge_cert(&pki.cert[REGIONAL], &thief);
	same(forge_judge(doc_of(leaf, evil, 4), &other, FORGE_TIME, &cache),
	    OK);
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
		same(forge_judge(doc_of(leaf, ca, 4), &root, FORGE_TIME,
			 &cache),
		    OK);
	}
	before = cache.checks;
	same(forge_judge(doc_of(first, ca, 4), &root, FORGE_TIME, &cache), OK);
	ck_assert_uint_eq(cache.checks, before + 1);
	/* 59 more push out all leaves but the first; the authorities stay. */
	for (int i = 0; i < 59; i++) {
		leaf = forge_cert(&pki.cert[LEAF], &pki.key[INSTANCE]);
		before = cache.checks;
		same(forge_judge(doc_of(leaf, ca, 4), &root, FORGE_TIME,
			 &cache),
		    OK);
		ck_assert_uint_eq(cache.checks, before + 2);
	}
	before = cache.checks;
	same(forge_judge(doc_of(first, ca, 4), &root, FORGE_TIME, &cache), OK);
	ck_assert_uint_eq(cache.checks, before + 1);
	for (int i = 0; i < 60; i++) {
		leaf = forge_cert(&pki.cert[LEAF], &pki.key[INSTANCE]);
		same(forge_judge(doc_of(leaf, ca, 4), &root, FORGE_TIME,
			 &cache),
		    OK);
	}
	before = cache.checks;
	same(forge_judge(doc_of(first, ca, 4), &root, FORGE_TIME, &cache), OK);
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
		roots[i] = forge_judge_root(cert[i][ROOT]);
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
		plain = forge_judge(doc, &roots[r], time[at], NULL);
		cached = forge_judge(doc, &roots[r], time[at], &cache);
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
	const TTest *const t[] = { what_was_checked_is_not_checked_again,
		cached_leaf_falls_with_an_expired_ancestor,
		cached_certificate_counts_only_under_its_own_issuer,
		cached_chain_does_not_count_under_another_root,
		cached_authority_is_no_leaf_and_no_shorter_path,
		a_failed_signature_is_not_remembered,
		the_least_recently_used_leaves_the_cache,
		any_order_of_questions_has_the_same_answers };

	return SUITE_RUN_FIXTURE("bundle_cache", t, setup, NULL);
}
