/* SPDX-License-Identifier: ISC */
#include <stdlib.h>

#include "blob.h"
#include "events_int.h"
#include "log.h"
#include "system/clock.h"

#define TICK_MS 1000
#define BEAT_MS 15000 /* of silence, before a reader is given a comment */
#define SPREAD_MS \
	4096 /* by so much they differ, so that not all come at once */
#define TURN_PAGES 4
#define ARENA_FIRST ((size_t)256 << 10)
#define ARENA_LIMIT ((size_t)32 << 20)

struct events_topic **
events_bucket(struct events *e, const struct h32 *chain)
{
	return &e->bucket[((size_t)chain->b[0] << 8 | chain->b[1]) %
			  EVENTS_BUCKETS];
}

void
events_queue(struct events *e, struct events_topic *t)
{
	if (t->queued)
		return;
	t->queued = true;
	t->next = NULL;
	*e->last = t;
	e->last = &t->next;
	pthread_cond_signal(&e->some);
}

void
events_leave(struct events *e, struct events_topic *t)
{
	struct events_topic **at;

	if (t->n || t->queued || t->held || t->all)
		return;
	at = events_bucket(e, &t->chain);
	while (*at != t)
		at = &(*at)->same;
	*at = t->same;
	blob_drop(t->page);
	blob_drop(t->note);
	free(t);
}

static void
topic_moved(struct events *e, struct events_topic *t)
{
	t->moved = true;
	if (t->n)
		events_queue(e, t);
}

void
events_moved(struct events *e, const struct h32 *chain)
{
	if (!e)
		return;
	pthread_mutex_lock(&e->lock);
	if (chain) {
		struct events_topic *t = *events_bucket(e, chain);

		for (; t; t = t->same)
			if (h32_eq(&t->chain, chain))
				topic_moved(e, t);
	} else {
		for (size_t b = 0; b < EVENTS_BUCKETS; b++)
			for (struct events_topic *t = e->bucket[b]; t;
			     t = t->same)
				topic_moved(e, t);
	}
	pthread_mutex_unlock(&e->lock);
}

void
events_happened(struct events *e, const struct h32 *chain)
{
	if (!e)
		return;
	events_moved(e, chain);
	events_placed(e);
}

void
events_placed(struct events *e)
{
	pthread_mutex_lock(&e->lock);
	topic_moved(e, &e->all);
	pthread_mutex_unlock(&e->lock);
}

/* Under the lock: somebody waits for what is there already; *note: for what is
 * no entry, which comes first.  Those who are up to date come before those who
 * catch up. */
static struct events_watcher *
waits(const struct events_topic *t, bool *note)
{
	struct events_watcher *best = NULL;

	for (struct events_watcher *w = t->watchers; w; w = w->next) {
		*note = !w->page && w->told <= t->last;
		if (*note)
			return w;
		if (!w->page && w->from < t->head &&
		    (!best || w->from > best->from))
			best = w;
	}
	return best;
}

/* Under the lock: everybody for whom the last page is. */
static void
hand_out(struct events_topic *t)
{
	for (struct events_watcher *w = t->watchers; w; w = w->next) {
		if (w->page)
			continue;
		events_watch_feed(w);
		if (w->page)
			http_stream_wake(&w->stream);
	}
}

/* Under the lock, which it lets go while it works. */
static enum err
make_page(struct events *e, struct events_topic *t, uint64_t from)
{
	struct blob *page = NULL, *old;
	uint64_t next = from;
	enum err err;

	pthread_mutex_unlock(&e->lock);
	err = events_page(e, t, from, &page, &next);
	pthread_mutex_lock(&e->lock);
	if (err != OK)
		return err;
	old = t->page;
	t->page = page;
	t->page_from = from;
	t->page_next = next;
	blob_drop(old);
	return OK;
}

/* The same for what is no entry. */
static enum err
make_note(struct events *e, struct events_topic *t, int64_t from)
{
	struct blob *note = NULL;
	int64_t next = from;
	enum err err;

	pthread_mutex_unlock(&e->lock);
	err = events_page_note(e, t, from, &note, &next);
	pthread_mutex_lock(&e->lock);
	if (err != OK)
		return err;
	blob_drop(t->note);
	t->note = note;
	t->note_from = from;
	t->note_next = next;
	return OK;
}

/* Under the lock: the database is an older one than it was, and what happens
 * from now on has numbers that were heard before. */
static void
begin_anew(struct events_topic *t)
{
	t->note_next = 0;
	for (struct events_watcher *w = t->watchers; w; w = w->next)
		w->told = 0;
}

static enum err
look(struct events *e, struct events_topic *t)
{
	uint64_t head = 0;
	int64_t last = 0;
	enum err err;

	t->moved = false;
	pthread_mutex_unlock(&e->lock);
	err = events_page_head(e, t, &head, &last);
	pthread_mutex_lock(&e->lock);
	if (err != OK) {
		t->moved = true;
		return err;
	}
	if (last < t->last)
		begin_anew(t);
	/* Who comes now is told of what still holds, not of what came since
	 * somebody else was. */
	if (last > t->last && t->note_from == 0)
		t->note_next = 0;
	t->head = head;
	t->last = last;
	return OK;
}

