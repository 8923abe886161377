/* SPDX-License-Identifier: ISC */
#ifndef COLLECT_H
#define COLLECT_H

#include "chain/rules.h"
#include "reply.h"

/* Signatures that are collected beside a chain. */

/* The payload is a stage, an endorsement or a revocation of st's chain, and
 * every proof is a good signature over it by a key that the policy in force,
 * or the one that a policy stage brings, knows.  ERR_KIND_UNKNOWN,
 * ERR_CHAIN_FOREIGN, ERR_PROOF_KIND, ERR_PROOF_SURPLUS, ERR_SIG_*. */
MUST_USE enum err collect_check(const struct state *st, struct span payload,
    const struct proof *proof, size_t n);

/* What the rules would say of an append now; the signatures are known to be
 * good. */
MUST_USE enum err collect_verdict(struct req *q, const struct state *st,
    struct span payload, const struct proof *proof, size_t n,
    enum err *verdict);

#endif
