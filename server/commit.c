/* SPDX-License-Identifier: ISC */
#include "commit.h"

#include <pthread.h>
#include <stdlib.h>

#include "chain/hash.h"
#include "commit_group.h"

/* So many wait at most; a client is better told to come again. */
#define WAITING_MAX 16384

struct commit {
	struct commit_group *group;
	pthread_t thread;
	pthread_mutex_t lock;
	pthread_cond_t some;
	struct commit_job *first, **last;
	size_t n;
	bool stop;
};

/* Waits for jobs; takes as many as a group holds.  NULL: stopped, and all is
 * done.  There is no timer: what came while the last group was written is the
 * next one. */
static struct commit_job *
take(struct commit *c)
{
	struct commit_job *jobs, **at;
	size_t n = 0;

	pthread_mutex_lock(&c->lock);
	while (!c->first && !c->stop)
		pthread_cond_wait(&c->some, &c->lock);
	jobs = c->first;
	for (at = &jobs; *at && n < COMMIT_GROUP_MAX; n++)
		at = &(*at)->next;
	c->first = *at;
	if (!c->first)
		c->last = &c->first;
	*at = NULL;
	c->n -= n;
	pthread_mutex_unlock(&c->lock);
	return jobs;
}

static void *
run(void *ctx)
{
	struct commit *c = ctx;
	struct commit_job *jobs;

	while ((jobs = take(c)))
		commit_group_run(c->group, jobs);
	return NULL;
}

enum err
commit_start(struct server *s, struct commit **out)
{
	struct commit *c = calloc(1, sizeof *c);
	enum err e;

	if (!c)
		return ERR_OUT_OF_MEMORY;
	c->last = &c->first;
	pthread_mutex_init(&c->lock, NULL);
	pthread_cond_init(&c->some, NULL);
	e = commit_group_make(s, &c->group);
	if (e == OK && pthread_create(&c->thread, NULL, run, c) != 0) {
		commit_group_free(c->group);
		e = ERR_INTERNAL;
	}
	if (e != OK) {
		free(c);
		return e;
	}
	*out = c;
	return OK;
}

void
commit_stop(struct commit *c)
{
	if (!c)
		return;
	pthread_mutex_lock(&c->lock);
	c->stop = true;
	pthread_cond_signal(&c->some);
	pthread_mutex_unlock(&c->lock);
	pthread_join(c->thread, NULL);
	commit_group_free(c->group);
	pthread_mutex_destroy(&c->lock);
	pthread_cond_destroy(&c->some);
	free(c);
}

enum err
commit_submit(struct commit *c, struct commit_job *j)
{
	bool taken;

	j->next = NULL;
	pthread_mutex_lock(&c->lock);
	taken = !c->stop && c->n < WAITING_MAX;
	if (taken) {
		*c->last = j;
		c->last = &j->next;
		if (c->n++ == 0)
			pthread_cond_signal(&c->some);
	}
	pthread_mutex_unlock(&c->lock);
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
