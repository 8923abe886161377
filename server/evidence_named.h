/* SPDX-License-Identifier: ISC */
#ifndef EVIDENCE_NAMED_H
#define EVIDENCE_NAMED_H

#include "chain/payload.h"

/* Some key of the policy that this payload brings, a genesis or a policy stage,
 * names the bundle of this hash as its evidence. */
bool evidence_named_by(const struct payload *p, const struct h32 *sha256);

#endif
