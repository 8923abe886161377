/* SPDX-License-Identifier: ISC */
#include "chain/hash.h"
#include "db_revocation.h"
#include "definition/definition.h"
#include "fsck_int.h"
#include "system/clock.h"

static enum err
load_loose(struct fsck_tables *t)
{
	struct fsck_stream *s = &t->revocations;

	t->loose = NULL;
	while (fsck_stream_cmp(s, &t->chain) == 0) {
		struct fsck_loose *l = arena_new(t->arena, sizeof *l);

		if (!l)
			return ERR_OUT_OF_MEMORY;
		TRY(db_get_h32(s->r, s->row, 1, &l->stage));
		TRY(db_get_h32(s->r, s->row, 2, &l->signers));
		TRY(db_get_copy(t->arena, s->r, s->row, 3, &l->statement));
		l->next = t->loose;
		t->loose = l;
		TRY(fsck_stream_next(s));
	}
	return OK;
}

/* The JSON is a view of the CBOR: one that says something else is wrong.  It
 * may be longer than what people may write. */
static bool
json_is(struct fsck_tables *t, struct span json, struct span cbor)
{
	struct shape_faults *faults = arena_new(t->arena, sizeof *faults);
	struct out o = arena_out(t->arena, DEFINITION_MAX);
	json_t *j = NULL;
	bool is;

	if (!faults || !o.cap || shape_load(json, &j, faults) != OK)
		return false;
	is = definition_check(j, faults) == OK &&
	     definition_canonical(j, &o, NULL) == OK &&
	     span_eq(out_span(&o), cbor);
	json_decref(j);
	return is;
}

static enum err
load_known(struct fsck_tables *t)
{
	struct fsck_stream *s = &t->definitions;

	t->known = NULL;
	while (fsck_stream_cmp(s, &t->chain) == 0) {
		struct fsck_known *k = arena_new(t->arena, sizeof *k);
		struct span cbor = db_get_bytes(s->r, s->row, 3);
		int version = db_get_i32(s->r, s->row, 1);

		if (!k)
			return ERR_OUT_OF_MEMORY;
		TRY(hash_sha256(cbor, &k->sha256));
		if (!span_eq(db_get_bytes(s->r, s->row, 2),
			h32_span(&k->sha256)))
			fsck_say(t,
			    "definition %d: sha256 is not that of its"
			    " bytes",
			    version);
		if (!json_is(t, db_get_bytes(s->r, s->row, 4), cbor))
			fsck_say(t, "definition %d: json and cbor differ",
			    version);
		k->next = t->known;
		t->known = k;
		TRY(fsck_stream_next(s));
	}
	return OK;
}

enum err
fsck_side_load(struct fsck_tables *t)
{
	TRY(load_loose(t));
	return load_known(t);
}

/* The stage that it names has just been opened. */
static void
judge_loose(struct fsck_tables *t, struct fsck_loose *l)
{
	struct statement s;
	struct h32 signers;
	enum err e = entry_statement_decode(l->statement, &s);

	l->seen = true;
	if (e == OK)
		e = rules_revocation(&t->walk->opts.rules, &t->walk->st, &s);
	if (e == OK)
		e = db_revocation_signers(&s, &signers);
	if (e != OK)
		fsck_say(t, "loose revocation: %s", err_code(e));
	else if (!h32_eq(&signers, &l->signers))
		fsck_say(t, "loose revocation: signers are others");
}

static bool
is_known(const struct fsck_tables *t, const struct h32 *sha256)
{
	for (const struct fsck_known *k = t->known; k; k = k->next)
		if (h32_eq(&k->sha256, sha256))
			return true;
	return false;
}

static enum err
repair_measurement(struct fsck_tables *t, const struct release *r)
{
	static const struct db_statement add = { NULL,
		"INSERT INTO encl.measurement (pcr0, chain, seq, stage)"
		" VALUES ($1::bytea, $2::bytea, $3::int8, $4::bytea)"
		" ON CONFLICT (pcr0, chain, seq) DO UPDATE SET"
		" stage = excluded.stage",
		4, false };
	struct db_args a = { 0 };

	if (!t->writer)
		return OK;
	db_arg_bytes(&a, span_of(r->pcrs.value[0], PCR_SIZE));
	db_arg_h32(&a, &t->chain);
	db_arg_i64(&a, (int64_t)t->walk->st.stage_seq);
	db_arg_h32(&a, &t->walk->st.stage_id);
	TRY(db_exec_once(t->writer, &add, &a));
	t->f->repaired++;
	return OK;
}

