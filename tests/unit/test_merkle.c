/* SPDX-License-Identifier: ISC */
#include <stdlib.h>

#include "chain/hash.h"
#include "chain/merkle.h"
#include "chain/text.h"
#include "tests/lib/forge.h"
#include "tests/lib/suite.h"

/* Trees of so many leaves are tried out in every pair of sizes; full[l][i] is
 * the i-th full subtree of 2^l leaves. */
#define LEAVES 300u
#define LEVELS 9
static struct h32 full[LEVELS][LEAVES];

/* From leaf `fork` on it is another history. */
static void
grow(uint32_t fork)
{
	for (uint32_t i = 0; i < LEAVES; i++) {
		uint32_t leaf[2] = { i, i >= fork };

		ck_assert_int_eq(hash_entry(span_of(leaf, sizeof leaf),
				     &full[0][i]),
		    OK);
	}
	for (unsigned l = 1; l < LEVELS; l++) {
		for (unsigned i = 0; i < LEAVES >> l; i++)
			ck_assert_int_eq(merkle_node(&full[l - 1][2 * i],
					     &full[l - 1][2 * i + 1],
					     &full[l][i]),
			    OK);
	}
}

static enum err
node(void *ctx, unsigned level, uint64_t index, struct h32 *h)
{
	(void)ctx;
	ck_assert_uint_lt(level, LEVELS);
	ck_assert_uint_lt(index, LEAVES >> level);
	*h = full[level][index];
	return OK;
}

/* A tree too large to be stored: every leaf is one value, but one. */
struct wide {
	uint64_t odd;
	struct h32 same[MERKLE_LEVELS + 1], leaf;
};

static enum err
wide_node(void *ctx, unsigned level, uint64_t index, struct h32 *h)
{
	const struct wide *w = ctx;
	struct h32 l, r;

	if (w->odd >> level != index || level == 0) {
		*h = w->odd >> level == index ? w->leaf : w->same[level];
		return OK;
	}
	TRY(wide_node(ctx, level - 1, 2 * index, &l));
	TRY(wide_node(ctx, level - 1, 2 * index + 1, &r));
	return merkle_node(&l, &r, h);
}

static void
wide_make(struct wide *w, uint64_t odd)
{
	w->odd = odd;
	w->leaf = (struct h32){ { 1 } };
	w->same[0] = (struct h32){ { 2 } };
	for (size_t i = 1; i <= MERKLE_LEVELS; i++)
		ck_assert_int_eq(merkle_node(&w->same[i - 1], &w->same[i - 1],
				     &w->same[i]),
		    OK);
}

/* RFC 6962 section 2.1, as it stands there; a subtree that is full is asked
 * for.  at: where D begins. */
static struct h32
mth(const struct merkle_source *s, uint64_t at, uint64_t n)
{
	struct h32 l, r, h;
	unsigned level = 0;

	if (n == 0) {
		ck_assert_int_eq(hash_sha256(span_of(NULL, 0), &h), OK);
		return h;
	}
	while (UINT64_C(2) << level <= n)
		level++;
	if (UINT64_C(1) << level == n) {
		ck_assert_int_eq(s->node(s->ctx, level, at >> level, &h), OK);
		return h;
	}
	l = mth(s, at, UINT64_C(1) << level);
	r = mth(s, at + (UINT64_C(1) << level), n - (UINT64_C(1) << level));
	ck_assert_int_eq(merkle_node(&l, &r, &h), OK);
	return h;
}

static const struct merkle_source source = { node, NULL };

START_TEST(the_empty_tree_is_the_hash_of_nothing)
{
	struct h32 root,
	    want = { { 0xe3, 0xb0, 0xc4, 0x42, 0x98, 0xfc, 0x1c, 0x14, 0x9a,
		0xfb, 0xf4, 0xc8, 0x99, 0x6f, 0xb9, 0x24, 0x27, 0xae, 0x41,
		0xe4, 0x64, 0x9b, 0x93, 0x4c, 0xa4, 0x95, 0x99, 0x1b, 0x78,
		0x52, 0xb8, 0x55 } };
	struct merkle t = { 0 };

	ck_assert_int_eq(merkle_empty(&root), OK);
	ck_assert(h32_eq(&root, &want));
	ck_assert_int_eq(merkle_root(&t, &root), OK);
	ck_assert(h32_eq(&root, &want));
}
END_TEST

