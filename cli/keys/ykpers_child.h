/* SPDX-License-Identifier: ISC */
#ifndef YKPERS_CHILD_H
#define YKPERS_CHILD_H

#include <sys/types.h>

#include "chain/err.h"
#include "chain/span.h"

/*
 * A function in a process of its own, which may crash or hang and takes
 * nothing else with it.  The child sees what the caller's memory had when it
 * began; what it writes there, but for the reply, is lost.
 */
struct ykpers_child {
	pid_t pid;
	int fd;
	int64_t deadline; /* ms on the monotonic clock */
	size_t reply_n;
};

#define YKPERS_CHILD_REPLY 1024

struct ykpers_child_work {
	void (*work)(const void *ctx, void *reply);
	/* What is left to do when the work is given up in its middle: it has a
	 * second. */
	void (*give_up)(void);
	size_t reply_n;
	int deadline_ms;
};

/* Begins w->work; its reply is zeroed before.  The child leaves no core file,
 * wipes its reply, and gives up when the parent ends or somebody interrupts
 * both.  ERR_INTERNAL. */
MUST_USE enum err ykpers_child_start(struct ykpers_child *c,
    const struct ykpers_child_work *w, const void *ctx);

/* The reply, as long as was said; the child is gone after it.  ERR_DEVICE_GONE
 * when it crashed or did not answer in time. */
MUST_USE enum err ykpers_child_wait(struct ykpers_child *c, void *reply);

#endif
