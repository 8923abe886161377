/* SPDX-License-Identifier: ISC */
#ifndef DB_SUBSCRIPTION_H
#define DB_SUBSCRIPTION_H

#include "db.h"

/* Mail addresses that asked to be told of a chain. */
struct db_subscription {
	int64_t id;
	struct h32 chain;
	uint64_t created, confirmed; /* Unix ms; 0: not yet */
};

/* Asks the address whether it wants that, unless it or whoever asked (source,
 * 16 bytes) was heard of too often lately, or it said yes already.  *asked. */
MUST_USE enum err db_subscription_ask(struct db *db, const struct h32 *chain,
    const char *address, struct span source, bool *asked);
/* ERR_NOT_FOUND. */
MUST_USE enum err db_subscription_get(struct db *db, int64_t id,
    struct db_subscription *s);
/* It is told of what comes from now on. */
MUST_USE enum err db_subscription_confirm(struct db *db, int64_t id);
MUST_USE enum err db_subscription_delete(struct db *db, int64_t id);

#endif
