/* SPDX-License-Identifier: ISC */
#ifndef AGENT_SOURCES_H
#define AGENT_SOURCES_H

#include <sys/socket.h>

#include "system/bucket.h"

/*
 * Who asks, by address (an IPv4 address, a /64 of IPv6), so that one who asks
 * too much keeps nobody else out.  A table of fixed size: who asked least
 * lately goes first, and is new when it comes again.  One thread.
 */
#define AGENT_SOURCES 1024
#define AGENT_SOURCE_OPEN 4 /* connections of one source */

struct agent_source {
	uint8_t net[8], net_n; /* 0: free */
	unsigned open;         /* connections */
	uint64_t used;
	struct bucket bucket;
};

/* Zero is an empty one, but for the rates. */
struct agent_sources {
	struct bucket_rate each, all;
	struct bucket bucket; /* of all */
	uint64_t turn;
	struct agent_source source[AGENT_SOURCES];
};

/* Another connection of this source is one too many, as is any of another
 * family. */
bool agent_sources_full(struct agent_sources *t,
    const struct sockaddr *address);
/* A connection of this source begins.  NULL: it is one too many. */
struct agent_source *agent_sources_come(struct agent_sources *t,
    const struct sockaddr *address);
/* It ended. */
void agent_sources_go(struct agent_source *s);

/* Whether what came over such a connection is looked at, at this steady time
 * in ms.  False: not before *wait ms have gone. */
bool agent_sources_take(struct agent_sources *t, struct agent_source *s,
    uint64_t now, uint64_t *wait);

#endif
