/* SPDX-License-Identifier: ISC */
#include "check_pool.h"

#include <pthread.h>
#include <stdlib.h>

#include "chain/payload.h"

/* Of all batches together; more threads get smaller ones. */
#define POOL_BYTES (4U << 20)
#define BATCH_LEAST (64U << 10)
#define BATCH_MOST (192U << 10)
#define BATCH_CHECKS 256

struct batch {
	struct batch *next;
	uint64_t first; /* ordinal of check[0] */
	size_t n, used;
	struct check check[BATCH_CHECKS];
	uint8_t bytes[];
};

struct check_pool {
	unsigned threads;
	size_t batch_bytes;
	uint64_t ordinal; /* of the next check */
	struct batch *filling;
	struct span payload, payload_copy; /* the newest in `filling` */
	struct attest_cache cache;         /* without threads */

	pthread_mutex_t lock;
	pthread_cond_t work, done;
	struct batch *spare, *first, **last;
	unsigned running;
	bool end;
	uint64_t worst; /* ordinal of `failure`, or UINT64_MAX */
	struct check_failure failure;

	size_t started;
	pthread_t thread[];
};

static const char *
kind_of(const struct check *k)
{
	static _Thread_local struct payload p;

	if (k->what != CHECK_SIGNATURE)
		return payload_kind_name(KIND_RECEIPT);
	if (payload_decode(k->payload, &p) != OK)
		return NULL;
	return payload_kind_name(p.kind);
}

/* p->lock is held, or there are no threads. */
static void
note(struct check_pool *p, const struct check *k, uint64_t ordinal, enum err e)
{
	if (ordinal >= p->worst)
		return;
	p->worst = ordinal;
	p->failure = (struct check_failure){ e, k->seq, kind_of(k) };
}

/* The rest of a batch means nothing once one of it has failed. */
static void
run(struct check_pool *p, const struct batch *b, struct attest_cache *cache)
{
	for (size_t i = 0; i < b->n; i++) {
		enum err e = check_run(&b->check[i], cache);

		if (e == OK)
			continue;
		pthread_mutex_lock(&p->lock);
		note(p, &b->check[i], b->first + i, e);
		pthread_mutex_unlock(&p->lock);
		return;
	}
}

static struct batch *
take(struct check_pool *p)
{
	struct batch *b;

	while (p->first == NULL && !p->end)
		pthread_cond_wait(&p->work, &p->lock);
	b = p->first;
	if (b == NULL)
		return NULL;
	p->first = b->next;
	if (p->first == NULL)
		p->last = &p->first;
	p->running++;
	return b;
}

static void
give_back(struct check_pool *p, struct batch *b)
{
	p->running--;
	b->next = p->spare;
	p->spare = b;
	pthread_cond_signal(&p->done);
}

static void *
work(void *arg)
{
	struct check_pool *p = (struct check_pool *)arg;
	struct attest_cache *cache = calloc(1, sizeof *cache);
	struct batch *b;

	pthread_mutex_lock(&p->lock);
	while ((b = take(p)) != NULL) {
		bool late = b->first > p->worst;

		pthread_mutex_unlock(&p->lock);
		if (!late)
			run(p, b, cache);
		pthread_mutex_lock(&p->lock);
		give_back(p, b);
	}
	pthread_mutex_unlock(&p->lock);
	free(cache);
	return NULL;
}

static enum err
start(struct check_pool *p)
{
	for (unsigned i = 0; i < 2 * p->threads + 1; i++) {
		struct batch *b = malloc(sizeof *b + p->batch_bytes);

		if (b == NULL)
			return ERR_OUT_OF_MEMORY;
		b->n = b->used = 0;
		b->next = p->spare;
		p->spare = b;
	}
	for (; p->started < p->threads; p->started++) {
		if (pthread_create(&p->thread[p->started], NULL, work, p) != 0)
			return ERR_BUSY;
	}
	return OK;
}

enum err
check_pool_open(unsigned threads, struct check_pool **out)
{
	struct check_pool *p;
	enum err e;

	if (threads < 2)
		threads = 0;
	*out = p = calloc(1, sizeof *p + threads * sizeof p->thread[0]);
	if (p == NULL)
		return ERR_OUT_OF_MEMORY;
	p->threads = threads;
	p->worst = UINT64_MAX;
	p->last = &p->first;
	p->batch_bytes = POOL_BYTES / (2 * threads + 1);
	if (p->batch_bytes < BATCH_LEAST)
		p->batch_bytes = BATCH_LEAST;
	if (p->batch_bytes > BATCH_MOST)
		p->batch_bytes = BATCH_MOST;
	pthread_mutex_init(&p->lock, NULL);
	pthread_cond_init(&p->work, NULL);
	pthread_cond_init(&p->done, NULL);
	e = threads ? start(p) : OK;
	if (e != OK) {
		check_pool_free(p);
		*out = NULL;
	}
	return e;
}

