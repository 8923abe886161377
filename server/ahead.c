/* SPDX-License-Identifier: ISC */
#include "ahead.h"

#include <pthread.h>
#include <stdlib.h>

#define WAITING_MAX 256

struct news {
	struct news *next;
	struct h32 chain;
	size_t n;
	uint8_t entries[];
};

struct ahead {
	struct signer_call *signer;
	pthread_mutex_t lock;
	pthread_cond_t some;
	struct news *first, **last;
	unsigned waiting;
	bool stop;
	pthread_t thread;
};

static struct news *
take(struct ahead *a)
{
	struct news *w;

	pthread_mutex_lock(&a->lock);
	while (!a->first && !a->stop)
		pthread_cond_wait(&a->some, &a->lock);
	w = a->stop ? NULL : a->first;
	if (w) {
		a->first = w->next;
		if (!a->first)
			a->last = &a->first;
		a->waiting--;
	}
	pthread_mutex_unlock(&a->lock);
	return w;
}

static void
tell(struct ahead *a, const struct news *w)
{
	const struct protocol_request q = { .kind = PROTOCOL_FEED,
		.entries = span_of(w->entries, w->n) };
	struct signer_call_answer got;

	if (signer_call_ask(a->signer, &q, &got) == OK)
		signer_call_heard(a->signer, &w->chain, got.next);
}

static void *
run(void *ctx)
{
	struct ahead *a = ctx;
	struct news *w;

	while ((w = take(a)) != NULL) {
		tell(a, w);
		free(w);
	}
	return NULL;
}

enum err
ahead_start(struct signer_call *s, struct ahead **a)
{
	struct ahead *new = calloc(1, sizeof *new);

	*a = NULL;
	if (new == NULL)
		return ERR_OUT_OF_MEMORY;
	new->signer = s;
	new->last = &new->first;
	pthread_mutex_init(&new->lock, NULL);
	pthread_cond_init(&new->some, NULL);
	if (pthread_create(&new->thread, NULL, run, new) != 0) {
		pthread_cond_destroy(&new->some);
		pthread_mutex_destroy(&new->lock);
		free(new);
		return ERR_OUT_OF_MEMORY;
	}
	*a = new;
	return OK;
}

void
ahead_stop(struct ahead *a)
{
	if (a == NULL)
		return;
	pthread_mutex_lock(&a->lock);
	a->stop = true;
	pthread_cond_signal(&a->some);
	pthread_mutex_unlock(&a->lock);
	pthread_join(a->thread, NULL);
	while (a->first) {
		struct news *w = a->first;

		a->first = w->next;
		free(w);
	}
	pthread_cond_destroy(&a->some);
	pthread_mutex_destroy(&a->lock);
	free(a);
}

static struct news *
copy(const struct h32 *chain, const struct span *entry, size_t n)
{
	struct news *w;
	struct out o;
	size_t size = 0;

	for (size_t i = 0; i < n; i++)
		size += entry[i].n;
	if (size > PROTOCOL_ENTRIES)
		return NULL;
	w = malloc(sizeof *w + size);
	if (w == NULL)
		return NULL;
	o = out_of(w->entries, size);
	for (size_t i = 0; i < n; i++)
		out_put(&o, entry[i].p, entry[i].n);
	w->chain = *chain;
	w->next = NULL;
	w->n = size;
	return w;
}

void
ahead_offer(struct ahead *a, const struct h32 *chain, uint64_t seq,
    const struct span *entry, size_t n)
{
	struct news *w;

	if (a == NULL || signer_call_lacks(a->signer, chain) > seq)
		return;
	w = copy(chain, entry, n);
	if (w == NULL)
		return;
	pthread_mutex_lock(&a->lock);
	if (a->waiting < WAITING_MAX) {
		*a->last = w;
		a->last = &w->next;
		a->waiting++;
		w = NULL;
	}
	pthread_mutex_unlock(&a->lock);
	free(w);
}

void
ahead_go(struct ahead *a)
{
	bool some;

	if (a == NULL)
		return;
	pthread_mutex_lock(&a->lock);
	some = a->first != NULL;
	pthread_mutex_unlock(&a->lock);
	/* Who is woken wants the lock. */
	if (some)
		pthread_cond_signal(&a->some);
}