/* Under the lock: what w waits for. */
static enum err
make_some(struct events *e, struct events_topic *t,
    const struct events_watcher *w, bool note)
{
	if (note)
		return t->note_next && t->note_from == w->told
			   ? OK
			   : make_note(e, t, w->told);
	return t->page && t->page_from == w->from ? OK
						  : make_page(e, t, w->from);
}

/* Under the lock: what somebody waits for, some pages of it; then it is others'
 * turn. */
static enum err
attend(struct events *e, struct events_topic *t)
{
	const struct events_watcher *w = NULL;
	bool note;

	if (t->moved)
		TRY(look(e, t));
	for (int i = 0; i < TURN_PAGES && !e->stop && (w = waits(t, &note));
	     i++) {
		TRY(make_some(e, t, w, note));
		hand_out(t);
	}
	if (w && waits(t, &note))
		events_queue(e, t);
	return OK;
}

/* Under the lock: the first in the queue, or NULL. */
static struct events_topic *
take_first(struct events *e)
{
	struct events_topic *t = e->queue;

	if (!t)
		return NULL;
	e->queue = t->next;
	if (!e->queue)
		e->last = &e->queue;
	t->queued = false;
	return t;
}

/* Under the lock.  What fails, for the database is away, waits for a tick. */
static void
work(struct events *e)
{
	struct events_topic *again = NULL, *t;

	while (!e->stop && (t = take_first(e))) {
		enum err err;

		t->held = true;
		err = attend(e, t);
		t->held = false;
		if (err == OK) {
			events_leave(e, t);
			continue;
		}
		log_event(LOG_LEVEL_WARNING, NULL, "events wait",
		    LOG_TEXT("code", err_code(err)));
		if (!t->queued) {
			t->queued = true;
			t->next = again;
			again = t;
		}
	}
	while ((t = again)) {
		again = t->next;
		t->queued = false;
		events_queue(e, t);
	}
}

static uint64_t
spread(const struct events_watcher *w)
{
	return (uintptr_t)w / 64 % SPREAD_MS;
}

static void
beat(struct events_topic *t, uint64_t now)
{
	for (struct events_watcher *w = t->watchers; w; w = w->next) {
		bool silent = now - w->spoke >= BEAT_MS - spread(w);

		if (w->page || (!silent && (!w->ends || w->ends > now)))
			continue;
		w->beat = silent;
		http_stream_wake(&w->stream);
	}
}

static void
beat_all(struct events *e, uint64_t now)
{
	beat(&e->all, now);
	for (size_t b = 0; b < EVENTS_BUCKETS; b++)
		for (struct events_topic *t = e->bucket[b]; t; t = t->same)
			beat(t, now);
}

static void *
run(void *ctx)
{
	struct events *e = ctx;
	uint64_t ticked = 0;

	pthread_mutex_lock(&e->lock);
	while (!e->stop) {
		uint64_t now = clock_steady_ms();

		if (now - ticked >= TICK_MS) {
			beat_all(e, now);
			ticked = now;
		}
		/* What failed waits for the next tick. */
		clock_wait(&e->some, &e->lock, TICK_MS - (now - ticked));
		work(e);
	}
	pthread_mutex_unlock(&e->lock);
	return NULL;
}

enum err
events_start(struct server *s, struct events **out)
{
	struct events *e = calloc(1, sizeof *e);

	if (!e)
		return ERR_OUT_OF_MEMORY;
	e->server = s;
	e->last = &e->queue;
	e->all.all = e->all.moved = true;
	/* Others must still find a place. */
	e->max = s->settings.max_connections / 4 * 3;
	pthread_mutex_init(&e->lock, NULL);
	clock_cond_init(&e->some);
	e->arena = arena_make(ARENA_FIRST, ARENA_LIMIT);
	if (!e->arena || pthread_create(&e->thread, NULL, run, e) != 0) {
		events_free(e);
		return ERR_OUT_OF_MEMORY;
	}
	*out = e;
	return OK;
}

void
events_stop(struct events *e)
{
	if (!e)
		return;
	pthread_mutex_lock(&e->lock);
	e->stop = true;
	pthread_cond_signal(&e->some);
	for (struct events_watcher *w = e->all.watchers; w; w = w->next)
		http_stream_wake(&w->stream);
	for (size_t b = 0; b < EVENTS_BUCKETS; b++)
		for (struct events_topic *t = e->bucket[b]; t; t = t->same)
			for (struct events_watcher *w = t->watchers; w;
			     w = w->next)
				http_stream_wake(&w->stream);
	pthread_mutex_unlock(&e->lock);
	pthread_join(e->thread, NULL);
}

static void
topic_drop(struct events_topic *t)
{
	blob_drop(t->page);
	blob_drop(t->note);
	free(t);
}

void
events_free(struct events *e)
{
	if (!e)
		return;
	for (size_t b = 0; b < EVENTS_BUCKETS; b++)
		while (e->bucket[b]) {
			struct events_topic *t = e->bucket[b];

			e->bucket[b] = t->same;
			topic_drop(t);
		}
	blob_drop(e->all.page);
	blob_drop(e->all.note);
	db_close(e->db);
	arena_free(e->arena);
	pthread_cond_destroy(&e->some);
	pthread_mutex_destroy(&e->lock);
	free(e);
}
