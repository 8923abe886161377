/* SPDX-License-Identifier: ISC */
#ifndef TILES_H
#define TILES_H

#include "blob.h"
#include "chain/merkle.h"
#include "db.h"

/*
 * Tiles and entry bundles of chains as logs: c2sp.org/tlog-tiles.  What was
 * asked for is kept in memory, bounded, least recently used first out; a tile
 * never changes, it only gets wider.
 *
 * Whoever asks has seen that the chain has the entries that a tile covers.
 */
struct tiles;

#define TILES_WIDTH 256 /* hashes of a full tile, entries of a full bundle */
#define TILES_LEVELS 7  /* 256^7 entries are more than 2^53 */

/* Empty, and never more than about so many bytes.  ERR_OUT_OF_MEMORY. */
MUST_USE enum err tiles_make(size_t bytes, struct tiles **t);
void tiles_free(struct tiles *t);

/* The first width hashes (1 to TILES_WIDTH) of the index-th tile of a level.
 * One reference is the caller's.  db NULL: only from memory, ERR_WANT_WORKER
 * when it is not there.  ERR_NOT_FOUND: the chain has no such entries. */
MUST_USE enum err tiles_tile(struct tiles *t, struct db *db,
    const struct h32 *chain, unsigned level, uint64_t index, unsigned width,
    struct blob **b);
/* The first width entries of the index-th bundle, each behind its length, two
 * bytes, most significant first. */
MUST_USE enum err tiles_bundle(struct tiles *t, struct db *db,
    const struct h32 *chain, uint64_t index, unsigned width, struct blob **b);

/* The hashes of a chain's tree, for merkle_prove_*. */
struct tiles_source {
	struct tiles *tiles;
	struct db *db;
	struct h32 chain;
};
enum err tiles_node(void *source, unsigned level, uint64_t index,
    struct h32 *h);

#endif