static void
free_all(struct batch *b)
{
	while (b) {
		struct batch *next = b->next;

		free(b);
		b = next;
	}
}

void
check_pool_free(struct check_pool *p)
{
	if (p == NULL)
		return;
	pthread_mutex_lock(&p->lock);
	p->end = true;
	p->worst = 0; /* what still waits need not run */
	pthread_cond_broadcast(&p->work);
	pthread_mutex_unlock(&p->lock);
	for (size_t i = 0; i < p->started; i++)
		pthread_join(p->thread[i], NULL);
	free_all(p->spare);
	free_all(p->first);
	free(p->filling);
	pthread_cond_destroy(&p->done);
	pthread_cond_destroy(&p->work);
	pthread_mutex_destroy(&p->lock);
	free(p);
}

/* Hands the batch that is being filled to the threads. */
static void
hand_over(struct check_pool *p)
{
	struct batch *b = p->filling;

	if (b == NULL)
		return;
	p->filling = NULL;
	p->payload = span_of(NULL, 0);
	b->next = NULL;
	pthread_mutex_lock(&p->lock);
	*p->last = b;
	p->last = &b->next;
	pthread_cond_signal(&p->work);
	pthread_mutex_unlock(&p->lock);
}

static void
begin(struct check_pool *p)
{
	struct batch *b;

	pthread_mutex_lock(&p->lock);
	while (p->spare == NULL)
		pthread_cond_wait(&p->done, &p->lock);
	b = p->spare;
	p->spare = b->next;
	pthread_mutex_unlock(&p->lock);
	b->n = b->used = 0;
	b->first = p->ordinal;
	p->filling = b;
}

static struct span
copy(struct batch *b, struct span s)
{
	uint8_t *to = b->bytes + b->used;

	if (s.n)
		memcpy(to, s.p, s.n);
	b->used += s.n;
	return span_of(to, s.n);
}

/* Several signatures of one entry share its payload. */
static struct span
copy_payload(struct check_pool *p, const struct check *k)
{
	if (k->payload.p == NULL)
		return p->payload = k->payload;
	if (k->payload.p != p->payload.p || k->payload.n != p->payload.n ||
	    p->filling->n == 0 ||
	    p->filling->check[p->filling->n - 1].seq != k->seq) {
		p->payload = k->payload;
		p->payload_copy = copy(p->filling, k->payload);
	}
	return p->payload_copy;
}

static enum err
add(struct check_pool *p, const struct check *k)
{
	size_t need = k->blob.n + k->payload.n + k->sig.n + k->doc.n;
	struct batch *b = p->filling;
	struct check *c;

	if (need > p->batch_bytes)
		return ERR_NO_SPACE;
	if (b && (b->n == BATCH_CHECKS || need > p->batch_bytes - b->used))
		hand_over(p);
	if (p->filling == NULL)
		begin(p);
	b = p->filling;
	c = &b->check[b->n];
	*c = *k;
	c->payload = copy_payload(p, k);
	c->blob = copy(b, k->blob);
	c->sig = copy(b, k->sig);
	c->doc = copy(b, k->doc);
	b->n++;
	p->ordinal++;
	return OK;
}

enum err
check_pool_add(struct check_pool *p, const struct check *k)
{
	enum err e;

	if (p->threads)
		return add(p, k);
	if (p->worst != UINT64_MAX)
		return OK;
	e = check_run(k, &p->cache);
	if (e != OK)
		note(p, k, p->ordinal, e);
	p->ordinal++;
	return OK;
}

enum err
check_pool_failed(struct check_pool *p)
{
	enum err e;

	pthread_mutex_lock(&p->lock);
	e = p->failure.err;
	pthread_mutex_unlock(&p->lock);
	return e;
}

struct check_failure
check_pool_wait(struct check_pool *p)
{
	struct check_failure f;

	hand_over(p);
	pthread_mutex_lock(&p->lock);
	while (p->first != NULL || p->running > 0)
		pthread_cond_wait(&p->done, &p->lock);
	f = p->failure;
	pthread_mutex_unlock(&p->lock);
	return f;
}
