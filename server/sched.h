/* SPDX-License-Identifier: ISC */
#ifndef SCHED_H
#define SCHED_H

#include "db_task.h"
#include "http.h"

/*
 * Turns what is due (rules_due) into tasks, and hands tasks to the agents that
 * wait for them.  Several servers may run it on one database.
 */
struct sched;

MUST_USE enum err sched_start(struct server *s, struct sched **sc);
/* Ends every wait with no tasks, also of those who come later. */
void sched_stop(struct sched *sc);
/* Once it has stopped, and nobody calls the functions below any more. */
void sched_free(struct sched *sc);

/*
 * An agent that waits.  Costs a few hundred bytes and no thread.  The struct
 * and what it points to must live until done, which runs once, on a thread of
 * the scheduler, also when there are tasks already; it must not block.  t is
 * only valid within done; n 0: the deadline passed.
 */
struct sched_wait {
	struct req *q;
	struct reply *r;
	struct h32 chain;
	uint8_t pcr0[PCR_SIZE];
	uint64_t deadline; /* Unix ms */
	void (*done)(struct sched_wait *w, enum err e, const struct db_task *t,
	    size_t n);
	struct sched_wait *next; /* the scheduler's own */
};

/* From any thread, never blocks. */
void sched_wait(struct sched *sc, struct sched_wait *w);

/* The chain moved (NULL: any may have): look for tasks of those who wait for
 * it. */
void sched_moved(struct sched *sc, const struct h32 *chain);

/* How late the scheduler is, in ms: for /readyz. */
uint64_t sched_lag(struct sched *sc);

#endif