/* The stage that was just opened brings this release. */
static enum err
one_release(struct fsck_tables *t, const struct release *r)
{
	struct fsck_stream *s = &t->measurements;
	const struct state *st = &t->walk->st;
	bool here = fsck_stream_cmp(s, &t->chain) == 0 &&
		    (uint64_t)db_get_i64(s->r, s->row, 1) == st->stage_seq;

	if (!is_known(t, &r->definition))
		fsck_say(t, "entry %llu: its definition is not here",
		    (unsigned long long)st->stage_seq);
	if (here &&
	    span_eq(db_get_bytes(s->r, s->row, 2),
		span_of(r->pcrs.value[0], PCR_SIZE)) &&
	    span_eq(db_get_bytes(s->r, s->row, 3), h32_span(&st->stage_id)))
		return fsck_stream_next(s);
	fsck_say(t, "entry %llu: its measurement is missing or another",
	    (unsigned long long)st->stage_seq);
	TRY(repair_measurement(t, r));
	return here ? fsck_stream_next(s) : OK;
}

enum err
fsck_side_entry(struct fsck_tables *t)
{
	const struct state *st = &t->walk->st;
	struct fsck_stream *s = &t->measurements;
	struct stage g;

	if (st->phase != PHASE_STAGED || st->stage_seq != t->entry.seq)
		return OK;
	for (struct fsck_loose *l = t->loose; l; l = l->next)
		if (h32_eq(&l->stage, &st->stage_id))
			judge_loose(t, l);
	while (fsck_stream_cmp(s, &t->chain) == 0 &&
	       (uint64_t)db_get_i64(s->r, s->row, 1) < st->stage_seq) {
		fsck_say(t, "a measurement of an entry that stages none");
		TRY(fsck_stream_next(s));
	}
	TRY(state_stage(st, &g));
	return g.has_release ? one_release(t, &g.release) : OK;
}

static bool
in_agenda(const struct fsck_stream *s, const struct agenda *g)
{
	for (size_t i = 0; i < g->n; i++) {
		const struct agenda_task *k = &g->task[i];

		if (db_get_i32(s->r, s->row, 2) == (int32_t)k->role &&
		    span_eq(db_get_bytes(s->r, s->row, 4),
			span_of(k->pcr0, PCR_SIZE)) &&
		    db_get_time(s->r, s->row, 5) == k->from &&
		    db_get_time(s->r, s->row, 6) == k->until &&
		    db_get_bool(s->r, s->row, 7) == k->witnessed)
			return true;
	}
	return false;
}

/* Tasks of older heads are void and of no interest. */
static enum err
compare_tasks(struct fsck_tables *t)
{
	struct fsck_stream *s = &t->tasks;
	const struct state *st = &t->walk->st;
	uint64_t now = clock_unix_ms();
	uint64_t due_at = db_get_time(t->chains.r, t->chains.row, 4);
	struct agenda g;
	size_t there = 0;

	if (t->walked)
		TRY(agenda_of(st, now, &g));
	for (; fsck_stream_cmp(s, &t->chain) == 0;) {
		bool current = t->walked &&
			       span_eq(db_get_bytes(s->r, s->row, 1),
				   h32_span(&st->head)) &&
			       db_get_time(s->r, s->row, 6) >= now;

		if (current && in_agenda(s, &g))
			there++;
		else if (current)
			fsck_say(t, "a task that the chain does not wait for");
		TRY(fsck_stream_next(s));
	}
	/* The scheduler may be about to make it. */
	if (t->walked && there < g.n && !(due_at && due_at <= now)) {
		fsck_say(t, "a task is missing");
		t->cache_wrong = true;
	}
	return OK;
}

enum err
fsck_side_end(struct fsck_tables *t)
{
	struct fsck_stream *s = &t->measurements;

	while (fsck_stream_cmp(s, &t->chain) == 0) {
		if (t->walked)
			fsck_say(t,
			    "a measurement of an entry that stages none");
		TRY(fsck_stream_next(s));
	}
	for (const struct fsck_loose *l = t->loose; l && t->walked; l = l->next)
		if (!l->seen)
			fsck_say(t, "loose revocation: stage_unknown");
	return compare_tasks(t);
}

/* due_at is now, so that the scheduler makes what tasks are missing. */
enum err
fsck_repair(struct fsck_tables *t)
{
	static const struct db_statement set = { NULL,
		"UPDATE encl.chain SET head = $2::bytea, next_seq = $3::int8,"
		" phase = $4::int2, state = $5::bytea, due_at = now()"
		" WHERE chain = $1::bytea AND head = $6::bytea",
		6, false };
	const struct state *st = &t->walk->st;
	struct out o = arena_out(t->arena, STATE_ENCODED_MAX);
	struct db_args a = { 0 };

	if (!o.cap)
		return ERR_OUT_OF_MEMORY;
	state_encode(&o, st);
	db_arg_h32(&a, &t->chain);
	db_arg_h32(&a, &st->head);
	db_arg_i64(&a, (int64_t)st->next_seq);
	db_arg_i16(&a, (int16_t)st->phase);
	db_arg_bytes(&a, out_span(&o));
	db_arg_bytes(&a, db_get_bytes(t->chains.r, t->chains.row, 1));
	TRY(db_exec_once(t->writer, &set, &a));
	t->f->repaired++;
	return OK;
}
