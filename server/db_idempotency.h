/* SPDX-License-Identifier: ISC */
#ifndef DB_IDEMPOTENCY_H
#define DB_IDEMPOTENCY_H

#include "db.h"

/* The answers of requests that carried an Idempotency-Key, for a day. */
struct db_idempotency {
	unsigned status;
	const char *type, *location; /* "" none */
	struct span body;
};

/*
 * The first statement of the caller's transaction.  request: SHA-256 of what
 * makes the request (method, path, body).  OK with *again false: new, go on,
 * and call _store before the commit.  OK with *again: it was done, answer with
 * *was.  ERR_IDEMPOTENCY_CONFLICT: the key was used with another request.  Two
 * requests at once: the second waits here for the first.
 */
MUST_USE enum err db_idempotency_begin(struct db *db, struct arena *a,
    int64_t org, struct span key, const struct h32 *request, bool *again,
    struct db_idempotency *was);
MUST_USE enum err db_idempotency_store(struct db *db, int64_t org,
    struct span key, const struct db_idempotency *is);
/* Deletes some of those that are older than a day. */
MUST_USE enum err db_idempotency_expire(struct db *db);

#endif
