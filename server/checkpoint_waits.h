/* SPDX-License-Identifier: ISC */
#ifndef CHECKPOINT_WAITS_H
#define CHECKPOINT_WAITS_H

#include "checkpoints.h"

/* Readers who wait until enough witnesses have cosigned: checkpoints_wait.
 * Whichever server has it done, what came of it stands in the database. */
struct checkpoint_waits;

MUST_USE enum err checkpoint_waits_make(const char *conninfo,
    struct checkpoint_waits **w);
MUST_USE enum err checkpoint_waits_start(struct checkpoint_waits *w);
/* Ends every wait, also of those who come later.  w may be NULL. */
void checkpoint_waits_stop(struct checkpoint_waits *w);
void checkpoint_waits_free(struct checkpoint_waits *w);
void checkpoint_waits_add(struct checkpoint_waits *w,
    struct checkpoint_wait *one);

#endif
