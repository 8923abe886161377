/* SPDX-License-Identifier: ISC */
#include <stdio.h>

#include "access.h"
#include "checkpoints.h"
#include "db_checkpoint.h"
#include "handlers.h"
#include "limit.h"
#include "server.h"

#define WAIT_MS 10000
#define CALLS 10 /* that one counts as whose answer several witnesses make */
#define AGE_MAX (10 * 365 * 86400)
#define TEXT "text/plain; charset=utf-8"
#define TILE "application/octet-stream"

/* Notes of one size differ by their cosignatures. */
static void
tag(struct reply *r, const struct db_checkpoint *c)
{
	uint32_t h = 2166136261;

	for (size_t i = 0; i < c->note.n; i++)
		h = (h ^ c->note.p[i]) * 16777619;
	(void)snprintf(r->etag, sizeof r->etag, "\"%llu.%llu.%08x\"",
	    (unsigned long long)c->size, (unsigned long long)c->witnessed,
	    (unsigned)h);
}

static void
reply_note(struct reply *r, const struct db_checkpoint *c, enum cache cache)
{
	r->cache = cache;
	tag(r, c);
	reply_bytes(r, TEXT, c->note);
}

/* A reader who waits, and what may be kept of the answer. */
struct waiting {
	struct checkpoint_wait w; /* first */
	enum cache cache;
};

static enum err
late(struct reply *r, uint64_t now, const struct db_checkpoint *row)
{
	r->retry_after = 5;
	if (row == NULL || row->witnessed == 0)
		return ERR_WITNESSES_WAIT;
	return reply_problem(r, ERR_WITNESSES_WAIT,
	    "The newest cosigned checkpoint covers %llu entries and is %llu "
	    "seconds old.",
	    (unsigned long long)row->size,
	    (unsigned long long)(now > row->witnessed
				     ? (now - row->witnessed) / 1000
				     : 0));
}

/* On the thread of those who wait: the row is its, so it is copied. */
static void
done(struct checkpoint_wait *w, enum err e, const struct db_checkpoint *row)
{
	const struct waiting *x = (const struct waiting *)(const void *)w;
	struct db_checkpoint mine;
	uint8_t *p;

	if (e == OK && row) {
		mine = *row;
		p = arena_new(w->q->arena, row->note.n);
		if (p == NULL) {
			e = ERR_OUT_OF_MEMORY;
		} else {
			memcpy(p, row->note.p, row->note.n);
			mine.note = span_of(p, row->note.n);
			reply_note(w->r, &mine, x->cache);
		}
	} else {
		e = late(w->r, w->deadline, row);
	}
	http_finish(w->q, w->r, e);
}

static enum err
wait_for(struct req *q, struct reply *r, const struct access *a, uint64_t since)
{
	struct waiting *x = arena_new(q->arena, sizeof *x);

	if (x == NULL)
		return ERR_OUT_OF_MEMORY;
	x->cache = access_cache(a, CACHE_REVALIDATE);
	x->w.q = q;
	x->w.r = r;
	x->w.chain = a->view->chain;
	x->w.size = a->view->next_seq;
	x->w.since = since;
	x->w.deadline = q->now + WAIT_MS;
	x->w.done = done;
	TRY(db_checkpoint_want(q->db, &a->view->chain, since));
	limit_spend(q->server->limits, q, LIMIT_READ, CALLS);
	checkpoints_wait(q->server->checkpoints, &x->w);
	return ERR_LATER;
}

static enum err
has_witnesses(struct req *q, struct reply *r, const struct chain_view *v)
{
	struct policy *p = arena_new(q->arena, sizeof *p);
	struct state *st;

	if (p == NULL)
		return ERR_OUT_OF_MEMORY;
	TRY(access_state(q, v, &st));
	TRY(state_policy(st, p));
	return p->has_witnesses
		   ? OK
		   : reply_problem(r, ERR_NOT_FOUND,
			 "The chain's policy names no witnesses, so nobody "
			 "says how old a checkpoint is.");
}

static enum err
fresh(struct req *q, struct reply *r, const struct access *a,
    const struct db_checkpoint *row, uint64_t max_age)
{
	uint64_t since = q->now - max_age * 1000;

	TRY(has_witnesses(q, r, a->view));
	if (row->size >= a->view->next_seq && row->witnessed >= since) {
		reply_note(r, row, access_cache(a, CACHE_REVALIDATE));
		return OK;
	}
	if (q->server->checkpoints == NULL)
		return late(r, q->now, row);
	return wait_for(q, r, a, since);
}