/* The tree with which implementations of RFC 6962 test themselves. */
START_TEST(small_trees_have_the_known_roots)
{
	static const struct {
		const char *leaf;
		size_t n;
		const char *root;
	} tree[] = {
		{ "", 0,
		    "6e340b9cffb37a989ca544e6bb780a2c78901d3fb33738768511a306"
		    "17afa01d" },
		{ "\0", 1,
		    "fac54203e7cc696cf0dfcb42c92a1d9dbaf70ad9e621f4bd8d98662f"
		    "00e3c125" },
		{ "\x10", 1,
		    "aeb6bcfe274b70a14fb067a5e5578264db0fa9b51af5e0ba159158f3"
		    "29e06e77" },
		{ " !", 2,
		    "d37ee418976dd95753c1c73862b9398fa2a2cf9b4ff0fdfe8b30cd95"
		    "209614b7" },
		{ "01", 2,
		    "4e3bbb1f7b478dcfe71fb631631519a3bca12c9aefca1612bfce4c13"
		    "a86264d4" },
	};
	struct merkle t = { 0 };
	struct h32 leaf_hash, root;
	char hex[65];

	for (size_t i = 0; i < sizeof tree / sizeof *tree; i++) {
		struct out o = out_of(hex, sizeof hex);

		ck_assert_int_eq(hash_entry(span_of(tree[i].leaf, tree[i].n),
				     &leaf_hash),
		    OK);
		ck_assert_int_eq(merkle_add(&t, &leaf_hash), OK);
		ck_assert_int_eq(merkle_root(&t, &root), OK);
		text_hex(&o, h32_span(&root));
		ck_assert_str_eq(hex, tree[i].root);
	}
}
END_TEST

START_TEST(a_growing_tree_has_the_roots_of_the_standard)
{
	static const struct h32 zero;
	struct merkle t = { 0 };
	struct h32 root, want;

	grow(LEAVES);
	for (size_t n = 0; n <= LEAVES; n++) {
		ck_assert_uint_eq(t.n, n);
		ck_assert_int_eq(merkle_root(&t, &root), OK);
		want = mth(&source, 0, n);
		ck_assert_msg(h32_eq(&root, &want), "%zu leaves", n);
		/* two that grew by the same leaves are the same bytes */
		for (size_t i = 0; i < MERKLE_LEVELS; i++)
			ck_assert(n >> i & 1 || h32_eq(&t.peak[i], &zero));
		if (n < LEAVES)
			ck_assert_int_eq(merkle_add(&t, &full[0][n]), OK);
	}
}
END_TEST

START_TEST(a_tree_has_less_than_2_to_the_53_leaves)
{
	struct merkle t = { .n = (UINT64_C(1) << 53) - 2 };
	struct h32 leaf = { { 1 } };

	ck_assert_int_eq(merkle_add(&t, &leaf), OK);
	ck_assert_int_eq(merkle_add(&t, &leaf), ERR_CBOR_RANGE);
	ck_assert_uint_eq(t.n, (UINT64_C(1) << 53) - 1);
}
END_TEST

/* All of a small tree, some of a larger one. */
static size_t
stride(size_t size)
{
	return size <= 70 ? 1 : 1 + forge_dice((uint32_t)size / 10);
}

START_TEST(an_inclusion_that_is_proved_verifies)
{
	struct h32 proof[MERKLE_PROOF], root;
	size_t n;

	grow(LEAVES);
	for (size_t size = 1; size <= LEAVES; size++) {
		root = mth(&source, 0, size);
		for (size_t i = 0; i < size; i += stride(size)) {
			ck_assert_int_eq(merkle_prove_included(&source, i, size,
					     proof, &n),
			    OK);
			ck_assert_int_eq(merkle_included(i, &full[0][i], size,
					     &root, proof, n),
			    OK);
		}
	}
}
END_TEST

