/* SPDX-License-Identifier: ISC */
#include <stdlib.h>

#include "chains_int.h"
#include "db_chain.h"

/* Chain ids are hashes, so any of their bytes are a good hash. */
struct chains_shard *
chains_shard(struct chains *c, const struct h32 *chain)
{
	return &c->shard[chain->b[0] % CHAINS_SHARDS];
}

static size_t
bucket_of(const struct h32 *chain)
{
	return ((size_t)chain->b[1] << 8 | chain->b[2]) % CHAINS_BUCKETS;
}

static size_t
slot_of(const struct h32 *chain)
{
	return chain->b[3] % CHAINS_SLOTS;
}

static void
view_drop(struct chains_view *w)
{
	if (!w || atomic_fetch_sub(&w->refs, 1) != 1)
		return;
	if (atomic_load(&w->rendered))
		blob_drop(atomic_load(&w->rendered));
	free(w);
}

static struct chains_view *
view_make(const struct chain_view *v)
{
	struct chains_view *w = malloc(sizeof *w + v->state.n);

	if (!w)
		return NULL;
	w->v = *v;
	memcpy(w->state, v->state.p, v->state.n);
	w->v.state.p = w->state;
	atomic_init(&w->refs, 1);
	atomic_init(&w->rendered, NULL);
	return w;
}

static void
unlink_use(struct chains_shard *s, struct chains_record *r)
{
	*(r->newer ? &r->newer->older : &s->newest) = r->older;
	*(r->older ? &r->older->newer : &s->oldest) = r->newer;
}

static void
link_newest(struct chains_shard *s, struct chains_record *r)
{
	r->newer = NULL;
	r->older = s->newest;
	*(s->newest ? &s->newest->newer : &s->oldest) = r;
	s->newest = r;
}

static void
forget(struct chains_shard *s, struct chains_record *r)
{
	struct chains_record **at = &s->bucket[bucket_of(&r->chain)];

	while (*at != r)
		at = &(*at)->same;
	*at = r->same;
	unlink_use(s, r);
	s->bytes -= r->bytes;
	chains_page_clear(r);
	view_drop(r->view);
	free(r);
}

void
chains_account(struct chains_shard *s, struct chains_record *r, size_t n)
{
	r->bytes += n;
	s->bytes += n;
	while (s->bytes > s->limit && s->oldest && s->oldest != r)
		forget(s, s->oldest);
}

struct chains_record *
chains_record(struct chains_shard *s, const struct h32 *chain)
{
	struct chains_record *r = s->bucket[bucket_of(chain)];

	while (r && !h32_eq(&r->chain, chain))
		r = r->same;
	if (r && r != s->newest) {
		unlink_use(s, r);
		link_newest(s, r);
	}
	return r;
}

static struct chains_record *
record_make(struct chains_shard *s, const struct h32 *chain)
{
	struct chains_record **at = &s->bucket[bucket_of(chain)];
	struct chains_record *r = calloc(1, sizeof *r);

	if (!r)
		return NULL;
	r->chain = *chain;
	r->same = *at;
	*at = r;
	link_newest(s, r);
	chains_account(s, r, sizeof *r);
	return r;
}

/* The view of r becomes w, whose reference is taken over. */
static void
view_set(struct chains_shard *s, struct chains_record *r, struct chains_view *w)
{
	size_t old = r->view ? sizeof *w + r->view->v.state.n : 0;

	view_drop(r->view);
	r->view = w;
	r->bytes -= old;
	s->bytes -= old;
	chains_account(s, r, sizeof *w + w->v.state.n);
}

enum err
chains_make(size_t cache_bytes, struct chains **c)
{
	*c = calloc(1, sizeof **c);
	if (!*c)
		return ERR_OUT_OF_MEMORY;
	(*c)->empty = blob_make(span_of(NULL, 0));
	if (!(*c)->empty) {
		free(*c);
		return ERR_OUT_OF_MEMORY;
	}
	for (size_t i = 0; i < CHAINS_SHARDS; i++) {
		(*c)->shard[i].limit = cache_bytes / CHAINS_SHARDS;
		pthread_mutex_init(&(*c)->shard[i].lock, NULL);
	}
	return OK;
}

