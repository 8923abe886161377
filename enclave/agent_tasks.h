/* SPDX-License-Identifier: ISC */
#ifndef AGENT_TASKS_H
#define AGENT_TASKS_H

#include "chain/payload.h"

/* A receipt that the server asks for.  What it says is a hint: the enclave
 * judges. */
struct agent_task {
	enum role role;
	struct h32 chain, prev;
	uint64_t seq;           /* the place that the receipt will take */
	struct span checkpoint; /* that the receipt will carry, or empty */
};

#define AGENT_TASKS_MAX 64

/* Reads the answer of /v1/agent/tasks.  Checkpoints go to room and are borrowed
 * from there.  What is above AGENT_TASKS_MAX, or finds no room, is left for the
 * next time.  ERR_ANSWER_BAD. */
MUST_USE enum err agent_tasks_decode(struct span body, struct out *room,
    struct agent_task *task, size_t *n);

#endif
