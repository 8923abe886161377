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
};

#define YKPERS_CHILD_REPLY 1024

/* Begins work(ctx, reply); its reply has n bytes, zeroed before.  The child
 * leaves no core file, wipes its reply and ends with its parent.
 * ERR_INTERNAL. */
MUST_USE enum err ykpers_child_start(struct ykpers_child *c,
    void (*work)(const void *ctx, void *reply), const void *ctx, size_t n,
    int deadline_ms);

/* The reply of n bytes; the child is gone after it.  ERR_DEVICE_GONE when it
 * crashed or did not answer in time. */
MUST_USE enum err ykpers_child_wait(struct ykpers_child *c, void *reply,
    size_t n);

#endif
