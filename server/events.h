/* SPDX-License-Identifier: ISC */
#ifndef EVENTS_H
#define EVENTS_H

#include "stream.h"

struct server;

/*
 * Event streams: whoever watches a chain, or all public ones, hears of each
 * entry.  A watcher costs a cursor; what is sent to many is made once.  One
 * thread makes it, with a connection of its own.
 */
struct events;

MUST_USE enum err events_start(struct server *s, struct events **e);
/* Ends every stream, also of those who come later. */
void events_stop(struct events *e);
/* Once it has stopped, and nobody calls the functions below any more. */
void events_free(struct events *e);

/* From any thread, never blocks.  NULL: any chain may have moved. */
void events_moved(struct events *e, const struct h32 *chain);

/* The same of a chain to which something happened that is no entry. */
void events_happened(struct events *e, const struct h32 *chain);

/* Entries have their place among those of all chains: sequence.h. */
void events_placed(struct events *e);

/* What a watcher wants. */
struct events_wish {
	const struct h32 *chain; /* NULL: all public chains */
	/* The first that it wants: a chain's seq, else a number among the
	 * entries of all public chains. */
	uint64_t from;
	uint64_t seconds; /* the stream ends after so many; 0: it does not */
};
/* A stream for the reply to q, from a worker or a loop.  ERR_BUSY: too many
 * watch already. */
MUST_USE enum err events_watch(struct events *e, struct req *q,
    const struct events_wish *w, struct stream **s);

#endif
