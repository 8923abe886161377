/* SPDX-License-Identifier: ISC */
#include "sched_wait.h"

#include <pthread.h>
#include <stdlib.h>

#include "db_int.h"
#include "system/clock.h"

#define BUCKETS 4096
#define ASK 500     /* chains in one question */
#define TICK_MS 250 /* how late a deadline may be seen */
#define ARENA_FIRST (1 << 20)
#define ARENA_LIMIT (64 << 20)

/* Agents of one bucket wait in a list; a bucket that has to be asked about is
 * marked.  Chain ids are hashes, so buckets are even. */
struct sched_waits {
	struct db *db;
	char *conninfo;
	struct arena *arena;
	pthread_t thread;
	pthread_mutex_t lock;
	pthread_cond_t some;
	bool stop, marked;
	struct sched_wait *bucket[BUCKETS];
	bool mark[BUCKETS];
	/* of the thread alone */
	size_t n;
	struct h32 chain[ASK];
};

static size_t
bucket_of(const struct h32 *chain)
{
	return ((size_t)chain->b[0] << 8 | chain->b[1]) % BUCKETS;
}

static void
mark(struct sched_waits *w, size_t b)
{
	if (!w->bucket[b])
		return;
	w->mark[b] = true;
	if (!w->marked)
		pthread_cond_signal(&w->some);
	w->marked = true;
}

void
sched_waits_add(struct sched_waits *w, struct sched_wait *one)
{
	size_t b = bucket_of(&one->chain);
	bool late;

	pthread_mutex_lock(&w->lock);
	late = w->stop;
	if (!late) {
		one->next = w->bucket[b];
		w->bucket[b] = one;
		mark(w, b);
	}
	pthread_mutex_unlock(&w->lock);
	if (late)
		one->done(one, OK, NULL, 0);
}

void
sched_waits_moved(struct sched_waits *w, const struct h32 *chain)
{
	pthread_mutex_lock(&w->lock);
	if (chain)
		mark(w, bucket_of(chain));
	for (size_t b = 0; !chain && b < BUCKETS; b++)
		mark(w, b);
	pthread_mutex_unlock(&w->lock);
}

/* Several agents may wait for one chain. */
static bool
gathered(const struct sched_waits *w, size_t from, const struct h32 *chain)
{
	for (size_t i = from; i < w->n; i++)
		if (h32_eq(&w->chain[i], chain))
			return true;
	return false;
}

/* One bucket's chains into the question; false when it has no room. */
static bool
gather_bucket(struct sched_waits *w, size_t b)
{
	size_t before = w->n;

	for (struct sched_wait *i = w->bucket[b]; i; i = i->next) {
		if (gathered(w, before, &i->chain))
			continue;
		if (w->n == ASK) {
			w->n = before;
			return false;
		}
		w->chain[w->n++] = i->chain;
	}
	return true;
}

/* As many marked buckets as fit.  One that alone is more than a question can
 * hold (it never is: ids are hashes) is asked about at its next mark. */
static void
gather(struct sched_waits *w)
{
	w->n = 0;
	w->marked = false;
	for (size_t b = 0; b < BUCKETS; b++) {
		bool alone = w->n == 0;

		if (!w->mark[b])
			continue;
		if (!gather_bucket(w, b) && !alone) {
			w->marked = true;
			return;
		}
		w->mark[b] = false;
	}
}

/* Takes those out of a bucket for whom there is something, or whose time is
 * over; they are answered without the lock. */
static struct sched_wait *
take(struct sched_wait **at, const struct h32 *chain, const uint8_t *pcr0,
    uint64_t now)
{
	struct sched_wait *out = NULL, *i;

	while ((i = *at)) {
		bool is = chain ? h32_eq(&i->chain, chain) &&
				      memcmp(i->pcr0, pcr0, PCR_SIZE) == 0
				: i->deadline <= now;

		if (!is) {
			at = &i->next;
			continue;
		}
		*at = i->next;
		i->next = out;
		out = i;
	}
	return out;
}

