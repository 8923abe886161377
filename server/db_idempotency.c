/* SPDX-License-Identifier: ISC */
#include "db_idempotency.h"

#include "db_int.h"

enum { BEGIN, GET, STORE, EXPIRE };
static const struct db_statement rows[] = {
	/* Waits for a transaction that holds the same key. */
	[BEGIN] = { "idempotency_begin",
	    "INSERT INTO idempotency (org, key, request)"
	    " VALUES ($1::int8, $2::bytea, $3::bytea)"
	    " ON CONFLICT (org, key) DO NOTHING",
	    3, false },
	[GET] = { "idempotency_get",
	    "SELECT request::bytea, status, type, location, body"
	    " FROM idempotency WHERE org = $1::int8 AND key = $2::bytea",
	    2, true },
	[STORE] = { "idempotency_store",
	    "UPDATE idempotency SET status = $3::int4, type = $4::text,"
	    " location = $5::text, body = $6::bytea"
	    " WHERE org = $1::int8 AND key = $2::bytea",
	    6, false },
	[EXPIRE] = { "idempotency_expire",
	    "DELETE FROM idempotency WHERE (org, key) = ANY(ARRAY("
	    "SELECT (org, key) FROM idempotency"
	    " WHERE created < now() - interval '1 day'"
	    " LIMIT 1000 FOR UPDATE SKIP LOCKED))",
	    0, false },
};
const struct db_statements db_idempotency_statements = DB_STATEMENTS(rows);

enum err
db_idempotency_begin(struct db *db, struct arena *a, int64_t org,
    struct span key, const struct h32 *request, bool *again,
    struct db_idempotency *was)
{
	struct db_args p = { 0 };
	DB_RESULT r = NULL;
	struct h32 before;
	uint64_t made;

	db_arg_i64(&p, org);
	db_arg_bytes(&p, key);
	db_arg_h32(&p, request);
	TRY(db_do(db, &rows[BEGIN], &p, &made));
	*again = made == 0;
	if (made)
		return OK;
	p.n = 2;
	TRY(db_exec(db, &rows[GET], &p, &r));
	if (db_get_rows(r) == 0 || db_get_null(r, 0, 1))
		return ERR_BUSY; /* deleted just now: a day is over */
	TRY(db_get_h32(r, 0, 0, &before));
	if (!h32_eq(&before, request))
		return ERR_IDEMPOTENCY_CONFLICT;
	was->status = (unsigned)db_get_i32(r, 0, 1);
	TRY(db_get_text(a, r, 0, 2, &was->type));
	TRY(db_get_text(a, r, 0, 3, &was->location));
	return db_get_copy(a, r, 0, 4, &was->body);
}

enum err
db_idempotency_store(struct db *db, int64_t org, struct span key,
    const struct db_idempotency *is)
{
	struct db_args p = { 0 };

	db_arg_i64(&p, org);
	db_arg_bytes(&p, key);
	db_arg_i32(&p, (int32_t)is->status);
	db_arg_text(&p, is->type ? is->type : "");
	db_arg_text(&p, is->location ? is->location : "");
	db_arg_bytes(&p, is->body);
	return db_do(db, &rows[STORE], &p, NULL);
}

enum err
db_idempotency_expire(struct db *db)
{
	struct db_args p = { 0 };

	return db_do(db, &rows[EXPIRE], &p, NULL);
}
