/* SPDX-License-Identifier: ISC */
#include "db_append.h"

enum { APPEND };

/*
 * What a row belongs to is the position of its chain in $1; rows of chains
 * that did not move are left out.  Chains are found by their key: with the
 * settings of db_append_open that is one index look-up each, whatever the
 * statistics say.  Heads are locked in the order of $1.
 */
#define OF_MOVED " WHERE c = ANY((SELECT array_agg(i) FROM moved)::int4[])"

static const struct db_statement rows[] = {
	[APPEND] = { "append",
	    "WITH moved AS ("
	    " UPDATE chain k SET head = c.head, next_seq = c.next_seq,"
	    "  phase = c.phase, due_at = c.due_at, state = c.state,"
	    "  received = now()"
	    " FROM unnest($1::bytea[], $2::bytea[], $3::bytea[], $4::int8[],"
	    "  $5::int2[], $6::timestamptz[], $7::bytea[]) WITH ORDINALITY"
	    "  AS c (chain, was, head, next_seq, phase, due_at, state, i)"
	    " WHERE k.chain = c.chain AND k.head = c.was"
	    " RETURNING c.i::int4),"
	    " entries AS ("
	    " INSERT INTO entry (bytes, token, request_id)"
	    " SELECT bytes, token, request_id FROM unnest($8::int4[],"
	    "  $9::bytea[], $10::int8[], $11::text[])"
	    "  AS e (c, bytes, token, request_id)" OF_MOVED "),"
	    " measurements AS ("
	    " INSERT INTO measurement (pcr0, chain, seq, stage)"
	    " SELECT pcr0, ($1::bytea[])[c], seq, stage FROM "
	    "unnest($12::int4[],"
	    "  $13::bytea[], $14::int8[], $15::bytea[])"
	    "  AS m (c, pcr0, seq, stage)" OF_MOVED "),"
	    " tasks AS ("
	    " INSERT INTO task (chain, prev, seq, role, pcr0, starts, ends,"
	    "  witnessed)"
	    " SELECT ($1::bytea[])[c], ($3::bytea[])[c], ($4::int8[])[c] - 1,"
	    "  role, pcr0, starts, ends, witnessed <> 0"
	    " FROM unnest($16::int4[], $17::int2[], $18::bytea[],"
	    "  $19::timestamptz[], $20::timestamptz[], $21::int2[])"
	    "  AS t (c, role, pcr0, starts, ends, witnessed)" OF_MOVED ")"
	    " SELECT i, now() FROM moved",
	    DB_APPEND_ARRAYS, false },
};
const struct db_statements db_append_statements = DB_STATEMENTS(rows);

enum { /* by the number of the parameter, less one */
	CHAIN,
	WAS,
	HEAD,
	NEXT_SEQ,
	PHASE,
	DUE_AT,
	STATE,
	ENTRY_OF,
	BYTES,
	TOKEN,
	REQUEST_ID,
	MEASURED_OF,
	PCR0,
	SEQ,
	STAGE,
	TASK_OF,
	ROLE,
	TASK_PCR0,
	STARTS,
	ENDS,
	WITNESSED
};

static const enum db_type types[DB_APPEND_ARRAYS] = {
	[CHAIN] = DB_TYPE_BYTEA,
	[WAS] = DB_TYPE_BYTEA,
	[HEAD] = DB_TYPE_BYTEA,
	[NEXT_SEQ] = DB_TYPE_I64,
	[PHASE] = DB_TYPE_I16,
	[DUE_AT] = DB_TYPE_TIME,
	[STATE] = DB_TYPE_BYTEA,
	[ENTRY_OF] = DB_TYPE_I32,
	[BYTES] = DB_TYPE_BYTEA,
	[TOKEN] = DB_TYPE_I64,
	[REQUEST_ID] = DB_TYPE_TEXT,
	[MEASURED_OF] = DB_TYPE_I32,
	[PCR0] = DB_TYPE_BYTEA,
	[SEQ] = DB_TYPE_I64,
	[STAGE] = DB_TYPE_BYTEA,
	[TASK_OF] = DB_TYPE_I32,
	[ROLE] = DB_TYPE_I16,
	[TASK_PCR0] = DB_TYPE_BYTEA,
	[STARTS] = DB_TYPE_TIME,
	[ENDS] = DB_TYPE_TIME,
	[WITNESSED] = DB_TYPE_I16,
};

