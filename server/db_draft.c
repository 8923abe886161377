/* SPDX-License-Identifier: ISC */
#include "db_draft.h"

#include "db_int.h"

enum { CREATE, GET, PROOFS, LIST, SIGN, DELETE, EXPIRE };
static const struct db_statement rows[] = {
	[CREATE] = { "draft_create",
	    "INSERT INTO draft (org, chain, payload, expires)"
	    " VALUES ($1::int8, $2::bytea, $3::bytea, $4::timestamptz)"
	    " RETURNING id, created",
	    4, false },
	[GET] = { "draft_get",
	    "SELECT id, chain::bytea, payload, created, expires FROM draft"
	    " WHERE org = $1::int8 AND id = $2::uuid AND expires > now()",
	    2, true },
	[PROOFS] = { "draft_proofs",
	    "SELECT kid::bytea, sig FROM draft_signature"
	    " WHERE draft = $1::uuid ORDER BY kid",
	    1, true },
	[LIST] = { "draft_list",
	    "SELECT id, chain::bytea, payload, created, expires,"
	    " (SELECT count(*) FROM draft_signature WHERE draft = d.id)"
	    " FROM draft d WHERE org = $1::int8 AND id > $3::uuid"
	    " AND ($2::bytea IS NULL OR chain = $2::bytea)"
	    " AND expires > now() ORDER BY id LIMIT $4::int8",
	    4, true },
	[SIGN] = { "draft_sign",
	    "INSERT INTO draft_signature (draft, kid, sig)"
	    " SELECT id, $3::bytea, $4::bytea FROM draft"
	    " WHERE org = $1::int8 AND id = $2::uuid AND expires > now()"
	    " ON CONFLICT (draft, kid) DO NOTHING",
	    4, false },
	[DELETE] = { "draft_delete",
	    "DELETE FROM draft WHERE org = $1::int8 AND id = $2::uuid"
	    " AND expires > now()",
	    2, false },
	[EXPIRE] = { "draft_expire",
	    "DELETE FROM draft WHERE id = ANY(ARRAY(SELECT id FROM draft"
	    " WHERE expires < now() LIMIT 1000))",
	    0, false },
};
const struct db_statements db_draft_statements = DB_STATEMENTS(rows);

static void
arg_id(struct db_args *p, const uint8_t id[16])
{
	static const uint8_t zero[16];

	db_arg_bytes(p, span_of(id ? id : zero, 16));
}

static enum err
read_row(struct arena *a, const PGresult *r, size_t i, struct db_draft *d)
{
	struct span id = db_get_bytes(r, i, 0);

	*d = (struct db_draft){ 0 };
	if (id.n != sizeof d->id)
		return ERR_INTERNAL;
	memcpy(d->id, id.p, id.n);
	TRY(db_get_h32(r, i, 1, &d->chain));
	TRY(db_get_copy(a, r, i, 2, &d->payload));
	d->created = db_get_time(r, i, 3);
	d->expires = db_get_time(r, i, 4);
	return OK;
}

enum err
db_draft_sign(struct db *db, int64_t org, const uint8_t id[16],
    const struct proof *proof, size_t n)
{
	for (size_t i = 0; i < n; i++) {
		struct db_args p = { 0 };

		db_arg_i64(&p, org);
		arg_id(&p, id);
		db_arg_h32(&p, &proof[i].kid);
		db_arg_bytes(&p, proof[i].body);
		TRY(db_do(db, &rows[SIGN], &p, NULL));
	}
	return OK;
}

enum err
db_draft_create(struct db *db, int64_t org, struct db_draft *d)
{
	struct db_args p = { 0 };
	DB_RESULT r = NULL;
	enum err e;

	db_arg_i64(&p, org);
	db_arg_h32(&p, &d->chain);
	db_arg_bytes(&p, d->payload);
	db_arg_time(&p, d->expires);
	e = db_exec(db, &rows[CREATE], &p, &r);
	if (e == ERR_DATABASE_CONSTRAINT && db_violated(db, "draft_chain_fkey"))
		return ERR_NOT_FOUND;
	TRY(e);
	memcpy(d->id, db_get_bytes(r, 0, 0).p, sizeof d->id);
	d->created = db_get_time(r, 0, 1);
	d->signatures = d->proof_n;
	return db_draft_sign(db, org, d->id, d->proof, d->proof_n);
}

static enum err
read_proofs(struct db *db, struct arena *a, struct db_draft *d)
{
	struct db_args p = { 0 };
	DB_RESULT r = NULL;

	arg_id(&p, d->id);
	TRY(db_exec(db, &rows[PROOFS], &p, &r));
	d->signatures = d->proof_n = db_get_rows(r);
	TRY(DB_NEW(a, d->proof_n, &d->proof));
	for (size_t i = 0; i < d->proof_n; i++) {
		d->proof[i].kind = PROOF_KEY;
		TRY(db_get_h32(r, i, 0, &d->proof[i].kid));
		TRY(db_get_copy(a, r, i, 1, &d->proof[i].body));
	}
	return OK;
}

enum err
db_draft_get(struct db *db, struct arena *a, int64_t org, const uint8_t id[16],
    struct db_draft *d)
{
	struct db_args p = { 0 };
	DB_RESULT r = NULL;

	db_arg_i64(&p, org);
	arg_id(&p, id);
	TRY(db_find(db, &rows[GET], &p, &r));
	TRY(read_row(a, r, 0, d));
	return read_proofs(db, a, d);
}

enum err
db_draft_list(struct db *db, struct arena *a, int64_t org,
    const struct h32 *chain, const uint8_t after[16], size_t limit,
    struct db_draft **d, size_t *n)
{
	struct db_args p = { 0 };
	DB_RESULT r = NULL;

	db_arg_i64(&p, org);
	if (chain)
		db_arg_h32(&p, chain);
	else
		db_arg_null(&p);
	arg_id(&p, after);
	db_arg_i64(&p, (int64_t)limit);
	TRY(db_exec(db, &rows[LIST], &p, &r));
	*n = db_get_rows(r);
	TRY(DB_NEW(a, *n, d));
	for (size_t i = 0; i < *n; i++) {
		TRY(read_row(a, r, i, &(*d)[i]));
		(*d)[i].signatures = (size_t)db_get_i64(r, i, 5);
	}
	return OK;
}

enum err
db_draft_delete(struct db *db, int64_t org, const uint8_t id[16])
{
	struct db_args p = { 0 };
	uint64_t n;

	db_arg_i64(&p, org);
	arg_id(&p, id);
	TRY(db_do(db, &rows[DELETE], &p, &n));
	return n ? OK : ERR_NOT_FOUND;
}

enum err
db_draft_expire(struct db *db)
{
	struct db_args p = { 0 };

	return db_do(db, &rows[EXPIRE], &p, NULL);
}
