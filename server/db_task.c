/* SPDX-License-Identifier: ISC */
#include "db_task.h"

#include "db_int.h"

enum { LIST, DUE, MAKE, VOID };
static const struct db_statement rows[] = {
	[LIST] = { "task_list",
	    "SELECT t.chain::bytea, t.prev::bytea, t.seq, t.role, t.pcr0,"
	    " t.starts, t.ends, k.note"
	    " FROM (SELECT DISTINCT unnest($1::bytea[]) AS w) w"
	    " JOIN chain c ON c.chain = w.w JOIN task t ON t.chain = c.chain"
	    " AND t.prev = c.head"
	    " LEFT JOIN checkpoint k ON t.witnessed AND k.chain = t.chain"
	    " AND k.size = t.seq + 1 AND k.witnessed > CASE t.role"
	    " WHEN 2 THEN now() - interval '50 minutes'"
	    " ELSE '-infinity' END"
	    " WHERE now() BETWEEN t.starts AND t.ends"
	    " AND (NOT t.witnessed OR k.chain IS NOT NULL)"
	    " ORDER BY t.chain, t.pcr0, t.role",
	    1, true },
	/* Rows that another server holds are its work. */
	[DUE] = { "task_due",
	    "SELECT chain::bytea, state FROM chain WHERE chain = ANY(ARRAY("
	    " SELECT chain::bytea FROM chain WHERE due_at <= now()"
	    " ORDER BY due_at LIMIT $1::int8 FOR UPDATE SKIP LOCKED))",
	    1, false },
	[MAKE] = { "task_make",
	    "WITH looked AS ("
	    " UPDATE chain k SET due_at = c.due_at"
	    " FROM unnest($1::bytea[], $2::timestamptz[], $3::int4[],"
	    "  $4::int4[]) AS c (chain, due_at, t0, t1)"
	    " WHERE k.chain = c.chain"
	    " RETURNING k.chain, k.head, k.next_seq, c.t0, c.t1)"
	    " INSERT INTO task (chain, prev, seq, role, pcr0, starts, ends,"
	    "  witnessed)"
	    " SELECT chain, head, next_seq - 1, ($5::int2[])[j],"
	    " ($6::bytea[])[j], ($7::timestamptz[])[j],"
	    " ($8::timestamptz[])[j], ($9::int2[])[j] <> 0"
	    " FROM looked, generate_series(t0, t1) j"
	    " ON CONFLICT DO NOTHING",
	    9, false },
	[VOID] = { "task_void",
	    "DELETE FROM task WHERE ctid = ANY(ARRAY("
	    " SELECT t.ctid FROM task t JOIN chain c USING (chain)"
	    " WHERE t.prev <> c.head OR t.ends < now()"
	    " LIMIT $1::int8 FOR UPDATE OF t SKIP LOCKED))",
	    1, false },
};
const struct db_statements db_task_statements = DB_STATEMENTS(rows);

static enum err
read_row(struct arena *a, const PGresult *r, size_t i, struct db_task *t)
{
	struct span pcr0 = db_get_bytes(r, i, 4);

	TRY(db_get_h32(r, i, 0, &t->chain));
	TRY(db_get_h32(r, i, 1, &t->prev));
	t->seq = (uint64_t)db_get_i64(r, i, 2);
	t->role = (enum role)db_get_i32(r, i, 3);
	if (pcr0.n != sizeof t->pcr0)
		return ERR_INTERNAL;
	memcpy(t->pcr0, pcr0.p, pcr0.n);
	t->from = db_get_time(r, i, 5);
	t->until = db_get_time(r, i, 6);
	t->checkpoint = span_of(NULL, 0);
	return db_get_null(r, i, 7) ? OK
				    : db_get_copy(a, r, i, 7, &t->checkpoint);
}

enum err
db_task_list(struct db *db, struct arena *a, const struct h32 *chain,
    size_t chain_n, struct db_task **t, size_t *n)
{
	struct db_array y = { 0 };
	struct db_args p = { 0 };
	DB_RESULT r = NULL;
	enum err e;

	db_array_hashes(&y, chain, chain_n);
	db_arg_array(&p, &y);
	e = db_exec(db, &rows[LIST], &p, &r);
	db_array_free(&y);
	TRY(e);
	*n = db_get_rows(r);
	TRY(DB_NEW(a, *n, t));
	for (size_t i = 0; i < *n; i++)
		TRY(read_row(a, r, i, &(*t)[i]));
	return OK;
}

enum err
db_task_due(struct db *db, struct arena *a, size_t limit,
    struct db_task_due **d, size_t *n)
{
	struct db_args p = { 0 };
	DB_RESULT r = NULL;

	db_arg_i64(&p, (int64_t)limit);
	TRY(db_exec(db, &rows[DUE], &p, &r));
	*n = db_get_rows(r);
	TRY(DB_NEW(a, *n, d));
	for (size_t i = 0; i < *n; i++) {
		TRY(db_get_h32(r, i, 0, &(*d)[i].chain));
		TRY(db_get_copy(a, r, i, 1, &(*d)[i].state));
	}
	return OK;
}

enum { CHAIN, DUE_AT, T0, T1, ROLE, PCR0, STARTS, ENDS, WITNESSED, ARRAYS };

static void
put_due(struct db_array *y, const struct db_task_due *d)
{
	db_array_bytes(&y[CHAIN], h32_span(&d->chain));
	if (d->agenda.due_at)
		db_array_time(&y[DUE_AT], d->agenda.due_at);
	else
		db_array_null(&y[DUE_AT]);
	db_array_i32(&y[T0], (int32_t)y[ROLE].items + 1);
	for (size_t i = 0; i < d->agenda.n; i++) {
		const struct agenda_task *t = &d->agenda.task[i];

		db_array_i16(&y[ROLE], (int16_t)t->role);
		db_array_bytes(&y[PCR0], span_of(t->pcr0, PCR_SIZE));
		db_array_time(&y[STARTS], t->from);
		db_array_time(&y[ENDS], t->until);
		db_array_i16(&y[WITNESSED], t->witnessed);
	}
	db_array_i32(&y[T1], (int32_t)y[ROLE].items);
}

enum err
db_task_make(struct db *db, const struct db_task_due *d, size_t n,
    uint64_t *made)
{
	static const enum db_type types[ARRAYS] = { DB_TYPE_BYTEA, DB_TYPE_TIME,
		DB_TYPE_I32, DB_TYPE_I32, DB_TYPE_I16, DB_TYPE_BYTEA,
		DB_TYPE_TIME, DB_TYPE_TIME, DB_TYPE_I16 };
	struct db_array y[ARRAYS] = { 0 };
	struct db_args p = { 0 };
	enum err e;

	for (size_t i = 0; i < ARRAYS; i++)
		db_array_begin(&y[i], types[i]);
	for (size_t i = 0; i < n; i++)
		put_due(y, &d[i]);
	for (size_t i = 0; i < ARRAYS; i++)
		db_arg_array(&p, &y[i]);
	e = db_do(db, &rows[MAKE], &p, made);
	for (size_t i = 0; i < ARRAYS; i++)
		db_array_free(&y[i]);
	return e;
}

enum err
db_task_void(struct db *db, size_t limit, uint64_t *gone)
{
	struct db_args p = { 0 };

	db_arg_i64(&p, (int64_t)limit);
	return db_do(db, &rows[VOID], &p, gone);
}
