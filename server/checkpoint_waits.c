/* SPDX-License-Identifier: ISC */
#include "checkpoint_waits.h"

#include <stdlib.h>

#include "db_checkpoint.h"
#include "system/clock.h"

#define LOOK_MS 50
#define ASK 500 /* chains in one question */
#define ARENA_FIRST ((size_t)1 << 18)
#define ARENA_LIMIT ((size_t)32 << 20)

struct checkpoint_waits {
	struct db *db;
	char *conninfo;
	struct arena *arena;
	pthread_t thread;
	pthread_mutex_t lock;
	pthread_cond_t some;
	bool running, stop;
	struct checkpoint_wait *first, **last;
	struct checkpoint_wait *asked; /* of the thread: about whom it asks */
};

enum err
checkpoint_waits_make(const char *conninfo, struct checkpoint_waits **out)
{
	struct checkpoint_waits *w = calloc(1, sizeof *w);

	*out = NULL;
	if (!w)
		return ERR_OUT_OF_MEMORY;
	pthread_mutex_init(&w->lock, NULL);
	clock_cond_init(&w->some);
	w->last = &w->first;
	w->conninfo = strdup(conninfo);
	w->arena = arena_make(ARENA_FIRST, ARENA_LIMIT);
	if (!w->conninfo || !w->arena) {
		checkpoint_waits_free(w);
		return ERR_OUT_OF_MEMORY;
	}
	*out = w;
	return OK;
}

void
checkpoint_waits_free(struct checkpoint_waits *w)
{
	if (!w)
		return;
	db_close(w->db);
	arena_free(w->arena);
	free(w->conninfo);
	pthread_cond_destroy(&w->some);
	pthread_mutex_destroy(&w->lock);
	free(w);
}

/* Under the lock: behind all others. */
static void
append(struct checkpoint_waits *w, struct checkpoint_wait *one)
{
	one->next = NULL;
	*w->last = one;
	w->last = &one->next;
}

void
checkpoint_waits_add(struct checkpoint_waits *w, struct checkpoint_wait *one)
{
	bool late;

	pthread_mutex_lock(&w->lock);
	late = w->stop;
	if (!late) {
		append(w, one);
		pthread_cond_signal(&w->some);
	}
	pthread_mutex_unlock(&w->lock);
	if (late)
		one->done(one, ERR_WITNESSES_WAIT, NULL);
}

/* Takes those who wait longest, so that however many there are, all of them
 * are asked about in turn. */
static size_t
gather(struct checkpoint_waits *w, struct h32 chain[ASK])
{
	struct checkpoint_wait **end = &w->first;
	size_t n = 0;

	pthread_mutex_lock(&w->lock);
	if (!w->first && !w->stop)
		pthread_cond_wait(&w->some, &w->lock);
	for (; *end && n < ASK; end = &(*end)->next)
		chain[n++] = (*end)->chain;
	w->asked = n ? w->first : NULL;
	if (n) {
		w->first = *end;
		*end = NULL;
		if (!w->first)
			w->last = &w->first;
	}
	pthread_mutex_unlock(&w->lock);
	return n;
}

static const struct db_checkpoint *
find(const struct db_checkpoint *c, size_t n, const struct h32 *chain)
{
	for (size_t i = 0; i < n; i++)
		if (h32_eq(&c[i].chain, chain))
			return &c[i];
	return NULL;
}

static bool
fits(const struct db_checkpoint *row, const struct checkpoint_wait *w)
{
	return row && row->size >= w->size && row->witnessed >= w->since;
}

/* Under the lock: sets those who have what they wait for, or whose time is
 * over, apart; the others wait on. */
static struct checkpoint_wait *
sort_out(struct checkpoint_waits *w, const struct db_checkpoint *c, size_t n)
{
	struct checkpoint_wait *out = NULL, *next;
	uint64_t now = clock_unix_ms();

	for (struct checkpoint_wait *i = w->asked; i; i = next) {
		next = i->next;
		if (!fits(find(c, n, &i->chain), i) && i->deadline > now &&
		    !w->stop) {
			append(w, i);
			continue;
		}
		i->next = out;
		out = i;
	}
	w->asked = NULL;
	return out;
}

static void
answer(struct checkpoint_waits *w, const struct db_checkpoint *c, size_t n)
{
	struct checkpoint_wait *out, *i;

	pthread_mutex_lock(&w->lock);
	out = sort_out(w, c, n);
	pthread_mutex_unlock(&w->lock);
	while ((i = out)) {
		const struct db_checkpoint *row = find(c, n, &i->chain);

		out = i->next;
		i->done(i, fits(row, i) ? OK : ERR_WITNESSES_WAIT, row);
	}
}

static enum err
ask(struct checkpoint_waits *w, const struct h32 *chain, size_t n)
{
	struct db_checkpoint *c;
	size_t found;

	arena_reset(w->arena);
	TRY(w->db ? OK : db_open(w->conninfo, &w->db));
	TRY(db_checkpoint_list(w->db, w->arena, chain, n, &c, &found));
	answer(w, c, found);
	return OK;
}

static bool
rest(struct checkpoint_waits *w)
{
	bool go;

	pthread_mutex_lock(&w->lock);
	if (!w->stop)
		clock_wait(&w->some, &w->lock, LOOK_MS);
	go = !w->stop;
	pthread_mutex_unlock(&w->lock);
	return go;
}

static void *
run(void *ctx)
{
	struct checkpoint_waits *w = ctx;
	struct h32 chain[ASK];
	size_t n;

	do {
		n = gather(w, chain);
		if (n && ask(w, chain, n) != OK)
			answer(w, NULL, 0);
	} while (rest(w));
	while (gather(w, chain))
		answer(w, NULL, 0);
	return NULL;
}

enum err
checkpoint_waits_start(struct checkpoint_waits *w)
{
	w->running = pthread_create(&w->thread, NULL, run, w) == 0;
	return w->running ? OK : ERR_INTERNAL;
}

void
checkpoint_waits_stop(struct checkpoint_waits *w)
{
	if (!w)
		return;
	pthread_mutex_lock(&w->lock);
	w->stop = true;
	pthread_cond_signal(&w->some);
	pthread_mutex_unlock(&w->lock);
	if (w->running)
		pthread_join(w->thread, NULL);
	w->running = false;
}
