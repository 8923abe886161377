/* SPDX-License-Identifier: ISC */
#include "merkle.h"

#include "hash.h"

#define SIZE_LIMIT (UINT64_C(1) << MERKLE_LEVELS)

enum err
merkle_empty(struct h32 *root)
{
	return hash_sha256(span_of(NULL, 0), root);
}

enum err
merkle_node(const struct h32 *left, const struct h32 *right, struct h32 *node)
{
	uint8_t b[1 + 2 * sizeof left->b];

	b[0] = 1;
	memcpy(b + 1, left->b, sizeof left->b);
	memcpy(b + 1 + sizeof left->b, right->b, sizeof right->b);
	return hash_sha256(span_of(b, sizeof b), node);
}

enum err
merkle_add(struct merkle *t, const struct h32 *leaf)
{
	static const struct h32 zero;
	struct h32 h = *leaf;
	size_t i = 0;

	if (t->n + 1 >= SIZE_LIMIT)
		return ERR_CBOR_RANGE;
	for (; t->n >> i & 1; i++) {
		TRY(merkle_node(&t->peak[i], &h, &h));
		t->peak[i] = zero;
	}
	t->peak[i] = h;
	t->n++;
	return OK;
}

/* The hash of the leaves from lo to hi, where lo is a multiple of the largest
 * power of two in hi - lo: full subtrees, joined from the right. */
static enum err
range(const struct merkle_source *s, uint64_t lo, uint64_t hi, struct h32 *h)
{
	uint64_t n = hi - lo;
	bool joined = false;
	struct h32 left;

	for (unsigned level = 0; n >> level; level++) {
		if (!(n >> level & 1))
			continue;
		hi -= UINT64_C(1) << level;
		TRY(s->node(s->ctx, level, hi >> level, joined ? &left : h));
		if (joined)
			TRY(merkle_node(&left, h, h));
		joined = true;
	}
	return OK;
}

enum err
merkle_root_of(const struct merkle_source *s, uint64_t n, struct h32 *root)
{
	return n ? range(s, 0, n, root) : merkle_empty(root);
}

static enum err
peak(void *ctx, unsigned level, uint64_t index, struct h32 *h)
{
	const struct h32 *const *peaks = ctx;

	(void)index;
	*h = (*peaks)[level];
	return OK;
}

enum err
merkle_root(const struct merkle *t, struct h32 *root)
{
	const struct h32 *peaks = t->peak;
	struct merkle_source s = { peak, &peaks };

	return merkle_root_of(&s, t->n, root);
}

/* One step up a path: the numbers of the node and of the last node of its
 * level, over as many levels as the node has no sibling in. */
static void
up(uint64_t *node, uint64_t *last)
{
	while (!(*node & 1) && *node != 0)
		*node >>= 1, *last >>= 1;
	*node >>= 1, *last >>= 1;
}

/* The roots of the first `old` leaves and of all, from the subtree that ends
 * at `old` and what stands beside the way up from it: RFC 9162 section
 * 2.1.4.2, 0 < old < size. */
static enum err
climb(uint64_t old, uint64_t size, const struct h32 *first,
    const struct h32 *proof, size_t n, struct h32 *fr, struct h32 *sr)
{
	uint64_t fn = old - 1, sn = size - 1;

	*fr = *sr = *first;
	for (; fn & 1; fn >>= 1)
		sn >>= 1;
	for (size_t i = 0; i < n; i++) {
		if (sn == 0)
			return ERR_MERKLE_PROOF;
		if (!(fn & 1) && fn != sn) {
			TRY(merkle_node(sr, &proof[i], sr));
			fn >>= 1, sn >>= 1;
			continue;
		}
		TRY(merkle_node(&proof[i], fr, fr));
		TRY(merkle_node(&proof[i], sr, sr));
		up(&fn, &sn);
	}
	return sn == 0 ? OK : ERR_MERKLE_PROOF;
}

/* The first so many leaves are one full subtree. */
static bool
is_whole(uint64_t n)
{
	return (n & (n - 1)) == 0;
}

