/* SPDX-License-Identifier: ISC */
#ifndef COMMIT_H
#define COMMIT_H

#include "chain/rules.h"
#include "http.h"

/*
 * The committer: appends of many requests in one transaction a group, on a
 * connection of its own.  Heads are taken in the order of chain ids; one bad
 * append never fails its neighbours; a group that fails is done one by one.
 */
struct commit;

MUST_USE enum err commit_start(struct server *s, struct commit **c);
/* Finishes what was given to it, then stops. */
void commit_stop(struct commit *c);

/* What an append came to. */
struct appended {
	struct h32 chain, entry;
	uint64_t seq;
	bool repeated; /* it was there already: answer as the first time */
};

/*
 * Appends statement t (borrowed from q's memory) to an existing chain, at
 * whatever head the chain then has.  The caller has run rules_next once on
 * the view's state, so signatures and documents known to be good are in
 * checked (by SHA-256 of blob||payload||sig or of the document): they are
 * not verified again.  done runs on the committer's thread.
 * Repeats are recognised: same payload and same signers, or for a receipt
 * same role and prev.  ERR_* by rules_next, ERR_HEAD_MOVED,
 * ERR_DATABASE.
 */
struct commit_job {
	struct req *q;
	struct reply *r;
	struct h32 chain;
	struct statement t;
	size_t checked_n;
	struct h32 checked[ENTRY_PROOFS];
	void (
	    *done)(struct commit_job *j, enum err e, const struct appended *a);
	struct commit_job *next; /* the committer's own */
};

/* The name of a check in checked. */
MUST_USE enum err commit_check_id(const struct check *k, struct h32 *id);

/* ERR_BUSY: too many wait already; done is then not called. */
MUST_USE enum err commit_submit(struct commit *c, struct commit_job *j);

#endif
