/* SPDX-License-Identifier: ISC */
#include "db_checkpoint.h"

#include "chain/text.h"
#include "db_int.h"

#define COLUMNS \
	" k.size, k.signed, k.note, k.witnessed, k.missing, k.heard, " \
	"k.wanted, k.behind"

enum {
	LIST,
	CHAINS,
	ENTRIES,
	PUT,
	WANT,
	SWEEP,
	WANTED,
	TASK,
	ALL,
	TELL,
	LEAD,
	BEHIND
};
static const struct db_statement rows[] = {
	[LIST] = { "checkpoint_list",
	    "SELECT k.chain::bytea," COLUMNS " FROM checkpoint k"
	    " WHERE k.chain = ANY($1::bytea[])",
	    1, true },
	[CHAINS] = { "checkpoint_chains",
	    "SELECT c.chain::bytea," COLUMNS ", c.head::bytea, c.next_seq,"
	    " c.state FROM chain c LEFT JOIN checkpoint k USING (chain)"
	    " WHERE c.chain = ANY($1::bytea[])",
	    1, true },
	[ENTRIES] = { "checkpoint_entries",
	    "SELECT e.chain, e.seq, e.bytes"
	    " FROM unnest($1::bytea[], $2::int8[]) w (chain, first)"
	    " CROSS JOIN LATERAL (SELECT x.chain, x.seq, x.bytes FROM entry x"
	    " WHERE x.chain = w.chain AND x.seq >= w.first"
	    " ORDER BY x.seq LIMIT $3::int8) e",
	    3, true },
	[PUT] = { "checkpoint_put",
	    "INSERT INTO checkpoint AS k (chain, size, note, witnessed,"
	    " missing, heard, behind)"
	    " SELECT chain, size, note, witnessed, missing, heard, behind <> 0"
	    " FROM unnest($1::bytea[], $2::int8[], $3::bytea[],"
	    " $4::timestamptz[], $5::int2[], $6::bytea[], $7::int2[])"
	    " x (chain, size, note, witnessed, missing, heard, behind)"
	    " ON CONFLICT (chain) DO UPDATE SET size = EXCLUDED.size,"
	    " note = EXCLUDED.note, witnessed = EXCLUDED.witnessed,"
	    " missing = EXCLUDED.missing, heard = EXCLUDED.heard,"
	    " behind = EXCLUDED.behind,"
	    " signed = CASE WHEN k.size = EXCLUDED.size THEN k.signed"
	    "  ELSE now() END,"
	    " wanted = CASE WHEN EXCLUDED.witnessed >= k.wanted"
	    "  OR (EXCLUDED.witnessed IS NULL AND EXCLUDED.missing = 0)"
	    "  THEN NULL ELSE k.wanted END"
	    " WHERE k.size <= EXCLUDED.size",
	    7, false },
	[WANT] = { "checkpoint_want",
	    "UPDATE checkpoint SET wanted = $2::timestamptz"
	    " WHERE chain = $1::bytea"
	    " AND (witnessed IS NULL OR witnessed < $2::timestamptz)"
	    " AND (wanted IS NULL OR wanted < $2::timestamptz)",
	    2, false },
	[SWEEP] = { "checkpoint_sweep",
	    "WITH c AS (SELECT chain::bytea AS chain, next_seq FROM chain"
	    " WHERE chain > $1::bytea ORDER BY chain LIMIT $2::int8)"
	    " SELECT c.chain, x.todo FROM c"
	    " LEFT JOIN checkpoint k ON k.chain = c.chain, LATERAL"
	    " (SELECT k.size IS NULL OR k.size < c.next_seq OR k.missing > 0"
	    "  OR k.behind AS todo) x"
	    " WHERE x.todo OR c.chain = (SELECT chain FROM c"
	    "  ORDER BY chain DESC LIMIT 1) ORDER BY c.chain",
	    2, true },
	[ALL] = { "checkpoint_all",
	    "SELECT chain::bytea, true FROM chain WHERE chain > $1::bytea"
	    " ORDER BY chain LIMIT $2::int8",
	    2, true },
	[WANTED] = { "checkpoint_wanted",
	    "SELECT chain::bytea, true FROM checkpoint"
	    " WHERE wanted IS NOT NULL AND chain > $1::bytea"
	    " ORDER BY chain LIMIT $2::int8",
	    2, true },
	/* A released may use one that is an hour old. */
	[TASK] = { "checkpoint_task",
	    "SELECT DISTINCT t.chain::bytea AS chain, true"
	    " FROM task t JOIN chain c ON c.chain = t.chain"
	    "  AND c.head = t.prev"
	    " LEFT JOIN checkpoint k ON k.chain = t.chain"
	    " WHERE t.witnessed AND t.chain > $1::bytea AND t.ends > now()"
	    " AND (k.size IS DISTINCT FROM t.seq + 1 OR k.witnessed IS NULL"
	    "  OR k.witnessed < now() - interval '30 minutes')"
	    " ORDER BY chain LIMIT $2::int8",
	    2, true },
	[TELL] = { "checkpoint_tell", "SELECT pg_notify('encl', $1::text)", 1,
	    false },
	/* "enclchkp" as a number.  A connection may have it more than once. */
	[LEAD] = { "checkpoint_lead",
	    "SELECT EXISTS (SELECT FROM pg_locks WHERE locktype = 'advisory'"
	    " AND pid = pg_backend_pid() AND granted AND objid = 1667787632"
	    " AND classid = 1701733228)"
	    " OR pg_try_advisory_lock(7308888562444299120)",
	    0, false },
	[BEHIND] = { "checkpoint_behind",
	    "SELECT chain::bytea, count(*) OVER () FROM checkpoint"
	    " WHERE behind ORDER BY chain LIMIT $1::int8",
	    1, true },
};
const struct db_statements db_checkpoint_statements = DB_STATEMENTS(rows);

