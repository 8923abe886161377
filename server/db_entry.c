/* SPDX-License-Identifier: ISC */
#include "db_entry.h"

#include "db_int.h"

enum { PAGE, RECEIVED };
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
	[RECEIVED] = { "entry_received",
	    "SELECT received FROM entry WHERE chain = $1::bytea"
	    " AND seq >= $2::int8 ORDER BY seq LIMIT $3::int8",
	    3, true },
};
const struct db_statements db_entry_statements = DB_STATEMENTS(rows);

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
	for (size_t i = 0; i < *n; i++) {
		struct db_entry *y = &(*e)[i];

		y->seq = (uint64_t)db_get_i64(r, i, 0);
		TRY(db_get_h32(r, i, 1, &y->id));
		y->received = db_get_time(r, i, 2);
		TRY(db_get_copy(a, r, i, 3, &y->bytes));
	}
	return OK;
}

enum err
db_entry_get(struct db *db, struct arena *a, const struct h32 *chain,
    uint64_t seq, struct db_entry *e)
{
	struct db_entry *one;
	size_t n;

	TRY(db_entry_page(db, a, chain, seq, 1, 0, &one, &n));
	if (n == 0)
		return ERR_NOT_FOUND;
	*e = one[0];
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
