/* SPDX-License-Identifier: ISC */
#ifndef DB_ORG_H
#define DB_ORG_H

#include "db.h"

/* Organisations: who owns enclaves, members and tokens. */
struct db_org {
	int64_t id;
	const char *name;
	uint64_t created; /* Unix ms */
};

/* name: checked by the caller, 1 to 64 printable characters.
 * ERR_NAME_TAKEN. */
MUST_USE enum err db_org_create(struct db *db, const char *name, int64_t *id);
/* ERR_NOT_FOUND. */
MUST_USE enum err db_org_find(struct db *db, struct arena *a, const char *name,
    struct db_org *org);
/* In the order of their ids, those after `after` (0: from the start). */
MUST_USE enum err db_org_list(struct db *db, struct arena *a, int64_t after,
    size_t limit, struct db_org **org, size_t *n);

#endif
