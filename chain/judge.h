/* SPDX-License-Identifier: ISC */
#ifndef JUDGE_H
#define JUDGE_H

#include "authority.h"
#include "rules.h"

/* What every rule looks at: an entry in its place.  Nothing here is changed
 * until all of it was judged. */
struct judge {
	const struct rules *r;
	const struct state *st;
	const struct entry *e;
	struct payload p;  /* of e */
	struct policy now; /* in force; genesis has none */
};

/* Runs a check, or hands it out. */
MUST_USE enum err judge_check(const struct rules *r, const struct check *k);

/* Checks the signature of each proof over the payload.  The keys come from
 * now or next; next may be NULL. */
MUST_USE enum err judge_signatures(const struct rules *r, uint64_t seq,
    struct span payload, struct proofs s, const struct policy *now,
    const struct policy *next);

/* A policy that is about to enter the chain, by itself and against the floor:
 * ERR_POLICY_WITNESSES, ERR_POLICY_FLOOR, ERR_KEY_BAD. */
MUST_USE enum err judge_policy(const struct policy *p, const struct h32 *chain,
    uint64_t floor);

/* The proofs of j's entry. */
struct proofs judge_proofs(const struct judge *j);

/* Unix ms from which the open stage may be released, after notice. */
uint64_t judge_opens(const struct state *st, const struct stage *g);

/* The open stage g needs no endorsement more. */
bool judge_endorsed(const struct state *st, const struct policy *now,
    const struct stage *g);

/* judge_stage.c */
MUST_USE enum err judge_stage(const struct judge *j, bool *backed);

/* judge_receipt.c.  g is the open stage, t the document's time in ms,
 * witnessed that of its checkpoint, 0 without one. */
MUST_USE enum err judge_receipt(const struct judge *j, const struct stage *g,
    uint64_t *t, uint64_t *witnessed);

#endif
