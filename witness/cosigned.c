/* SPDX-License-Identifier: ISC */
#include "cosigned.h"

#include <fcntl.h>
#include <stdlib.h>
#include <unistd.h>

#include "chain/hash.h"

#define FILE_NAME "cosigned"
#define BUCKETS 65536

/* The journal is made anew when it is this much, and so many times what is
 * worth keeping. */
#define COMPACT_MIN ((size_t)16 << 20)
#define COMPACT_TIMES 4

struct cosigned {
	struct journal *journal;
	const struct note_key *self;
	uint8_t vkey[NOTE_VKEY_MAX]; /* the first record: whose this is */
	size_t vkey_n;
	bool begun; /* it was read */
	size_t max, logs, bytes;
	uint64_t newest;
	struct cosigned_log *bucket[BUCKETS];
};

static struct cosigned_log **
place(const struct cosigned *c, const struct h32 *id)
{
	struct cosigned_log *const *p =
	    &c->bucket[(unsigned)(id->b[0] | id->b[1] << 8)];

	while (*p && !h32_eq(&(*p)->id, id))
		p = &(*p)->same;
	return (struct cosigned_log **)(uintptr_t)p;
}

struct cosigned_log *
cosigned_find(const struct cosigned *c, const struct h32 *id)
{
	return *place(c, id);
}

size_t
cosigned_count(const struct cosigned *c)
{
	return c->logs;
}

size_t
cosigned_size(const struct cosigned *c)
{
	return journal_size(c->journal);
}

uint64_t
cosigned_newest(const struct cosigned *c)
{
	return c->newest;
}

void
cosigned_each(const struct cosigned *c,
    void (*call)(void *ctx, const struct cosigned_log *l), void *ctx)
{
	for (size_t i = 0; i < BUCKETS; i++)
		for (const struct cosigned_log *l = c->bucket[i]; l;
		     l = l->same)
			call(ctx, l);
}

static size_t
weight(size_t note_n)
{
	return sizeof(struct cosigned_log) + note_n;
}

/* The log's place in memory, made when there is none. */
static enum err
keep(struct cosigned *c, const struct cosigned_log *now)
{
	struct cosigned_log **at = place(c, &now->id), *l = *at;
	uint8_t *copy;

	if (l == NULL && c->logs >= c->max)
		return ERR_WITNESS_FULL;
	copy = malloc(now->note.n);
	if (copy == NULL)
		return ERR_OUT_OF_MEMORY;
	if (l == NULL) {
		l = calloc(1, sizeof *l);
		if (l == NULL) {
			free(copy);
			return ERR_OUT_OF_MEMORY;
		}
		l->id = now->id;
		*at = l;
		c->logs++;
	} else {
		c->bytes -= weight(l->note.n);
		free((void *)(uintptr_t)l->note.p);
	}
	memcpy(copy, now->note.p, now->note.n);
	l->note = span_of(copy, now->note.n);
	l->size = now->size;
	l->seconds = now->seconds;
	l->root = now->root;
	c->bytes += weight(l->note.n);
	if (l->seconds > c->newest)
		c->newest = l->seconds;
	return OK;
}

enum err
cosigned_put(struct cosigned *c, const struct cosigned_log *now)
{
	TRY(journal_reserve(c->journal, now->note.n));
	TRY(keep(c, now));
	journal_put(c->journal, now->note);
	return OK;
}

bool
cosigned_pending(const struct cosigned *c)
{
	return journal_pending(c->journal);
}

static enum err
take_first(struct cosigned *c, struct span record)
{
	c->begun = span_eq(record, span_of(c->vkey, c->vkey_n));
	return c->begun ? OK : ERR_JOURNAL;
}

/* One record: the note says everything. */
static enum err
take(void *ctx, struct span record)
{
	struct cosigned *c = ctx;
	struct checkpoint p;
	struct cosigned_log now = { .note = record };
	uint8_t sig[64];

	if (!c->begun)
		return take_first(c, record);
	if (record.n > COSIGNED_NOTE || checkpoint_decode(record, &p) != OK ||
	    checkpoint_cosignature(&p, c->self, &now.seconds, sig) != OK ||
	    now.seconds == 0)
		return ERR_JOURNAL;
	TRY(hash_sha256(p.origin, &now.id));
	now.size = p.size;
	now.root = p.root;
	return keep(c, &now);
}

