/* SPDX-License-Identifier: ISC */
#include "db_past.h"

#include "db_int.h"

#define NEAREST(table) \
	"(SELECT state FROM " table " WHERE chain = $1::bytea" \
	" AND upto <= $2::int8 AND state IS NOT NULL" \
	" ORDER BY upto DESC LIMIT 1)"

enum { NEAR, KEEP };
static const struct db_statement rows[] = {
	[NEAR] = { "past_near",
	    "SELECT coalesce(" NEAREST("event") ", ''),"
						" coalesce(" NEAREST(
						    "past") ", '')",
	    2, true },
	[KEEP] = { "past_keep",
	    "INSERT INTO past (chain, upto, state)"
	    " VALUES ($1::bytea, $2::int8, $3::bytea)"
	    " ON CONFLICT (chain, upto) DO UPDATE SET state = EXCLUDED.state",
	    3, false },
};
const struct db_statements db_past_statements = DB_STATEMENTS(rows);

enum err
db_past_near(struct db *db, struct arena *a, const struct h32 *chain,
    uint64_t upto, struct db_past *p)
{
	struct db_args args = { 0 };
	DB_RESULT r = NULL;

	db_arg_h32(&args, chain);
	db_arg_i64(&args, (int64_t)upto);
	TRY(db_exec(db, &rows[NEAR], &args, &r));
	if (db_get_rows(r) != 1)
		return ERR_DATABASE_WRONG;
	TRY(db_get_copy(a, r, 0, 0, &p->told));
	return db_get_copy(a, r, 0, 1, &p->kept);
}

enum err
db_past_keep(struct db *db, const struct h32 *chain, uint64_t upto,
    struct span state)
{
	struct db_args args = { 0 };

	db_arg_h32(&args, chain);
	db_arg_i64(&args, (int64_t)upto);
	db_arg_bytes(&args, state);
	return db_do(db, &rows[KEEP], &args, NULL);
}
