/* SPDX-License-Identifier: ISC */
#ifndef PAST_H
#define PAST_H

#include "chain/rules.h"
#include "db.h"

struct server;

/*
 * A chain as it was: its entries once more through the one judge.  What is in
 * the database was verified before it came there, so signatures and
 * attestation documents are not looked at.
 */

/* st goes on by one entry; e: room to decode it into. */
MUST_USE enum err past_next(const struct server *s, struct span entry,
    struct entry *e, struct state *st);

/* The chain after so many entries or fewer, as near as it is written down; no
 * entry at all (next_seq 0) when nothing is. */
MUST_USE enum err past_near(struct db *db, struct arena *a,
    const struct h32 *chain, uint64_t upto, struct state *st);
/* From there to exactly so many, however far that is; where that is far, states
 * on the way are written down, so that nobody has to go there again. */
MUST_USE enum err past_reach(const struct server *s, struct db *db,
    const struct h32 *chain, uint64_t upto, struct state *st);

#endif
