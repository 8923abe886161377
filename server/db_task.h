/* SPDX-License-Identifier: ISC */
#ifndef DB_TASK_H
#define DB_TASK_H

#include "chain/payload.h"
#include "chain/pcr.h"
#include "db.h"

/* A receipt that a chain waits for.  Named by (chain, prev, role): once the
 * head is another than prev a task is void, and it is never handed out. */
struct db_task {
	struct h32 chain, prev;
	uint64_t seq; /* of prev */
	enum role role;
	uint8_t pcr0[PCR_SIZE]; /* of the enclave that must answer */
	uint64_t from, until;   /* Unix ms, both inside */
};

/* The tasks of these chains that hold now, those of one chain together and in
 * the order in which to do them. */
MUST_USE enum err db_task_list(struct db *db, struct arena *a,
    const struct h32 *chain, size_t chain_n, struct db_task **t, size_t *n);

#endif
