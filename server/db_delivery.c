/* SPDX-License-Identifier: ISC */
#include "db_delivery.h"

#include "db_int.h"

/* Those whose ids `these` selects. */
#define CLAIM(these) \
	"WITH c AS (UPDATE delivery SET attempts = attempts + 1," \
	"  tried = now(), due = now() + interval '30 seconds'" \
	"  WHERE id = ANY (ARRAY(SELECT id FROM delivery WHERE" \
	"   id = ANY (ARRAY(" these ")) AND due <= now()" \
	"   FOR UPDATE SKIP LOCKED)) RETURNING *)" \
	" SELECT c.id, c.chain, c.seq, c.attempts, c.until, c.webhook," \
	" c.subscription, w.org, coalesce(w.url, u.address)," \
	" w.generation, coalesce(w.created, u.created), w.rotated," \
	" u.confirmed IS NOT NULL, c.happening, c.created FROM c" \
	" LEFT JOIN webhook w ON w.id = c.webhook" \
	" LEFT JOIN subscription u ON u.id = c.subscription"

/* The first `each` of every webhook of the lane that is not busy and whose
 * organisation is not. */
#define OF_WEBHOOKS(lane, each, order) \
	"SELECT d.id FROM webhook w CROSS JOIN LATERAL" \
	" (SELECT id, due FROM delivery WHERE webhook = w.id" \
	"  AND due <= now() ORDER BY due LIMIT " each ") d WHERE " lane \
	" AND w.id <> ALL ($2::int8[]) AND w.org <> ALL ($3::int8[])" \
	" ORDER BY " order "d.due LIMIT $1::int8"

enum {
	WELL,
	WARY,
	MAIL,
	RECORD,
	FORGET,
	LIST,
	AGAIN,
	TEST,
	QUEUE,
	OLD,
	MUCH,
	SILENT
};
static const struct db_statement rows[] = {
	[WELL] = { "delivery_claim_well",
	    CLAIM(OF_WEBHOOKS("w.worked IS NOT NULL AND w.failing IS NULL", "4",
		"")),
	    3, false },
	/* Who was never tried comes before who failed. */
	[WARY] = { "delivery_claim_wary",
	    CLAIM(OF_WEBHOOKS("(w.worked IS NULL OR w.failing IS NOT NULL)"
			      " AND (w.again IS NULL OR w.again <= now())",
		"1", "w.failing IS NOT NULL, ")),
	    3, false },
	[MAIL] = { "delivery_claim_mail",
	    CLAIM("SELECT id FROM delivery WHERE due <= now()"
		  " AND subscription IS NOT NULL"
		  " AND subscription <> ALL ($2::int8[])"
		  " AND cardinality($3::int8[]) = 0"
		  " ORDER BY due LIMIT $1::int8"),
	    3, false },
	[RECORD] = { "delivery_record",
	    "UPDATE delivery SET done = $2::bool, status = $3::int4,"
	    " took = $4::int4, error = $5::text, due = $6::timestamptz"
	    " WHERE id = $1::int8",
	    6, false },
	[FORGET] = { "delivery_forget",
	    "DELETE FROM delivery WHERE id = $1::int8", 1, false },
	[LIST] = { "delivery_list",
	    "SELECT d.id, d.chain, d.seq, d.created, d.due, d.tried,"
	    " d.attempts, d.done, coalesce(d.status, 0),"
	    " coalesce(d.took, 0), coalesce(d.error, '') FROM delivery d"
	    " JOIN webhook w ON w.id = d.webhook WHERE w.org = $1::int8"
	    " AND d.webhook = $2::int8 AND d.id < $3::int8"
	    " ORDER BY d.id DESC LIMIT $4::int8",
	    4, true },
	[AGAIN] = { "delivery_again",
	    "UPDATE delivery d SET due = now(), attempts = 0, done = false,"
	    " until = now() + interval '3 days' FROM webhook w"
	    " WHERE w.id = d.webhook AND w.org = $1::int8"
	    " AND w.disabled IS NULL AND d.webhook = $2::int8"
	    " AND d.id = $3::int8",
	    3, false },
	[TEST] = { "delivery_test",
	    "INSERT INTO delivery (webhook) SELECT id FROM webhook WHERE"
	    " org = $1::int8 AND id = $2::int8 RETURNING id",
	    2, false },
	[QUEUE] = { "delivery_queue",
	    "SELECT count(*), coalesce(greatest(0, (extract(epoch FROM now() -"
	    " min(due)) * 1000)::int8), 0) FROM delivery"
	    " WHERE due IS NOT NULL",
	    0, true },
	[OLD] = { "delivery_old",
	    "DELETE FROM delivery WHERE id = ANY (ARRAY(SELECT id FROM delivery"
	    " WHERE due IS NULL AND created < now() - interval '30 days'"
	    " LIMIT 10000))",
	    0, false },
	[MUCH] = { "delivery_much",
	    "DELETE FROM delivery d USING webhook w CROSS JOIN LATERAL"
	    " (SELECT e.id FROM delivery e WHERE e.webhook = w.id"
	    "  ORDER BY e.id DESC OFFSET 1000 LIMIT 1) x"
	    " WHERE d.webhook = w.id AND d.id <= x.id AND d.due IS NULL",
	    0, false },
	[SILENT] = { "subscription_silent",
	    "DELETE FROM subscription WHERE confirmed IS NULL"
	    " AND asked < now() - interval '1 day'",
	    0, false },
};
const struct db_statements db_delivery_statements = DB_STATEMENTS(rows);

