/* SPDX-License-Identifier: ISC */
#ifndef PARCEL_H
#define PARCEL_H

#include "courier.h"
#include "db_delivery.h"
#include "server.h"

/* What a webhook is sent: Standard Webhooks, with Ed25519 signatures. */
struct parcel {
	const char *header[COURIER_HEADERS]; /* "name: value"; ended by NULL */
	struct span body;
};

/* Signed now.  All of it in the arena.  ERR_NOT_FOUND: the chain is private and
 * no longer of the organisation. */
MUST_USE enum err parcel_make(struct server *s, struct db *db, struct arena *a,
    const struct db_delivery_job *j, struct parcel *p);

/* "whpk_" and the base64 of the public key. */
#define PARCEL_KEY 50
MUST_USE enum err parcel_key(const struct server *s, int64_t id,
    uint64_t created, uint32_t generation, char text[PARCEL_KEY]);

#endif
