/* SPDX-License-Identifier: ISC */
#ifndef CHAINS_H
#define CHAINS_H

#include "blob.h"
#include "chain/rules.h"
#include "db.h"

/*
 * Chains in memory: state and entries of those in use, bounded
 * (settings.cache_mb), least recently used first out.  What is here is a
 * copy of the database; entries never change, the head may lag behind another
 * server by a few milliseconds, and appends settle that in the database.
 */
struct chains;

/* A view of one chain at one moment.  Immutable; counted. */
struct chain_view {
	struct h32 chain, head;
	uint64_t next_seq;
	int64_t org;
	int64_t enclave;
	bool is_private;
	struct span state; /* state_encode's form */
	uint64_t received; /* server time of the newest entry, Unix ms */
	uint32_t evidence; /* how many bundles of its keys are published */
	bool behind;       /* read-only: db_checkpoint.h */
};

/* Empty, and never more than about so many bytes.  ERR_OUT_OF_MEMORY. */
MUST_USE enum err chains_make(size_t cache_bytes, struct chains **c);
void chains_free(struct chains *c);

/* The view of a chain, kept until chains_drop.  db NULL: only from memory,
 * ERR_WANT_WORKER when it is not there.  ERR_NOT_FOUND. */
MUST_USE enum err chains_get(struct chains *c, struct db *db,
    const struct h32 *chain, const struct chain_view **v);
/* The same from the database, whatever is in memory. */
MUST_USE enum err chains_look(struct chains *c, struct db *db,
    const struct h32 *chain, const struct chain_view **v);
void chains_drop(struct chains *c, const struct chain_view *v);

/* Entries [from, from+limit) that exist and fit in max bytes, as they are
 * stored, back to back, as one blob (one reference is the caller's); *n how
 * many.  A full page (n == limit, or cut by max) never changes, so it is the
 * same blob each time.  db as above. */
MUST_USE enum err chains_page(struct chains *c, struct db *db,
    const struct chain_view *v, uint64_t from, uint64_t limit, size_t max,
    struct blob **page, uint64_t *n);

/* A rendered form of the view (its JSON), kept with it: NULL until set. */
struct blob *chains_rendered(const struct chain_view *v);
void chains_render(const struct chain_view *v, struct blob *b);

/* What was rendered of the chain's view says something else now. */
void chains_stale(struct chains *c, const struct h32 *chain);

/* What is in memory takes so many bytes. */
size_t chains_bytes(struct chains *c);

/* How often a chain was heard to move: asked before chains_get by who appends
 * to what it gets. */
uint64_t chains_heard(struct chains *c, const struct h32 *chain);
/* The committer moved a chain to next (copied; its spans too) by these n
 * entries, the last of which is the head.  Kept unless the chain was heard to
 * move since: somebody else may have gone on from there already. */
void chains_appended(struct chains *c, const struct chain_view *next,
    const struct span *entry, size_t n, uint64_t heard);

/* Another server moved a chain: forget its view. */
void chains_moved(struct chains *c, const struct h32 *chain);
void chains_moved_all(struct chains *c);
/* The view was found to be old. */
void chains_forget(struct chains *c, const struct h32 *chain);

#endif
