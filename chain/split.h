/* SPDX-License-Identifier: ISC */
#ifndef SPLIT_H
#define SPLIT_H

#include "checkpoint.h"
#include "merkle.h"

/*
 * Evidence that convinces a stranger who trusts nobody: two checkpoints of one
 * log, both signed by it, that are not of one history.  FORMAT.md section 8:
 * of one size, with different roots, [ "encl/1/split", a, b ], the lesser
 * first; or of a smaller tree and a larger, with the proof that the larger one
 * begins otherwise, [ "encl/1/split", a, b, [1*63 hash] ].
 */
#define SPLIT_MAX (2 * CHECKPOINT_MAX + 34 * MERKLE_PROOF + 32)

/* Everything is borrowed. */
struct split {
	struct checkpoint a, b; /* a is not larger */
	/* The other root of so many leaves as a has: b's, or what b begins
	 * with. */
	struct h32 other;
};

/* Shape, and that the two contradict each other if they are genuine.
 * ERR_CBOR_*, ERR_ENTRY_SHAPE, ERR_ENTRY_VERSION; ERR_NOTE, ERR_CHECKPOINT;
 * ERR_PROOF_ORDER: they are one or in the other order; ERR_SPLIT_NONE: of two
 * logs, or of one history as far as this shows; ERR_MERKLE_PROOF: the proof is
 * not of b's tree. */
MUST_USE enum err split_decode(struct span s, struct split *split);

/* Writes two checkpoints, given in any order.  larger: the tree of the larger
 * one; NULL where there is none at hand, ERR_SPLIT_NONE then unless they are of
 * one size.  Errors as split_decode, which takes what is written; those of
 * larger; ERR_NO_SPACE. */
MUST_USE enum err split_encode(struct out *o, struct span a, struct span b,
    const struct merkle_source *larger);

/* OK: it convicts the log of this name and key.  Errors as split_decode and
 * checkpoint_verify; ERR_CHECKPOINT_ORIGIN: it is of another log, be it one
 * that has the same key. */
MUST_USE enum err split_verify(struct span s, const struct note_key *log);

#endif
