/* SPDX-License-Identifier: ISC */
#ifndef DB_DEFINITION_H
#define DB_DEFINITION_H

#include "db.h"

/* Versions of an enclave's definition: the canonical CBOR bytes that a release
 * names by their SHA-256, and the same as JSON. */
struct db_definition {
	uint32_t version;
	struct h32 sha256;      /* of cbor, computed by the database */
	uint64_t created;       /* Unix ms */
	struct span cbor, json; /* empty in lists */
};

/* In the caller's transaction, or in one of its own.  Appends a version; the
 * content of an earlier one answers that one with *repeated.  d gets version,
 * sha256 and created.  ERR_NOT_FOUND: no such enclave. */
MUST_USE enum err db_definition_add(struct db *db, int64_t org, int64_t enclave,
    struct span cbor, struct span json, struct db_definition *d,
    bool *repeated);
/* version 0: the newest.  ERR_NOT_FOUND. */
MUST_USE enum err db_definition_get(struct db *db, struct arena *a, int64_t org,
    int64_t enclave, uint32_t version, struct db_definition *d);
/* Rising versions after `after`. */
MUST_USE enum err db_definition_list(struct db *db, struct arena *a,
    int64_t org, int64_t enclave, uint32_t after, size_t limit,
    struct db_definition **d, size_t *n);
/* One of a chain's enclave, by its hash; whether the asker may see the chain
 * was decided before.  ERR_NOT_FOUND. */
MUST_USE enum err db_definition_of_chain(struct db *db, struct arena *a,
    const struct h32 *chain, const struct h32 *sha256, struct db_definition *d);
/* All of them with their cbor, in the order of their versions: a bundle. */
MUST_USE enum err db_definition_all(struct db *db, struct arena *a,
    const struct h32 *chain, struct db_definition **d, size_t *n);

#endif