void
chains_free(struct chains *c)
{
	if (!c)
		return;
	for (size_t i = 0; i < CHAINS_SHARDS; i++) {
		while (c->shard[i].oldest)
			forget(&c->shard[i], c->shard[i].oldest);
		pthread_mutex_destroy(&c->shard[i].lock);
	}
	blob_drop(c->empty);
	free(c);
}

static struct chains_view *
find(struct chains_shard *s, const struct h32 *chain, uint64_t *epoch)
{
	struct chains_view *w = NULL;
	struct chains_record *r;

	pthread_mutex_lock(&s->lock);
	r = chains_record(s, chain);
	if (r && r->view) {
		w = r->view;
		atomic_fetch_add(&w->refs, 1);
	}
	*epoch = s->epoch[slot_of(chain)];
	pthread_mutex_unlock(&s->lock);
	return w;
}

static enum err
load(struct db *db, const struct h32 *chain, struct chains_view **w)
{
	struct arena *a = arena_make(8192, 1 << 20);
	struct db_chain row;
	enum err e;

	if (!a)
		return ERR_OUT_OF_MEMORY;
	e = db_chain_get(db, a, chain, &row);
	if (e == OK) {
		struct chain_view v = { row.chain, row.head, row.next_seq,
			row.org, row.enclave, row.is_private, row.state,
			row.received, row.evidence, row.behind };

		*w = view_make(&v);
		e = *w ? OK : ERR_OUT_OF_MEMORY;
	}
	arena_free(a);
	return e;
}

/* Keeps a view that was read while its slot was at epoch, unless the shard has
 * a newer one or the chain may have been forgotten since.  What other chains do
 * must not matter: a busy server would keep nothing that it reads. */
static void
keep(struct chains_shard *s, struct chains_view *w, uint64_t epoch)
{
	struct chains_record *r;

	pthread_mutex_lock(&s->lock);
	r = chains_record(s, &w->v.chain);
	if (s->epoch[slot_of(&w->v.chain)] == epoch &&
	    !(r && r->view && r->view->v.next_seq >= w->v.next_seq)) {
		if (!r)
			r = record_make(s, &w->v.chain);
		if (r) {
			atomic_fetch_add(&w->refs, 1);
			view_set(s, r, w);
		}
	}
	pthread_mutex_unlock(&s->lock);
}

enum err
chains_get(struct chains *c, struct db *db, const struct h32 *chain,
    const struct chain_view **v)
{
	struct chains_shard *s = chains_shard(c, chain);
	uint64_t epoch;
	struct chains_view *w = find(s, chain, &epoch);

	if (!w) {
		if (!db)
			return ERR_WANT_WORKER;
		TRY(load(db, chain, &w));
		keep(s, w, epoch);
	}
	*v = &w->v;
	return OK;
}

enum err
chains_look(struct chains *c, struct db *db, const struct h32 *chain,
    const struct chain_view **v)
{
	struct chains_shard *s = chains_shard(c, chain);
	struct chains_view *w;
	uint64_t epoch;

	pthread_mutex_lock(&s->lock);
	epoch = s->epoch[slot_of(chain)];
	pthread_mutex_unlock(&s->lock);
	TRY(load(db, chain, &w));
	keep(s, w, epoch);
	*v = &w->v;
	return OK;
}

/* The public part stands first; views are made by view_make alone. */
static struct chains_view *
whole(const struct chain_view *v)
{
	union {
		const struct chain_view *v;
		struct chains_view *w;
	} u = { v };

	return u.w;
}

void
chains_drop(struct chains *c, const struct chain_view *v)
{
	(void)c;
	view_drop(whole(v));
}

struct blob *
chains_rendered(const struct chain_view *v)
{
	return atomic_load(&whole(v)->rendered);
}

void
chains_render(const struct chain_view *v, struct blob *b)
{
	struct blob *none = NULL;

	if (!atomic_compare_exchange_strong(&whole(v)->rendered, &none, b))
		return;
	blob_keep(b);
}

