/* SPDX-License-Identifier: ISC */
#ifndef DB_ENTRY_H
#define DB_ENTRY_H

#include "db.h"

/* Entries as they are stored, and what only the server says of them.  They
 * are written by commit.c and db_enclave.c alone. */
struct db_entry {
	uint64_t seq;
	struct h32 id;
	uint64_t received; /* server time, Unix ms */
	struct span bytes;
};

/* Entries from seq on, rising; at least one where there is one, then as long
 * as they fit into max bytes. */
MUST_USE enum err db_entry_page(struct db *db, struct arena *a,
    const struct h32 *chain, uint64_t from, size_t limit, size_t max,
    struct db_entry **e, size_t *n);
/* Where a repeated statement may stand: the entries of a chain with this
 * payload (by its SHA-256), or, for a receipt, the one after prev. */
struct db_entry_wanted {
	struct h32 chain, payload; /* or prev */
	bool is_prev;
};
struct db_entry_found {
	size_t i; /* of the list of what was wanted */
	struct db_entry entry;
};
/* All that match, of each its oldest first. */
MUST_USE enum err db_entry_find(struct db *db, struct arena *a,
    const struct db_entry_wanted *w, size_t w_n, struct db_entry_found **f,
    size_t *n);

/* Where the chain goes on after id, an entry or (by its payload) a stage: the
 * seq of what follows.  ERR_NOT_FOUND: nothing does. */
MUST_USE enum err db_entry_after(struct db *db, const struct h32 *chain,
    const struct h32 *id, uint64_t *seq);

/* When entries were received, for a JSON view of bytes that came from
 * chains_page: n values, Unix ms, for seq from.. */
MUST_USE enum err db_entry_received(struct db *db, struct arena *a,
    const struct h32 *chain, uint64_t from, size_t limit, uint64_t **ms,
    size_t *n);

/* The ids of up to limit entries from a place on, in order, into the arena. */
MUST_USE enum err db_entry_ids(struct db *db, struct arena *a,
    const struct h32 *chain, uint64_t from, uint64_t limit, struct h32 **id,
    size_t *n);

#endif
