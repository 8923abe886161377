/* SPDX-License-Identifier: ISC */
#include <sys/eventfd.h>

#include "http_stream.h"
#include "system/clock.h"

#define ARENA_FIRST 8192
#define ARENA_LIMIT ((size_t)24 << 20)

/* From any thread: hands x back to its loop. */
static void
exchange_done(struct exchange *x, enum err e)
{
	struct loop *l = x->conn->loop;

	x->e = e;
	x->s.q.db = NULL;
	pthread_mutex_lock(&l->lock);
	/* Within the lock: a loop that ends with this request is gone after
	 * it.  It cannot fail: the counter is far from full. */
	if (!l->done)
		(void)eventfd_write(l->wake, 1);
	x->next = l->done;
	l->done = x;
	pthread_mutex_unlock(&l->lock);
}

/* On a worker's thread. */
static void
on_worker(struct worker_job *j, struct db *db)
{
	struct exchange *x = (struct exchange *)(void *)j;
	enum err e = ERR_DATABASE;

	x->s.q.db = db;
	if (db && x->at == AT_ADMIT) {
		e = serve_caller(&x->s);
	} else if (db) {
		e = serve_run(&x->s);
	}
	if (e == ERR_WANT_WORKER)
		e = ERR_INTERNAL;
	if (e != ERR_LATER)
		exchange_done(x, e);
}

_Static_assert(offsetof(struct exchange, job) == 0, "on_worker's cast");

struct exchange *
http_exchange_make(struct conn *c)
{
	struct loop *l = c->loop;
	struct arena *a = l->spares ? l->spare[--l->spares]
				    : arena_make(ARENA_FIRST, ARENA_LIMIT);
	struct exchange *x = a ? arena_new(a, sizeof *x) : NULL;

	if (!x) {
		arena_free(a);
		return NULL;
	}
	x->conn = c;
	x->arena = x->s.q.arena = a;
	x->s.q.server = l->h->server;
	x->s.q.now = l->unix_ms;
	x->s.began = clock_steady_us();
	x->job.run = on_worker;
	c->x = x;
	return x;
}

void
http_exchange_end(struct exchange *x)
{
	struct loop *l = x->conn->loop;
	struct arena *a = x->arena;

	if (x->at == AT_SENT) {
		l->sending--;
	} else {
		json_decref(x->s.r.extra);
	}
	http_stream_end(x);
	blob_drop(x->s.r.blob);
	atomic_fetch_sub(&l->h->held, x->held);
	x->conn->x = NULL;
	if (l->spares < HTTP_ARENAS) {
		arena_reset(a);
		l->spare[l->spares++] = a;
	} else {
		arena_free(a);
	}
}

struct exchange *
http_exchange_of(struct req *q)
{
	char *p = (char *)q;

	return (struct exchange *)(void *)(p - offsetof(struct exchange, s.q));
}

void
http_finish(struct req *q, struct reply *r, enum err e)
{
	struct exchange *x = http_exchange_of(q);

	if (r != &x->s.r)
		x->s.r = *r;
	exchange_done(x, e);
}

void
http_again(struct req *q, struct reply *r)
{
	struct exchange *x = http_exchange_of(q);

	json_decref(r->extra);
	blob_drop(r->blob);
	*r = (struct reply){ 0 };
	q->again++;
	x->job.rank = q->lost ? WORKER_LOST : WORKER_FIRST;
	if (worker_submit(x->conn->loop->h->workers, &x->job) != OK)
		exchange_done(x, ERR_BUSY);
}