static enum err
read_job(struct arena *a, const PGresult *r, size_t i,
    struct db_delivery_job *j)
{
	*j = (struct db_delivery_job){ .id = db_get_i64(r, i, 0),
		.has_entry = !db_get_null(r, i, 1),
		.attempts = (uint32_t)db_get_i32(r, i, 3),
		.until = db_get_time(r, i, 4),
		.created = db_get_time(r, i, 14),
		.made = db_get_time(r, i, 10),
		.rotated = db_get_time(r, i, 11),
		.confirmed = db_get_bool(r, i, 12),
		.happening = db_get_null(r, i, 13) ? 0 : db_get_i64(r, i, 13) };
	if (j->has_entry) {
		TRY(db_get_h32(r, i, 1, &j->chain));
		j->seq = (uint64_t)db_get_i64(r, i, 2);
	}
	if (!db_get_null(r, i, 5)) {
		j->webhook = db_get_i64(r, i, 5);
		j->org = db_get_i64(r, i, 7);
		j->generation = (uint32_t)db_get_i32(r, i, 9);
	} else {
		j->subscription = db_get_i64(r, i, 6);
	}
	return db_get_text(a, r, i, 8, &j->to);
}

static enum err
claim(struct db *db, const struct db_delivery_turn *t, PGresult **r)
{
	static const int row[DB_DELIVERY_LANES] = { WELL, WARY, MAIL };
	struct db_array busy = { 0 }, org = { 0 };
	struct db_args p = { 0 };
	enum err e;

	db_array_begin(&busy, DB_TYPE_I64);
	for (size_t i = 0; i < t->busy_n; i++)
		db_array_i64(&busy, t->busy[i]);
	db_array_begin(&org, DB_TYPE_I64);
	for (size_t i = 0; i < t->org_n; i++)
		db_array_i64(&org, t->org[i]);
	db_arg_i64(&p, (int64_t)t->limit);
	db_arg_array(&p, &busy);
	db_arg_array(&p, &org);
	e = db_exec(db, &rows[row[t->lane]], &p, r);
	db_array_free(&busy);
	db_array_free(&org);
	return e;
}

enum err
db_delivery_claim(struct db *db, struct arena *a,
    const struct db_delivery_turn *t, struct db_delivery_job **j, size_t *n)
{
	DB_RESULT r = NULL;

	TRY(claim(db, t, &r));
	*n = db_get_rows(r);
	TRY(DB_NEW(a, *n, j));
	for (size_t i = 0; i < *n; i++)
		TRY(read_job(a, r, i, &(*j)[i]));
	return OK;
}

