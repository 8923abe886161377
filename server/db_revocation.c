/* SPDX-License-Identifier: ISC */
#include "db_revocation.h"

#include <stdlib.h>

#include "chain/hash.h"
#include "db_happening.h"
#include "db_int.h"

enum { KEEP, LIST, OF_STAGE, GET };
static const struct db_statement rows[] = {
	[KEEP] = { "revocation_keep",
	    "INSERT INTO revocation (chain, stage, signers, statement,"
	    " request_id) VALUES ($1::bytea, $2::bytea, $3::bytea,"
	    " $4::bytea, $5::text) ON CONFLICT (chain, stage, signers)"
	    " DO NOTHING RETURNING id",
	    5, false },
	[LIST] = { "revocation_list",
	    "SELECT stage::bytea, received, statement FROM revocation"
	    " WHERE chain = $1::bytea ORDER BY id",
	    1, true },
	[OF_STAGE] = { "revocation_of_stage",
	    "SELECT stage::bytea, received, statement FROM revocation"
	    " WHERE chain = $1::bytea AND stage = $2::bytea ORDER BY id",
	    2, true },
	[GET] = { "revocation_get",
	    "SELECT stage::bytea, received, statement, chain::bytea"
	    " FROM revocation WHERE id = $1::int8",
	    1, true },
};
const struct db_statements db_revocation_statements = DB_STATEMENTS(rows);

static int
by_bytes(const void *a, const void *b)
{
	return memcmp(a, b, sizeof(struct h32));
}

enum err
db_revocation_signers(const struct statement *t, struct h32 *signers)
{
	struct h32 kid[ENTRY_PROOFS];

	for (size_t i = 0; i < t->proof_n; i++)
		kid[i] = t->proof[i].kid;
	qsort(kid, t->proof_n, sizeof kid[0], by_bytes);
	return hash_sha256(span_of(kid, t->proof_n * sizeof kid[0]), signers);
}

static enum err
keep(struct db *db, const struct h32 *chain, const struct db_args *p,
    bool *kept)
{
	DB_RESULT r = NULL;

	TRY(db_exec(db, &rows[KEEP], p, &r));
	*kept = false;
	if (db_get_rows(r) == 0)
		return OK;
	return db_happening_add(db, chain, DB_HAPPENING_DISPUTED,
	    db_get_i64(r, 0, 0), kept);
}

enum err
db_revocation_keep(struct db *db, const struct h32 *chain,
    const struct h32 *stage, const struct h32 *signers, struct span statement,
    const char *request_id, bool *kept)
{
	struct db_args p = { 0 };
	enum err e;

	db_arg_h32(&p, chain);
	db_arg_h32(&p, stage);
	db_arg_h32(&p, signers);
	db_arg_bytes(&p, statement);
	db_arg_text(&p, request_id);
	TRY(db_begin(db));
	e = keep(db, chain, &p, kept);
	if (e == OK)
		return db_commit(db);
	db_rollback(db);
	return e;
}

enum err
db_revocation_get(struct db *db, struct arena *a, int64_t id, struct h32 *chain,
    struct db_revocation *v)
{
	struct db_args p = { 0 };
	DB_RESULT r = NULL;

	db_arg_i64(&p, id);
	TRY(db_find(db, &rows[GET], &p, &r));
	TRY(db_get_h32(r, 0, 0, &v->stage));
	v->received = db_get_time(r, 0, 1);
	TRY(db_get_copy(a, r, 0, 2, &v->statement));
	return db_get_h32(r, 0, 3, chain);
}

static enum err
list(struct db *db, struct arena *a, const struct db_statement *s,
    const struct db_args *p, struct db_revocation **v, size_t *n)
{
	DB_RESULT r = NULL;

	TRY(db_exec(db, s, p, &r));
	*n = db_get_rows(r);
	TRY(DB_NEW(a, *n, v));
	for (size_t i = 0; i < *n; i++) {
		TRY(db_get_h32(r, i, 0, &(*v)[i].stage));
		(*v)[i].received = db_get_time(r, i, 1);
		TRY(db_get_copy(a, r, i, 2, &(*v)[i].statement));
	}
	return OK;
}

enum err
db_revocation_list(struct db *db, struct arena *a, const struct h32 *chain,
    struct db_revocation **r, size_t *n)
{
	struct db_args p = { 0 };

	db_arg_h32(&p, chain);
	return list(db, a, &rows[LIST], &p, r, n);
}

enum err
db_revocation_of_stage(struct db *db, struct arena *a, const struct h32 *chain,
    const struct h32 *stage, struct db_revocation **r, size_t *n)
{
	struct db_args p = { 0 };

	db_arg_h32(&p, chain);
	db_arg_h32(&p, stage);
	return list(db, a, &rows[OF_STAGE], &p, r, n);
}
