/* SPDX-License-Identifier: ISC */
#include "db_revocation.h"

#include <stdlib.h>

#include "chain/hash.h"
#include "db_int.h"

enum { KEEP, LIST, OF_STAGE, GET, AFTER };
static const struct db_statement rows[] = {
	[KEEP] = { "revocation_keep",
	    "WITH r AS (INSERT INTO revocation (chain, stage, signers,"
	    "  statement, request_id) VALUES ($1::bytea, $2::bytea, $3::bytea,"
	    "  $4::bytea, $5::text) ON CONFLICT (chain, stage, signers)"
	    "  DO NOTHING RETURNING id, chain),"
	    " h AS (INSERT INTO delivery (webhook, revocation)"
	    "  SELECT w.id, r.id FROM r JOIN chain c ON c.chain = r.chain"
	    "  JOIN webhook w ON (w.chain = c.chain OR"
	    "   (w.chain IS NULL AND w.org = c.org)) WHERE w.disabled IS NULL"
	    "  AND (NOT c.private OR w.org = c.org)),"
	    " m AS (INSERT INTO delivery (subscription, revocation)"
	    "  SELECT u.id, r.id FROM r JOIN chain c ON c.chain = r.chain"
	    "  JOIN subscription u ON u.chain = c.chain"
	    "  WHERE u.confirmed IS NOT NULL AND NOT c.private)"
	    " SELECT count(*) FROM r",
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
	[AFTER] = { "revocation_after",
	    "SELECT id FROM revocation WHERE chain = $1::bytea"
	    " AND id > $2::int8 ORDER BY id",
	    2, true },
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

enum err
db_revocation_keep(struct db *db, const struct h32 *chain,
    const struct h32 *stage, const struct h32 *signers, struct span statement,
    const char *request_id, bool *kept)
{
	struct db_args p = { 0 };
	DB_RESULT r = NULL;

	db_arg_h32(&p, chain);
	db_arg_h32(&p, stage);
	db_arg_h32(&p, signers);
	db_arg_bytes(&p, statement);
	db_arg_text(&p, request_id);
	TRY(db_exec(db, &rows[KEEP], &p, &r));
	*kept = db_get_i64(r, 0, 0) > 0;
	return OK;
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

enum err
db_revocation_after(struct db *db, struct arena *a, const struct h32 *chain,
    int64_t after, int64_t **id, size_t *n)
{
	struct db_args p = { 0 };
	DB_RESULT r = NULL;

	db_arg_h32(&p, chain);
	db_arg_i64(&p, after);
	TRY(db_exec(db, &rows[AFTER], &p, &r));
	*n = db_get_rows(r);
	TRY(DB_NEW(a, *n, id));
	for (size_t i = 0; i < *n; i++)
		(*id)[i] = db_get_i64(r, i, 0);
	return OK;
}
