/* SPDX-License-Identifier: ISC */
#include "db_member.h"

#include "db_int.h"

enum { CREATE, FIND, LIST, LOCK, END };
static const struct db_statement rows[] = {
	[CREATE] = { "member_create",
	    "INSERT INTO member (org, name, role)"
	    " VALUES ($1::int8, $2::text, $3::text) RETURNING id",
	    3, false },
	[FIND] = { "member_find",
	    "SELECT id, name::text, role, created FROM member"
	    " WHERE org = $1::int8 AND name = $2::text AND ended IS NULL",
	    2, true },
	[LIST] = { "member_list",
	    "SELECT id, name::text, role, created FROM member"
	    " WHERE org = $1::int8 AND id > $2::int8 AND ended IS NULL"
	    " ORDER BY id LIMIT $3::int8",
	    3, true },
	/* All owners are locked, so that two who end each other meet here. */
	[LOCK] = { "member_lock_owners",
	    "SELECT id, name::text, role FROM member WHERE org = $1::int8 AND"
	    " ended IS NULL AND (role = 'owner' OR name = $2::text)"
	    " ORDER BY id FOR UPDATE",
	    2, false },
	[END] = { "member_end",
	    "WITH m AS (UPDATE member SET ended = now()"
	    "  WHERE org = $1::int8 AND id = $2::int8 AND ended IS NULL"
	    "  RETURNING id)"
	    " UPDATE token SET ended = now() FROM m"
	    " WHERE org = $1::int8 AND member = m.id AND token.ended IS NULL",
	    2, false },
};
const struct db_statements db_member_statements = DB_STATEMENTS(rows);

const char *const db_member_roles[] = { [DB_ROLE_OWNER] = "owner",
	[DB_ROLE_OPERATOR] = "operator",
	[DB_ROLE_AUDITOR] = "auditor",
	NULL };

static enum err
read_row(struct arena *a, const PGresult *r, size_t i, struct db_member *m)
{
	struct span role = db_get_bytes(r, i, 2);

	m->id = db_get_i64(r, i, 0);
	TRY(db_get_text(a, r, i, 1, &m->name));
	m->created = db_get_time(r, i, 3);
	return db_member_role(role, &m->role) ? OK : ERR_INTERNAL;
}

bool
db_member_role(struct span name, enum db_role *role)
{
	for (size_t i = 0; db_member_roles[i]; i++)
		if (span_is(name, db_member_roles[i])) {
			*role = (enum db_role)i;
			return true;
		}
	return false;
}

enum err
db_member_create(struct db *db, int64_t org, const char *name,
    enum db_role role, int64_t *id)
{
	struct db_args p = { 0 };
	DB_RESULT r = NULL;
	enum err e;

	db_arg_i64(&p, org);
	db_arg_text(&p, name);
	db_arg_text(&p, db_member_roles[role]);
	e = db_exec(db, &rows[CREATE], &p, &r);
	if (e == ERR_DATABASE_CONSTRAINT && db_violated(db, "member_name_key"))
		return ERR_NAME_TAKEN;
	TRY(e);
	*id = db_get_i64(r, 0, 0);
	return OK;
}

enum err
db_member_find(struct db *db, struct arena *a, int64_t org, const char *name,
    struct db_member *m)
{
	struct db_args p = { 0 };
	DB_RESULT r = NULL;

	db_arg_i64(&p, org);
	db_arg_text(&p, name);
	TRY(db_find(db, &rows[FIND], &p, &r));
	return read_row(a, r, 0, m);
}

enum err
db_member_list(struct db *db, struct arena *a, int64_t org, int64_t after,
    size_t limit, struct db_member **m, size_t *n)
{
	DB_RESULT r = NULL;

	TRY(db_list(db, &rows[LIST], org, after, limit, &r));
	*n = db_get_rows(r);
	TRY(DB_NEW(a, *n, m));
	for (size_t i = 0; i < *n; i++)
		TRY(read_row(a, r, i, &(*m)[i]));
	return OK;
}

enum err
db_member_end(struct db *db, int64_t org, const char *name)
{
	struct db_args p = { 0 };
	DB_RESULT r = NULL;
	size_t owners = 0;
	bool owner = false;
	int64_t id = 0;

	db_arg_i64(&p, org);
	db_arg_text(&p, name);
	TRY(db_exec(db, &rows[LOCK], &p, &r));
	for (size_t i = 0; i < db_get_rows(r); i++) {
		bool is_owner = span_is(db_get_bytes(r, i, 2), "owner");

		owners += is_owner;
		if (span_is(db_get_bytes(r, i, 1), name)) {
			id = db_get_i64(r, i, 0);
			owner = is_owner;
		}
	}
	if (!id)
		return ERR_NOT_FOUND;
	if (owner && owners == 1)
		return ERR_LAST_OWNER;
	p.n = 1;
	db_arg_i64(&p, id);
	return db_do(db, &rows[END], &p, NULL);
}
