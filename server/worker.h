/* SPDX-License-Identifier: ISC */
#ifndef WORKER_H
#define WORKER_H

#include "db.h"

/*
 * Threads that may wait for PostgreSQL, each with a connection of its own,
 * opened when it is first needed.  Two bounded queues stand before them: reads
 * wait for everything else, and never have all of the threads, so that a
 * revocation passes a crowd of readers.
 */
struct workers;

struct worker_job {
	/* db NULL: the database cannot be reached. */
	void (*run)(struct worker_job *j, struct db *db);
	bool is_read;            /* by anyone */
	struct worker_job *next; /* the pool's own */
};

MUST_USE enum err worker_start(const char *conninfo, unsigned threads,
    unsigned queue, struct workers **w);
/* From any thread, never blocks.  ERR_BUSY: its queue is full. */
MUST_USE enum err worker_submit(struct workers *w, struct worker_job *j);
/* Runs what is queued, then ends the threads. */
void worker_stop(struct workers *w);

#endif
