/* SPDX-License-Identifier: ISC */
#ifndef TELLING_H
#define TELLING_H

#include "db_entry.h"
#include "server.h"
#include "view/view_event.h"

/*
 * Entries of a chain as events: what streams, feeds, calendars, webhooks and
 * mails all tell.  Everything lies in the arena that telling_make was given.
 */
struct telling {
	struct server *server;
	struct db *db;
	struct arena *arena;
	struct db_entry *row; /* from some place before the first wanted one */
	size_t n;
	struct state *st; /* of the chain now; large */
	bool held;        /* a valid revocation of the open stage is at hand */
	bool is_private;
	int64_t org;
	/* The entry that is looked at, and the stage that it is about. */
	struct entry *entry, *stage_entry;
	struct payload payload, stage_payload;
};

MUST_USE enum err telling_make(struct telling *t, struct server *s,
    struct db *db, struct arena *a);
/* The state of a chain, and its entries [from, from+limit) that exist; rows
 * before them are there for telling_event alone. */
MUST_USE enum err telling_look(struct telling *t, const struct h32 *chain,
    uint64_t from, size_t limit);
/* Row i as an event, until the next call. */
MUST_USE enum err telling_event(struct telling *t, size_t i,
    struct view_event_of *v);

/* What is no entry (db_happening.h) as an event, until the next call; it looks
 * at the chain itself. */
MUST_USE enum err telling_happening(struct telling *t, int64_t id,
    struct view_event_of *v);

#endif
