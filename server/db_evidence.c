/* SPDX-License-Identifier: ISC */
#include "db_evidence.h"

#include "db_int.h"

enum { ADD, GET, NAMES };
static const struct db_statement rows[] = {
	[ADD] = { "evidence_add",
	    "INSERT INTO evidence (chain, bundle, request_id)"
	    " VALUES ($1::bytea, $2::bytea, $3::text)"
	    " ON CONFLICT (chain, sha256) DO NOTHING",
	    3, false },
	[GET] = { "evidence_get",
	    "SELECT bundle FROM evidence"
	    " WHERE chain = $1::bytea AND sha256 = $2::bytea",
	    2, true },
	[NAMES] = { "evidence_names",
	    "SELECT sha256 FROM evidence WHERE chain = $1::bytea"
	    " ORDER BY sha256",
	    1, true },
};
const struct db_statements db_evidence_statements = DB_STATEMENTS(rows);

enum err
db_evidence_add(struct db *db, const struct h32 *chain, struct span bundle,
    const char *request_id, bool *kept)
{
	struct db_args p = { 0 };
	uint64_t n;

	db_arg_h32(&p, chain);
	db_arg_bytes(&p, bundle);
	db_arg_text(&p, request_id);
	TRY(db_do(db, &rows[ADD], &p, &n));
	*kept = n > 0;
	return OK;
}

enum err
db_evidence_get(struct db *db, struct arena *a, const struct h32 *chain,
    const struct h32 *sha256, struct span *bundle)
{
	struct db_args p = { 0 };
	DB_RESULT r = NULL;

	db_arg_h32(&p, chain);
	db_arg_h32(&p, sha256);
	TRY(db_find(db, &rows[GET], &p, &r));
	return db_get_copy(a, r, 0, 0, bundle);
}

enum err
db_evidence_names(struct db *db, struct arena *a, const struct h32 *chain,
    struct db_evidence **v, size_t *n)
{
	struct db_args p = { 0 };
	DB_RESULT r = NULL;

	db_arg_h32(&p, chain);
	TRY(db_exec(db, &rows[NAMES], &p, &r));
	*n = db_get_rows(r);
	TRY(DB_NEW(a, *n, v));
	for (size_t i = 0; i < *n; i++) {
		(*v)[i].bundle = span_of(NULL, 0);
		TRY(db_get_h32(r, i, 0, &(*v)[i].sha256));
	}
	return OK;
}
