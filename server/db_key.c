/* SPDX-License-Identifier: ISC */
#include "db_key.h"

#include "db_int.h"

enum { CREATE, FIND, LIST };
static const struct db_statement rows[] = {
	[CREATE] = { "key_create",
	    "INSERT INTO server_key (org, name, blob)"
	    " VALUES ($1::int8, $2::text, $3::bytea)"
	    " RETURNING kid, created",
	    3, false },
	[FIND] = { "key_find",
	    "SELECT name::text, kid, blob, created FROM server_key"
	    " WHERE org = $1::int8 AND name = $2::text",
	    2, true },
	[LIST] = { "key_list",
	    "SELECT name::text, kid, blob, created FROM server_key"
	    " WHERE org = $1::int8 AND name COLLATE \"C\" > $2::text"
	    " ORDER BY name COLLATE \"C\" LIMIT $3::int8",
	    3, true },
};
const struct db_statements db_key_statements = DB_STATEMENTS(rows);

enum err
db_key_create(struct db *db, int64_t org, const char *name, struct span blob,
    struct db_key *k)
{
	struct db_args p = { 0 };
	DB_RESULT r = NULL;
	enum err e;

	db_arg_i64(&p, org);
	db_arg_text(&p, name);
	db_arg_bytes(&p, blob);
	e = db_exec(db, &rows[CREATE], &p, &r);
	if (e == ERR_DATABASE_CONSTRAINT && db_violated(db, "server_key_pkey"))
		return ERR_NAME_TAKEN;
	TRY(e);
	*k = (struct db_key){ .name = name, .blob = blob };
	k->created = db_get_time(r, 0, 1);
	return db_get_h32(r, 0, 0, &k->kid);
}

static enum err
read_row(struct arena *a, const PGresult *r, size_t i, struct db_key *k)
{
	TRY(db_get_text(a, r, i, 0, &k->name));
	TRY(db_get_h32(r, i, 1, &k->kid));
	TRY(db_get_copy(a, r, i, 2, &k->blob));
	k->created = db_get_time(r, i, 3);
	return OK;
}

enum err
db_key_find(struct db *db, struct arena *a, int64_t org, const char *name,
    struct db_key *k)
{
	struct db_args p = { 0 };
	DB_RESULT r = NULL;

	db_arg_i64(&p, org);
	db_arg_text(&p, name);
	TRY(db_find(db, &rows[FIND], &p, &r));
	return read_row(a, r, 0, k);
}

enum err
db_key_list(struct db *db, struct arena *a, int64_t org, const char *after,
    size_t limit, struct db_key **k, size_t *n)
{
	struct db_args p = { 0 };
	DB_RESULT r = NULL;

	db_arg_i64(&p, org);
	db_arg_text(&p, after);
	db_arg_i64(&p, (int64_t)limit);
	TRY(db_exec(db, &rows[LIST], &p, &r));
	*n = db_get_rows(r);
	TRY(DB_NEW(a, *n, k));
	for (size_t i = 0; i < *n; i++)
		TRY(read_row(a, r, i, &(*k)[i]));
	return OK;
}
