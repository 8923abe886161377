/* SPDX-License-Identifier: ISC */
#include "sched.h"

#include <pthread.h>
#include <stdatomic.h>
#include <stdlib.h>

#include "db_draft.h"
#include "db_idempotency.h"
#include "metrics.h"
#include "sched_wait.h"
#include "server.h"
#include "system/clock.h"

#define BATCH 1000
#define LOOK_MS 200    /* between looks for what became due */
#define CLEAN_MS 10000 /* between looks for what is void */
#define ARENA_FIRST (4 << 20)
#define ARENA_LIMIT (256 << 20)

struct sched {
	struct server *server;
	struct sched_waits *waits;
	pthread_t thread;
	pthread_mutex_t lock;
	pthread_cond_t some;
	atomic_bool stop;
	_Atomic uint64_t looked; /* steady ms of the last look that succeeded */
};

static enum err
plan(struct db_task_due *d, size_t n, struct state *st)
{
	uint64_t now = clock_unix_ms();

	for (size_t i = 0; i < n; i++) {
		TRY(state_decode(d[i].state, st));
		TRY(agenda_of(st, now, &d[i].agenda));
	}
	return OK;
}

static enum err
batch(struct db *db, struct arena *a, struct state *st, struct db_task_due **d,
    size_t *n, uint64_t *made)
{
	*made = 0;
	TRY(db_task_due(db, a, BATCH, d, n));
	if (*n == 0)
		return OK;
	TRY(plan(*d, *n, st));
	return db_task_make(db, *d, *n, made);
}

/* One batch in one transaction. */
static enum err
turn(struct db *db, struct arena *a, struct state *st, struct db_task_due **d,
    size_t *n, uint64_t *made)
{
	enum err e;

	arena_reset(a);
	TRY(db_begin(db));
	e = batch(db, a, st, d, n, made);
	if (e == OK)
		return db_commit(db);
	db_rollback(db);
	return e;
}

/* Everything that is due, in batches; agents that wait for it are told. */
static enum err
look(struct sched *sc, struct db *db, struct arena *a, struct state *st)
{
	struct db_task_due *d;
	uint64_t made;
	size_t n;

	do {
		TRY(turn(db, a, st, &d, &n, &made));
		metrics_add(sc->server->metrics, METRIC_TASKS, (int64_t)made);
		for (size_t i = 0; i < n; i++)
			sched_moved(sc, &d[i].chain);
	} while (n == BATCH && !sc->stop);
	atomic_store(&sc->looked, clock_steady_ms());
	return OK;
}

static enum err
clean(struct sched *sc, struct db *db)
{
	uint64_t n;

	do
		TRY(db_task_void(db, BATCH, &n));
	while (n == BATCH && !sc->stop);
	TRY(db_draft_expire(db));
	return db_idempotency_expire(db);
}

/* False when it is time to stop. */
static bool
rest(struct sched *sc)
{
	bool go;

	pthread_mutex_lock(&sc->lock);
	if (!sc->stop)
		clock_wait(&sc->some, &sc->lock, LOOK_MS);
	go = !sc->stop;
	pthread_mutex_unlock(&sc->lock);
	return go;
}

static void
work(struct sched *sc, struct db *db, struct arena *a, struct state *st)
{
	uint64_t cleaned = 0;

	do {
		uint64_t now = clock_steady_ms();

		if (look(sc, db, a, st) != OK || now - cleaned < CLEAN_MS)
			continue;
		(void)clean(sc, db);
		cleaned = now;
	} while (rest(sc));
}

static void *
run(void *ctx)
{
	struct sched *sc = ctx;
	struct arena *a = arena_make(ARENA_FIRST, ARENA_LIMIT);
	struct state *st = malloc(sizeof *st);
	struct db *db = NULL;

	while (a && st && db_open(sc->server->settings.database, &db) != OK)
		if (!rest(sc))
			break;
	if (db)
		work(sc, db, a, st);
	db_close(db);
	arena_free(a);
	free(st);
	return NULL;
}

enum err
sched_start(struct server *s, struct sched **out)
{
	struct sched *sc = calloc(1, sizeof *sc);
	enum err e;

	if (!sc)
		return ERR_OUT_OF_MEMORY;
	sc->server = s;
	atomic_init(&sc->looked, clock_steady_ms());
	pthread_mutex_init(&sc->lock, NULL);
	clock_cond_init(&sc->some);
	e = sched_waits_start(s->settings.database, &sc->waits);
	if (e == OK && pthread_create(&sc->thread, NULL, run, sc) != 0) {
		sched_waits_stop(sc->waits);
		sched_waits_free(sc->waits);
		e = ERR_INTERNAL;
	}
	if (e != OK) {
		free(sc);
		return e;
	}
	*out = sc;
	return OK;
}

void
sched_stop(struct sched *sc)
{
	if (!sc)
		return;
	pthread_mutex_lock(&sc->lock);
	sc->stop = true;
	pthread_cond_signal(&sc->some);
	pthread_mutex_unlock(&sc->lock);
	pthread_join(sc->thread, NULL);
	sched_waits_stop(sc->waits);
}

void
sched_free(struct sched *sc)
{
	if (!sc)
		return;
	sched_waits_free(sc->waits);
	pthread_mutex_destroy(&sc->lock);
	pthread_cond_destroy(&sc->some);
	free(sc);
}

void
sched_wait(struct sched *sc, struct sched_wait *w)
{
	sched_waits_add(sc->waits, w);
}

void
sched_moved(struct sched *sc, const struct h32 *chain)
{
	sched_waits_moved(sc->waits, chain);
}

uint64_t
sched_lag(struct sched *sc)
{
	return clock_steady_ms() - atomic_load(&sc->looked);
}
