/* SPDX-License-Identifier: ISC */
#ifndef MERKLE_H
#define MERKLE_H

#include "err.h"
#include "span.h"

/*
 * The tree of RFC 6962 section 2.1 over SHA-256, whose leaf hashes are entry
 * ids.  Sizes and indexes count leaves and are below 2^53.
 */
#define MERKLE_LEVELS 53
#define MERKLE_PROOF 63 /* hashes of a proof, most: tlog-witness */

/* MTH of the empty tree is SHA-256 of nothing. */
MUST_USE enum err merkle_empty(struct h32 *root);
/* SHA-256(0x01 || left || right). */
MUST_USE enum err merkle_node(const struct h32 *left, const struct h32 *right,
    struct h32 *node);

/*
 * A tree that only grows, as little of it as is needed to go on: bit i of n is
 * set where peak[i] is the hash of a full subtree of 2^i leaves, the largest
 * leftmost.  A value; zeroed it is the empty tree.
 */
struct merkle {
	uint64_t n;
	struct h32 peak[MERKLE_LEVELS]; /* [i] is zero where bit i is 0 */
};
/* ERR_CBOR_RANGE at 2^53 - 1 leaves. */
MUST_USE enum err merkle_add(struct merkle *t, const struct h32 *leaf);
MUST_USE enum err merkle_root(const struct merkle *t, struct h32 *root);

/* Verifies a consistency proof, RFC 9162 section 2.1.4.2: the tree of `old`
 * leaves begins that of `size`.  Equal sizes need equal roots and no proof.
 * ERR_MERKLE_PROOF, also for an old size of 0: any tree begins with the empty
 * one, so there is nothing to verify and a caller must not ask. */
MUST_USE enum err merkle_consistent(uint64_t old, const struct h32 *old_root,
    uint64_t size, const struct h32 *root, const struct h32 *proof, size_t n);

/* The root of the first `old` leaves of the tree of `size` that has this root,
 * 0 < old < size.  proof: SUBPROOF(old, D_size, false) of RFC 9162 section
 * 2.1.4.1, which differs from a consistency proof where old is a power of two:
 * there it begins with the very hash that is asked for.  ERR_MERKLE_PROOF. */
MUST_USE enum err merkle_prefix(uint64_t old, uint64_t size,
    const struct h32 *root, const struct h32 *proof, size_t n,
    struct h32 *old_root);

/* Verifies an inclusion proof, RFC 9162 section 2.1.3.2.  ERR_MERKLE_PROOF. */
MUST_USE enum err merkle_included(uint64_t index, const struct h32 *leaf,
    uint64_t size, const struct h32 *root, const struct h32 *proof, size_t n);

/* Where the hashes of a tree come from: of the full subtree of 2^level leaves
 * that is the index-th of its level. */
struct merkle_source {
	enum err (
	    *node)(void *ctx, unsigned level, uint64_t index, struct h32 *h);
	void *ctx;
};
/* The root of the first n leaves. */
MUST_USE enum err merkle_root_of(const struct merkle_source *s, uint64_t n,
    struct h32 *root);
/* Makes a consistency proof, 0 < old <= size, the proof that merkle_prefix
 * takes, 0 < old < size, and an inclusion proof, index < size: ERR_MERKLE_PROOF
 * else.  proof has MERKLE_PROOF places. */
MUST_USE enum err merkle_prove_consistent(const struct merkle_source *s,
    uint64_t old, uint64_t size, struct h32 *proof, size_t *n);
MUST_USE enum err merkle_prove_prefix(const struct merkle_source *s,
    uint64_t old, uint64_t size, struct h32 *proof, size_t *n);
MUST_USE enum err merkle_prove_included(const struct merkle_source *s,
    uint64_t index, uint64_t size, struct h32 *proof, size_t *n);

#endif
