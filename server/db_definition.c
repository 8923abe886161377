/* SPDX-License-Identifier: ISC */
#include "db_definition.h"

#include "db_int.h"

enum { LOCK, BY_HASH, ADD, GET, LIST, OF_CHAIN, ALL };
static const struct db_statement rows[] = {
	/* Versions are dense, so those who add one come one after another; a
	 * row lock would need a right to change enclaves. */
	[LOCK] = { "definition_lock",
	    "SELECT id, pg_advisory_xact_lock(25956, (id % 2147483647)::int4)"
	    " FROM enclave WHERE org = $1::int8 AND id = $2::int8",
	    2, false },
	[BY_HASH] = { "definition_by_hash",
	    "SELECT version, sha256, created FROM definition"
	    " WHERE org = $1::int8 AND enclave = $2::int8"
	    " AND sha256 = sha256($3::bytea)",
	    3, true },
	[ADD] = { "definition_add",
	    "INSERT INTO definition (org, enclave, version, cbor, json)"
	    " SELECT $1::int8, $2::int8, coalesce(max(version), 0) + 1,"
	    " $3::bytea, $4::bytea FROM definition WHERE enclave = $2::int8"
	    " RETURNING version, sha256, created",
	    4, false },
	[GET] = { "definition_get",
	    "SELECT version, sha256, created, cbor, json FROM definition"
	    " WHERE org = $1::int8 AND enclave = $2::int8"
	    " AND ($3::int4 = 0 OR version = $3::int4)"
	    " ORDER BY version DESC LIMIT 1",
	    3, true },
	[LIST] = { "definition_list",
	    "SELECT version, sha256, created FROM definition"
	    " WHERE org = $1::int8 AND enclave = $2::int8"
	    " AND version > $3::int4 ORDER BY version LIMIT $4::int8",
	    4, true },
	[OF_CHAIN] = { "definition_of_chain",
	    "SELECT d.version, d.sha256, d.created, d.cbor, d.json"
	    " FROM chain c JOIN definition d ON d.enclave = c.enclave"
	    " WHERE c.chain = $1::bytea AND d.sha256 = $2::bytea",
	    2, true },
	[ALL] = { "definition_all",
	    "SELECT d.version, d.sha256, d.created, d.cbor"
	    " FROM chain c JOIN definition d ON d.enclave = c.enclave"
	    " WHERE c.chain = $1::bytea ORDER BY d.version",
	    1, true },
};
const struct db_statements db_definition_statements = DB_STATEMENTS(rows);

static enum err
read_row(const PGresult *r, size_t i, struct db_definition *d)
{
	d->version = (uint32_t)db_get_i32(r, i, 0);
	d->created = db_get_time(r, i, 2);
	d->cbor = d->json = (struct span){ NULL, 0 };
	return db_get_h32(r, i, 1, &d->sha256);
}

/* One row with its bytes. */
static enum err
get(struct db *db, struct arena *a, const struct db_statement *s,
    const struct db_args *p, struct db_definition *d)
{
	DB_RESULT r = NULL;

	TRY(db_find(db, s, p, &r));
	TRY(read_row(r, 0, d));
	TRY(db_get_copy(a, r, 0, 3, &d->cbor));
	return db_get_copy(a, r, 0, 4, &d->json);
}

static enum err
add(struct db *db, int64_t org, int64_t enclave, struct span cbor,
    struct span json, struct db_definition *d, bool *repeated)
{
	struct db_args p = { 0 };
	DB_RESULT lock = NULL;
	DB_RESULT was = NULL;
	DB_RESULT r = NULL;

	db_arg_i64(&p, org);
	db_arg_i64(&p, enclave);
	TRY(db_exec(db, &rows[LOCK], &p, &lock));
	if (db_get_rows(lock) == 0)
		return ERR_NOT_FOUND;
	db_arg_bytes(&p, cbor);
	TRY(db_exec(db, &rows[BY_HASH], &p, &was));
	*repeated = db_get_rows(was) > 0;
	if (*repeated)
		return read_row(was, 0, d);
	db_arg_bytes(&p, json);
	TRY(db_exec(db, &rows[ADD], &p, &r));
	return read_row(r, 0, d);
}

enum err
db_definition_add(struct db *db, int64_t org, int64_t enclave, struct span cbor,
    struct span json, struct db_definition *d, bool *repeated)
{
	enum err e;

	if (db_in_transaction(db))
		return add(db, org, enclave, cbor, json, d, repeated);
	TRY(db_begin(db));
	e = add(db, org, enclave, cbor, json, d, repeated);
	if (e == OK)
		return db_commit(db);
	db_rollback(db);
	return e;
}

enum err
db_definition_get(struct db *db, struct arena *a, int64_t org, int64_t enclave,
    uint32_t version, struct db_definition *d)
{
	struct db_args p = { 0 };

	db_arg_i64(&p, org);
	db_arg_i64(&p, enclave);
	db_arg_i32(&p, (int32_t)version);
	return get(db, a, &rows[GET], &p, d);
}

enum err
db_definition_list(struct db *db, struct arena *a, int64_t org, int64_t enclave,
    uint32_t after, size_t limit, struct db_definition **d, size_t *n)
{
	struct db_args p = { 0 };
	DB_RESULT r = NULL;

	db_arg_i64(&p, org);
	db_arg_i64(&p, enclave);
	db_arg_i32(&p, (int32_t)after);
	db_arg_i64(&p, (int64_t)limit);
	TRY(db_exec(db, &rows[LIST], &p, &r));
	*n = db_get_rows(r);
	TRY(DB_NEW(a, *n, d));
	for (size_t i = 0; i < *n; i++)
		TRY(read_row(r, i, &(*d)[i]));
	return OK;
}

enum err
db_definition_of_chain(struct db *db, struct arena *a, const struct h32 *chain,
    const struct h32 *sha256, struct db_definition *d)
{
	struct db_args p = { 0 };

	db_arg_h32(&p, chain);
	db_arg_h32(&p, sha256);
	return get(db, a, &rows[OF_CHAIN], &p, d);
}

enum err
db_definition_all(struct db *db, struct arena *a, const struct h32 *chain,
    struct db_definition **d, size_t *n)
{
	struct db_args p = { 0 };
	DB_RESULT r = NULL;

	db_arg_h32(&p, chain);
	TRY(db_exec(db, &rows[ALL], &p, &r));
	*n = db_get_rows(r);
	TRY(DB_NEW(a, *n, d));
	for (size_t i = 0; i < *n; i++) {
		TRY(read_row(r, i, &(*d)[i]));
		TRY(db_get_copy(a, r, i, 3, &(*d)[i].cbor));
	}
	return OK;
}
