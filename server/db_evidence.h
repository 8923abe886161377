/* SPDX-License-Identifier: ISC */
#ifndef DB_EVIDENCE_H
#define DB_EVIDENCE_H

#include "db.h"

/* Published evidence of a chain's keys: bundles of chain/evidence.h, by their
 * SHA-256.  Only ever added. */
struct db_evidence {
	struct h32 sha256;
	struct span bundle; /* empty in lists of names */
};

/* In the caller's transaction.  *kept false: it is there already.
 * ERR_DATABASE_CONSTRAINT: not of the form that the table asks for. */
MUST_USE enum err db_evidence_add(struct db *db, const struct h32 *chain,
    struct span bundle, const char *request_id, bool *kept);
/* ERR_NOT_FOUND. */
MUST_USE enum err db_evidence_get(struct db *db, struct arena *a,
    const struct h32 *chain, const struct h32 *sha256, struct span *bundle);
/* Names alone, in their order. */
MUST_USE enum err db_evidence_names(struct db *db, struct arena *a,
    const struct h32 *chain, struct db_evidence **v, size_t *n);

#endif