enum err
db_delivery_record(struct db *db, const struct db_delivery_result *r)
{
	struct db_args p = { 0 };

	db_arg_i64(&p, r->id);
	db_arg_bool(&p, r->done);
	db_arg_i32(&p, r->status);
	db_arg_i32(&p, r->took);
	if (r->error)
		db_arg_text(&p, r->error);
	else
		db_arg_null(&p);
	if (r->due)
		db_arg_time(&p, r->due);
	else
		db_arg_null(&p);
	return db_do(db, &rows[RECORD], &p, NULL);
}

enum err
db_delivery_forget(struct db *db, int64_t id)
{
	struct db_args p = { 0 };

	db_arg_i64(&p, id);
	return db_do(db, &rows[FORGET], &p, NULL);
}

static enum err
read_row(struct arena *a, const PGresult *r, size_t i, struct db_delivery *d)
{
	*d = (struct db_delivery){ .id = db_get_i64(r, i, 0),
		.has_entry = !db_get_null(r, i, 1),
		.created = db_get_time(r, i, 3),
		.due = db_get_time(r, i, 4),
		.tried = db_get_time(r, i, 5),
		.attempts = (uint32_t)db_get_i32(r, i, 6),
		.done = db_get_bool(r, i, 7),
		.status = db_get_i32(r, i, 8),
		.took = db_get_i32(r, i, 9) };
	if (d->has_entry) {
		TRY(db_get_h32(r, i, 1, &d->chain));
		d->seq = (uint64_t)db_get_i64(r, i, 2);
	}
	return db_get_text(a, r, i, 10, &d->error);
}

enum err
db_delivery_list(struct db *db, struct arena *a, int64_t org, int64_t webhook,
    int64_t before, size_t limit, struct db_delivery **d, size_t *n)
{
	struct db_args p = { 0 };
	DB_RESULT r = NULL;

	db_arg_i64(&p, org);
	db_arg_i64(&p, webhook);
	db_arg_i64(&p, before ? before : INT64_MAX);
	db_arg_i64(&p, (int64_t)limit);
	TRY(db_exec(db, &rows[LIST], &p, &r));
	*n = db_get_rows(r);
	TRY(DB_NEW(a, *n, d));
	for (size_t i = 0; i < *n; i++)
		TRY(read_row(a, r, i, &(*d)[i]));
	return OK;
}

enum err
db_delivery_again(struct db *db, int64_t org, int64_t webhook, int64_t id)
{
	struct db_args p = { 0 };
	uint64_t n;

	db_arg_i64(&p, org);
	db_arg_i64(&p, webhook);
	db_arg_i64(&p, id);
	TRY(db_do(db, &rows[AGAIN], &p, &n));
	return n ? OK : ERR_NOT_FOUND;
}

enum err
db_delivery_test(struct db *db, int64_t org, int64_t webhook, int64_t *id)
{
	struct db_args p = { 0 };
	DB_RESULT r = NULL;

	db_arg_i64(&p, org);
	db_arg_i64(&p, webhook);
	TRY(db_exec(db, &rows[TEST], &p, &r));
	if (db_get_rows(r) == 0)
		return ERR_NOT_FOUND;
	*id = db_get_i64(r, 0, 0);
	return OK;
}

enum err
db_delivery_queue(struct db *db, uint64_t *waiting, uint64_t *late)
{
	static const struct db_args none;
	DB_RESULT r = NULL;

	TRY(db_exec(db, &rows[QUEUE], &none, &r));
	*waiting = (uint64_t)db_get_i64(r, 0, 0);
	*late = (uint64_t)db_get_i64(r, 0, 1);
	return OK;
}

enum err
db_delivery_prune(struct db *db)
{
	static const struct db_args none;

	TRY(db_do(db, &rows[OLD], &none, NULL));
	TRY(db_do(db, &rows[MUCH], &none, NULL));
	return db_do(db, &rows[SILENT], &none, NULL);
}
