/* SPDX-License-Identifier: ISC */
#ifndef LIMIT_H
#define LIMIT_H

#include "route.h"

/*
 * Token buckets: one for each token, else for each peer address (a /64 of
 * IPv6), apart for reads and writes.  Each holds two seconds' worth.  The
 * table is bounded; what was not used longest is forgotten first.
 */
struct limits;

/* Calls a second and caller; 0: off. */
MUST_USE enum err limit_make(unsigned rate_read, unsigned rate_write,
    struct limits **l);
void limit_free(struct limits *l);

/* Counts one call of q's caller against kind.  ERR_RATE_LIMITED: *retry is
 * then how many seconds to wait, at least 1.  l NULL or LIMIT_NONE: OK. */
MUST_USE enum err limit_take(struct limits *l, const struct req *q,
    enum limit kind, unsigned *retry);

/* Counts calls more, as far as they go: an answer that cost more than a call
 * should.  The caller waits the longer for the next. */
void limit_spend(struct limits *l, const struct req *q, enum limit kind,
    size_t calls);

#endif
