/* SPDX-License-Identifier: ISC */
#ifndef REPEAT_H
#define REPEAT_H

#include "chain/payload.h"
#include "commit.h"
#include "db_entry.h"

/*
 * When a statement stands in a chain already: the same payload by the same
 * signers; for a receipt the same role after the same entry.  Whoever repeats
 * an append gets the first answer again.
 */

/* Where to look; p is t's payload.  *is false: nowhere. */
void repeat_wanted(const struct h32 *chain, const struct statement *t,
    const struct payload *p, struct db_entry_wanted *w, bool *is);

/* e is what was found there. */
bool repeat_is(const struct statement *t, const struct payload *p,
    const struct entry *e);

/* Both: *is false when it does not stand in the chain. */
MUST_USE enum err repeat_find(struct db *db, struct arena *a,
    const struct h32 *chain, const struct statement *t, const struct payload *p,
    bool *is, struct appended *got);

#endif
