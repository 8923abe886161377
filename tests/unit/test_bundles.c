/* SPDX-License-Identifier: ISC */
#include <stdlib.h>

#include "server/bundles.h"
#include "tests/lib/suite.h"

static const struct bundle_key none;

static struct bundle_key
key(uint8_t chain, uint8_t head, size_t revocations)
{
	return (struct bundle_key){ { { chain } }, { { head } }, revocations, 0,
		0, 0 };
}

/* Keeps n bytes under k, and only there. */
static void
keep(struct bundle_key k, size_t n)
{
	void *p = calloc(1, n);
	struct blob *b = blob_make(span_of(p, n));

	bundles_keep(&k, b);
	blob_drop(b);
	free(p);
}

static bool
has(struct bundle_key k)
{
	struct blob *b = bundles_find(&k);

	blob_drop(b);
	return b != NULL;
}

START_TEST(a_bundle_is_of_one_state_of_one_chain)
{
	struct bundle_key shown = key(1, 1, 0), seen = shown, more = shown;

	shown.evidence = 1;
	seen.witnessed = more.witnessed = 1;
	more.missing = 1;
	ck_assert(!has(none));
	keep(key(1, 1, 0), 100);
	ck_assert(has(key(1, 1, 0)));
	ck_assert(!has(key(2, 1, 0)));
	ck_assert(!has(key(1, 2, 0)));
	ck_assert(!has(key(1, 1, 1)));
	ck_assert(!has(shown) && !has(seen));
	keep(seen, 100);
	ck_assert(has(seen) && !has(more));
	keep(key(1, 1, 0), 100);
	keep(key(1, 2, 0), 100); /* in place of the older one */
	ck_assert(!has(key(1, 1, 0)) && has(key(1, 2, 0)));
	ck_assert_uint_eq(blob_live(), 100);
}
END_TEST

START_TEST(readers_share_one)
{
	struct bundle_key k = key(1, 1, 0);
	struct blob *a, *b;

	keep(k, 100);
	a = bundles_find(&k);
	b = bundles_find(&k);
	ck_assert_ptr_eq(a, b);
	keep(key(1, 2, 0), 50);
	ck_assert_uint_eq(blob_bytes(a).n, 100); /* still theirs */
	ck_assert_uint_eq(blob_live(), 150);
	blob_drop(a);
	blob_drop(b);
	ck_assert_uint_eq(blob_live(), 50);
}
END_TEST

START_TEST(what_is_kept_is_bounded)
{
	for (unsigned i = 0; i < 200; i++)
		keep(key((uint8_t)i, 1, 0), 1 << 20);
	ck_assert_uint_eq(blob_live(), 32 << 20);
	ck_assert(has(key(199, 1, 0)) && has(key(168, 1, 0)));
	ck_assert(!has(key(167, 1, 0)));
	keep(key(200, 1, 0), 1 << 20); /* 169 was asked for longest ago */
	ck_assert(has(key(199, 1, 0)) && !has(key(169, 1, 0)));
	keep(key(1, 1, 0), (32 << 20) + 1);
	ck_assert(!has(key(1, 1, 0)) && has(key(199, 1, 0)));
	for (unsigned i = 0; i < 200; i++)
		keep(key((uint8_t)i, 1, 0), 1);
	ck_assert_uint_le(blob_live(), 32 << 20);
}
END_TEST

int
main(void)
{
	const TTest *const t[] = { a_bundle_is_of_one_state_of_one_chain,
		readers_share_one, what_is_kept_is_bounded };

	return SUITE_RUN("bundles", t);
}
