/* SPDX-License-Identifier: ISC */
#ifndef DB_EVENT_H
#define DB_EVENT_H

#include "db.h"

/* Entries of all chains in the one order in which they are told: table event.
 */

/* Entries of one chain that follow each other. */
struct db_event {
	struct h32 chain;
	uint64_t first, upto; /* seqs; upto is the one after the last */
	uint64_t number;      /* of the first among all public ones */
};

/* Gives the entries of these chains that have no place yet their place, behind
 * all others, and makes the deliveries that follow.  In a transaction of its
 * own; waits while another server does the same.  *some: there were any. */
MUST_USE enum err db_event_place(struct db *db, const struct h32 *chain,
    size_t n, bool *some);
/* In a transaction: nobody else gives anything a place until it ends. */
MUST_USE enum err db_event_turn(struct db *db);
/* Chains with entries that have no place. */
MUST_USE enum err db_event_missing(struct db *db, struct arena *a, size_t limit,
    struct h32 **chain, size_t *n);
/* The number after the last public entry. */
MUST_USE enum err db_event_head(struct db *db, uint64_t *next);
/* The row that has this number, and those after it. */
MUST_USE enum err db_event_list(struct db *db, struct arena *a, uint64_t number,
    size_t limit, struct db_event **v, size_t *n);

#endif
