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

struct walk_opts {
	struct rules rules;
	const struct h32 *chain;    /* the pinned chain id; NULL: not pinned */
	const struct walk_pin *pin; /* NULL: none */
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
	/* private */
	enum err failed;
	uint32_t hit; /* the open stage's revocation in hand, index + 1 */
	struct entry entry;
};

void walk_init(struct walk *w, const struct walk_opts *opts);

/* One entry, by itself, no bytes before or after.  On an error the walk has
 * failed at entry w->st.next_seq and takes no more. */
MUST_USE enum err walk_feed(struct walk *w, struct span entry);

/* The error of walk_feed, ERR_CHAIN_EMPTY, ERR_PIN_MISSING, or ERR_LEVEL for
 * a level that cannot be reached.  When checks were handed out
 * (rules.check), the chain is good only if they all are. */
MUST_USE enum err walk_end(const struct walk *w);

#endif