START_TEST(a_consistency_that_is_proved_verifies)
{
	struct h32 proof[MERKLE_PROOF], root, old;
	size_t n;

	grow(LEAVES);
	for (size_t size = 1; size <= LEAVES; size++) {
		root = mth(&source, 0, size);
		for (size_t i = 1; i <= size; i += stride(size)) {
			old = mth(&source, 0, i);
			ck_assert_int_eq(merkle_prove_consistent(&source, i,
					     size, proof, &n),
			    OK);
			ck_assert_int_eq(merkle_consistent(i, &old, size, &root,
					     proof, n),
			    OK);
		}
	}
}
END_TEST

static uint64_t
dice(uint64_t n)
{
	uint64_t v =
	    (uint64_t)forge_dice(1u << 30) << 30 | forge_dice(1u << 30);

	return v % n;
}

/* Sizes of any magnitude, as large as there are. */
static uint64_t
some_size(void)
{
	return 1 + dice(((uint64_t)1 << (1 + dice(53))) - 1);
}

START_TEST(trees_of_any_size_are_proved)
{
	struct h32 proof[MERKLE_PROOF], root, old_root, leaf;
	struct wide w;
	const struct merkle_source s = { wide_node, &w };
	size_t n;

	for (int round = 0; round < 150; round++) {
		uint64_t size = some_size(), old = 1 + dice(size);

		wide_make(&w, dice(2) ? dice(size) : old - 1);
		root = mth(&s, 0, size);
		old_root = mth(&s, 0, old);
		ck_assert_int_eq(merkle_prove_consistent(&s, old, size, proof,
				     &n),
		    OK);
		ck_assert_uint_le(n, MERKLE_LEVELS + 1);
		ck_assert_int_eq(merkle_consistent(old, &old_root, size, &root,
				     proof, n),
		    OK);
		ck_assert_int_eq(merkle_prove_included(&s, old - 1, size, proof,
				     &n),
		    OK);
		ck_assert_int_eq(wide_node(&w, 0, old - 1, &leaf), OK);
		ck_assert_int_eq(merkle_included(old - 1, &leaf, size, &root,
				     proof, n),
		    OK);
	}
}
END_TEST

/* Whatever is done to a proof that holds: each must make it fail. */
static void
spoil(const struct h32 *proof, size_t n, size_t how, struct h32 *out, size_t *k)
{
	memcpy(out, proof, n * sizeof *proof);
	*k = n;
	if (how < n) {
		out[how].b[dice(32)] ^= (uint8_t)(1 << dice(8));
	} else if (how < 2 * n) { /* one is left out */
		memmove(out + how - n, out + how - n + 1,
		    (2 * n - how - 1) * sizeof *out);
		*k = n - 1;
	} else { /* one stands twice, a stranger's stands behind */
		size_t at = how - 2 * n;

		memmove(out + at + 1, out + at, (n - at) * sizeof *out);
		if (at == n)
			out[at] = (struct h32){ { 9 } };
		*k = n + 1;
	}
}

START_TEST(a_spoilt_proof_does_not_verify)
{
	struct h32 proof[MERKLE_PROOF], bad[MERKLE_PROOF + 1], root, old;
	size_t n, k;

	grow(LEAVES);
	for (size_t size = 1; size <= 40; size++) {
		root = mth(&source, 0, size);
		for (size_t i = 0; i < size; i++) {
			ck_assert_int_eq(merkle_prove_included(&source, i, size,
					     proof, &n),
			    OK);
			for (size_t how = 0; how <= 3 * n; how++) {
				spoil(proof, n, how, bad, &k);
				ck_assert_int_eq(merkle_included(i, &full[0][i],
						     size, &root, bad, k),
				    ERR_MERKLE_PROOF);
			}
			old = mth(&source, 0, i + 1);
			ck_assert_int_eq(merkle_prove_consistent(&source, i + 1,
					     size, proof, &n),
			    OK);
			for (size_t how = 0; how <= 3 * n; how++) {
				spoil(proof, n, how, bad, &k);
				ck_assert_int_eq(merkle_consistent(i + 1, &old,
						     size, &root, bad, k),
				    ERR_MERKLE_PROOF);
			}
		}
	}
}
END_TEST

