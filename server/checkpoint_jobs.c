/* SPDX-License-Identifier: ISC */
#include "checkpoint_jobs.h"

#include <stdlib.h>

#define JOBS_MAX 50000

static struct checkpoint_job **
place(struct checkpoint_jobs *k, const struct h32 *chain)
{
	struct checkpoint_job **p =
	    &k->bucket[(unsigned)(chain->b[7] | chain->b[8] << 8) %
		       CHECKPOINT_BUCKETS];

	while (*p && !h32_eq(&(*p)->chain, chain))
		p = &(*p)->same;
	return p;
}

static void
leave(struct checkpoint_jobs *k, struct checkpoint_job *j)
{
	*j->at = j->next;
	*(j->next ? &j->next->at : &k->end) = j->at;
}

static void
join(struct checkpoint_jobs *k, struct checkpoint_job *j)
{
	if (!k->end)
		k->end = &k->all;
	j->next = NULL;
	j->at = k->end;
	*k->end = j;
	k->end = &j->next;
}

void
checkpoint_jobs_last(struct checkpoint_jobs *k, struct checkpoint_job *j)
{
	leave(k, j);
	join(k, j);
}

struct checkpoint_job *
checkpoint_jobs_of(struct checkpoint_jobs *k, const struct h32 *chain)
{
	struct checkpoint_job **at = place(k, chain), *j = *at;

	if (j || k->n == JOBS_MAX)
		return j;
	j = calloc(1, sizeof *j);
	if (!j)
		return NULL;
	j->chain = *chain;
	*at = j;
	join(k, j);
	k->n++;
	return j;
}

void
checkpoint_jobs_drop(struct checkpoint_jobs *k, struct checkpoint_job *j)
{
	struct checkpoint_job **at = place(k, &j->chain);

	*at = j->same;
	leave(k, j);
	free((void *)(uintptr_t)j->state.p);
	free(j->w);
	free(j);
	k->n--;
}

bool
checkpoint_jobs_busy(const struct checkpoint_job *j)
{
	for (size_t i = 0; i < j->n; i++)
		if (j->w[i].busy)
			return true;
	return false;
}

static bool
alike(const struct note_key *a, const struct note_key *b)
{
	return h32_eq(&a->public, &b->public) && span_eq(a->name, b->name);
}

static bool
same_set(const struct checkpoint_job *j, const struct witness_set *set)
{
	if (j->n != set->n)
		return false;
	for (size_t i = 0; i < j->n; i++)
		if (!alike(&j->w[i].key, &set->key[i]))
			return false;
	return true;
}

static void
fill(struct checkpoint_jobs *k, struct checkpoint_job *j,
    struct checkpoint_witness *w, const struct note_key *key)
{
	for (size_t i = 0; i < j->n; i++)
		if (alike(&j->w[i].key, key))
			*w = j->w[i];
	w->job = NULL;
	w->key = *key;
	memcpy(w->name, key->name.p, key->name.n);
	w->key.name = span_of(w->name, key->name.n);
	w->at = witness_list_find(&k->list, key);
	w->ask.peer = w->at;
}

enum err
checkpoint_jobs_witnesses(struct checkpoint_jobs *k, struct checkpoint_job *j)
{
	const struct witness_set *set = &k->set;
	struct checkpoint_witness *w;

	j->threshold = set->threshold;
	if (same_set(j, set))
		return OK;
	if (checkpoint_jobs_busy(j))
		return ERR_BUSY;
	w = calloc(set->n ? set->n : 1, sizeof *w);
	if (!w)
		return ERR_OUT_OF_MEMORY;
	for (size_t i = 0; i < set->n; i++)
		fill(k, j, &w[i], &set->key[i]);
	free(j->w);
	j->w = w;
	j->n = set->n;
	for (size_t i = 0; i < j->n; i++)
		j->w[i].job = j;
	return OK;
}

void
checkpoint_jobs_note(const struct checkpoint_job *j, struct out *o)
{
	out_put(o, j->text, j->text_n);
	out_put(o, "\n", 1);
	note_sign_line(o, &j->log, span_of(j->sig, sizeof j->sig));
	for (size_t i = 0; i < j->n; i++)
		if (j->w[i].seconds)
			note_sign_line(o, &j->w[i].key,
			    span_of(j->w[i].sig, sizeof j->w[i].sig));
}
