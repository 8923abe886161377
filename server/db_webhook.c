/* SPDX-License-Identifier: ISC */
#include "db_webhook.h"

#include "db_int.h"

#define COLUMNS \
	"id, org, chain, url, generation, created, rotated, failing, disabled"

enum {
	COUNT,
	CREATE,
	GET,
	LIST,
	DELETE,
	ROTATE,
	ENABLE,
	WORKS,
	FAILS,
	DISABLE,
	OVER
};
static const struct db_statement rows[] = {
	[COUNT] = { "webhook_count",
	    "SELECT count(*) FROM webhook WHERE org = $1::int8", 1, true },
	[CREATE] = { "webhook_create",
	    "INSERT INTO webhook (org, chain, url, since) SELECT $1::int8,"
	    " $2::bytea, $3::text, coalesce((SELECT max(id) FROM event), 0)"
	    " RETURNING " COLUMNS,
	    3, false },
	[GET] = { "webhook_get",
	    "SELECT " COLUMNS " FROM webhook"
	    " WHERE org = $1::int8 AND id = $2::int8",
	    2, true },
	[LIST] = { "webhook_list",
	    "SELECT " COLUMNS " FROM webhook WHERE org = $1::int8"
	    " AND id > $2::int8 ORDER BY id LIMIT $3::int8",
	    3, true },
	[DELETE] = { "webhook_delete",
	    "DELETE FROM webhook WHERE org = $1::int8 AND id = $2::int8", 2,
	    false },
	[ROTATE] = { "webhook_rotate",
	    "UPDATE webhook SET generation = generation + 1, rotated = now()"
	    " WHERE org = $1::int8 AND id = $2::int8",
	    2, false },
	[ENABLE] = { "webhook_enable",
	    "UPDATE webhook SET disabled = NULL, failing = NULL,"
	    " again = NULL,"
	    " since = coalesce((SELECT max(id) FROM event), 0)"
	    " WHERE org = $1::int8 AND id = $2::int8",
	    2, false },
	[WORKS] = { "webhook_works",
	    "UPDATE webhook SET failing = NULL, again = NULL, worked = now()"
	    " WHERE id = $1::int8 AND (failing IS NOT NULL OR worked IS NULL)",
	    1, false },
	[FAILS] = { "webhook_fails",
	    "UPDATE webhook SET failing = coalesce(failing, now()),"
	    " again = now() + $2::int8 * interval '1 millisecond'"
	    " WHERE id = $1::int8 RETURNING failing",
	    2, false },
	[DISABLE] = { "webhook_disable",
	    "WITH w AS (UPDATE webhook SET disabled = now() WHERE"
	    "  id = $1::int8 AND disabled IS NULL RETURNING id, org)"
	    " INSERT INTO audit (org, token, actor, action, object,"
	    "  request_id) SELECT org, NULL, 'encld', 'webhook.disable',"
	    "  id || ': ' || $2::text, '' FROM w",
	    2, false },
	[OVER] = { "webhook_over",
	    "UPDATE delivery SET due = NULL WHERE webhook = $1::int8"
	    " AND due IS NOT NULL",
	    1, false },
};
const struct db_statements db_webhook_statements = DB_STATEMENTS(rows);

static enum err
read_row(struct arena *a, const PGresult *r, size_t i, struct db_webhook *w)
{
	*w = (struct db_webhook){ .id = db_get_i64(r, i, 0),
		.org = db_get_i64(r, i, 1),
		.has_chain = !db_get_null(r, i, 2),
		.generation = (uint32_t)db_get_i32(r, i, 4),
		.created = db_get_time(r, i, 5),
		.rotated = db_get_time(r, i, 6),
		.failing = db_get_time(r, i, 7),
		.disabled = db_get_time(r, i, 8) };
	if (w->has_chain)
		TRY(db_get_h32(r, i, 2, &w->chain));
	return db_get_text(a, r, i, 3, &w->url);
}

static enum err
run(struct db *db, const struct db_statement *s, int64_t org, int64_t id)
{
	struct db_args p = { 0 };
	uint64_t n;

	db_arg_i64(&p, org);
	db_arg_i64(&p, id);
	TRY(db_do(db, s, &p, &n));
	return n ? OK : ERR_NOT_FOUND;
}

enum err
db_webhook_create(struct db *db, struct arena *a, int64_t org,
    const struct h32 *chain, const char *url, struct db_webhook *w)
{
	struct db_args p = { 0 };
	DB_RESULT n = NULL;
	DB_RESULT r = NULL;

	db_arg_i64(&p, org);
	TRY(db_exec(db, &rows[COUNT], &p, &n));
	if (db_get_i64(n, 0, 0) >= DB_WEBHOOKS_MAX)
		return ERR_QUOTA;
	if (chain)
		db_arg_h32(&p, chain);
	else
		db_arg_null(&p);
	db_arg_text(&p, url);
	TRY(db_exec(db, &rows[CREATE], &p, &r));
	return read_row(a, r, 0, w);
}

enum err
db_webhook_get(struct db *db, struct arena *a, int64_t org, int64_t id,
    struct db_webhook *w)
{
	struct db_args p = { 0 };
	DB_RESULT r = NULL;

	db_arg_i64(&p, org);
	db_arg_i64(&p, id);
	TRY(db_exec(db, &rows[GET], &p, &r));
	return db_get_rows(r) ? read_row(a, r, 0, w) : ERR_NOT_FOUND;
}

enum err
db_webhook_list(struct db *db, struct arena *a, int64_t org, int64_t after,
    size_t limit, struct db_webhook **w, size_t *n)
{
	DB_RESULT r = NULL;

	TRY(db_list(db, &rows[LIST], org, after, limit, &r));
	*n = db_get_rows(r);
	TRY(DB_NEW(a, *n, w));
	for (size_t i = 0; i < *n; i++)
		TRY(read_row(a, r, i, &(*w)[i]));
	return OK;
}

enum err
db_webhook_delete(struct db *db, int64_t org, int64_t id)
{
	return run(db, &rows[DELETE], org, id);
}

enum err
db_webhook_rotate(struct db *db, int64_t org, int64_t id)
{
	return run(db, &rows[ROTATE], org, id);
}

enum err
db_webhook_enable(struct db *db, int64_t org, int64_t id)
{
	return run(db, &rows[ENABLE], org, id);
}

enum err
db_webhook_works(struct db *db, int64_t id)
{
	struct db_args p = { 0 };

	db_arg_i64(&p, id);
	return db_do(db, &rows[WORKS], &p, NULL);
}

enum err
db_webhook_fails(struct db *db, int64_t id, uint64_t rest, uint64_t *failing)
{
	struct db_args p = { 0 };
	DB_RESULT r = NULL;

	db_arg_i64(&p, id);
	db_arg_i64(&p, (int64_t)rest);
	TRY(db_exec(db, &rows[FAILS], &p, &r));
	*failing = db_get_rows(r) ? db_get_time(r, 0, 0) : 0;
	return OK;
}

static enum err
disable(struct db *db, int64_t id, const char *why, bool *is)
{
	struct db_args p = { 0 };
	uint64_t n;

	db_arg_i64(&p, id);
	db_arg_text(&p, why);
	TRY(db_do(db, &rows[DISABLE], &p, &n));
	*is = n > 0;
	p.n = 1;
	return db_do(db, &rows[OVER], &p, NULL);
}

enum err
db_webhook_disable(struct db *db, int64_t id, const char *why, bool *is)
{
	enum err e;

	TRY(db_begin(db));
	e = disable(db, id, why, is);
	if (e == OK)
		return db_commit(db);
	db_rollback(db);
	return e;
}
