/* SPDX-License-Identifier: ISC */
#ifndef DB_MEMBER_H
#define DB_MEMBER_H

#include "db.h"

/* People and machines of an organisation.  A member that has ended stays in
 * the database, because the audit log names it. */
enum db_role { DB_ROLE_OWNER, DB_ROLE_OPERATOR, DB_ROLE_AUDITOR };

struct db_member {
	int64_t id;
	const char *name;
	enum db_role role;
	uint64_t created; /* Unix ms */
};

/* "owner", "operator", "auditor": their names in the API and the database, in
 * the order of enum db_role; ended by NULL. */
extern const char *const db_member_roles[];
/* False: no role has this name. */
bool db_member_role(struct span name, enum db_role *role);

/* ERR_NAME_TAKEN. */
MUST_USE enum err db_member_create(struct db *db, int64_t org, const char *name,
    enum db_role role, int64_t *id);
/* Members that have not ended.  ERR_NOT_FOUND. */
MUST_USE enum err db_member_find(struct db *db, struct arena *a, int64_t org,
    const char *name, struct db_member *m);
MUST_USE enum err db_member_list(struct db *db, struct arena *a, int64_t org,
    int64_t after, size_t limit, struct db_member **m, size_t *n);
/* Ends a member and its tokens, in the caller's transaction.  ERR_NOT_FOUND,
 * ERR_LAST_OWNER. */
MUST_USE enum err db_member_end(struct db *db, int64_t org, const char *name);

#endif
