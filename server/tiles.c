/* SPDX-License-Identifier: ISC */
#include "tiles.h"

#include <pthread.h>
#include <stdlib.h>

#include "db_entry.h"

#define BUCKETS 16384
#define SHARDS 16
#define BUNDLE TILES_LEVELS /* stands where a tile has its level */
#define BUNDLE_MAX ((size_t)16 << 20)
#define ARENA_FIRST 32768
#define ARENA_MAX ((size_t)40 << 20)

struct kept {
	struct kept *same;          /* next in its bucket */
	struct kept *newer, *older; /* by last use */
	struct h32 chain;
	uint64_t index;
	uint16_t level, width;
	struct blob *blob;
};

struct shard {
	pthread_mutex_t lock;
	size_t bytes, limit;
	struct kept *newest, *oldest;
	struct kept *bucket[BUCKETS];
};

struct tiles {
	struct shard shard[SHARDS];
};

/* What is asked for. */
struct want {
	const struct h32 *chain;
	uint64_t index;
	unsigned level, width;
};

static struct shard *
shard_of(struct tiles *t, const struct want *w)
{
	return &t->shard[w->chain->b[4] % SHARDS];
}

static struct kept **
bucket_of(struct shard *s, const struct want *w)
{
	uint64_t h = (uint64_t)w->chain->b[5] << 8 | w->chain->b[6];

	h = h * 31 + w->index * 1021 + w->level * 127 + w->width;
	return &s->bucket[h % BUCKETS];
}

static size_t
weight(const struct kept *k)
{
	return sizeof *k + 64 + blob_bytes(k->blob).n;
}

static void
unlink_use(struct shard *s, struct kept *k)
{
	*(k->newer ? &k->newer->older : &s->newest) = k->older;
	*(k->older ? &k->older->newer : &s->oldest) = k->newer;
}

static void
link_newest(struct shard *s, struct kept *k)
{
	k->newer = NULL;
	k->older = s->newest;
	*(s->newest ? &s->newest->newer : &s->oldest) = k;
	s->newest = k;
}

static bool
is(const struct kept *k, const struct want *w)
{
	return k->index == w->index && k->level == w->level &&
	       k->width == w->width && h32_eq(&k->chain, w->chain);
}

static void
forget(struct shard *s, struct kept *k)
{
	const struct want w = { &k->chain, k->index, k->level, k->width };
	struct kept **at = bucket_of(s, &w);

	while (*at != k)
		at = &(*at)->same;
	*at = k->same;
	unlink_use(s, k);
	s->bytes -= weight(k);
	blob_drop(k->blob);
	free(k);
}

static struct blob *
find(struct tiles *t, const struct want *w)
{
	struct shard *s = shard_of(t, w);
	struct blob *b = NULL;
	struct kept *k;

	pthread_mutex_lock(&s->lock);
	k = *bucket_of(s, w);
	while (k && !is(k, w))
		k = k->same;
	if (k) {
		unlink_use(s, k);
		link_newest(s, k);
		b = blob_keep(k->blob);
	}
	pthread_mutex_unlock(&s->lock);
	return b;
}

/* Another thread may have been faster: then there are two for a while. */
static void
keep(struct tiles *t, const struct want *w, struct blob *b)
{
	struct shard *s = shard_of(t, w);
	struct kept *k = malloc(sizeof *k), **at;

	if (!k)
		return;
	*k = (struct kept){ .chain = *w->chain,
		.index = w->index,
		.level = (uint16_t)w->level,
		.width = (uint16_t)w->width,
		.blob = blob_keep(b) };
	pthread_mutex_lock(&s->lock);
	at = bucket_of(s, w);
	k->same = *at;
	*at = k;
	link_newest(s, k);
	s->bytes += weight(k);
	while (s->bytes > s->limit && s->oldest != k)
		forget(s, s->oldest);
	pthread_mutex_unlock(&s->lock);
}

/* The root of a tile's full subtree: its first n hashes, n a power of 2. */
static enum err
fold(struct span tile, size_t from, size_t n, struct h32 *root)
{
	struct h32 h[TILES_WIDTH];

	memcpy(h, tile.p + 32 * from, n * sizeof *h);
	for (; n > 1; n /= 2)
		for (size_t i = 0; i < n / 2; i++)
			TRY(merkle_node(&h[2 * i], &h[2 * i + 1], &h[i]));
	*root = h[0];
	return OK;
}

static enum err
blob_of(struct span s, struct blob **b)
{
	*b = blob_make(s);
	return *b ? OK : ERR_OUT_OF_MEMORY;
}

/* Of a tile: hashes of leaves. */
static enum err
read_leaves(struct db *db, const struct want *w, struct h32 *h)
{
	struct arena *a = arena_make(ARENA_FIRST, ARENA_MAX);
	struct h32 *id;
	size_t n = 0;
	enum err e;

	if (!a)
		return ERR_OUT_OF_MEMORY;
	e = db_entry_ids(db, a, w->chain, w->index * TILES_WIDTH, w->width, &id,
	    &n);
	if (e == OK && n != w->width)
		e = ERR_NOT_FOUND;
	if (e == OK)
		memcpy(h, id, n * sizeof *h);
	arena_free(a);
	return e;
}

