/* SPDX-License-Identifier: ISC */
#ifndef COMMIT_GROUP_H
#define COMMIT_GROUP_H

#include "db_append.h"
#include "repeat.h"
#include "server.h"

/*
 * A group of appends on its way through the committer: judged on the newest
 * states, written by one statement, answered.  Everything here belongs to the
 * committer's thread.
 */
#define COMMIT_GROUP_MAX 256

struct commit_slot {
	struct commit_job *job;
	size_t order; /* of arrival */
	enum err e;   /* OK: it has a place in the chain */
	struct appended got;
	bool known; /* wanted says where it may stand already */
	struct payload payload;
	struct db_entry_wanted wanted;
};

struct commit_group {
	struct server *server;
	struct db *db;
	struct arena *arena;
	struct db_append_buffer buffer;
	struct attest_cache cache;
	struct rules rules;
	struct state st;
	struct entry entry;
	struct proof proof[ENTRY_PROOFS];
	const struct commit_job *judged; /* the one that rules ask about */
	size_t n;
	struct commit_slot slot[COMMIT_GROUP_MAX];
	/* Chains that move, in rising order, and where their slots begin. */
	size_t chain_n, entry_n;
	struct db_append chain[COMMIT_GROUP_MAX];
	size_t first[COMMIT_GROUP_MAX + 1];
	const struct chain_view *view[COMMIT_GROUP_MAX];
	uint64_t heard[COMMIT_GROUP_MAX]; /* chains_heard before view */
	struct db_append_entry append[COMMIT_GROUP_MAX];
};

MUST_USE enum err commit_group_make(struct server *s, struct commit_group **g);
void commit_group_free(struct commit_group *g);
/* Takes n jobs (a list of at most COMMIT_GROUP_MAX) to their answers. */
void commit_group_run(struct commit_group *g, struct commit_job *jobs);

#endif
