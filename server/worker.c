/* SPDX-License-Identifier: ISC */
#include "worker.h"

#include <pthread.h>
#include <stdlib.h>

#include "system/clock.h"

#define AGAIN_MS 200

struct queue {
	struct worker_job *first, **last;
	unsigned n;
	unsigned running, share; /* threads: now, at most */
};

struct workers {
	char *conninfo;
	pthread_mutex_t lock;
	pthread_cond_t some;
	struct queue queue[WORKER_RANKS];
	unsigned most; /* in each */
	bool stop;
	unsigned n;
	pthread_t thread[];
};

/* What one thread has. */
struct own {
	struct db *db;
	uint64_t again; /* steady ms: not to be tried before */
};

/* Opened late.  While the database is away jobs fail at once instead of
 * waiting for it one by one. */
static struct db *
connection(const struct workers *w, struct own *own)
{
	if (own->db || clock_steady_ms() < own->again)
		return own->db;
	if (db_open(w->conninfo, &own->db) != OK) {
		own->db = NULL;
		own->again = clock_steady_ms() + AGAIN_MS;
	}
	return own->db;
}

static void
put(struct queue *q, struct worker_job *j)
{
	j->next = NULL;
	*q->last = j;
	q->last = &j->next;
	q->n++;
}

static struct worker_job *
first_of(struct queue *q)
{
	struct worker_job *j = q->first;

	q->first = j->next;
	if (!q->first)
		q->last = &q->first;
	q->n--;
	return j;
}

/* The queue that a thread may take from now, or NULL. */
static struct queue *
next_queue(struct workers *w)
{
	for (size_t i = 0; i < WORKER_RANKS; i++) {
		struct queue *q = &w->queue[i];

		if (q->first && q->running < q->share)
			return q;
	}
	return NULL;
}

/* NULL: stopped, and what is left is for the threads that still run. */
static struct queue *
take(struct workers *w, struct worker_job **j)
{
	struct queue *q;

	pthread_mutex_lock(&w->lock);
	while (!(q = next_queue(w)) && !w->stop)
		pthread_cond_wait(&w->some, &w->lock);
	if (q) {
		*j = first_of(q);
		q->running++;
	}
	pthread_mutex_unlock(&w->lock);
	return q;
}

/* Another of its rank may begin. */
static void
over(struct workers *w, struct queue *q)
{
	pthread_mutex_lock(&w->lock);
	q->running--;
	if (q->first)
		pthread_cond_signal(&w->some);
	pthread_mutex_unlock(&w->lock);
}

static void *
work(void *arg)
{
	struct workers *w = arg;
	struct worker_job *j;
	struct queue *q;
	struct own own = { NULL, 0 };

	while ((q = take(w, &j)) != NULL) {
		j->run(j, connection(w, &own));
		over(w, q);
	}
	if (own.db)
		db_close(own.db);
	return NULL;
}

static void
share_out(struct workers *w, unsigned threads)
{
	unsigned few = (threads + 7) / 8;

	for (size_t i = 0; i < WORKER_RANKS; i++)
		w->queue[i].last = &w->queue[i].first;
	w->queue[WORKER_FIRST].share = threads;
	w->queue[WORKER_LOST].share = few;
	w->queue[WORKER_READ].share = threads > 1 ? threads - few : 1;
}

enum err
worker_start(const char *conninfo, unsigned threads, unsigned queue,
    struct workers **out)
{
	struct workers *w = calloc(1, sizeof *w + threads * sizeof(pthread_t));

	*out = w;
	if (!w)
		return ERR_OUT_OF_MEMORY;
	w->conninfo = strdup(conninfo);
	w->most = queue;
	share_out(w, threads);
	pthread_mutex_init(&w->lock, NULL);
	pthread_cond_init(&w->some, NULL);
	while (w->conninfo && w->n < threads &&
	       pthread_create(&w->thread[w->n], NULL, work, w) == 0)
		w->n++;
	if (w->n == threads)
		return OK;
	worker_stop(w);
	*out = NULL;
	return ERR_OUT_OF_MEMORY;
}

enum err
worker_submit(struct workers *w, struct worker_job *j)
{
	struct queue *q = &w->queue[j->rank];
	enum err e = ERR_BUSY;

	pthread_mutex_lock(&w->lock);
	if (q->n < w->most && !w->stop) {
		put(q, j);
		e = OK;
		/* Within the lock: w may end with this job. */
		pthread_cond_signal(&w->some);
	}
	pthread_mutex_unlock(&w->lock);
	return e;
}

void
worker_stop(struct workers *w)
{
	if (!w)
		return;
	pthread_mutex_lock(&w->lock);
	w->stop = true;
	pthread_mutex_unlock(&w->lock);
	pthread_cond_broadcast(&w->some);
	for (unsigned i = 0; i < w->n; i++)
		pthread_join(w->thread[i], NULL);
	pthread_mutex_destroy(&w->lock);
	pthread_cond_destroy(&w->some);
	free(w->conninfo);
	free(w);
}