enum err
db_checkpoint_open(const char *conninfo, struct db **db)
{
	return db_open_tuned(conninfo, "SET synchronous_commit = off", db);
}

/* Columns 0 to 8. */
static enum err
read_row(struct arena *a, const PGresult *r, size_t i, struct db_checkpoint *c)
{
	memset(c, 0, sizeof *c);
	TRY(db_get_h32(r, i, 0, &c->chain));
	if (db_get_null(r, i, 1))
		return OK;
	c->size = (uint64_t)db_get_i64(r, i, 1);
	c->made = db_get_time(r, i, 2);
	if (!db_get_null(r, i, 3))
		TRY(db_get_copy(a, r, i, 3, &c->note));
	c->witnessed = db_get_time(r, i, 4);
	c->missing = (unsigned)db_get_i32(r, i, 5);
	TRY(db_get_copy(a, r, i, 6, &c->heard));
	c->wanted = db_get_time(r, i, 7);
	c->behind = db_get_bool(r, i, 8);
	return OK;
}

static enum err
exec_chains(struct db *db, int row, const struct h32 *chain, size_t n,
    PGresult **r)
{
	struct db_array y = { 0 };
	struct db_args p = { 0 };
	enum err e;

	db_array_hashes(&y, chain, n);
	db_arg_array(&p, &y);
	e = db_exec(db, &rows[row], &p, r);
	db_array_free(&y);
	return e;
}

enum err
db_checkpoint_list(struct db *db, struct arena *a, const struct h32 *chain,
    size_t chain_n, struct db_checkpoint **c, size_t *n)
{
	DB_RESULT r = NULL;

	TRY(exec_chains(db, LIST, chain, chain_n, &r));
	*n = db_get_rows(r);
	TRY(DB_NEW(a, *n, c));
	for (size_t i = 0; i < *n; i++)
		TRY(read_row(a, r, i, &(*c)[i]));
	return OK;
}

enum err
db_checkpoint_get(struct db *db, struct arena *a, const struct h32 *chain,
    struct db_checkpoint *c)
{
	struct db_checkpoint *list;
	size_t n;

	TRY(db_checkpoint_list(db, a, chain, 1, &list, &n));
	if (n == 0)
		return ERR_NOT_FOUND;
	*c = list[0];
	return OK;
}

enum err
db_checkpoint_chains(struct db *db, struct arena *a, const struct h32 *chain,
    size_t chain_n, struct db_checkpoint_chain **c, size_t *n)
{
	DB_RESULT r = NULL;

	TRY(exec_chains(db, CHAINS, chain, chain_n, &r));
	*n = db_get_rows(r);
	TRY(DB_NEW(a, *n, c));
	for (size_t i = 0; i < *n; i++) {
		struct db_checkpoint_chain *one = &(*c)[i];

		TRY(read_row(a, r, i, &one->last));
		TRY(db_get_h32(r, i, 9, &one->head));
		one->next_seq = (uint64_t)db_get_i64(r, i, 10);
		TRY(db_get_copy(a, r, i, 11, &one->state));
	}
	return OK;
}

enum err
db_checkpoint_entries(struct db *db, struct arena *a,
    const struct db_checkpoint_from *w, size_t w_n, uint64_t most,
    struct db_checkpoint_entry **e, size_t *n)
{
	struct db_array chain = { 0 }, from = { 0 };
	struct db_args p = { 0 };
	DB_RESULT r = NULL;
	enum err err;

	db_array_begin(&chain, DB_TYPE_BYTEA);
	db_array_begin(&from, DB_TYPE_I64);
	for (size_t i = 0; i < w_n; i++) {
		db_array_bytes(&chain, h32_span(&w[i].chain));
		db_array_i64(&from, (int64_t)w[i].from);
	}
	db_arg_array(&p, &chain);
	db_arg_array(&p, &from);
	db_arg_i64(&p, (int64_t)most);
	err = db_exec(db, &rows[ENTRIES], &p, &r);
	db_array_free(&chain);
	db_array_free(&from);
	TRY(err);
	*n = db_get_rows(r);
	TRY(DB_NEW(a, *n, e));
	for (size_t i = 0; i < *n; i++) {
		TRY(db_get_h32(r, i, 0, &(*e)[i].chain));
		(*e)[i].seq = (uint64_t)db_get_i64(r, i, 1);
		TRY(db_get_copy(a, r, i, 2, &(*e)[i].bytes));
	}
	return OK;
}