static enum err
make(const struct note_key *self, struct cosigned **c)
{
	struct out o;

	*c = calloc(1, sizeof **c);
	if (*c == NULL)
		return ERR_OUT_OF_MEMORY;
	o = out_of((*c)->vkey, sizeof(*c)->vkey);
	note_vkey_encode(&o, self);
	(*c)->vkey_n = o.n;
	(*c)->self = self;
	(*c)->max = SIZE_MAX;
	return OK;
}

static enum err
put(struct journal *j, struct span record)
{
	TRY(journal_reserve(j, record.n));
	journal_put(j, record);
	return OK;
}

static enum err
begin(struct cosigned *c)
{
	TRY(put(c->journal, span_of(c->vkey, c->vkey_n)));
	return cosigned_flush(c);
}

enum err
cosigned_init(int folder, const uint8_t key[JOURNAL_KEY],
    const struct note_key *self)
{
	struct cosigned *c;
	size_t cut, at;
	enum err e;

	if (faccessat(folder, FILE_NAME, F_OK, 0) == 0)
		return ERR_FILE_EXISTS;
	TRY(make(self, &c));
	e = journal_open(folder, FILE_NAME, key, take, c, &c->journal, &cut,
	    &at);
	if (e == OK)
		e = begin(c);
	cosigned_close(c);
	return e;
}

static enum err
fill(void *ctx, struct journal *new)
{
	const struct cosigned *c = ctx;

	TRY(put(new, span_of(c->vkey, c->vkey_n)));
	for (size_t i = 0; i < BUCKETS; i++)
		for (const struct cosigned_log *l = c->bucket[i]; l;
		     l = l->same)
			TRY(put(new, l->note));
	return OK;
}

static enum err
compact(struct cosigned *c)
{
	size_t is = journal_size(c->journal);
	enum err e;

	if (is < COMPACT_MIN || is / COMPACT_TIMES < c->bytes)
		return OK;
	e = journal_replace(c->journal, fill, c);
	/* The long one does as well, as long as there is room for it. */
	return e == ERR_DISK_FULL ? OK : e;
}

enum err
cosigned_open(int folder, const uint8_t key[JOURNAL_KEY],
    const struct note_key *self, size_t max, struct cosigned **out, size_t *cut,
    size_t *at)
{
	struct cosigned *c;
	enum err e;

	*out = NULL;
	*cut = *at = 0;
	if (faccessat(folder, FILE_NAME, F_OK, 0) != 0)
		return ERR_FILE_READ;
	TRY(make(self, &c));
	e = journal_open(folder, FILE_NAME, key, take, c, &c->journal, cut, at);
	if (e == OK)
		e = c->begun ? compact(c) : ERR_JOURNAL;
	if (e != OK) {
		cosigned_close(c);
		return e;
	}
	c->max = max; /* those that are there stay, whatever it is */
	*out = c;
	return OK;
}

enum err
cosigned_read(int folder, const uint8_t key[JOURNAL_KEY],
    const struct note_key *self, struct cosigned **out)
{
	struct cosigned *c;
	enum err e;

	*out = NULL;
	TRY(make(self, &c));
	e = journal_read(folder, FILE_NAME, key, take, c);
	if (e == OK && !c->begun)
		e = ERR_JOURNAL;
	if (e != OK) {
		cosigned_close(c);
		return e;
	}
	*out = c;
	return OK;
}

void
cosigned_close(struct cosigned *c)
{
	if (c == NULL)
		return;
	for (size_t i = 0; i < BUCKETS; i++) {
		while (c->bucket[i]) {
			struct cosigned_log *l = c->bucket[i];

			c->bucket[i] = l->same;
			free((void *)(uintptr_t)l->note.p);
			free(l);
		}
	}
	journal_close(c->journal);
	free(c);
}

enum err
cosigned_flush(struct cosigned *c)
{
	TRY(journal_write(c->journal));
	TRY(journal_sync(c->journal));
	return compact(c);
}
