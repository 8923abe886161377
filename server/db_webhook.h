/* SPDX-License-Identifier: ISC */
#ifndef DB_WEBHOOK_H
#define DB_WEBHOOK_H

#include "db.h"

/* Addresses that are told of entries. */
struct db_webhook {
	int64_t id, org;
	bool has_chain; /* else all chains of the organisation */
	struct h32 chain;
	const char *url;
	uint32_t generation;
	/* Unix ms; 0: never */
	uint64_t created, rotated, failing, disabled;
};

#define DB_WEBHOOKS_MAX 100 /* of one organisation */

/* Hears of what is told from now on.  *w from then on; ERR_QUOTA. */
MUST_USE enum err db_webhook_create(struct db *db, struct arena *a, int64_t org,
    const struct h32 *chain, const char *url, struct db_webhook *w);
/* ERR_NOT_FOUND. */
MUST_USE enum err db_webhook_get(struct db *db, struct arena *a, int64_t org,
    int64_t id, struct db_webhook *w);
MUST_USE enum err db_webhook_list(struct db *db, struct arena *a, int64_t org,
    int64_t after, size_t limit, struct db_webhook **w, size_t *n);
MUST_USE enum err db_webhook_delete(struct db *db, int64_t org, int64_t id);
/* A new key; the one before signs for another day. */
MUST_USE enum err db_webhook_rotate(struct db *db, int64_t org, int64_t id);
/* Tells it again, of what comes from now on. */
MUST_USE enum err db_webhook_enable(struct db *db, int64_t org, int64_t id);

/* Something was delivered, or not (it has been failing since then or now);
 * nothing else is tried for rest ms then. */
MUST_USE enum err db_webhook_works(struct db *db, int64_t id);
MUST_USE enum err db_webhook_fails(struct db *db, int64_t id, uint64_t rest,
    uint64_t *failing);
/* It is told nothing more, for a reason that the audit log names.  Its
 * deliveries are over.  *is false: it was disabled already. */
MUST_USE enum err db_webhook_disable(struct db *db, int64_t id, const char *why,
    bool *is);

#endif
