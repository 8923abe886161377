/* SPDX-License-Identifier: ISC */
#ifndef BUNDLES_H
#define BUNDLES_H

#include "blob.h"

/*
 * Bundles that were made lately, so that many readers of one chain cost one
 * making.  Bounded; a bundle that is large goes at once.  Who may see a chain
 * is decided before.
 */
struct bundle_key {
	struct h32 chain, head;
	size_t revocations; /* beside the chain: they are only ever added */
	uint32_t evidence;  /* the same */
	/* Of the cosigned checkpoint over the head: its witness time, 0: there
	 * is none, and how many witnesses lack. */
	uint64_t witnessed;
	unsigned missing;
};

/* A reference, or NULL. */
MUST_USE struct blob *bundles_find(const struct bundle_key *k);
/* Takes a reference of its own, if any. */
void bundles_keep(const struct bundle_key *k, struct blob *b);

#endif
