/* SPDX-License-Identifier: ISC */
#ifndef CHECKPOINT_ROWS_H
#define CHECKPOINT_ROWS_H

#include "checkpoint_jobs.h"

/* Writes what changed of n jobs into their rows, and tells those for whom it
 * is news: agents that wait, and other servers. */
MUST_USE enum err checkpoint_rows_put(struct checkpoint_jobs *k,
    struct checkpoint_job **j, size_t n);

#endif
