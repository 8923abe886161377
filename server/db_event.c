/* SPDX-License-Identifier: ISC */
#include "db_event.h"

#include "db_int.h"

enum { TURN, PLACE, MISSING, HEAD, LIST, HOOKS, MAILS, TOLD };
static const struct db_statement rows[] = {
	/* A statement of its own: the next one must see what was committed
	 * while this one waited. */
	[TURN] = { "event_turn", "SELECT told FROM turn FOR UPDATE", 0, false },
	[PLACE] = { "event_place",
	    "INSERT INTO event (chain, first, upto, number, state)"
	    " SELECT chain, first, next_seq, CASE WHEN private THEN NULL ELSE"
	    "  (SELECT coalesce((SELECT number + upto - first FROM event"
	    "   WHERE number IS NOT NULL ORDER BY number DESC LIMIT 1), 1)) +"
	    "  sum(CASE WHEN private THEN 0 ELSE next_seq - first END)"
	    "   OVER (ORDER BY received, chain ROWS UNBOUNDED PRECEDING)"
	    "  - (next_seq - first) END,"
	    " CASE WHEN next_seq / 64 > first / 64 THEN state END"
	    " FROM (SELECT c.chain, c.private, c.next_seq, c.received,"
	    "  c.state,"
	    "  coalesce((SELECT v.upto FROM event v WHERE v.chain = c.chain"
	    "   ORDER BY v.upto DESC LIMIT 1), 0) AS first"
	    "  FROM chain c WHERE c.chain = ANY ($1::bytea[])) m"
	    " WHERE next_seq > first ORDER BY received, chain",
	    1, false },
	[MISSING] = { "event_missing",
	    "SELECT c.chain FROM chain c WHERE NOT EXISTS (SELECT FROM event v"
	    " WHERE v.chain = c.chain AND v.upto = c.next_seq)"
	    " LIMIT $1::int8",
	    1, true },
	[HEAD] = { "event_head",
	    "SELECT number + upto - first FROM event WHERE number IS NOT NULL"
	    " ORDER BY number DESC LIMIT 1",
	    0, true },
	[LIST] = { "event_list",
	    "SELECT chain, first, upto, number FROM event WHERE number >="
	    " (SELECT number FROM event WHERE number <= $1::int8"
	    "  ORDER BY number DESC LIMIT 1)"
	    " ORDER BY number LIMIT $2::int8",
	    2, true },
	[HOOKS] = { "event_hooks",
	    "INSERT INTO delivery (webhook, chain, seq)"
	    " SELECT w.id, v.chain, s FROM event v JOIN chain c USING (chain)"
	    " JOIN webhook w ON (w.chain = v.chain OR"
	    "  (w.chain IS NULL AND w.org = c.org))"
	    " CROSS JOIN LATERAL generate_series(v.first, v.upto - 1) s"
	    " WHERE v.id > $1::int8 AND v.id > w.since AND w.disabled IS NULL"
	    " AND (NOT c.private OR w.org = c.org) ORDER BY v.id, s",
	    1, false },
	[MAILS] = { "event_mails",
	    "INSERT INTO delivery (subscription, chain, seq)"
	    " SELECT u.id, v.chain, s FROM event v JOIN chain c USING (chain)"
	    " JOIN subscription u ON u.chain = v.chain"
	    " CROSS JOIN LATERAL generate_series(v.first, v.upto - 1) s"
	    " WHERE v.id > $1::int8 AND v.id > u.since"
	    " AND u.confirmed IS NOT NULL AND NOT c.private"
	    " ORDER BY v.id, s",
	    1, false },
	[TOLD] = { "event_told",
	    "UPDATE turn SET told = coalesce((SELECT max(id) FROM event), 0)",
	    0, false },
};
const struct db_statements db_event_statements = DB_STATEMENTS(rows);

static enum err
put_places(struct db *db, const struct h32 *chain, size_t n, uint64_t *placed)
{
	struct db_array y = { 0 };
	struct db_args p = { 0 };
	enum err e;

	db_array_hashes(&y, chain, n);
	db_arg_array(&p, &y);
	e = db_do(db, &rows[PLACE], &p, placed);
	db_array_free(&y);
	return e;
}

/* Deliveries of what came since `told`. */
static enum err
tell(struct db *db, int64_t told)
{
	static const struct db_args none;
	struct db_args p = { 0 };

	db_arg_i64(&p, told);
	TRY(db_do(db, &rows[HOOKS], &p, NULL));
	TRY(db_do(db, &rows[MAILS], &p, NULL));
	return db_do(db, &rows[TOLD], &none, NULL);
}

static enum err
take_turn(struct db *db, int64_t *told)
{
	static const struct db_args none;
	DB_RESULT r = NULL;

	TRY(db_exec(db, &rows[TURN], &none, &r));
	if (db_get_rows(r) != 1)
		return ERR_INTERNAL;
	*told = db_get_i64(r, 0, 0);
	return OK;
}

enum err
db_event_turn(struct db *db)
{
	int64_t told;

	return take_turn(db, &told);
}

static enum err
place(struct db *db, const struct h32 *chain, size_t n, uint64_t *placed)
{
	int64_t told;

	TRY(take_turn(db, &told));
	TRY(put_places(db, chain, n, placed));
	return *placed ? tell(db, told) : OK;
}

enum err
db_event_place(struct db *db, const struct h32 *chain, size_t n, bool *some)
{
	uint64_t placed = 0;
	enum err e;

	*some = false;
	TRY(db_begin(db));
	e = place(db, chain, n, &placed);
	if (e != OK) {
		db_rollback(db);
		return e;
	}
	TRY(db_commit(db));
	*some = placed > 0;
	return OK;
}

enum err
db_event_missing(struct db *db, struct arena *a, size_t limit,
    struct h32 **chain, size_t *n)
{
	struct db_args p = { 0 };
	DB_RESULT r = NULL;

	db_arg_i64(&p, (int64_t)limit);
	TRY(db_exec(db, &rows[MISSING], &p, &r));
	*n = db_get_rows(r);
	TRY(DB_NEW(a, *n, chain));
	for (size_t i = 0; i < *n; i++)
		TRY(db_get_h32(r, i, 0, &(*chain)[i]));
	return OK;
}

enum err
db_event_head(struct db *db, uint64_t *next)
{
	static const struct db_args none;
	DB_RESULT r = NULL;

	TRY(db_exec(db, &rows[HEAD], &none, &r));
	*next = db_get_rows(r) ? (uint64_t)db_get_i64(r, 0, 0) : 1;
	return OK;
}

enum err
db_event_list(struct db *db, struct arena *a, uint64_t number, size_t limit,
    struct db_event **v, size_t *n)
{
	struct db_args p = { 0 };
	DB_RESULT r = NULL;

	db_arg_i64(&p, (int64_t)number);
	db_arg_i64(&p, (int64_t)limit);
	TRY(db_exec(db, &rows[LIST], &p, &r));
	*n = db_get_rows(r);
	TRY(DB_NEW(a, *n, v));
	for (size_t i = 0; i < *n; i++) {
		TRY(db_get_h32(r, i, 0, &(*v)[i].chain));
		(*v)[i].first = (uint64_t)db_get_i64(r, i, 1);
		(*v)[i].upto = (uint64_t)db_get_i64(r, i, 2);
		(*v)[i].number = (uint64_t)db_get_i64(r, i, 3);
	}
	return OK;
}