/* A fork: two histories that part at leaf `from` have no later proof in common,
 * and every earlier one. */
START_TEST(a_fork_is_not_consistent)
{
	struct h32 proof[MERKLE_PROOF], honest[25], root;
	size_t n;

	grow(LEAVES);
	for (size_t i = 1; i <= 24; i++)
		honest[i] = mth(&source, 0, i);
	for (uint32_t from = 0; from < 12; from++) {
		grow(from);
		for (size_t size = from + 1; size <= 24; size++) {
			root = mth(&source, 0, size);
			for (size_t i = 1; i <= size; i++) {
				ck_assert_int_eq(
				    merkle_prove_consistent(&source, i, size,
					proof, &n),
				    OK);
				ck_assert_int_eq(merkle_consistent(i,
						     &honest[i], size, &root,
						     proof, n),
				    i <= from ? OK : ERR_MERKLE_PROOF);
			}
		}
	}
}
END_TEST

/* Whatever the histories were, what a proof of this kind shows of a tree is how
 * that tree begins. */
START_TEST(how_a_tree_begins_is_proved)
{
	struct h32 proof[MERKLE_PROOF], begins[LEAVES + 1], root, old;
	size_t n;

	grow(LEAVES);
	for (size_t i = 1; i <= LEAVES; i++)
		begins[i] = mth(&source, 0, i);
	for (size_t size = 2; size <= LEAVES; size++) {
		root = begins[size];
		for (size_t i = 1; i < size; i += stride(size)) {
			ck_assert_int_eq(merkle_prove_prefix(&source, i, size,
					     proof, &n),
			    OK);
			ck_assert_int_eq(merkle_prefix(i, size, &root, proof, n,
					     &old),
			    OK);
			ck_assert(h32_eq(&old, &begins[i]));
			proof[n / 2].b[0] ^= 1;
			ck_assert_int_eq(merkle_prefix(i, size, &root, proof, n,
					     &old),
			    ERR_MERKLE_PROOF);
			proof[n / 2].b[0] ^= 1;
			ck_assert_int_eq(merkle_prefix(i, size, &root, proof,
					     n - 1, &old),
			    ERR_MERKLE_PROOF);
			proof[n] = root;
			ck_assert_int_eq(merkle_prefix(i, size, &root, proof,
					     n + 1, &old),
			    ERR_MERKLE_PROOF);
		}
	}
	ck_assert_int_eq(merkle_prefix(0, 2, &root, proof, 1, &old),
	    ERR_MERKLE_PROOF);
	ck_assert_int_eq(merkle_prefix(2, 2, &root, &root, 1, &old),
	    ERR_MERKLE_PROOF);
	ck_assert_int_eq(merkle_prefix(3, 2, &root, &root, 1, &old),
	    ERR_MERKLE_PROOF);
	ck_assert_int_eq(merkle_prove_prefix(&source, 0, 2, proof, &n),
	    ERR_MERKLE_PROOF);
	ck_assert_int_eq(merkle_prove_prefix(&source, 2, 2, proof, &n),
	    ERR_MERKLE_PROOF);
}
END_TEST

/* The steps of a proof that looks as if three leaves were the first of two. */
START_TEST(a_tree_does_not_shrink)
{
	struct h32 proof[2] = { { { 1 } }, { { 2 } } }, root;

	ck_assert_int_eq(merkle_node(&proof[0], &proof[1], &root), OK);
	ck_assert_int_eq(merkle_consistent(1, &proof[0], 2, &root, proof + 1,
			     1),
	    OK);
	ck_assert_int_eq(merkle_consistent(3, &proof[0], 2, &root, proof, 2),
	    ERR_MERKLE_PROOF);
}
END_TEST

