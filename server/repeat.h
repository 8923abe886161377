/* SPDX-License-Identifier: ISC */
#ifndef REPEAT_H
#define REPEAT_H

#include "chain/payload.h"
#include "commit.h"
#include "db.h"

/* Whether statement t stands in the chain already: the same payload by the
 * same signers; for a receipt the same role after the same entry.  *is false
 * when it does not. */
MUST_USE enum err repeat_find(struct db *db, struct arena *a,
    const struct h32 *chain, const struct statement *t, const struct payload *p,
    bool *is, struct appended *got);

#endif
