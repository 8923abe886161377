/* SPDX-License-Identifier: ISC */
#ifndef EVENTS_INT_H
#define EVENTS_INT_H

#include <pthread.h>

#include "events.h"
#include "server.h"

/* What events.c (topics and their thread), events_watch.c (the streams) and
 * events_page.c (what is sent) share. */

#define EVENTS_BUCKETS 4096

/* Somebody who watches.  All of it under the lock of events. */
struct events_watcher {
	struct stream stream;
	struct events *events;
	struct events_topic *topic;
	struct events_watcher *next, **link;
	/* The first happening that it needs; 0: those that still hold. */
	int64_t told;
	uint64_t from;     /* what it needs once page is read */
	struct blob *page; /* what it reads, from at on; NULL: it waits */
	size_t at;
	uint64_t spoke;   /* when it was last given something, steady ms */
	uint64_t ends;    /* steady ms; 0: never */
	bool greet, beat; /* the first bytes, or a comment, are due */
};

/* What can be watched: a chain, or all public ones. */
struct events_topic {
	struct h32 chain;
	bool all;
	struct events_topic *same; /* next in its bucket */
	struct events_watcher *watchers;
	size_t n;
	/* The last page that was made: its bytes, and from where to where. */
	struct blob *page;
	uint64_t page_from, page_next;
	/* The same of what is no entry (db_happening.h), and has no id in a
	 * stream; note_next 0: none was made.  The page is NULL when nothing
	 * was to be told. */
	struct blob *note;
	int64_t note_from, note_next;
	uint64_t head; /* the number after the last entry that is known */
	int64_t last;  /* the last happening that is known */
	bool moved;    /* the head may be a later one */
	bool queued, held;
	struct events_topic *next; /* in events.queue */
};

struct events {
	struct server *server;
	pthread_t thread;
	pthread_mutex_t lock;
	pthread_cond_t some;
	bool stop;
	size_t n, max;                      /* watchers */
	struct events_topic *queue, **last; /* first come, first served */
	struct events_topic all;
	struct events_topic *bucket[EVENTS_BUCKETS];
	/* of the thread alone */
	struct db *db;
	struct arena *arena;
};

/* Under the lock: where the topic of a chain stands in its list. */
struct events_topic **events_bucket(struct events *e, const struct h32 *chain);
/* Under the lock: the thread looks at t. */
void events_queue(struct events *e, struct events_topic *t);
/* Under the lock: a topic that nobody watches is forgotten. */
void events_leave(struct events *e, struct events_topic *t);

/* Under the lock: w has nothing to read, and takes the topic's last page when
 * that is what it needs. */
void events_watch_feed(struct events_watcher *w);

/* How far t goes: the number after its last event, and its last happening.
 * This and those below on the thread, without the lock. */
MUST_USE enum err events_page_head(struct events *e,
    const struct events_topic *t, uint64_t *head, int64_t *last);
/* Some happenings of t from `from` on, which is not behind its last one, or (0)
 * those that still hold, as they stand in a stream; NULL: none.  And the one
 * to go on from. */
MUST_USE enum err events_page_note(struct events *e,
    const struct events_topic *t, int64_t from, struct blob **note,
    int64_t *next);
/* Some events of t from `from` on, which is below its head, as they stand in a
 * stream, and the number after them. */
MUST_USE enum err events_page(struct events *e, const struct events_topic *t,
    uint64_t from, struct blob **page, uint64_t *next);

#endif