static enum err
fill_tile(struct tiles *t, struct db *db, const struct want *w, struct h32 *h)
{
	if (w->level == 0)
		return read_leaves(db, w, h);
	for (unsigned i = 0; i < w->width; i++) {
		struct blob *below;
		enum err e = tiles_tile(t, db, w->chain, w->level - 1,
		    w->index * TILES_WIDTH + i, TILES_WIDTH, &below);

		TRY(e);
		e = fold(blob_bytes(below), 0, TILES_WIDTH, &h[i]);
		blob_drop(below);
		TRY(e);
	}
	return OK;
}

/* Apart, for the room that it takes is cleared each time. */
static __attribute__((noinline)) enum err
make_tile(struct tiles *t, struct db *db, const struct want *w, struct blob **b)
{
	struct h32 h[TILES_WIDTH];

	TRY(fill_tile(t, db, w, h));
	return blob_of(span_of((const uint8_t *)h, w->width * sizeof *h), b);
}

enum err
tiles_tile(struct tiles *t, struct db *db, const struct h32 *chain,
    unsigned level, uint64_t index, unsigned width, struct blob **b)
{
	const struct want w = { chain, index, level, width };

	*b = find(t, &w);
	if (*b)
		return OK;
	if (!db)
		return ERR_WANT_WORKER;
	TRY(make_tile(t, db, &w, b));
	keep(t, &w, *b);
	return OK;
}

static enum err
join(const struct db_entry *e, size_t n, struct arena *a, struct blob **b)
{
	struct out o;
	size_t size = 0;

	for (size_t i = 0; i < n; i++)
		size += 2 + e[i].bytes.n;
	o = arena_out(a, size);
	if (o.cap < size)
		return ERR_OUT_OF_MEMORY;
	for (size_t i = 0; i < n; i++) {
		const uint8_t head[2] = { (uint8_t)(e[i].bytes.n >> 8),
			(uint8_t)e[i].bytes.n };

		out_put(&o, head, sizeof head);
		out_put(&o, e[i].bytes.p, e[i].bytes.n);
	}
	return blob_of(out_span(&o), b);
}

static enum err
make_bundle(struct db *db, const struct want *w, struct blob **b)
{
	struct arena *a = arena_make(ARENA_FIRST, ARENA_MAX);
	struct db_entry *e;
	size_t n = 0;
	enum err err;

	if (!a)
		return ERR_OUT_OF_MEMORY;
	err = db_entry_page(db, a, w->chain, w->index * TILES_WIDTH, w->width,
	    BUNDLE_MAX, &e, &n);
	if (err == OK && n != w->width)
		err = ERR_NOT_FOUND;
	if (err == OK)
		err = join(e, n, a, b);
	arena_free(a);
	return err;
}

enum err
tiles_bundle(struct tiles *t, struct db *db, const struct h32 *chain,
    uint64_t index, unsigned width, struct blob **b)
{
	const struct want w = { chain, index, BUNDLE, width };

	*b = find(t, &w);
	if (*b)
		return OK;
	if (!db)
		return ERR_WANT_WORKER;
	TRY(make_bundle(db, &w, b));
	keep(t, &w, *b);
	return OK;
}

/* The full subtree lies within one tile; what stands before its end in the
 * tile is enough of it. */
enum err
tiles_node(void *source, unsigned level, uint64_t index, struct h32 *h)
{
	const struct tiles_source *s = source;
	unsigned up = level / 8;
	size_t n = (size_t)1 << level % 8;
	uint64_t first = index * n, tile = first / TILES_WIDTH;
	size_t from = (size_t)(first % TILES_WIDTH);
	struct blob *b;
	enum err e;

	TRY(tiles_tile(s->tiles, s->db, &s->chain, up, tile,
	    (unsigned)(from + n), &b));
	e = fold(blob_bytes(b), from, n, h);
	blob_drop(b);
	return e;
}

enum err
tiles_make(size_t bytes, struct tiles **t)
{
	*t = calloc(1, sizeof **t);
	if (!*t)
		return ERR_OUT_OF_MEMORY;
	for (size_t i = 0; i < SHARDS; i++) {
		(*t)->shard[i].limit = bytes / SHARDS;
		pthread_mutex_init(&(*t)->shard[i].lock, NULL);
	}
	return OK;
}

void
tiles_free(struct tiles *t)
{
	if (!t)
		return;
	for (size_t i = 0; i < SHARDS; i++) {
		while (t->shard[i].oldest)
			forget(&t->shard[i], t->shard[i].oldest);
		pthread_mutex_destroy(&t->shard[i].lock);
	}
	free(t);
}
