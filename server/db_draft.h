/* SPDX-License-Identifier: ISC */
#ifndef DB_DRAFT_H
#define DB_DRAFT_H

#include "chain/entry.h"
#include "db.h"

/* Statements that still collect signatures. */
struct db_draft {
	uint8_t id[16];
	struct h32 chain;
	struct span payload;
	uint64_t created, expires; /* Unix ms */
	size_t proof_n;
	struct proof *proof; /* PROOF_KEY, sorted by kid; NULL in lists */
	size_t signatures;   /* how many; also in lists */
};

/* Draws the id.  d->chain, payload, expires, proof_n and proof are taken; id
 * and created are filled.  ERR_NOT_FOUND: the chain is not org's. */
MUST_USE enum err db_draft_create(struct db *db, int64_t org,
    struct db_draft *d);
/* ERR_NOT_FOUND: also one that has expired. */
MUST_USE enum err db_draft_get(struct db *db, struct arena *a, int64_t org,
    const uint8_t id[16], struct db_draft *d);
/* chain NULL: all.  In the order of their ids, after `after` (NULL: from the
 * start). */
MUST_USE enum err db_draft_list(struct db *db, struct arena *a, int64_t org,
    const struct h32 *chain, const uint8_t after[16], size_t limit,
    struct db_draft **d, size_t *n);
/* Adds signatures that were verified; those of keys that signed already stay
 * as they are. */
MUST_USE enum err db_draft_sign(struct db *db, int64_t org,
    const uint8_t id[16], const struct proof *proof, size_t n);
/* ERR_NOT_FOUND. */
MUST_USE enum err db_draft_delete(struct db *db, int64_t org,
    const uint8_t id[16]);
/* Deletes some of those that have expired. */
MUST_USE enum err db_draft_expire(struct db *db);

#endif
