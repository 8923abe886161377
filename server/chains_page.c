/* SPDX-License-Identifier: ISC */
#include <stdlib.h>

#include "chains_int.h"
#include "db_entry.h"

static size_t
weight(const struct blob *b)
{
	return blob_bytes(b).n + 128;
}

void
chains_page_clear(struct chains_record *r)
{
	for (size_t i = 0; i < r->page_n; i++)
		blob_drop(r->page[i].blob);
	for (size_t i = 0; r->tail && i < CHAINS_TAIL; i++)
		if (r->tail[i].blob)
			blob_drop(r->tail[i].blob);
	free(r->tail);
	free(r->page);
	r->tail = NULL;
	r->page = NULL;
	r->page_n = 0;
}

static void
less(struct chains_shard *s, struct chains_record *r, size_t n)
{
	r->bytes -= n;
	s->bytes -= n;
}

void
chains_page_push(struct chains_shard *s, struct chains_record *r, uint64_t seq,
    struct span entry)
{
	struct chains_tail *t;
	struct blob *b;

	/* Nobody reads this chain. */
	if (r->page_n == 0)
		return;
	if (!r->tail) {
		r->tail = calloc(CHAINS_TAIL, sizeof *r->tail);
		if (!r->tail)
			return;
		chains_account(s, r, CHAINS_TAIL * sizeof *r->tail);
	}
	b = blob_make(entry);
	t = &r->tail[seq % CHAINS_TAIL];
	if (t->blob) {
		less(s, r, weight(t->blob));
		blob_drop(t->blob);
	}
	t->seq = seq;
	t->blob = b;
	if (b)
		chains_account(s, r, weight(b));
}

static struct blob *
tail_at(const struct chains_record *r, uint64_t seq)
{
	const struct chains_tail *t;

	if (!r->tail)
		return NULL;
	t = &r->tail[seq % CHAINS_TAIL];
	return t->blob && t->seq == seq ? t->blob : NULL;
}

static struct chains_page *
find(struct chains_record *r, uint64_t from, uint64_t limit, size_t max)
{
	for (size_t i = 0; i < r->page_n; i++)
		if (r->page[i].from == from && r->page[i].limit == limit &&
		    r->page[i].max == max)
			return &r->page[i];
	return NULL;
}

/* A place for one more page; NULL when there is no memory, or enough. */
static struct chains_page *
more(struct chains_shard *s, struct chains_record *r)
{
	struct chains_page *p = r->page;

	if (r->page_n == CHAINS_PAGES)
		return NULL;
	if ((r->page_n & (r->page_n - 1)) == 0) {
		size_t cap = r->page_n ? 2 * r->page_n : 1;

		p = realloc(r->page, cap * sizeof *p);
		if (!p)
			return NULL;
		r->page = p;
		chains_account(s, r, (cap - r->page_n) * sizeof *p);
	}
	return &p[r->page_n++];
}

/* The place of the oldest page, which goes. */
static struct chains_page *
instead(struct chains_shard *s, struct chains_record *r, struct chains_page *at)
{
	if (!at && r->page_n)
		at = &r->page[r->page_next++ % r->page_n];
	if (at) {
		less(s, r, weight(at->blob));
		blob_drop(at->blob);
	}
	return at;
}

/* Puts a page in its place among r's; its blob's reference is kept. */
static void
put(struct chains_shard *s, struct chains_record *r,
    const struct chains_page *p)
{
	struct chains_page *at = find(r, p->from, p->limit, p->max);

	at = at ? instead(s, r, at) : more(s, r);
	if (!at)
		at = instead(s, r, NULL);
	if (!at)
		return;
	*at = *p;
	blob_keep(at->blob);
	chains_account(s, r, weight(at->blob));
}

