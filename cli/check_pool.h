/* SPDX-License-Identifier: ISC */
#ifndef CHECK_POOL_H
#define CHECK_POOL_H

#include "chain/check.h"

/*
 * Checks (chain/check.h) run on several threads, in batches of neighbours, so
 * that the certificates that neighbours share are verified once a batch.  What
 * a check needs is copied; how much waits is bounded.  The failure that is
 * told is the first in the order of adding, whoever found what first.
 */
struct check_pool;

/* threads 0 and 1: everything runs at once, on the caller's own thread.
 * ERR_OUT_OF_MEMORY, ERR_BUSY when a thread cannot be had. */
MUST_USE enum err check_pool_open(unsigned threads, struct check_pool **p);
/* Also without check_pool_wait. */
void check_pool_free(struct check_pool *p);

/* Never the failure of the check itself.  Waits while too much waits.
 * ERR_NO_SPACE for one that no format allows. */
MUST_USE enum err check_pool_add(struct check_pool *p, const struct check *k);

struct check_failure {
	enum err err; /* OK: none */
	uint64_t seq;
	const char *kind; /* of the entry; NULL when it cannot be told */
};

/* A failure that is known already, perhaps not the first; OK: none.  Checks
 * that are added now change nothing. */
enum err check_pool_failed(struct check_pool *p);

/* Waits for all checks. */
struct check_failure check_pool_wait(struct check_pool *p);

#endif
