/* SPDX-License-Identifier: ISC */
#ifndef AHEAD_H
#define AHEAD_H

#include "signer_call.h"

/*
 * Tells the signer of entries as they are appended, on a thread of its own, so
 * that it need not verify them while somebody waits for a signature.  Only of
 * chains that it was asked about, and only as far as it keeps up: what is
 * dropped here goes along with the next request (feed.h).
 */
struct ahead;

/* s outlives it. */
MUST_USE enum err ahead_start(struct signer_call *s, struct ahead **a);
void ahead_stop(struct ahead *a);

/* These n entries were appended, the first at seq; copied.  The signer hears of
 * them after ahead_go: those who wait for the appends come first.  a may be
 * NULL in both. */
void ahead_offer(struct ahead *a, const struct h32 *chain, uint64_t seq,
    const struct span *entry, size_t n);
void ahead_go(struct ahead *a);

#endif
