/* SPDX-License-Identifier: ISC */
#ifndef DB_CHECKPOINT_H
#define DB_CHECKPOINT_H

#include "db.h"

/*
 * Checkpoints of the logs that chains are: sql/0006_checkpoints.sql.  All spans
 * and rows are in the arena of the call.
 */
struct db_checkpoint {
	struct h32 chain;
	uint64_t size;      /* entries that it covers; 0: there is none */
	uint64_t made;      /* when the log signed it, Unix ms */
	struct span note;   /* the log's signature and cosignatures */
	uint64_t witnessed; /* the witness time, Unix ms; 0: too few */
	unsigned missing;   /* witnesses of the policy that lack */
	struct span heard;  /* key, 32 bytes, and size, 8 bytes, of each */
	uint64_t wanted;    /* a reader wants cosignatures since; 0: nobody */
	bool behind;        /* read-only: others know more of the chain */
};

/* A connection for the one who makes checkpoints.  What it wrote last may be
 * lost in a crash of the database, and is then made again. */
MUST_USE enum err db_checkpoint_open(const char *conninfo, struct db **db);

/* ERR_NOT_FOUND: the chain has no row yet. */
MUST_USE enum err db_checkpoint_get(struct db *db, struct arena *a,
    const struct h32 *chain, struct db_checkpoint *c);
MUST_USE enum err db_checkpoint_list(struct db *db, struct arena *a,
    const struct h32 *chain, size_t chain_n, struct db_checkpoint **c,
    size_t *n);

/* Where chains stand, and what is there of their checkpoints (size 0 where
 * nothing is). */
struct db_checkpoint_chain {
	struct h32 head;
	uint64_t next_seq;
	struct span state; /* state_encode's form */
	struct db_checkpoint last;
};
MUST_USE enum err db_checkpoint_chains(struct db *db, struct arena *a,
    const struct h32 *chain, size_t chain_n, struct db_checkpoint_chain **c,
    size_t *n);

/* The entries of several chains, from a place on, those of each in order and
 * at most `most` of one. */
struct db_checkpoint_from {
	struct h32 chain;
	uint64_t from;
};
struct db_checkpoint_entry {
	struct h32 chain;
	uint64_t seq;
	struct span bytes;
};
MUST_USE enum err db_checkpoint_entries(struct db *db, struct arena *a,
    const struct db_checkpoint_from *w, size_t w_n, uint64_t most,
    struct db_checkpoint_entry **e, size_t *n);

/* Puts these in their rows, unless a row is of more entries; made and wanted
 * are the database's own. */
MUST_USE enum err db_checkpoint_put(struct db *db,
    const struct db_checkpoint *c, size_t n);
/* A reader wants cosignatures of this moment (Unix ms) or later. */
MUST_USE enum err db_checkpoint_want(struct db *db, const struct h32 *chain,
    uint64_t since);

/* What there is to do, in the order of chains after `after`; *last is where to
 * go on, and zero once the end was seen. */
enum db_checkpoint_why {
	DB_CHECKPOINT_SWEEP,  /* not covered, or not by all witnesses */
	DB_CHECKPOINT_WANTED, /* by a reader */
	DB_CHECKPOINT_TASK,   /* a receipt waits, or will find it too old */
	DB_CHECKPOINT_ALL,    /* every chain */
	DB_CHECKPOINT_WHYS
};
MUST_USE enum err db_checkpoint_todo(struct db *db, struct arena *a,
    enum db_checkpoint_why why, const struct h32 *after, size_t limit,
    struct h32 **chain, size_t *n, struct h32 *last);

/* Tells all servers of the database that these have another checkpoint. */
MUST_USE enum err db_checkpoint_tell(struct db *db, const struct h32 *chain,
    size_t n);

/* One server on a database makes checkpoints: this connection is its, or
 * becomes it now. */
MUST_USE enum err db_checkpoint_lead(struct db *db, bool *is);
/* Chains that are read-only here: how many, and the first of them. */
MUST_USE enum err db_checkpoint_behind(struct db *db, struct arena *a,
    size_t limit, struct h32 **chain, size_t *n, uint64_t *count);

#endif
