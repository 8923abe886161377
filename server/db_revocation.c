/* SPDX-License-Identifier: ISC */
#include "db_revocation.h"

#include <stdlib.h>

#include "chain/hash.h"
#include "db_int.h"

enum { KEEP, LIST, OF_STAGE };
static const struct db_statement rows[] = {
	[KEEP] = { "revocation_keep",
	    "INSERT INTO revocation (chain, stage, signers, statement,"
	    " request_id) VALUES ($1::bytea, $2::bytea, $3::bytea, $4::bytea,"
	    " $5::text) ON CONFLICT (chain, stage, signers) DO NOTHING",
	    5, false },
	[LIST] = { "revocation_list",
	    "SELECT stage::bytea, received, statement FROM revocation"
	    " WHERE chain = $1::bytea ORDER BY id",
	    1, true },
	[OF_STAGE] = { "revocation_of_stage",
	    "SELECT stage::bytea, received, statement FROM revocation"
	    " WHERE chain = $1::bytea AND stage = $2::bytea ORDER BY id",
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
	uint64_t n;

	db_arg_h32(&p, chain);
	db_arg_h32(&p, stage);
	db_arg_h32(&p, signers);
	db_arg_bytes(&p, statement);
	db_arg_text(&p, request_id);
	TRY(db_do(db, &rows[KEEP], &p, &n));
	*kept = n > 0;
	return OK;
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
