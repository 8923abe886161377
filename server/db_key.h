/* SPDX-License-Identifier: ISC */
#ifndef DB_KEY_H
#define DB_KEY_H

#include "db.h"

/* Server-held keys, by name.  The secret half is with encl-signer alone. */
struct db_key {
	const char *name;
	struct h32 kid;   /* SHA-256 of blob, computed by the database */
	struct span blob; /* the SSH public key blob */
	uint64_t created; /* Unix ms */
};

/* ERR_NAME_TAKEN. */
MUST_USE enum err db_key_create(struct db *db, int64_t org, const char *name,
    struct span blob, struct db_key *k);
/* ERR_NOT_FOUND. */
MUST_USE enum err db_key_find(struct db *db, struct arena *a, int64_t org,
    const char *name, struct db_key *k);
/* In the order of their names, those after `after` ("": from the start). */
MUST_USE enum err db_key_list(struct db *db, struct arena *a, int64_t org,
    const char *after, size_t limit, struct db_key **k, size_t *n);

#endif
