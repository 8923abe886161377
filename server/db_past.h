/* SPDX-License-Identifier: ISC */
#ifndef DB_PAST_H
#define DB_PAST_H

#include "db.h"

/* Chains as they were: the nearest states that are written down of one, after
 * so many entries or fewer.  state_encode's form, into the arena; n 0: none is.
 */
struct db_past {
	struct span told; /* as events were told of it: table event */
	struct span kept; /* as it was made later: table past */
};
MUST_USE enum err db_past_near(struct db *db, struct arena *a,
    const struct h32 *chain, uint64_t upto, struct db_past *p);
/* Writes one down; what is there of this place already gives way. */
MUST_USE enum err db_past_keep(struct db *db, const struct h32 *chain,
    uint64_t upto, struct span state);

#endif