void
db_append_buffer_free(struct db_append_buffer *b)
{
	for (size_t i = 0; i < DB_APPEND_ARRAYS; i++)
		db_array_free(&b->y[i]);
}

enum err
db_append_open(const char *conninfo, struct db **db)
{
	return db_open_tuned(conninfo,
	    "SET plan_cache_mode = force_generic_plan;"
	    "SET enable_hashjoin = off; SET enable_mergejoin = off;"
	    "SET enable_seqscan = off; SET enable_bitmapscan = off",
	    db);
}

void
db_append_describe(const struct entry *entry, const struct payload *p,
    const struct h32 *stage, struct db_append_entry *e)
{
	const struct stage *g = &p->u.stage;

	*e = (struct db_append_entry){ .bytes = entry->bytes,
		.request_id = "",
		.seq = entry->seq };
	e->measured = p->kind == KIND_STAGE && g->has_release;
	if (!e->measured)
		return;
	memcpy(e->pcr0, g->release.pcrs.value[0], PCR_SIZE);
	e->stage = *stage;
}

static void
put_chain(struct db_array *y, const struct db_append *c)
{
	db_array_bytes(&y[CHAIN], h32_span(&c->chain));
	db_array_bytes(&y[WAS], h32_span(&c->old_head));
	db_array_bytes(&y[HEAD], h32_span(&c->head));
	db_array_i64(&y[NEXT_SEQ], (int64_t)c->next_seq);
	db_array_i16(&y[PHASE], (int16_t)c->phase);
	if (c->agenda.due_at)
		db_array_time(&y[DUE_AT], c->agenda.due_at);
	else
		db_array_null(&y[DUE_AT]);
	db_array_bytes(&y[STATE], c->state);
}

static void
put_entry(struct db_array *y, int32_t of, const struct db_append_entry *e)
{
	db_array_i32(&y[ENTRY_OF], of);
	db_array_bytes(&y[BYTES], e->bytes);
	if (e->token)
		db_array_i64(&y[TOKEN], e->token);
	else
		db_array_null(&y[TOKEN]);
	db_array_bytes(&y[REQUEST_ID], span_str(e->request_id));
	if (!e->measured)
		return;
	db_array_i32(&y[MEASURED_OF], of);
	db_array_bytes(&y[PCR0], span_of(e->pcr0, sizeof e->pcr0));
	db_array_i64(&y[SEQ], (int64_t)e->seq);
	db_array_bytes(&y[STAGE], h32_span(&e->stage));
}

static void
put_task(struct db_array *y, int32_t of, const struct agenda_task *t)
{
	db_array_i32(&y[TASK_OF], of);
	db_array_i16(&y[ROLE], (int16_t)t->role);
	db_array_bytes(&y[TASK_PCR0], span_of(t->pcr0, sizeof t->pcr0));
	db_array_time(&y[STARTS], t->from);
	db_array_time(&y[ENDS], t->until);
	db_array_i16(&y[WITNESSED], t->witnessed);
}

static void
put_all(struct db_array *y, const struct db_append *c,
    const struct db_append_entry *e)
{
	int32_t of = (int32_t)y[CHAIN].items + 1;

	put_chain(y, c);
	for (size_t i = 0; i < c->entry_n; i++)
		put_entry(y, of, &e[i]);
	for (size_t i = 0; i < c->agenda.n; i++)
		put_task(y, of, &c->agenda.task[i]);
}

enum err
db_append_run(struct db *db, struct db_append_buffer *b, struct db_append *c,
    size_t n, const struct db_append_entry *e, uint64_t *received)
{
	struct db_args p = { 0 };
	DB_RESULT r = NULL;

	for (size_t i = 0; i < DB_APPEND_ARRAYS; i++)
		db_array_begin(&b->y[i], types[i]);
	for (size_t i = 0; i < n; i++) {
		put_all(b->y, &c[i], e);
		c[i].moved = false;
		e += c[i].entry_n;
	}
	for (size_t i = 0; i < DB_APPEND_ARRAYS; i++)
		db_arg_array(&p, &b->y[i]);
	TRY(db_exec(db, &rows[APPEND], &p, &r));
	for (size_t i = 0; i < db_get_rows(r); i++) {
		size_t k = (size_t)db_get_i32(r, i, 0);

		if (k < 1 || k > n)
			return ERR_INTERNAL;
		c[k - 1].moved = true;
		*received = db_get_time(r, i, 1);
	}
	return OK;
}
