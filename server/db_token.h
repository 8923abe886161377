/* SPDX-License-Identifier: ISC */
#ifndef DB_TOKEN_H
#define DB_TOKEN_H

#include "db_member.h"

/* Bearer tokens.  The database knows their SHA-256 only. */
struct db_token {
	int64_t id;
	const char *name;
	const char *member;                   /* that owns it */
	uint32_t scopes;                      /* enum scope of req.h */
	uint64_t created, expires, last_used; /* Unix ms; last_used 0: never */
};

/* What a token says of its bearer. */
struct db_token_bearer {
	int64_t token, org, member;
	enum db_role role;
	uint32_t scopes;
	char name[65]; /* of the member */
	char org_name[65];
	uint64_t expires; /* Unix ms */
};

/* hash: SHA-256 of the whole token text.  ERR_TOKEN_BAD for one that is
 * unknown, expired or ended; all three look alike.  Moves last_used, at most
 * once a minute. */
MUST_USE enum err db_token_find(struct db *db, const struct h32 *hash,
    struct db_token_bearer *b);
MUST_USE enum err db_token_create(struct db *db, int64_t org, int64_t member,
    const char *name, const struct h32 *hash, uint32_t scopes, uint64_t expires,
    int64_t *id);
/* Tokens that have neither ended nor expired, in the order of their ids. */
MUST_USE enum err db_token_list(struct db *db, struct arena *a, int64_t org,
    int64_t after, size_t limit, struct db_token **t, size_t *n);
/* ERR_NOT_FOUND: not there, or of another organisation, or ended already. */
MUST_USE enum err db_token_end(struct db *db, int64_t org, int64_t id);

#endif
