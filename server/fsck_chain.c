/* SPDX-License-Identifier: ISC */
#include "chain/hash.h"
#include "fsck_int.h"
#include "system/clock.h"

enum { CHAIN, SEQ, ENTRY_ID, PREV, PARENT_SEQ, PAYLOAD_ID, GENESIS, BYTES };
enum { HEAD = 1, NEXT_SEQ, PHASE, DUE_AT, STATE };

static void
compare_h32(struct fsck_tables *t, int col, const char *name, bool is,
    const struct h32 *h)
{
	const struct fsck_stream *s = &t->entries;
	struct span there = db_get_bytes(s->r, s->row, col);

	if (!span_eq(there, is ? h32_span(h) : span_of(NULL, 0)))
		fsck_say(t, "entry %lld: %s is not that of its bytes",
		    (long long)db_get_i64(s->r, s->row, SEQ), name);
}

/* What PostgreSQL computed when the entry was stored. */
static enum err
compare_columns(struct fsck_tables *t)
{
	const struct fsck_stream *s = &t->entries;
	const struct entry *e = &t->entry;
	struct h32 payload;

	TRY(hash_sha256(e->payload, &payload));
	compare_h32(t, CHAIN, "chain", true, &e->chain);
	compare_h32(t, ENTRY_ID, "entry_id", true, &e->id);
	compare_h32(t, PREV, "prev", !e->genesis, &e->prev);
	compare_h32(t, PAYLOAD_ID, "payload_id", true, &payload);
	compare_h32(t, GENESIS, "genesis", e->genesis, &e->id);
	if ((uint64_t)db_get_i64(s->r, s->row, SEQ) != e->seq ||
	    db_get_null(s->r, s->row, PARENT_SEQ) != e->genesis ||
	    (!e->genesis &&
		db_get_i64(s->r, s->row, PARENT_SEQ) != (int64_t)e->seq - 1))
		fsck_say(t, "entry %llu: seq is not that of its bytes",
		    (unsigned long long)e->seq);
	return OK;
}

static enum err
one_entry(struct fsck_tables *t)
{
	const struct fsck_stream *s = &t->entries;
	struct span bytes = db_get_bytes(s->r, s->row, BYTES);
	enum err e = entry_decode(bytes, &t->entry);

	t->f->entries++;
	if (e == OK)
		TRY(compare_columns(t));
	if (e == OK)
		e = walk_feed(t->walk, bytes);
	if (e == OK) {
		TRY(fsck_log_entry(t));
		return fsck_side_entry(t);
	}
	fsck_say(t, "entry %lld: %s", (long long)db_get_i64(s->r, s->row, SEQ),
	    err_code(e));
	t->walked = false;
	return OK;
}

/* After a bad entry the rest of the chain says nothing. */
static enum err
all_entries(struct fsck_tables *t)
{
	struct walk_opts o = { .chain = &t->chain,
		.rules = { .root = t->f->root,
		    .root_n = t->f->root_n,
		    .level = LEVEL_PUBLIC,
		    .cache = &t->cache } };
	enum err e;

	t->walked = true;
	walk_init(t->walk, &o);
	for (; fsck_stream_cmp(&t->entries, &t->chain) == 0;) {
		if (t->walked)
			TRY(one_entry(t));
		TRY(fsck_stream_next(&t->entries));
	}
	e = t->walked ? walk_end(t->walk) : OK;
	if (e != OK) {
		fsck_say(t, "%s", err_code(e));
		t->walked = false;
	}
	return OK;
}

static void
cache_wrong(struct fsck_tables *t, const char *what)
{
	fsck_say(t, "row: %s is not what the entries amount to", what);
	t->cache_wrong = true;
}

static enum err
compare_row(struct fsck_tables *t)
{
	const struct fsck_stream *s = &t->chains;
	const struct state *st = &t->walk->st;
	struct out o = arena_out(t->arena, STATE_ENCODED_MAX);

	if (!o.cap)
		return ERR_OUT_OF_MEMORY;
	state_encode(&o, st);
	if (!span_eq(db_get_bytes(s->r, s->row, HEAD), h32_span(&st->head)))
		cache_wrong(t, "head");
	if ((uint64_t)db_get_i64(s->r, s->row, NEXT_SEQ) != st->next_seq)
		cache_wrong(t, "next_seq");
	if (db_get_i32(s->r, s->row, PHASE) != (int32_t)st->phase)
		cache_wrong(t, "phase");
	if (!span_eq(db_get_bytes(s->r, s->row, STATE), out_span(&o)))
		cache_wrong(t, "state");
	return OK;
}

/* A receipt that is not due yet must be looked for when it is. */
static enum err
compare_due(struct fsck_tables *t)
{
	const struct fsck_stream *s = &t->chains;
	uint64_t due_at = db_get_time(s->r, s->row, DUE_AT);
	struct agenda g;

	TRY(agenda_of(&t->walk->st, clock_unix_ms(), &g));
	if (g.due_at && (!due_at || due_at > g.due_at))
		cache_wrong(t, "due_at");
	return OK;
}

enum err
fsck_chain(struct fsck_tables *t)
{
	t->cache_wrong = false;
	TRY(fsck_side_load(t));
	TRY(fsck_log_load(t));
	TRY(all_entries(t));
	if (t->walked) {
		TRY(compare_row(t));
		TRY(compare_due(t));
	}
	fsck_log_end(t);
	TRY(fsck_side_end(t));
	if (t->walked && t->cache_wrong && t->writer)
		return fsck_repair(t);
	return OK;
}