/* Who holds the view that was goes on with what it rendered. */
void
chains_stale(struct chains *c, const struct h32 *chain)
{
	struct chains_shard *s = chains_shard(c, chain);
	struct chains_record *r;
	struct chains_view *w;

	pthread_mutex_lock(&s->lock);
	r = chains_record(s, chain);
	if (r && r->view) {
		w = view_make(&r->view->v);
		if (w)
			view_set(s, r, w);
	}
	pthread_mutex_unlock(&s->lock);
}

static void
forget_view(struct chains_shard *s, struct chains_record *r)
{
	size_t n;

	if (!r || !r->view)
		return;
	n = sizeof *r->view + r->view->v.state.n;
	view_drop(r->view);
	r->view = NULL;
	r->bytes -= n;
	s->bytes -= n;
}

size_t
chains_bytes(struct chains *c)
{
	size_t n = 0;

	for (size_t i = 0; i < CHAINS_SHARDS; i++) {
		pthread_mutex_lock(&c->shard[i].lock);
		n += c->shard[i].bytes;
		pthread_mutex_unlock(&c->shard[i].lock);
	}
	return n;
}

static uint64_t *
heard_at(struct chains_shard *s, const struct h32 *chain)
{
	return &s->heard[slot_of(chain)];
}

uint64_t
chains_heard(struct chains *c, const struct h32 *chain)
{
	struct chains_shard *s = chains_shard(c, chain);
	uint64_t n;

	pthread_mutex_lock(&s->lock);
	n = *heard_at(s, chain);
	pthread_mutex_unlock(&s->lock);
	return n;
}

/* Under the shard's lock: w, the view after n more entries, becomes r's.  False
 * when r has a newer one. */
static bool
advance(struct chains_shard *s, struct chains_record *r, struct chains_view *w,
    const struct span *entry, size_t n)
{
	uint64_t next = w->v.next_seq;

	if (r->view && r->view->v.next_seq > next)
		return false;
	for (size_t i = 0; i < n; i++)
		chains_page_push(s, r, next - n + i, entry[i]);
	view_set(s, r, w);
	return true;
}

void
chains_appended(struct chains *c, const struct chain_view *next,
    const struct span *entry, size_t n, uint64_t heard)
{
	struct chains_shard *s = chains_shard(c, &next->chain);
	struct chains_view *w = view_make(next);
	struct chains_record *r;

	pthread_mutex_lock(&s->lock);
	s->epoch[slot_of(&next->chain)]++;
	r = chains_record(s, &next->chain);
	if (!w || *heard_at(s, &next->chain) != heard) {
		forget_view(s, r);
	} else {
		if (!r)
			r = record_make(s, &next->chain);
		if (r && advance(s, r, w, entry, n))
			w = NULL;
	}
	pthread_mutex_unlock(&s->lock);
	view_drop(w);
}

void
chains_forget(struct chains *c, const struct h32 *chain)
{
	struct chains_shard *s = chains_shard(c, chain);

	pthread_mutex_lock(&s->lock);
	s->epoch[slot_of(chain)]++;
	forget_view(s, chains_record(s, chain));
	pthread_mutex_unlock(&s->lock);
}

void
chains_moved(struct chains *c, const struct h32 *chain)
{
	struct chains_shard *s = chains_shard(c, chain);

	pthread_mutex_lock(&s->lock);
	s->epoch[slot_of(chain)]++;
	++*heard_at(s, chain);
	forget_view(s, chains_record(s, chain));
	pthread_mutex_unlock(&s->lock);
}

void
chains_moved_all(struct chains *c)
{
	for (size_t i = 0; i < CHAINS_SHARDS; i++) {
		struct chains_shard *s = &c->shard[i];

		pthread_mutex_lock(&s->lock);
		for (size_t k = 0; k < CHAINS_SLOTS; k++) {
			s->epoch[k]++;
			s->heard[k]++;
		}
		for (struct chains_record *r = s->newest; r; r = r->older)
			forget_view(s, r);
		pthread_mutex_unlock(&s->lock);
	}
}
