/* SPDX-License-Identifier: ISC */
#include "sequence.h"

#include <poll.h>
#include <pthread.h>
#include <stdlib.h>

#include "db_event.h"
#include "deliver.h"
#include "events.h"
#include "system/clock.h"

#define GATHER_MS 15
#define GATHERED_MAX 4096
#define LOOK_MS 60000 /* between looks for what nobody heard of */
#define LOOK_MAX 20000
#define AGAIN_MS 1000
#define ARENA_FIRST ((size_t)64 << 10)
#define ARENA_LIMIT ((size_t)16 << 20)

struct sequence {
	struct server *server;
	pthread_t thread;
	pthread_mutex_t lock;
	pthread_cond_t some;
	bool stop, everything;
	size_t n;
	struct h32 chain[GATHERED_MAX];
	/* of the thread alone */
	struct db *db;
	struct arena *arena;
	struct h32 copy[GATHERED_MAX];
};

void
sequence_moved(struct sequence *q, const struct h32 *chain)
{
	if (!q)
		return;
	pthread_mutex_lock(&q->lock);
	if (q->n == 0 && !q->everything)
		pthread_cond_signal(&q->some);
	if (chain && q->n < GATHERED_MAX)
		q->chain[q->n++] = *chain;
	else
		q->everything = true;
	pthread_mutex_unlock(&q->lock);
}

static enum err
place(struct sequence *q, const struct h32 *chain, size_t n)
{
	bool some = false;

	if (n == 0)
		return OK;
	TRY(db_event_place(q->db, chain, n, &some));
	/* Another server may have done it a moment ago. */
	events_placed(q->server->events);
	if (some)
		deliver_wake(q->server->deliver);
	return OK;
}

/* Whatever has no place yet, some at a time. */
static enum err
look(struct sequence *q)
{
	struct h32 *chain;
	size_t n;

	do {
		arena_reset(q->arena);
		TRY(db_event_missing(q->db, q->arena, LOOK_MAX, &chain, &n));
		for (size_t i = 0; i < n; i += GATHERED_MAX) {
			size_t some =
			    n - i < GATHERED_MAX ? n - i : GATHERED_MAX;

			TRY(place(q, &chain[i], some));
		}
	} while (n == LOOK_MAX);
	return OK;
}

static enum err
work(struct sequence *q, bool everything, size_t n)
{
	TRY(q->db ? OK : db_open(q->server->settings.database, &q->db));
	TRY(place(q, q->copy, n));
	return everything ? look(q) : OK;
}

/* Under the lock.  What fails is looked for later. */
static void
turn(struct sequence *q, uint64_t *looked)
{
	bool everything =
	    q->everything || clock_steady_ms() - *looked >= LOOK_MS;
	size_t n = q->n;
	enum err e;

	memcpy(q->copy, q->chain, n * sizeof q->copy[0]);
	q->n = 0;
	q->everything = false;
	pthread_mutex_unlock(&q->lock);
	e = work(q, everything, n);
	if (e == OK && everything)
		*looked = clock_steady_ms();
	pthread_mutex_lock(&q->lock);
	if (e != OK) {
		q->everything = true;
		if (!q->stop)
			clock_wait(&q->some, &q->lock, AGAIN_MS);
	}
}

static void *
run(void *ctx)
{
	struct sequence *q = ctx;
	uint64_t looked = 0;

	pthread_mutex_lock(&q->lock);
	q->everything = true;
	while (!q->stop) {
		turn(q, &looked);
		if (!q->stop && q->n == 0 && !q->everything)
			clock_wait(&q->some, &q->lock, LOOK_MS);
		/* More of them are on their way, most likely. */
		if (!q->stop && q->n) {
			pthread_mutex_unlock(&q->lock);
			poll(NULL, 0, GATHER_MS);
			pthread_mutex_lock(&q->lock);
		}
	}
	pthread_mutex_unlock(&q->lock);
	return NULL;
}

static void
sequence_free(struct sequence *q)
{
	db_close(q->db);
	arena_free(q->arena);
	pthread_cond_destroy(&q->some);
	pthread_mutex_destroy(&q->lock);
	free(q);
}

enum err
sequence_start(struct server *s, struct sequence **out)
{
	struct sequence *q = calloc(1, sizeof *q);

	if (!q)
		return ERR_OUT_OF_MEMORY;
	q->server = s;
	q->arena = arena_make(ARENA_FIRST, ARENA_LIMIT);
	pthread_mutex_init(&q->lock, NULL);
	clock_cond_init(&q->some);
	if (!q->arena || pthread_create(&q->thread, NULL, run, q) != 0) {
		sequence_free(q);
		return ERR_OUT_OF_MEMORY;
	}
	*out = q;
	return OK;
}

void
sequence_stop(struct sequence *q)
{
	if (!q)
		return;
	pthread_mutex_lock(&q->lock);
	q->stop = true;
	pthread_cond_signal(&q->some);
	pthread_mutex_unlock(&q->lock);
	pthread_join(q->thread, NULL);
	sequence_free(q);
}
