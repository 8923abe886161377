/* SPDX-License-Identifier: ISC */
#ifndef AGENT_HOLD_H
#define AGENT_HOLD_H

#include "chain/entry.h"

/*
 * Signed revocations that an agent was given directly, so that no server can
 * keep them from the enclave: in memory, and in a file if there is one, since
 * an enclave forgets them when it starts again.  Any thread.
 *
 * Those that the enclave took stand apart from those of stages that it does
 * not know yet, which anybody can make up: they push out only each other, the
 * oldest first.
 */
#define AGENT_HOLD_TAKEN 16
#define AGENT_HOLD_UNKNOWN 48

struct agent_hold;

/* path: NULL for none; what is in the file counts as unknown at first.
 * ERR_FILE: it cannot be read, or is not one of ours; errno as it was left. */
MUST_USE enum err agent_hold_open(const char *path, struct agent_hold **h);
void agent_hold_close(struct agent_hold *h);

/* Keeps a statement, copied, on disk before this returns; one that is there
 * already moves only from unknown to taken.  ERR_FILE: it is kept in memory
 * alone.  ERR_OUT_OF_MEMORY. */
MUST_USE enum err agent_hold_put(struct agent_hold *h, struct span statement,
    bool taken);

/* The i-th, the taken ones first, into o; false: there are no more. */
bool agent_hold_get(struct agent_hold *h, size_t i, struct out *o, bool *taken);

#endif