enum err
h_log_checkpoint(struct req *q, struct reply *r)
{
	static const char *const names[] = { "max_age", NULL };
	ACCESS_AUTO struct access a = { 0 };
	struct db_checkpoint row;
	uint64_t max_age;
	enum err e;

	TRY(req_query_only(q, names));
	TRY(req_query_uint(q, "max_age", 1, AGE_MAX, 0, &max_age));
	TRY(access_read(q, &a));
	if (q->db == NULL)
		return ERR_WANT_WORKER;
	memset(&row, 0, sizeof row);
	e = db_checkpoint_get(q->db, q->arena, &a.view->chain, &row);
	if (e != ERR_NOT_FOUND)
		TRY(e);
	if (max_age)
		return fresh(q, r, &a, &row, max_age);
	if (row.size == 0)
		return reply_problem(r, ERR_NOT_FOUND,
		    "There is no checkpoint of this chain%s.",
		    q->server->checkpoints ? " yet"
					   : ": this server has no log key");
	reply_note(r, &row, access_cache(&a, CACHE_REVALIDATE));
	return OK;
}

static bool
number(struct span s, uint64_t max, uint64_t *v)
{
	*v = 0;
	if (s.n == 0 || s.n > 3 || (s.p[0] == '0' && s.n > 1))
		return false;
	for (size_t i = 0; i < s.n; i++) {
		if (s.p[i] < '0' || s.p[i] > '9')
			return false;
		*v = *v * 10 + (uint64_t)(s.p[i] - '0');
	}
	return *v <= max;
}

/* Three digits at *s, which are stepped over. */
static bool
group(struct span *s, uint64_t *index)
{
	uint64_t v = 0;

	if (s->n < 3)
		return false;
	for (size_t i = 0; i < 3; i++) {
		if (s->p[i] < '0' || s->p[i] > '9')
			return false;
		v = v * 10 + (uint64_t)(s->p[i] - '0');
	}
	*index = *index * 1000 + v;
	*s = span_of(s->p + 3, s->n - 3);
	return true;
}

/* x001/x234/067 and x001/x234/067.p/8: c2sp.org/tlog-tiles. */
static bool
read_index(struct span s, uint64_t *index, unsigned *width)
{
	bool more = true, first = true;
	uint64_t w = TILES_WIDTH;

	*index = 0;
	while (more) {
		more = s.n && s.p[0] == 'x';
		if (more)
			s = span_of(s.p + 1, s.n - 1);
		if (!group(&s, index) || (first && more && *index == 0) ||
		    *index >= UINT64_C(1) << 45 ||
		    (more && (s.n == 0 || s.p[0] != '/')))
			return false;
		if (more)
			s = span_of(s.p + 1, s.n - 1);
		first = false;
	}
	if (s.n >= 3 && memcmp(s.p, ".p/", 3) == 0) {
		if (!number(span_of(s.p + 3, s.n - 3), TILES_WIDTH - 1, &w) ||
		    w == 0)
			return false;
	} else if (s.n) {
		return false;
	}
	*width = (unsigned)w;
	return true;
}

static enum err
tile(struct req *q, const struct chain_view *v, struct blob **b)
{
	const uint8_t *end = q->path.p + q->path.n;
	struct tiles *t = checkpoints_tiles(q->server->checkpoints);
	bool entries = span_is(q->arg[1], "entries");
	uint64_t level = 0, index, there;
	unsigned width;

	if ((!entries && !number(q->arg[1], TILES_LEVELS - 1, &level)) ||
	    !read_index(span_of(q->arg[2].p, (size_t)(end - q->arg[2].p)),
		&index, &width))
		return ERR_NOT_FOUND;
	there = v->next_seq >> 8 * level;
	if (index * TILES_WIDTH + width > there)
		return ERR_NOT_FOUND;
	return entries ? tiles_bundle(t, q->db, &v->chain, index, width, b)
		       : tiles_tile(t, q->db, &v->chain, (unsigned)level, index,
			     width, b);
}

/* The path says which, whatever its number of parts. */
enum err
h_log_tile(struct req *q, struct reply *r)
{
	ACCESS_AUTO struct access a = { 0 };
	struct blob *b;

	if (q->server->checkpoints == NULL)
		return ERR_NOT_FOUND;
	TRY(access_read(q, &a));
	TRY(tile(q, a.view, &b));
	r->cache = access_cache(&a, CACHE_IMMUTABLE);
	reply_blob(r, TILE, b);
	return OK;
}
