/* SPDX-License-Identifier: ISC */
#ifndef DB_TASK_H
#define DB_TASK_H

#include "agenda.h"
#include "db.h"

/* A receipt that a chain waits for.  Named by (chain, prev, role): once the
 * head is another than prev a task is void, and it is never handed out. */
struct db_task {
	struct h32 chain, prev;
	uint64_t seq; /* of prev */
	enum role role;
	uint8_t pcr0[PCR_SIZE]; /* of the enclave that must answer */
	uint64_t from, until;   /* Unix ms, both inside */
	/* Over the entries up to prev, cosigned by enough; empty where the
	 * receipt needs none.  In the arena. */
	struct span checkpoint;
};

/* The tasks of these chains that hold now and have the checkpoint they need,
 * those of one chain and code together and in the order in which to do them. */
MUST_USE enum err db_task_list(struct db *db, struct arena *a,
    const struct h32 *chain, size_t chain_n, struct db_task **t, size_t *n);

/* A chain whose due_at has come.  The scheduler fills agenda. */
struct db_task_due {
	struct h32 chain;
	struct span state;
	struct agenda agenda;
};

/* Up to limit of them, locked within the caller's transaction; those that
 * another server holds are left out. */
MUST_USE enum err db_task_due(struct db *db, struct arena *a, size_t limit,
    struct db_task_due **d, size_t *n);
/* In the same transaction: makes their tasks and moves their due_at. */
MUST_USE enum err db_task_make(struct db *db, const struct db_task_due *d,
    size_t n, uint64_t *made);
/* Deletes up to limit tasks that are void or over. */
MUST_USE enum err db_task_void(struct db *db, size_t limit, uint64_t *gone);

#endif
