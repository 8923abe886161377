/* SPDX-License-Identifier: ISC */
#ifndef WORKER_H
#define WORKER_H

#include "db.h"

/*
 * Threads that may wait for PostgreSQL, each with a connection of its own,
 * opened when it is first needed.  Bounded queues stand before them, one a
 * rank: a higher one waits for the lower ones and never has all of the threads,
 * so that a revocation passes a crowd of readers, and those who lost a race do
 * not hold up the next one.
 */
struct workers;

enum worker_rank {
	WORKER_FIRST,
	WORKER_LOST, /* hears why it was refused */
	WORKER_READ, /* by anyone */
	WORKER_RANKS
};

struct worker_job {
	/* db NULL: the database cannot be reached. */
	void (*run)(struct worker_job *j, struct db *db);
	enum worker_rank rank;
	struct worker_job *next; /* the pool's own */
};

MUST_USE enum err worker_start(const char *conninfo, unsigned threads,
    unsigned queue, struct workers **w);
/* From any thread, never blocks.  ERR_BUSY: its queue is full. */
MUST_USE enum err worker_submit(struct workers *w, struct worker_job *j);
/* Runs what is queued, then ends the threads. */
void worker_stop(struct workers *w);

#endif
