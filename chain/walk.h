/* SPDX-License-Identifier: ISC */
#ifndef WALK_H
#define WALK_H

#include "rules.h"

/*
 * A whole chain, entry by entry, in constant memory.  The struct is the
 * caller's; it is large (about 150 KB), so not for a small stack.
 */
struct walk_pin { /* an entry remembered from an earlier visit */
	uint64_t seq;
	struct h32 id;
};

/* A revocation from anywhere: its statement, borrowed, and what it names. */
struct walk_revocation {
	struct span statement;
	struct h32 stage;
};

/* Fills v from a statement; nothing is verified yet.  An error: it is no
 * revocation, and without effect. */
MUST_USE enum err walk_revocation(struct span statement,
    struct walk_revocation *v);

/* What freshness is judged by, all of it the client's own choice but the
 * checkpoint, which anybody may have brought. */
struct walk_fresh {
	struct span checkpoint; /* over the last entry; empty: none at hand */
	uint64_t now, max_age;  /* Unix ms, ms */
};

struct walk_opts {
	struct rules rules;
	/* The level is a demand: without it LEVEL_PUBLIC is as much as the
	 * chain's own policy makes possible.  LEVEL_FRESH always is one. */
	bool wanted;
	/* Looked at by walk_end alone, so it may be filled in until then, in
	 * walk.opts.  Borrowed. */
	struct walk_fresh fresh;
	const struct h32 *chain;    /* the pinned chain id; NULL: not pinned */
	const struct walk_pin *pin; /* NULL: none */
	/* Goes on after an earlier walk that was good, from the state that it
	 * ended with; NULL: from genesis.  A pin of before its last entry
	 * cannot be looked for.  Read by walk_init alone. */
	const struct state *from;
	/* Borrowed until walk_end.  One that verifies against a stage of this
	 * chain holds an open one and disputes a completed one. */
	const struct walk_revocation *revocation;
	size_t revocation_n;
};

struct walk {
	struct walk_opts opts;
	struct state st;
	bool pin_seen, chain_known;
	bool disputed; /* a completed stage has a valid revocation */
	struct h32 disputed_stage; /* the last such */
	bool held; /* the open stage has a valid revocation at hand */
	uint64_t documents, signatures; /* checks asked for so far */
	/* By walk_end: the level that was reached; what is to be said of
	 * fresh.checkpoint (ERR_LEVEL: the policy has no witnesses), and its
	 * witness time in ms, 0 unless tip is OK. */
	enum level reached;
	enum err tip;
	uint64_t witnessed;
	/* private */
	enum err failed;
	uint32_t hit; /* the open stage's revocation in hand, index + 1 */
	struct entry entry;
};

/* Before the first entry.  opts is copied; what it points at stays the
 * caller's until walk_end. */
void walk_init(struct walk *w, const struct walk_opts *opts);

/* One entry, by itself, no bytes before or after.  On an error the walk has
 * failed at entry w->st.next_seq and takes no more. */
MUST_USE enum err walk_feed(struct walk *w, struct span entry);

/*
 * The error of walk_feed, ERR_CHAIN_EMPTY, ERR_PIN_MISSING; ERR_LEVEL: the
 * level is wanted and the policy in force has no witnesses.  At LEVEL_FRESH
 * also what witness_judge says of fresh.checkpoint, ERR_CHECKPOINT_MISSING,
 * ERR_CHECKPOINT_STALE (cosigned before now - max_age), ERR_CHECKPOINT_TIME
 * (later than now + WITNESS_AFTER_MS).  At LEVEL_PUBLIC these only stand in
 * w->tip, age aside.  When checks were handed out (rules.check), the chain is
 * good only if they all are.
 */
MUST_USE enum err walk_end(struct walk *w);

#endif
