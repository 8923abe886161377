/* SPDX-License-Identifier: ISC */
#ifndef TELLING_H
#define TELLING_H

#include "db_entry.h"
#include "db_revocation.h"
#include "server.h"
#include "view/view_event.h"

/*
 * Entries of a chain as events: what streams, feeds, calendars, webhooks and
 * mails all tell, the same bytes whenever they tell it.  What it looks at lies
 * in an arena of its own until it looks at something else, so that what many
 * chains need is no more than what one needs.
 */
struct telling {
	struct server *server;
	struct db *db;
	struct arena *arena;  /* its own */
	struct db_entry *row; /* from some place before the first wanted one */
	size_t n;
	struct state *st; /* of the chain now; large */
	struct state *at; /* as it was when what is told happened */
	bool reached;     /* at is of this chain, before the rows or later */
	/* Revocations at hand of the stage that stood open then. */
	struct h32 held_of;
	struct db_revocation *held;
	size_t held_n;
	bool is_private;
	int64_t org;
	/* The entry that is looked at, the stage that it is about, and one that
	 * is passed on the way. */
	struct entry *entry, *stage_entry, *passed;
	struct payload payload, stage_payload;
};

/* TELLING_AUTO t = { 0 } is released as it goes out of scope; a has room for it
 * until then. */
MUST_USE enum err telling_make(struct telling *t, struct server *s,
    struct db *db, struct arena *a);
void telling_free(struct telling *t);
#define TELLING_AUTO __attribute__((cleanup(telling_free))) struct telling
/* The state of a chain, and its entries [from, from+limit) that exist; rows
 * before them are there for telling_event alone. */
MUST_USE enum err telling_look(struct telling *t, const struct h32 *chain,
    uint64_t from, size_t limit);
/* Row i as an event, until the next call; i never falls. */
MUST_USE enum err telling_event(struct telling *t, size_t i,
    struct view_event_of *v);

/* What is no entry (db_happening.h) as an event, until the next call; it looks
 * at the chain itself. */
MUST_USE enum err telling_happening(struct telling *t, int64_t id,
    struct view_event_of *v);

#endif
