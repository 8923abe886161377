/* SPDX-License-Identifier: ISC */
#ifndef WATCH_CHAIN_H
#define WATCH_CHAIN_H

#include "target.h"
#include "watch_store.h"

/*
 * One chain that is followed: what is new is fetched, verified on top of what
 * was verified before, told, and remembered, in this order; so whatever
 * happens is told at least once.
 */
struct watch { /* what is the same for all chains */
	const struct cli *c;
	const char *dir;  /* watch_store.h */
	const char *exec; /* watch_tell.h */
	unsigned threads;
	const struct span *revocation; /* at hand from elsewhere */
	size_t revocation_n;
	uint64_t max_age;  /* ms that a checkpoint may be old; 0: any */
	uint64_t patience; /* ms that a server may be away */
	bool strange;      /* a chain that never verified is not wrong */
};

struct watch_chain {
	struct target t; /* whose: target_find */
	/* By watch_chain_look: */
	enum err wrong;   /* OK: nothing is */
	enum err away;    /* why the server could not be asked, or OK */
	uint64_t away_at; /* since when, Unix ms */
	bool away_told;
	bool pending, disputed;
	uint64_t looked_at; /* Unix ms */
	uint64_t entries;   /* that were verified so far */
	struct h32 head;
};

/* Looks once.  An error is of this machine: what is found out about a chain
 * or its server is told, and stands in w. */
MUST_USE enum err watch_chain_look(const struct watch *w,
    struct watch_chain *ch);

#endif