static void
answer(struct sched_wait *list, enum err e, const struct db_task *t, size_t n)
{
	while (list) {
		struct sched_wait *next = list->next;

		list->done(list, e, t, n);
		list = next;
	}
}

static bool
alike(const struct db_task *a, const struct db_task *b)
{
	return h32_eq(&a->chain, &b->chain) &&
	       memcmp(a->pcr0, b->pcr0, PCR_SIZE) == 0;
}

/* One agent gets what is its code's; tasks of one chain and code stand
 * together. */
static void
hand_out(struct sched_waits *w, const struct db_task *t, size_t n)
{
	for (size_t i = 0, k; i < n; i = k) {
		struct sched_wait *list;

		for (k = i + 1; k < n && alike(&t[k], &t[i]);)
			k++;
		pthread_mutex_lock(&w->lock);
		list = take(&w->bucket[bucket_of(&t[i].chain)], &t[i].chain,
		    t[i].pcr0, 0);
		pthread_mutex_unlock(&w->lock);
		answer(list, OK, &t[i], k - i);
	}
}

static void
over(struct sched_waits *w, uint64_t now)
{
	for (size_t b = 0; b < BUCKETS; b++) {
		struct sched_wait *list;

		pthread_mutex_lock(&w->lock);
		list = take(&w->bucket[b], NULL, NULL, now);
		pthread_mutex_unlock(&w->lock);
		answer(list, OK, NULL, 0);
	}
}

static enum err
ask(struct sched_waits *w)
{
	struct db_task *t;
	size_t n;

	arena_reset(w->arena);
	TRY(w->db ? OK : db_open(w->conninfo, &w->db));
	TRY(db_task_list(w->db, w->arena, w->chain, w->n, &t, &n));
	hand_out(w, t, n);
	return OK;
}

/* The question failed: its chains are asked about again, a little later. */
static void
again(struct sched_waits *w)
{
	pthread_mutex_lock(&w->lock);
	for (size_t i = 0; i < w->n; i++)
		w->mark[bucket_of(&w->chain[i])] = true;
	w->marked = true;
	if (!w->stop)
		clock_wait(&w->some, &w->lock, TICK_MS);
	pthread_mutex_unlock(&w->lock);
}

static void *
run(void *ctx)
{
	struct sched_waits *w = ctx;
	uint64_t ticked = 0;
	bool stop;

	do {
		uint64_t now;

		pthread_mutex_lock(&w->lock);
		if (!w->marked && !w->stop)
			clock_wait(&w->some, &w->lock, TICK_MS);
		gather(w);
		stop = w->stop;
		pthread_mutex_unlock(&w->lock);
		if (w->n && !stop && ask(w) != OK)
			again(w);
		now = clock_unix_ms();
		if (now - ticked >= TICK_MS || stop)
			over(w, stop ? UINT64_MAX : (ticked = now));
	} while (!stop);
	return NULL;
}

void
sched_waits_free(struct sched_waits *w)
{
	db_close(w->db);
	pthread_mutex_destroy(&w->lock);
	pthread_cond_destroy(&w->some);
	arena_free(w->arena);
	free(w->conninfo);
	free(w);
}

enum err
sched_waits_start(const char *conninfo, struct sched_waits **out)
{
	struct sched_waits *w = calloc(1, sizeof *w);

	if (!w)
		return ERR_OUT_OF_MEMORY;
	w->conninfo = strdup(conninfo);
	w->arena = arena_make(ARENA_FIRST, ARENA_LIMIT);
	pthread_mutex_init(&w->lock, NULL);
	clock_cond_init(&w->some);
	if (!w->conninfo || !w->arena ||
	    pthread_create(&w->thread, NULL, run, w) != 0) {
		sched_waits_free(w);
		return ERR_OUT_OF_MEMORY;
	}
	*out = w;
	return OK;
}

void
sched_waits_stop(struct sched_waits *w)
{
	pthread_mutex_lock(&w->lock);
	w->stop = true;
	pthread_cond_signal(&w->some);
	pthread_mutex_unlock(&w->lock);
	pthread_join(w->thread, NULL);
}
