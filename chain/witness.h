/* SPDX-License-Identifier: ISC */
#ifndef WITNESS_H
#define WITNESS_H

#include "check.h"
#include "checkpoint.h"
#include "state.h"

/*
 * A chain as a log that witnesses watch: FORMAT.md section 8.  The log's name
 * and key name are NAME/CHAINID, its leaves the entries.
 */
#define WITNESS_ORIGIN_MAX (64 + 1 + 64)
void witness_origin(struct out *o, struct span name, const struct h32 *chain);

/* What the policy in force of a chain says about checkpoints. */
struct witness_set {
	uint8_t origin_bytes[WITNESS_ORIGIN_MAX];
	struct note_key log; /* its name is the origin, in origin_bytes */
	size_t n;
	struct note_key key[POLICY_KEYS]; /* names borrowed from the policy */
	size_t threshold;
};

/* By itself: there are witnesses; the log's name, vkeys that parse, all of type
 * cosignature, no key and no name twice, none of them the log's key.
 * ERR_POLICY_WITNESSES. Whether the keys are points was judged when they
 * entered the chain, by witness_points.  w must not be moved afterwards. */
MUST_USE enum err witness_set_of(const struct policy *p,
    const struct h32 *chain, struct witness_set *w);
/* As FORMAT.md section 5 asks of ssh-ed25519.  ERR_POLICY_WITNESSES. */
MUST_USE enum err witness_points(const struct witness_set *w);

/*
 * A checkpoint over exactly the entries of st, cosigned by enough witnesses of
 * the policy in force.  *ms: the witness time, that is the threshold-th
 * smallest of the cosignatures' seconds, read as its last millisecond.
 * Every cosignature by one of these witnesses is looked at, also above the
 * threshold; lines of other keys are stepped over.
 * run: verifies a signature (a struct check) or hands it out; NULL: nothing is
 * verified, only compared.
 * ERR_NOTE, ERR_CHECKPOINT, ERR_CHECKPOINT_ORIGIN, _SIZE, _ROOT, _SIG;
 * ERR_COSIGNATURE; ERR_WITNESSES_FEW; ERR_TIME_RANGE.
 */
MUST_USE enum err witness_judge(const struct state *st,
    const struct policy *now, struct span checkpoint,
    enum err (*run)(void *ctx, const struct check *k), void *ctx, uint64_t *ms);

/* A receipt of this role for the open stage g of st must carry a checkpoint.
 * Not so where there are no witnesses, for `lapsed` and a first `accepted`, and
 * when g is backed and changes nothing but witnesses. */
bool witness_needed(const struct state *st, const struct policy *now,
    const struct stage *g, enum role role);

/* The times that a checkpoint of `released` may have, around T. */
#define WITNESS_BEFORE_MS 3600000
#define WITNESS_AFTER_MS 300000

#endif
