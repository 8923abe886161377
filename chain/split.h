/* SPDX-License-Identifier: ISC */
#ifndef SPLIT_H
#define SPLIT_H

#include "checkpoint.h"

/*
 * Evidence that convinces a stranger who trusts nobody: two checkpoints of one
 * log and one size with different roots, both signed by the log.  FORMAT.md
 * section 8: [ "encl/1/split", a, b ], the lesser checkpoint first.
 */
#define SPLIT_MAX (2 * CHECKPOINT_MAX + 32)

/* Everything is borrowed. */
struct split {
	struct checkpoint a, b;
};

/* Shape, and that the two contradict each other if they are genuine.
 * ERR_CBOR_*, ERR_ENTRY_SHAPE, ERR_ENTRY_VERSION; ERR_NOTE, ERR_CHECKPOINT;
 * ERR_PROOF_ORDER: they are one or in the other order; ERR_SPLIT_NONE: of two
 * logs or two sizes, or with one root. */
MUST_USE enum err split_decode(struct span s, struct split *split);

/* Writes two checkpoints, given in any order.  Errors as split_decode, which
 * takes what is written; ERR_NO_SPACE. */
MUST_USE enum err split_encode(struct out *o, struct span a, struct span b);

/* OK: it convicts the holder of this key.  Errors as split_decode and
 * checkpoint_verify. */
MUST_USE enum err split_verify(struct span s, const struct note_key *log);

#endif