enum err
merkle_consistent(uint64_t old, const struct h32 *old_root, uint64_t size,
    const struct h32 *root, const struct h32 *proof, size_t n)
{
	struct h32 fr, sr;

	if (old == 0 || old > size || size >= SIZE_LIMIT ||
	    (n == 0) != (old == size))
		return ERR_MERKLE_PROOF;
	if (old == size)
		return h32_eq(old_root, root) ? OK : ERR_MERKLE_PROOF;
	if (is_whole(old))
		TRY(climb(old, size, old_root, proof, n, &fr, &sr));
	else
		TRY(climb(old, size, proof, proof + 1, n - 1, &fr, &sr));
	return h32_eq(&fr, old_root) && h32_eq(&sr, root) ? OK
							  : ERR_MERKLE_PROOF;
}

enum err
merkle_prefix(uint64_t old, uint64_t size, const struct h32 *root,
    const struct h32 *proof, size_t n, struct h32 *old_root)
{
	struct h32 sr;

	if (old == 0 || old >= size || size >= SIZE_LIMIT || n == 0)
		return ERR_MERKLE_PROOF;
	TRY(climb(old, size, proof, proof + 1, n - 1, old_root, &sr));
	return h32_eq(&sr, root) ? OK : ERR_MERKLE_PROOF;
}

enum err
merkle_included(uint64_t index, const struct h32 *leaf, uint64_t size,
    const struct h32 *root, const struct h32 *proof, size_t n)
{
	uint64_t fn = index, sn = size - 1;
	struct h32 h = *leaf;

	if (index >= size || size >= SIZE_LIMIT)
		return ERR_MERKLE_PROOF;
	for (size_t i = 0; i < n; i++) {
		if (sn == 0)
			return ERR_MERKLE_PROOF;
		if (!(fn & 1) && fn != sn) {
			TRY(merkle_node(&h, &proof[i], &h));
			fn >>= 1, sn >>= 1;
			continue;
		}
		TRY(merkle_node(&proof[i], &h, &h));
		up(&fn, &sn);
	}
	return sn == 0 && h32_eq(&h, root) ? OK : ERR_MERKLE_PROOF;
}

/* The siblings of the path down to a leaf, or to the first subtree that ends
 * at `stop`, whose own hash then comes first unless it begins the tree.
 * RFC 9162 sections 2.1.3.1 and 2.1.4.1, whose proofs begin at the bottom. */
static enum err
path(const struct merkle_source *s, uint64_t leaf, uint64_t size, uint64_t stop,
    struct h32 *proof, size_t *n)
{
	uint64_t lo = 0, hi = size, half;
	size_t k = 0;

	for (; hi - lo > 1 && hi != stop; k++) {
		for (half = 1; 2 * half < hi - lo;)
			half *= 2;
		if (leaf < lo + half) {
			TRY(range(s, lo + half, hi, &proof[k]));
			hi = lo + half;
		} else {
			TRY(range(s, lo, lo + half, &proof[k]));
			lo += half;
		}
	}
	if (hi == stop && lo > 0)
		TRY(range(s, lo, hi, &proof[k++]));
	for (size_t i = 0; i < k / 2; i++) {
		struct h32 h = proof[i];

		proof[i] = proof[k - 1 - i];
		proof[k - 1 - i] = h;
	}
	*n = k;
	return OK;
}

enum err
merkle_prove_consistent(const struct merkle_source *s, uint64_t old,
    uint64_t size, struct h32 *proof, size_t *n)
{
	if (old == 0 || old > size || size >= SIZE_LIMIT)
		return ERR_MERKLE_PROOF;
	return path(s, old - 1, size, old, proof, n);
}

enum err
merkle_prove_prefix(const struct merkle_source *s, uint64_t old, uint64_t size,
    struct h32 *proof, size_t *n)
{
	size_t first = old > 0 && is_whole(old);

	if (old >= size)
		return ERR_MERKLE_PROOF;
	TRY(merkle_prove_consistent(s, old, size, proof + first, n));
	if (first)
		TRY(range(s, 0, old, proof));
	*n += first;
	return OK;
}

enum err
merkle_prove_included(const struct merkle_source *s, uint64_t index,
    uint64_t size, struct h32 *proof, size_t *n)
{
	if (index >= size || size >= SIZE_LIMIT)
		return ERR_MERKLE_PROOF;
	return path(s, index, size, 0, proof, n);
}
