/* SPDX-License-Identifier: ISC */
#include "commit.h"

#include <pthread.h>
#include <stdlib.h>

#include "chain/hash.h"
#include "commit_group.h"
#include "metrics.h"

/* So many wait at most; a client is better told to come again. */
#define WAITING_MAX 16384

/* One committer waits for the database while the other is judging; more of
 * them only make groups smaller, and a group has a price. */
#define LANES 2

/* A committer: a thread, a queue, a connection.  A chain has one of them, so
 * that two never wait for each other's heads. */
struct lane {
	struct metrics *metrics;
	struct commit_group *group;
	pthread_t thread;
	pthread_mutex_t lock;
	pthread_cond_t some;
	struct commit_job *first, **last;
	size_t n;
	bool stop;
};

struct commit {
	size_t n; /* that run */
	struct lane lane[LANES];
};

/* Waits for jobs; takes as many as a group holds.  NULL: stopped, and all is
 * done.  There is no timer: what came while the last group was written is the
 * next one. */
static struct commit_job *
take(struct lane *l, size_t *count)
{
	struct commit_job *jobs, **at;
	size_t n = 0;

	pthread_mutex_lock(&l->lock);
	while (!l->first && !l->stop)
		pthread_cond_wait(&l->some, &l->lock);
	jobs = l->first;
	for (at = &jobs; *at && n < COMMIT_GROUP_MAX; n++)
		at = &(*at)->next;
	l->first = *at;
	if (!l->first)
		l->last = &l->first;
	*at = NULL;
	l->n -= n;
	*count = n;
	pthread_mutex_unlock(&l->lock);
	return jobs;
}

static void *
run(void *ctx)
{
	struct lane *l = ctx;
	struct commit_job *jobs;
	size_t n;

	while ((jobs = take(l, &n))) {
		commit_group_run(l->group, jobs);
		metrics_group(l->metrics, n);
	}
	return NULL;
}

static enum err
lane_start(struct lane *l, struct server *s)
{
	TRY(commit_group_make(s, &l->group));
	l->metrics = s->metrics;
	l->last = &l->first;
	pthread_mutex_init(&l->lock, NULL);
	pthread_cond_init(&l->some, NULL);
	if (pthread_create(&l->thread, NULL, run, l) == 0)
		return OK;
	commit_group_free(l->group);
	return ERR_INTERNAL;
}

static void
lane_stop(struct lane *l)
{
	pthread_mutex_lock(&l->lock);
	l->stop = true;
	pthread_cond_signal(&l->some);
	pthread_mutex_unlock(&l->lock);
	pthread_join(l->thread, NULL);
	commit_group_free(l->group);
	pthread_mutex_destroy(&l->lock);
	pthread_cond_destroy(&l->some);
}

enum err
commit_start(struct server *s, struct commit **out)
{
	struct commit *c = calloc(1, sizeof *c);

	if (!c)
		return ERR_OUT_OF_MEMORY;
	for (; c->n < LANES; c->n++) {
		enum err e = lane_start(&c->lane[c->n], s);

		if (e != OK) {
			commit_stop(c);
			return e;
		}
	}
	*out = c;
	return OK;
}

void
commit_stop(struct commit *c)
{
	if (!c)
		return;
	for (size_t i = 0; i < c->n; i++)
		lane_stop(&c->lane[i]);
	free(c);
}

enum err
commit_submit(struct commit *c, struct commit_job *j)
{
	struct lane *l = &c->lane[j->chain.b[3] % c->n];
	bool taken;

	j->next = NULL;
	pthread_mutex_lock(&l->lock);
	taken = !l->stop && l->n < WAITING_MAX;
	if (taken) {
		*l->last = j;
		l->last = &j->next;
		if (l->n++ == 0)
			pthread_cond_signal(&l->some);
	}
	pthread_mutex_unlock(&l->lock);
	return taken ? OK : ERR_BUSY;
}

enum err
commit_check_id(const struct check *k, struct h32 *id)
{
	uint8_t buf[KEY_BLOB_MAX + PAYLOAD_MAX + KEY_SIG_MAX];
	struct out o = out_of(buf, sizeof buf);

	if (k->what == CHECK_DOCUMENT)
		return hash_sha256(k->doc, id);
	out_put(&o, k->blob.p, k->blob.n);
	out_put(&o, k->payload.p, k->payload.n);
	out_put(&o, k->sig.p, k->sig.n);
	return o.full ? ERR_NO_SPACE : hash_sha256(out_span(&o), id);
}
