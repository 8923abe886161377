/* SPDX-License-Identifier: ISC */
#ifndef FSCK_INT_H
#define FSCK_INT_H

#include "agenda.h"
#include "chain/walk.h"
#include "fsck.h"
#include "fsck_stream.h"

/* The tables side by side, and the chain that is being looked at. */
struct fsck_tables {
	struct fsck *f;
	struct db *db;     /* the snapshot */
	struct db *writer; /* for repairs, NULL otherwise */
	struct fsck_stream chains, entries, measurements, tasks, definitions,
	    revocations, checkpoints, evidence;
	struct walk *walk;
	struct attest_cache cache;
	struct entry entry;
	struct arena *arena; /* emptied for each chain */
	struct h32 chain;
	bool walked; /* every entry was good */
	bool cache_wrong;
	/* of the chain, in the arena */
	struct fsck_loose {
		struct span statement;
		struct h32 stage, signers;
		bool seen;
		struct fsck_loose *next;
	} * loose;
	struct fsck_known {
		struct h32 sha256;
		struct fsck_known *next;
	} * known;
	struct fsck_checkpoint {
		uint64_t size, witnessed;
		struct span note; /* empty: there is none */
		bool seen;
	} checkpoint;
	struct fsck_evidence {
		struct h32 sha256;
		bool named;
		struct fsck_evidence *next;
	} * bundles;
	struct payload *payload; /* there are bundles: where to decode it */
};

/* A line: the chain that is being looked at, and what is wrong with it. */
void fsck_say(struct fsck_tables *t, const char *fmt, ...)
    __attribute__((format(printf, 2, 3)));

/* Everything of the chain in the row of t->chains. */
MUST_USE enum err fsck_chain(struct fsck_tables *t);
/* What stands beside the entries: fsck_side.c. */
MUST_USE enum err fsck_side_load(struct fsck_tables *t);
MUST_USE enum err fsck_side_entry(struct fsck_tables *t);
MUST_USE enum err fsck_side_end(struct fsck_tables *t);
/* What is published of it besides: fsck_log.c. */
MUST_USE enum err fsck_log_load(struct fsck_tables *t);
MUST_USE enum err fsck_log_entry(struct fsck_tables *t);
void fsck_log_end(struct fsck_tables *t);
/* The chain's row becomes what the walk says. */
MUST_USE enum err fsck_repair(struct fsck_tables *t);

#endif
