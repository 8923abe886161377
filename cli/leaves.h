/* SPDX-License-Identifier: ISC */
#ifndef LEAVES_H
#define LEAVES_H

#include "chain/merkle.h"

/*
 * The tree over the first entries of a chain file, by their ids alone: nothing
 * is verified of them.  Whoever builds on it is told soon enough when it is not
 * the tree that a checkpoint is of.
 */
struct leaves {
	size_t n;
	struct h32 *id;
};

/* size of them, or all when it is 0.  Errors of chain/entry.h;
 * ERR_CHECKPOINT_SIZE: there are fewer.  Lives as long as the command. */
MUST_USE enum err leaves_read(struct span chain_file, uint64_t size,
    struct leaves *l);
/* l stays. */
struct merkle_source leaves_source(struct leaves *l);

#endif
