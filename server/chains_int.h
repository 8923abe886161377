/* SPDX-License-Identifier: ISC */
#ifndef CHAINS_INT_H
#define CHAINS_INT_H

#include <pthread.h>
#include <stdatomic.h>

#include "chains.h"

/* What chains.c (the map and its views) and chains_page.c share. */

/* A view as it is kept: the public part first. */
struct chains_view {
	struct chain_view v;
	atomic_uint refs;
	_Atomic(struct blob *) rendered;
	uint8_t state[];
};

/* A page that was asked for.  It holds entries [from, next); full pages never
 * change, others grow when the chain does. */
struct chains_page {
	uint64_t from, limit, next;
	size_t max;
	bool full;
	struct blob *blob;
};

#define CHAINS_PAGES 64 /* of one chain; the oldest gives way */
#define CHAINS_TAIL 64  /* newest entries of one chain, for growing pages */

struct chains_tail {
	uint64_t seq;
	struct blob *blob;
};

struct chains_record {
	struct h32 chain;
	struct chains_record *same;          /* next in its bucket */
	struct chains_record *newer, *older; /* by last use */
	struct chains_view *view;            /* NULL: must be loaded */
	size_t bytes;                        /* what it accounts for */
	size_t page_n, page_next;
	struct chains_page *page; /* room grows to CHAINS_PAGES */
	struct chains_tail *tail; /* CHAINS_TAIL of them, by seq, or NULL */
};

#define CHAINS_BUCKETS 4096
#define CHAINS_SLOTS 256

struct chains_shard {
	pthread_mutex_t lock;
	size_t bytes, limit;
	/* Each chain has a slot, which it may share with others. */
	uint64_t epoch[CHAINS_SLOTS]; /* counts what was forgotten, so that
				       * what was read before is not kept
				       * afterwards */
	uint64_t heard[CHAINS_SLOTS]; /* see chains_heard */
	struct chains_record *newest, *oldest;
	struct chains_record *bucket[CHAINS_BUCKETS];
};

#define CHAINS_SHARDS 16

struct chains {
	struct blob *empty;
	struct chains_shard shard[CHAINS_SHARDS];
};

struct chains_shard *chains_shard(struct chains *c, const struct h32 *chain);
/* Under the shard's lock.  NULL when it is not there. */
struct chains_record *chains_record(struct chains_shard *s,
    const struct h32 *chain);
/* Under the shard's lock: n more (or fewer) bytes; evicts others, never r. */
void chains_account(struct chains_shard *s, struct chains_record *r, size_t n);
/* Drops pages and tail. */
void chains_page_clear(struct chains_record *r);
/* Under the shard's lock: entry seq is new at the tail. */
void chains_page_push(struct chains_shard *s, struct chains_record *r,
    uint64_t seq, struct span entry);

#endif
