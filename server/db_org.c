/* SPDX-License-Identifier: ISC */
#include "db_org.h"

#include "db_int.h"

enum { CREATE, FIND, LIST };
static const struct db_statement rows[] = {
	[CREATE] = { "org_create",
	    "INSERT INTO org (name) VALUES ($1::text) RETURNING id", 1, false },
	[FIND] = { "org_find",
	    "SELECT id, name::text, created FROM org WHERE name = $1::text", 1,
	    true },
	[LIST] = { "org_list",
	    "SELECT id, name::text, created FROM org WHERE id > $1::int8"
	    " ORDER BY id LIMIT $2::int8",
	    2, true },
};
const struct db_statements db_org_statements = DB_STATEMENTS(rows);

enum err
db_org_create(struct db *db, const char *name, int64_t *id)
{
	struct db_args a = { 0 };
	DB_RESULT r = NULL;
	enum err e;

	db_arg_text(&a, name);
	e = db_exec(db, &rows[CREATE], &a, &r);
	if (e == ERR_DATABASE_CONSTRAINT && db_violated(db, "org_name_key"))
		return ERR_NAME_TAKEN;
	TRY(e);
	*id = db_get_i64(r, 0, 0);
	return OK;
}

static enum err
read_row(struct arena *a, const PGresult *r, size_t i, struct db_org *o)
{
	o->id = db_get_i64(r, i, 0);
	TRY(db_get_text(a, r, i, 1, &o->name));
	o->created = db_get_time(r, i, 2);
	return OK;
}

enum err
db_org_find(struct db *db, struct arena *a, const char *name,
    struct db_org *org)
{
	struct db_args p = { 0 };
	DB_RESULT r = NULL;

	db_arg_text(&p, name);
	TRY(db_find(db, &rows[FIND], &p, &r));
	return read_row(a, r, 0, org);
}

enum err
db_org_list(struct db *db, struct arena *a, int64_t after, size_t limit,
    struct db_org **org, size_t *n)
{
	struct db_args p = { 0 };
	DB_RESULT r = NULL;

	db_arg_i64(&p, after);
	db_arg_i64(&p, (int64_t)limit);
	TRY(db_exec(db, &rows[LIST], &p, &r));
	*n = db_get_rows(r);
	TRY(DB_NEW(a, *n, org));
	for (size_t i = 0; i < *n; i++)
		TRY(read_row(a, r, i, &(*org)[i]));
	return OK;
}
