/* SPDX-License-Identifier: ISC */
#ifndef STORY_H
#define STORY_H

#include "target.h"

/* A chain that target.h has verified, once more from its beginning, entry by
 * entry. */
struct story {
	const struct entry *e;
	const struct payload *p;       /* of e */
	const struct state *was, *now; /* before and after e */
	/* The policy in force before e; NULL for genesis. */
	const struct policy *policy;
};

/* Calls each for every entry; its first error ends the story. */
MUST_USE enum err story_tell(const struct target *t,
    enum err (*each)(void *ctx, const struct story *s), void *ctx);

/* The same of entries that were verified after this state (NULL: from the
 * beginning, under this attestation root). */
MUST_USE enum err story_go_on(const struct state *from, const struct h32 *root,
    struct span entries, enum err (*each)(void *ctx, const struct story *s),
    void *ctx);

/* The key of a signature of s->e: from the policy in force, or from the one
 * that the entry brings; NULL cannot be, in a chain that verifies. */
const struct key *story_key(const struct story *s, const struct h32 *kid);

#endif