/* Lengthens p, which holds what was there before, up to entry next. */
static bool
grow(const struct chains_record *r, struct chains_page *p, uint64_t next)
{
	struct span old = p->blob ? blob_bytes(p->blob) : span_of(NULL, 0);
	size_t n = old.n;
	uint64_t to = p->next;
	struct out o;
	struct blob *b;

	for (; to < next && to - p->from < p->limit; to++) {
		const struct blob *t = tail_at(r, to);

		if (!t)
			return false;
		if (n + blob_bytes(t).n > p->max && to > p->from) {
			p->full = true;
			break;
		}
		n += blob_bytes(t).n;
	}
	o = out_of(malloc(n ? n : 1), n);
	if (!o.p)
		return false;
	out_put(&o, old.p, old.n);
	for (uint64_t i = p->next; i < to; i++) {
		struct span t = blob_bytes(tail_at(r, i));

		out_put(&o, t.p, t.n);
	}
	b = blob_make(out_span(&o));
	free(o.p);
	p->blob = b;
	p->next = to;
	p->full |= to - p->from == p->limit;
	return b != NULL;
}

/* From memory: a page that is there, or one that can be made of what is. */
static bool
from_memory(struct chains *c, const struct chain_view *v,
    const struct chains_page *want, struct chains_page *got)
{
	struct chains_shard *s = chains_shard(c, &v->chain);
	struct chains_record *r;
	struct chains_page *p;
	bool is = false;

	pthread_mutex_lock(&s->lock);
	r = chains_record(s, &v->chain);
	p = r ? find(r, want->from, want->limit, want->max) : NULL;
	if (p && (p->full || p->next == v->next_seq)) {
		*got = *p;
		blob_keep(got->blob);
		is = true;
	} else if (r && !(p && p->next > v->next_seq)) {
		*got = p ? *p : *want;
		is = grow(r, got, v->next_seq);
		if (is)
			put(s, r, got);
	}
	pthread_mutex_unlock(&s->lock);
	return is;
}

static struct blob *
join(const struct db_entry *e, size_t n)
{
	size_t sum = 0;
	struct out o;
	struct blob *b;

	for (size_t i = 0; i < n; i++)
		sum += e[i].bytes.n;
	o = out_of(malloc(sum ? sum : 1), sum);
	if (!o.p)
		return NULL;
	for (size_t i = 0; i < n; i++)
		out_put(&o, e[i].bytes.p, e[i].bytes.n);
	b = blob_make(out_span(&o));
	free(o.p);
	return b;
}

static enum err
read_page(struct db *db, struct arena *a, const struct chain_view *v,
    struct chains_page *p)
{
	uint64_t there = v->next_seq - p->from;
	struct db_entry *e;
	size_t n;

	TRY(db_entry_page(db, a, &v->chain, p->from,
	    p->limit < there ? p->limit : there, p->max, &e, &n));
	if (n == 0)
		return ERR_INTERNAL;
	p->blob = join(e, n);
	p->next = p->from + n;
	p->full = n == p->limit || p->next < v->next_seq;
	return p->blob ? OK : ERR_OUT_OF_MEMORY;
}

static enum err
from_database(struct chains *c, struct db *db, const struct chain_view *v,
    struct chains_page *p)
{
	struct chains_shard *s = chains_shard(c, &v->chain);
	struct arena *a = arena_make(8192, 2 * p->max + (1 << 20));
	struct chains_record *r;
	struct chains_page *was;
	enum err e;

	if (!a)
		return ERR_OUT_OF_MEMORY;
	e = read_page(db, a, v, p);
	arena_free(a);
	TRY(e);
	pthread_mutex_lock(&s->lock);
	r = chains_record(s, &v->chain);
	was = r ? find(r, p->from, p->limit, p->max) : NULL;
	if (r && !(was && was->next >= p->next))
		put(s, r, p);
	pthread_mutex_unlock(&s->lock);
	return OK;
}

enum err
chains_page(struct chains *c, struct db *db, const struct chain_view *v,
    uint64_t from, uint64_t limit, size_t max, struct blob **page, uint64_t *n)
{
	struct chains_page p = { .from = from,
		.limit = limit,
		.next = from,
		.max = max };
	struct chains_page got;

	if (from >= v->next_seq || limit == 0) {
		*page = blob_keep(c->empty);
		*n = 0;
		return OK;
	}
	if (!from_memory(c, v, &p, &got)) {
		if (!db)
			return ERR_WANT_WORKER;
		got = p;
		TRY(from_database(c, db, v, &got));
	}
	*page = got.blob;
	*n = got.next - got.from;
	return OK;
}
