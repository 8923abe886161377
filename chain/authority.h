/* SPDX-License-Identifier: ISC */
#ifndef AUTHORITY_H
#define AUTHORITY_H

#include "entry.h"

/* Who may do what: FORMAT.md section 4.  These count kids; the signatures
 * themselves are checked afterwards, once each.  All of them refuse proofs
 * that are no key proofs (ERR_PROOF_KIND), too little authority
 * (ERR_AUTHORITY) and proofs that do not count (ERR_PROOF_SURPLUS). */
struct proofs {
	const struct proof *p;
	size_t n;
};

/* A threshold of the control keys that the chain's own first policy names. */
MUST_USE enum err authority_genesis(const struct policy *own, struct proofs s);

/* next is the policy that the stage brings, or NULL.  must_back: the open
 * stage that it replaces is a backed policy stage (ERR_REPLACE_BACKED). */
MUST_USE enum err authority_stage(const struct policy *now,
    const struct policy *next, bool must_back, struct proofs s, bool *backed);

/* endorsed: who has endorsed already (ERR_ALREADY_ENDORSED).  index is that
 * of the endorser in the policy. */
MUST_USE enum err authority_endorse(const struct policy *now, uint32_t endorsed,
    struct proofs s, unsigned *index);

/* of_policy: the stage brings a policy. */
MUST_USE enum err authority_revoke(const struct policy *now, bool of_policy,
    bool backed, struct proofs s);

/* The blob of the key, from any role; p NULL when it has none. */
struct span authority_blob(const struct policy *p, const struct h32 *kid);

#endif