enum {
	P_CHAIN,
	P_SIZE,
	P_NOTE,
	P_WITNESSED,
	P_MISSING,
	P_HEARD,
	P_BEHIND,
	P_ARRAYS
};

static void
put_row(struct db_array *y, const struct db_checkpoint *c)
{
	db_array_bytes(&y[P_CHAIN], h32_span(&c->chain));
	db_array_i64(&y[P_SIZE], (int64_t)c->size);
	if (c->note.n)
		db_array_bytes(&y[P_NOTE], c->note);
	else
		db_array_null(&y[P_NOTE]);
	if (c->witnessed)
		db_array_time(&y[P_WITNESSED], c->witnessed);
	else
		db_array_null(&y[P_WITNESSED]);
	db_array_i16(&y[P_MISSING], (int16_t)c->missing);
	db_array_bytes(&y[P_HEARD], c->heard);
	db_array_i16(&y[P_BEHIND], c->behind);
}

enum err
db_checkpoint_put(struct db *db, const struct db_checkpoint *c, size_t n)
{
	static const enum db_type types[P_ARRAYS] = { DB_TYPE_BYTEA,
		DB_TYPE_I64, DB_TYPE_BYTEA, DB_TYPE_TIME, DB_TYPE_I16,
		DB_TYPE_BYTEA, DB_TYPE_I16 };
	struct db_array y[P_ARRAYS] = { 0 };
	struct db_args p = { 0 };
	enum err e;

	for (size_t i = 0; i < P_ARRAYS; i++)
		db_array_begin(&y[i], types[i]);
	for (size_t i = 0; i < n; i++)
		put_row(y, &c[i]);
	for (size_t i = 0; i < P_ARRAYS; i++)
		db_arg_array(&p, &y[i]);
	e = db_do(db, &rows[PUT], &p, NULL);
	for (size_t i = 0; i < P_ARRAYS; i++)
		db_array_free(&y[i]);
	return e;
}

enum err
db_checkpoint_want(struct db *db, const struct h32 *chain, uint64_t since)
{
	struct db_args p = { 0 };

	db_arg_h32(&p, chain);
	db_arg_time(&p, since);
	return db_do(db, &rows[WANT], &p, NULL);
}

enum err
db_checkpoint_todo(struct db *db, struct arena *a, enum db_checkpoint_why why,
    const struct h32 *after, size_t limit, struct h32 **chain, size_t *n,
    struct h32 *last)
{
	static const int row[DB_CHECKPOINT_WHYS] = { SWEEP, WANTED, TASK, ALL };
	struct db_args p = { 0 };
	DB_RESULT r = NULL;
	size_t all;

	db_arg_h32(&p, after);
	db_arg_i64(&p, (int64_t)limit);
	TRY(db_exec(db, &rows[row[why]], &p, &r));
	all = db_get_rows(r);
	TRY(DB_NEW(a, all, chain));
	memset(last, 0, sizeof *last);
	*n = 0;
	for (size_t i = 0; i < all; i++) {
		TRY(db_get_h32(r, i, 0, last));
		if (db_get_bool(r, i, 1))
			(*chain)[(*n)++] = *last;
	}
	return OK;
}

#define TELL_IDS 100

enum err
db_checkpoint_tell(struct db *db, const struct h32 *chain, size_t n)
{
	char text[TELL_IDS * 64 + 2];

	for (size_t i = 0; i < n;) {
		struct out o = out_of(text, sizeof text - 1);
		struct db_args p = { 0 };

		out_put(&o, "l", 1);
		for (size_t k = 0; k < TELL_IDS && i < n; k++, i++)
			text_hex(&o, h32_span(&chain[i]));
		text[o.n] = '\0';
		db_arg_text(&p, text);
		TRY(db_do(db, &rows[TELL], &p, NULL));
	}
	return OK;
}

enum err
db_checkpoint_lead(struct db *db, bool *is)
{
	struct db_args p = { 0 };
	DB_RESULT r = NULL;

	TRY(db_exec(db, &rows[LEAD], &p, &r));
	*is = db_get_rows(r) == 1 && db_get_bool(r, 0, 0);
	return OK;
}

enum err
db_checkpoint_behind(struct db *db, struct arena *a, size_t limit,
    struct h32 **chain, size_t *n, uint64_t *count)
{
	struct db_args p = { 0 };
	DB_RESULT r = NULL;

	db_arg_i64(&p, (int64_t)limit);
	TRY(db_exec(db, &rows[BEHIND], &p, &r));
	*n = db_get_rows(r);
	*count = *n ? (uint64_t)db_get_i64(r, 0, 1) : 0;
	TRY(DB_NEW(a, *n, chain));
	for (size_t i = 0; i < *n; i++)
		TRY(db_get_h32(r, i, 0, &(*chain)[i]));
	return OK;
}
