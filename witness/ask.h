/* SPDX-License-Identifier: ISC */
#ifndef ASK_H
#define ASK_H

#include "chain/err.h"
#include "chain/merkle.h"

/* What a log sends to have a checkpoint cosigned: the body of add-checkpoint,
 * c2sp.org/tlog-witness. */
#define ASK_MAX ((size_t)65536) /* bytes of a body */

struct ask {
	uint64_t old; /* below 2^53 */
	size_t n;     /* of the proof */
	struct h32 proof[MERKLE_PROOF];
	struct span note; /* the rest, borrowed; not read yet */
};

/* ERR_WITNESS_BODY. */
MUST_USE enum err ask_decode(struct span body, struct ask *a);

#endif
