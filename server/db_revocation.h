/* SPDX-License-Identifier: ISC */
#ifndef DB_REVOCATION_H
#define DB_REVOCATION_H

#include "chain/entry.h"
#include "db.h"

/*
 * Loose revocations: statements that verify but have no place in the chain,
 * because they came too late or in no moment of theirs.  Kept and served; one
 * for each stage and set of signers.
 */
struct db_revocation {
	struct h32 stage;
	uint64_t received;     /* Unix ms */
	struct span statement; /* as it came */
};

/* SHA-256 of the kids, sorted. */
MUST_USE enum err db_revocation_signers(const struct statement *t,
    struct h32 *signers);

/* In a transaction of its own.  Those who are told of the chain are told of it,
 * too: db_happening.h.  *kept false: one of
 * this stage by these signers is there already. */
MUST_USE enum err db_revocation_keep(struct db *db, const struct h32 *chain,
    const struct h32 *stage, const struct h32 *signers, struct span statement,
    const char *request_id, bool *kept);
/* The one of this id, and its chain.  ERR_NOT_FOUND. */
MUST_USE enum err db_revocation_get(struct db *db, struct arena *a, int64_t id,
    struct h32 *chain, struct db_revocation *v);
/* Of one chain, in the order of arrival. */
MUST_USE enum err db_revocation_list(struct db *db, struct arena *a,
    const struct h32 *chain, struct db_revocation **r, size_t *n);
/* Of one stage. */
MUST_USE enum err db_revocation_of_stage(struct db *db, struct arena *a,
    const struct h32 *chain, const struct h32 *stage, struct db_revocation **r,
    size_t *n);

#endif
