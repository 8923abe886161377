/* SPDX-License-Identifier: ISC */
#ifndef WORDS_H
#define WORDS_H

#include "chain/policy.h"

/* What a policy means, in plain words: for screens and `policy show`.  The
 * texts live as long as the command. */

/* "ops-1, ops-2"; "nobody" for none. */
const char *words_names(const struct keyset *s);
/* "2 of ops-1, ops-2, ops-3" */
const char *words_of(uint64_t threshold, const struct keyset *s);
/* Who can stop a stage: of a release, of a policy, of a backed policy. */
const char *words_revokers(const struct policy *p, bool policy_stage,
    bool backed);
/* "1 upgrade", "2 upgrades" */
const char *words_count(uint64_t n, const char *thing);
/* "0, 1, 2" */
const char *words_indexes(uint32_t mask);
/* Hex in groups of 4: easier to compare on a second device. */
const char *words_grouped(struct span s);

#endif
