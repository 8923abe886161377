/* SPDX-License-Identifier: ISC */
#ifndef WATCH_LOOK_H
#define WATCH_LOOK_H

#include "chain_verify.h"
#include "watch_chain.h"

/* One look at one chain: what its parts share.  All of its memory is given
 * back after the look. */
struct look {
	const struct watch *w;
	struct watch_chain *ch;
	struct watch_kept k;
	struct h32 root[TARGET_ROOTS];
	size_t root_n;
	bool away;   /* the error is of asking, not of what was answered */
	bool hiding; /* the server has fewer entries than were seen */
	uint64_t at; /* entries up to what is told; 0: up to k.st */
	bool held;   /* a revocation at hand holds the open stage */
	struct span shown; /* what the server showed instead, or empty */
	bool split;        /* and that is chain/split.h's, for a log's key */
	bool unnamed;      /* which nobody here knows: nothing was verified */
	struct span note;  /* its newest checkpoint, or empty */
};

/* Tells, with what l knows filled in. */
MUST_USE enum err watch_look_tell(const struct look *l, const char *type,
    enum err code, const char *text, const char *evidence, json_t *data);

/* GET of the chain; away is set where the error is of asking. */
MUST_USE enum err watch_look_get(struct look *l, const char *tail,
    const char *accept, size_t max, struct span *s);

/* watch_entries.c: fetches, verifies, tells and keeps the new entries. */
MUST_USE enum err watch_entries_take(struct look *l);
/* The options of a verification that goes on from what is kept. */
struct chain_verify_opts watch_entries_opts(const struct look *l,
    struct span *revocation);
/* Verifies all that is kept once more with every revocation at hand: was a
 * completed stage revoked?  l->k is not changed. */
MUST_USE enum err watch_entries_again(struct look *l, bool *disputed,
    struct h32 *stage);

/* watch_loose.c: revocations that lie beside the chain. */
MUST_USE enum err watch_loose_take(struct look *l);

/* watch_tip.c: the newest checkpoint, against what was verified. */
MUST_USE enum err watch_tip_take(struct look *l);
/* After a history that is not the one that was seen: what the server's log
 * signs for it now.  Where it signed another of that size before, l->shown
 * becomes what convicts it. */
void watch_tip_convict(struct look *l);

#endif
