/* SPDX-License-Identifier: ISC */
#include "db_audit.h"

#include "db_int.h"

enum { ADD, LIST };
static const struct db_statement rows[] = {
	[ADD] = { "audit_add",
	    "INSERT INTO audit (org, token, actor, action, object, request_id)"
	    " VALUES ($1::int8, $2::int8, $3::text, $4::text, $5::text,"
	    " $6::text)",
	    6, false },
	[LIST] = { "audit_list",
	    "SELECT at, id, actor, action, object, request_id FROM audit_log"
	    " WHERE org = $1::int8"
	    " AND (at, id COLLATE \"C\") < ($2::timestamptz, $3::text)"
	    " ORDER BY at DESC, id COLLATE \"C\" DESC LIMIT $4::int8",
	    4, true },
};
const struct db_statements db_audit_statements = DB_STATEMENTS(rows);

enum err
db_audit_add(struct db *db, int64_t org, int64_t token, const char *actor,
    const char *action, const char *object, const char *request_id)
{
	struct db_args p = { 0 };

	db_arg_i64(&p, org);
	db_arg_id(&p, token);
	db_arg_text(&p, actor);
	db_arg_text(&p, action);
	db_arg_text(&p, object);
	db_arg_text(&p, request_id);
	return db_do(db, &rows[ADD], &p, NULL);
}

enum err
db_audit_list(struct db *db, struct arena *a, int64_t org, uint64_t before_at,
    const char *before_id, size_t limit, struct db_audit **l, size_t *n)
{
	struct db_args p = { 0 };
	DB_RESULT r = NULL;

	db_arg_i64(&p, org);
	/* INT64_MAX is PostgreSQL's infinity. */
	db_arg_i64(&p,
	    before_at ? (int64_t)before_at - DB_EPOCH_MS * 1000 : INT64_MAX);
	db_arg_text(&p, before_id ? before_id : "");
	db_arg_i64(&p, (int64_t)limit);
	TRY(db_exec(db, &rows[LIST], &p, &r));
	*n = db_get_rows(r);
	TRY(DB_NEW(a, *n, l));
	for (size_t i = 0; i < *n; i++) {
		struct db_audit *y = &(*l)[i];

		y->at = (uint64_t)(db_get_i64(r, i, 0) + DB_EPOCH_MS * 1000);
		TRY(db_get_text(a, r, i, 1, &y->id));
		TRY(db_get_text(a, r, i, 2, &y->actor));
		TRY(db_get_text(a, r, i, 3, &y->action));
		TRY(db_get_text(a, r, i, 4, &y->object));
		TRY(db_get_text(a, r, i, 5, &y->request_id));
	}
	return OK;
}
