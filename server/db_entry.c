/* SPDX-License-Identifier: ISC */
#include "db_entry.h"

#include "db_int.h"

enum { PAGE, FIND, AFTER, RECEIVED, IDS };
static const struct db_statement rows[] = {
	/* The sum of sizes before each row, so that a page is cut there and not
	 * after it was sent. */
	[PAGE] = { "entry_page",
	    "SELECT seq, entry_id, received, bytes FROM ("
	    "  SELECT seq, entry_id, received, bytes,"
	    "  sum(octet_length(bytes)) OVER (ORDER BY seq) AS upto FROM ("
	    "   SELECT seq, entry_id, received, bytes FROM entry"
	    "   WHERE chain = $1::bytea AND seq >= $2::int8"
	    "   ORDER BY seq LIMIT $3::int8) e) f"
	    " WHERE upto <= $4::int8 OR seq = $2::int8 ORDER BY seq",
	    4, true },
	[FIND] = { "entry_find",
	    "SELECT w.i, e.seq, e.entry_id, e.received, e.bytes"
	    " FROM unnest($1::bytea[], $2::bytea[], $3::bool[])"
	    "  WITH ORDINALITY AS w (chain, key, is_prev, i)"
	    " CROSS JOIN LATERAL ("
	    "  SELECT seq, entry_id, received, bytes FROM entry"
	    "  WHERE NOT w.is_prev AND chain = w.chain AND payload_id = w.key"
	    "  UNION ALL"
	    "  SELECT seq, entry_id, received, bytes FROM entry"
	    "  WHERE w.is_prev AND chain = w.chain AND prev = w.key) e"
	    " ORDER BY w.i, e.seq",
	    3, true },
	[AFTER] = { "entry_after",
	    "SELECT seq FROM entry WHERE chain = $1::bytea"
	    " AND prev = $2::bytea UNION ALL"
	    " SELECT seq + 1 FROM entry WHERE chain = $1::bytea"
	    " AND payload_id = $2::bytea",
	    2, true },
	[RECEIVED] = { "entry_received",
	    "SELECT received FROM entry WHERE chain = $1::bytea"
	    " AND seq >= $2::int8 ORDER BY seq LIMIT $3::int8",
	    3, true },
	[IDS] = { "entry_ids",
	    "SELECT entry_id FROM entry WHERE chain = $1::bytea"
	    " AND seq >= $2::int8 ORDER BY seq LIMIT $3::int8",
	    3, true },
};
const struct db_statements db_entry_statements = DB_STATEMENTS(rows);

/* seq, entry_id, received and bytes in the columns from col on. */
static enum err
read_row(struct arena *a, const PGresult *r, size_t i, int col,
    struct db_entry *e)
{
	e->seq = (uint64_t)db_get_i64(r, i, col);
	TRY(db_get_h32(r, i, col + 1, &e->id));
	e->received = db_get_time(r, i, col + 2);
	return db_get_copy(a, r, i, col + 3, &e->bytes);
}

enum err
db_entry_page(struct db *db, struct arena *a, const struct h32 *chain,
    uint64_t from, size_t limit, size_t max, struct db_entry **e, size_t *n)
{
	struct db_args p = { 0 };
	DB_RESULT r = NULL;

	db_arg_h32(&p, chain);
	db_arg_i64(&p, (int64_t)from);
	db_arg_i64(&p, (int64_t)limit);
	db_arg_i64(&p, (int64_t)max);
	TRY(db_exec(db, &rows[PAGE], &p, &r));
	*n = db_get_rows(r);
	TRY(DB_NEW(a, *n, e));
	for (size_t i = 0; i < *n; i++)
		TRY(read_row(a, r, i, 0, &(*e)[i]));
	return OK;
}

static void
put_wanted(struct db_array y[3], const struct db_entry_wanted *w, size_t n)
{
	db_array_begin(&y[0], DB_TYPE_BYTEA);
	db_array_begin(&y[1], DB_TYPE_BYTEA);
	db_array_begin(&y[2], DB_TYPE_BOOL);
	for (size_t i = 0; i < n; i++) {
		db_array_bytes(&y[0], h32_span(&w[i].chain));
		db_array_bytes(&y[1], h32_span(&w[i].payload));
		db_array_bytes(&y[2], span_of(w[i].is_prev ? "\1" : "\0", 1));
	}
}

enum err
db_entry_find(struct db *db, struct arena *a, const struct db_entry_wanted *w,
    size_t w_n, struct db_entry_found **f, size_t *n)
{
	struct db_array y[3] = { 0 };
	struct db_args p = { 0 };
	DB_RESULT r = NULL;
	enum err e;

	put_wanted(y, w, w_n);
	for (size_t i = 0; i < 3; i++)
		db_arg_array(&p, &y[i]);
	e = db_exec(db, &rows[FIND], &p, &r);
	for (size_t i = 0; i < 3; i++)
		db_array_free(&y[i]);
	TRY(e);
	*n = db_get_rows(r);
	TRY(DB_NEW(a, *n, f));
	for (size_t i = 0; i < *n; i++) {
		(*f)[i].i = (size_t)db_get_i64(r, i, 0) - 1;
		TRY(read_row(a, r, i, 1, &(*f)[i].entry));
	}
	return OK;
}

enum err
db_entry_after(struct db *db, const struct h32 *chain, const struct h32 *id,
    uint64_t *seq)
{
	struct db_args p = { 0 };
	DB_RESULT r = NULL;

	db_arg_h32(&p, chain);
	db_arg_h32(&p, id);
	TRY(db_find(db, &rows[AFTER], &p, &r));
	*seq = (uint64_t)db_get_i64(r, 0, 0);
	return OK;
}

enum err
db_entry_received(struct db *db, struct arena *a, const struct h32 *chain,
    uint64_t from, size_t limit, uint64_t **ms, size_t *n)
{
	struct db_args p = { 0 };
	DB_RESULT r = NULL;

	db_arg_h32(&p, chain);
	db_arg_i64(&p, (int64_t)from);
	db_arg_i64(&p, (int64_t)limit);
	TRY(db_exec(db, &rows[RECEIVED], &p, &r));
	*n = db_get_rows(r);
	TRY(DB_NEW(a, *n, ms));
	for (size_t i = 0; i < *n; i++)
		(*ms)[i] = db_get_time(r, i, 0);
	return OK;
}

enum err
db_entry_ids(struct db *db, struct arena *a, const struct h32 *chain,
    uint64_t from, uint64_t limit, struct h32 **id, size_t *n)
{
	struct db_args p = { 0 };
	DB_RESULT r = NULL;

	db_arg_h32(&p, chain);
	db_arg_i64(&p, (int64_t)from);
	db_arg_i64(&p, (int64_t)limit);
	TRY(db_exec(db, &rows[IDS], &p, &r));
	*n = db_get_rows(r);
	TRY(DB_NEW(a, *n, id));
	for (size_t i = 0; i < *n; i++)
		TRY(db_get_h32(r, i, 0, &(*id)[i]));
	return OK;
}
