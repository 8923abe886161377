/* SPDX-License-Identifier: ISC */
#ifndef DB_CHAIN_H
#define DB_CHAIN_H

#include "chain/state.h"
#include "db.h"

/*
 * The row of a chain: a cache of what its entries amount to, moved by the
 * statement that appends, and rebuilt by fsck.  Handlers read it through
 * chains.h; lists come from here.
 */
struct db_chain {
	struct h32 chain, head;
	uint64_t next_seq;
	int64_t org, enclave;
	bool is_private;
	uint64_t received; /* server time of the newest entry, Unix ms */
	struct span state; /* state_encode's form */
	uint32_t evidence; /* bundles that are published; 0 in lists */
	bool behind;       /* read-only: db_checkpoint.h; false in lists */
};

/* ERR_NOT_FOUND. */
MUST_USE enum err db_chain_get(struct db *db, struct arena *a,
    const struct h32 *chain, struct db_chain *c);
/* Chains that org may list: the public ones, and its own (org 0: none), in the
 * order of their ids, those after `after` (NULL: from the start). */
MUST_USE enum err db_chain_list(struct db *db, struct arena *a, int64_t org,
    const struct h32 *after, size_t limit, struct db_chain **c, size_t *n);

#endif
