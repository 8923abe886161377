/* SPDX-License-Identifier: ISC */
#ifndef SCHED_WAIT_H
#define SCHED_WAIT_H

#include "sched.h"

/* Agents that wait for tasks of a chain: one thread for all of them, which
 * asks the database for many chains at once. */
struct sched_waits;

MUST_USE enum err sched_waits_start(const char *conninfo,
    struct sched_waits **w);
/* Answers everybody, with nothing; so are those who come later. */
void sched_waits_stop(struct sched_waits *w);
/* Once it has stopped, and nobody calls the functions below any more. */
void sched_waits_free(struct sched_waits *w);
void sched_waits_add(struct sched_waits *w, struct sched_wait *one);
/* NULL: any chain may have moved. */
void sched_waits_moved(struct sched_waits *w, const struct h32 *chain);

#endif
