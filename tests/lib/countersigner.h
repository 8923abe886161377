/* SPDX-License-Identifier: ISC */
#ifndef COUNTERSIGNER_H
#define COUNTERSIGNER_H

#include <sys/types.h>

#include "enclave/channel.h"
#include "tests/lib/chain_builder.h"

/* An enclave as a process of its own, whose countersigner answers on a port of
 * this machine. */
struct countersigner {
	struct channel_address at;
	pid_t pid;
};

/* It runs this version, of this builder's chain.  *now is in memory that both
 * processes share. */
void countersigner_start(struct countersigner *v, struct chain_builder *b,
    const uint64_t *now, unsigned version);
void countersigner_stop(struct countersigner *v);

/* A listening socket, and where. */
int countersigner_listener(struct channel_address *a);

#endif
