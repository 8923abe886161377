/* SPDX-License-Identifier: ISC */
#include "db_chain.h"

#include "db_int.h"

enum { GET, LIST };
static const struct db_statement rows[] = {
	[GET] = { "chain_get",
	    "SELECT chain::bytea, head::bytea, next_seq, org, enclave, private,"
	    " received, state, (SELECT count(*) FROM evidence"
	    " WHERE evidence.chain = $1::bytea), EXISTS (SELECT"
	    " FROM checkpoint k WHERE k.chain = $1::bytea AND k.behind)"
	    " FROM chain WHERE chain = $1::bytea",
	    1, true },
	[LIST] = { "chain_list",
	    "SELECT chain::bytea, head::bytea, next_seq, org, enclave, private,"
	    " received, state, 0::int8, false FROM chain"
	    " WHERE chain > $2::bytea"
	    " AND (NOT private OR org = $1::int8) ORDER BY chain"
	    " LIMIT $3::int8",
	    3, true },
};
const struct db_statements db_chain_statements = DB_STATEMENTS(rows);

static enum err
read_row(struct arena *a, const PGresult *r, size_t i, struct db_chain *c)
{
	TRY(db_get_h32(r, i, 0, &c->chain));
	TRY(db_get_h32(r, i, 1, &c->head));
	c->next_seq = (uint64_t)db_get_i64(r, i, 2);
	c->org = db_get_i64(r, i, 3);
	c->enclave = db_get_i64(r, i, 4);
	c->is_private = db_get_bool(r, i, 5);
	c->received = db_get_time(r, i, 6);
	c->evidence = (uint32_t)db_get_i64(r, i, 8);
	c->behind = db_get_bool(r, i, 9);
	return db_get_copy(a, r, i, 7, &c->state);
}

enum err
db_chain_get(struct db *db, struct arena *a, const struct h32 *chain,
    struct db_chain *c)
{
	struct db_args p = { 0 };
	DB_RESULT r = NULL;

	db_arg_h32(&p, chain);
	TRY(db_find(db, &rows[GET], &p, &r));
	return read_row(a, r, 0, c);
}

enum err
db_chain_list(struct db *db, struct arena *a, int64_t org,
    const struct h32 *after, size_t limit, struct db_chain **c, size_t *n)
{
	struct db_args p = { 0 };
	DB_RESULT r = NULL;

	db_arg_i64(&p, org);
	db_arg_bytes(&p, after ? h32_span(after) : span_of(NULL, 0));
	db_arg_i64(&p, (int64_t)limit);
	TRY(db_exec(db, &rows[LIST], &p, &r));
	*n = db_get_rows(r);
	TRY(DB_NEW(a, *n, c));
	for (size_t i = 0; i < *n; i++)
		TRY(read_row(a, r, i, &(*c)[i]));
	return OK;
}