START_TEST(sizes_and_indexes_have_their_ranges)
{
	const uint64_t most = (UINT64_C(1) << 53) - 1;
	struct h32 proof[MERKLE_PROOF] = { 0 }, h = { { 1 } };
	struct wide w;
	const struct merkle_source s = { wide_node, &w };
	size_t n;

	wide_make(&w, 0);
	ck_assert_int_eq(merkle_consistent(most, &h, most, &h, NULL, 0), OK);
	ck_assert_int_eq(merkle_consistent(most + 1, &h, most + 1, &h, NULL, 0),
	    ERR_MERKLE_PROOF);
	ck_assert_int_eq(merkle_consistent(0, &h, 0, &h, NULL, 0),
	    ERR_MERKLE_PROOF);
	ck_assert_int_eq(merkle_consistent(0, &h, 1, &h, NULL, 0),
	    ERR_MERKLE_PROOF);
	ck_assert_int_eq(merkle_consistent(2, &h, 1, &h, NULL, 0),
	    ERR_MERKLE_PROOF);
	ck_assert_int_eq(merkle_consistent(1, &h, 1, &h, proof, 1),
	    ERR_MERKLE_PROOF);
	ck_assert_int_eq(merkle_consistent(1, &h, 2, &h, NULL, 0),
	    ERR_MERKLE_PROOF);
	ck_assert_int_eq(merkle_included(0, &h, 1, &h, NULL, 0), OK);
	ck_assert_int_eq(merkle_included(0, &h, 0, &h, NULL, 0),
	    ERR_MERKLE_PROOF);
	ck_assert_int_eq(merkle_included(1, &h, 1, &h, NULL, 0),
	    ERR_MERKLE_PROOF);
	ck_assert_int_eq(merkle_prove_consistent(&s, 1, most, proof, &n), OK);
	ck_assert_int_eq(merkle_prove_consistent(&s, 1, most + 1, proof, &n),
	    ERR_MERKLE_PROOF);
	ck_assert_int_eq(merkle_prove_consistent(&s, 0, 1, proof, &n),
	    ERR_MERKLE_PROOF);
	ck_assert_int_eq(merkle_prove_consistent(&s, 2, 1, proof, &n),
	    ERR_MERKLE_PROOF);
	ck_assert_int_eq(merkle_prove_included(&s, 0, most, proof, &n), OK);
	ck_assert_int_eq(merkle_prove_included(&s, 0, most + 1, proof, &n),
	    ERR_MERKLE_PROOF);
	ck_assert_int_eq(merkle_prove_included(&s, 1, 1, proof, &n),
	    ERR_MERKLE_PROOF);
}
END_TEST

static enum err
broken(void *ctx, unsigned level, uint64_t index, struct h32 *h)
{
	unsigned *left = ctx;

	*h = (struct h32){ { 1 } };
	(void)level;
	(void)index;
	return (*left)-- == 0 ? ERR_DATABASE : OK;
}

START_TEST(what_a_source_says_is_handed_on)
{
	struct h32 proof[MERKLE_PROOF];
	unsigned left;
	const struct merkle_source s = { broken, &left };
	size_t n;

	for (unsigned i = 0; i < 3; i++) {
		left = i;
		ck_assert_int_eq(merkle_prove_consistent(&s, 3, 7, proof, &n),
		    ERR_DATABASE);
		left = i;
		ck_assert_int_eq(merkle_prove_prefix(&s, 4, 7, proof, &n),
		    ERR_DATABASE);
		left = i;
		ck_assert_int_eq(merkle_prove_included(&s, 3, 7, proof, &n),
		    ERR_DATABASE);
	}
}
END_TEST

int
main(void)
{
	const TTest *const t[] = {
		the_empty_tree_is_the_hash_of_nothing,
		small_trees_have_the_known_roots,
		a_growing_tree_has_the_roots_of_the_standard,
		a_tree_has_less_than_2_to_the_53_leaves,
		an_inclusion_that_is_proved_verifies,
		a_consistency_that_is_proved_verifies,
		trees_of_any_size_are_proved,
		a_spoilt_proof_does_not_verify,
		a_fork_is_not_consistent,
		how_a_tree_begins_is_proved,
		a_tree_does_not_shrink,
		sizes_and_indexes_have_their_ranges,
		what_a_source_says_is_handed_on,
	};

	return SUITE_RUN("merkle", t);
}
