/* SPDX-License-Identifier: ISC */
#include "lane.h"

#include <pthread.h>
#include <stdlib.h>

struct slot {
	size_t n;
	unsigned what;
	uint8_t *p;
};

struct lanes {
	pthread_mutex_t lock;
	pthread_cond_t given, taken;
	struct slot slot[LANE_SLOTS];
	uint64_t head;           /* pieces given so far */
	uint64_t tail[LANE_MAX]; /* pieces that the lane is done with */
	bool end, failed;
	size_t n, started;
	struct lane lane[LANE_MAX];
	pthread_t thread[LANE_MAX];
	struct start {
		struct lanes *l;
		size_t i;
	} start[LANE_MAX];
	uint8_t *memory;
};

static uint64_t
slowest(const struct lanes *l)
{
	uint64_t t = l->head;

	for (size_t i = 0; i < l->started; i++)
		if (l->tail[i] < t)
			t = l->tail[i];
	return t;
}

static void *
work(void *arg)
{
	struct start *s = arg;
	struct lanes *l = s->l;
	struct lane *lane = &l->lane[s->i];
	uint64_t *tail = &l->tail[s->i];
	bool good = true;

	(void)pthread_mutex_lock(&l->lock);
	for (;;) {
		struct slot *p;

		while (*tail == l->head && !l->end)
			(void)pthread_cond_wait(&l->given, &l->lock);
		if (*tail == l->head)
			break;
		p = &l->slot[*tail % LANE_SLOTS];
		(void)pthread_mutex_unlock(&l->lock);
		good =
		    good && lane->run(lane->ctx, span_of(p->p, p->n), p->what);
		(void)pthread_mutex_lock(&l->lock);
		++*tail;
		(void)pthread_cond_signal(&l->taken);
	}
	l->failed = l->failed || !good;
	(void)pthread_mutex_unlock(&l->lock);
	return NULL;
}

enum err
lane_open(struct lanes **out, const struct lane *lane, size_t n, bool threads)
{
	struct lanes *l = calloc(1, sizeof *l);

	*out = NULL;
	if (l == NULL || n > LANE_MAX ||
	    (l->memory = malloc(LANE_SLOTS * LANE_SLOT)) == NULL) {
		free(l);
		return ERR_OUT_OF_MEMORY;
	}
	for (size_t i = 0; i < LANE_SLOTS; i++)
		l->slot[i].p = l->memory + i * LANE_SLOT;
	l->n = n;
	memcpy(l->lane, lane, n * sizeof *lane);
	(void)pthread_mutex_init(&l->lock, NULL);
	(void)pthread_cond_init(&l->given, NULL);
	(void)pthread_cond_init(&l->taken, NULL);
	*out = l;
	for (size_t i = 0; threads && i < n; i++) {
		l->start[i] = (struct start){ l, i };
		if (pthread_create(&l->thread[i], NULL, work, &l->start[i]) !=
		    0)
			break; /* lane_give runs those that have no thread */
		(void)pthread_mutex_lock(&l->lock);
		l->started++;
		(void)pthread_mutex_unlock(&l->lock);
	}
	return OK;
}

uint8_t *
lane_buffer(struct lanes *l)
{
	uint8_t *p;

	(void)pthread_mutex_lock(&l->lock);
	while (l->head - slowest(l) >= LANE_SLOTS)
		(void)pthread_cond_wait(&l->taken, &l->lock);
	p = l->slot[l->head % LANE_SLOTS].p;
	(void)pthread_mutex_unlock(&l->lock);
	return p;
}

void
lane_give(struct lanes *l, size_t n, unsigned what)
{
	struct slot *s = &l->slot[l->head % LANE_SLOTS];

	s->n = n;
	s->what = what;
	for (size_t i = l->started; i < l->n; i++)
		if (!l->lane[i].run(l->lane[i].ctx, span_of(s->p, n), what))
			l->failed = true;
	(void)pthread_mutex_lock(&l->lock);
	l->head++;
	(void)pthread_cond_broadcast(&l->given);
	(void)pthread_mutex_unlock(&l->lock);
}

enum err
lane_close(struct lanes *l)
{
	bool failed;

	(void)pthread_mutex_lock(&l->lock);
	l->end = true;
	(void)pthread_cond_broadcast(&l->given);
	(void)pthread_mutex_unlock(&l->lock);
	for (size_t i = 0; i < l->started; i++)
		(void)pthread_join(l->thread[i], NULL);
	failed = l->failed;
	(void)pthread_mutex_destroy(&l->lock);
	(void)pthread_cond_destroy(&l->given);
	(void)pthread_cond_destroy(&l->taken);
	free(l->memory);
	free(l);
	return failed ? ERR_CRYPTO : OK;
}
