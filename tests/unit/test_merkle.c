/* SPDX-License-Identifier: ISC */
#include <stdlib.h>

#include "chain/hash.h"
#include "chain/merkle.h"
#include "tests/lib/forge.h"
#include "tests/lib/suite.h"

#define LEAVES 300
static struct h32 leaf[LEAVES];

static void
leaves_make(void)
{
	for (uint32_t i = 0; i < LEAVES; i++)
		ck_assert_int_eq(hash_entry(span_of(&i, sizeof i), &leaf[i]),
		    OK);
}

/* RFC 6962 section 2.1, as it stands there. */
static struct h32
mth(const struct h32 *d, size_t n)
{
	struct h32 l, r, h;
	size_t k = 1;

	if (n == 0) {
		ck_assert_int_eq(hash_sha256(span_of(NULL, 0), &h), OK);
		return h;
	}
	if (n == 1)
		return *d;
	while (2 * k < n)
		k *= 2;
	l = mth(d, k);
	r = mth(d + k, n - k);
	ck_assert_int_eq(merkle_node(&l, &r, &h), OK);
	return h;
}

START_TEST(a_growing_tree_has_the_roots_of_the_standard)
{
	struct merkle t = { 0 };
	struct h32 root, want;

	leaves_make();
	for (size_t n = 0; n <= LEAVES; n++) {
		ck_assert_int_eq(merkle_root(&t, &root), OK);
		want = mth(leaf, n);
		ck_assert_msg(h32_eq(&root, &want), "%zu leaves", n);
		if (n < LEAVES)
			ck_assert_int_eq(merkle_add(&t, &leaf[n]), OK);
	}
}
END_TEST

/* The hashes of the leaves above. */
static enum err
node(void *ctx, unsigned level, uint64_t index, struct h32 *h)
{
	size_t n = (size_t)1 << level;

	(void)ctx;
	ck_assert_uint_le((index + 1) * n, LEAVES);
	*h = mth(leaf + index * n, n);
	return OK;
}

START_TEST(what_is_proved_verifies)
{
	struct merkle_source s = { node, NULL };
	struct h32 proof[MERKLE_PROOF], root, old;
	size_t n;

	leaves_make();
	for (size_t size = 1; size <= 70; size++) {
		root = mth(leaf, size);
		for (size_t i = 0; i < size; i++) {
			ck_assert_int_eq(merkle_prove_included(&s, i, size,
					     proof, &n),
			    OK);
			ck_assert_int_eq(merkle_included(i, &leaf[i], size,
					     &root, proof, n),
			    OK);
			old = mth(leaf, i + 1);
			ck_assert_int_eq(merkle_prove_consistent(&s, i + 1,
					     size, proof, &n),
			    OK);
			ck_assert_int_eq(merkle_consistent(i + 1, &old, size,
					     &root, proof, n),
			    OK);
		}
	}
}
END_TEST

int
main(void)
{
	const TTest *const t[] = {
		a_growing_tree_has_the_roots_of_the_standard,
		what_is_proved_verifies,
	};

	return SUITE_RUN("merkle", t);
}
