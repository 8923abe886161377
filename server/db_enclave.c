/* SPDX-License-Identifier: ISC */
#include "db_enclave.h"

#include <stdlib.h>

#include "db_definition.h"
#include "db_int.h"

enum { EXISTS, CREATE, CHAIN, FIND, OF_CHAIN, LIST };

#define COLUMNS \
	"SELECT e.id, e.name::text, c.chain::bytea, c.private, e.created," \
	" d.version, d.sha256, e.org FROM enclave e" \
	" JOIN chain c ON c.enclave = e.id" \
	" JOIN LATERAL (SELECT version, sha256 FROM definition" \
	"  WHERE enclave = e.id ORDER BY version DESC LIMIT 1) d ON true "

static const struct db_statement rows[] = {
	[EXISTS] = { "enclave_exists",
	    "SELECT e.org = $2::int8 AND e.name = $3::text AND"
	    " c.private = $4::bool FROM chain c"
	    " JOIN enclave e ON e.id = c.enclave WHERE c.chain = $1::bytea",
	    4, true },
	[CREATE] = { "enclave_create",
	    "INSERT INTO enclave (org, name) VALUES ($1::int8, $2::text)"
	    " ON CONFLICT (org, name) DO NOTHING RETURNING id",
	    2, false },
	[CHAIN] = { "enclave_chain",
	    "WITH g AS (INSERT INTO entry (bytes, token, request_id)"
	    " VALUES ($1::bytea, $2::int8, $3::text))"
	    " INSERT INTO chain (chain, org, enclave, private, head, next_seq,"
	    " phase, due_at, state) VALUES ($4::bytea, $5::int8, $6::int8,"
	    " $7::bool, $4::bytea, 1, $8::int2, NULL, $9::bytea)",
	    9, false },
	[FIND] = { "enclave_find",
	    COLUMNS "WHERE e.org = $1::int8 AND e.name = $2::text", 2, true },
	[OF_CHAIN] = { "enclave_of_chain", COLUMNS "WHERE c.chain = $1::bytea",
	    1, true },
	[LIST] = { "enclave_list",
	    COLUMNS "WHERE e.org = $1::int8 AND e.id > $2::int8"
		    " ORDER BY e.id LIMIT $3::int8",
	    3, true },
};
const struct db_statements db_enclave_statements = DB_STATEMENTS(rows);

static enum err
exists(struct db *db, int64_t org, const struct db_enclave_new *e,
    bool *repeated)
{
	struct db_args p = { 0 };
	DB_RESULT r = NULL;

	db_arg_h32(&p, &e->state->chain);
	db_arg_i64(&p, org);
	db_arg_text(&p, e->name);
	db_arg_bool(&p, e->is_private);
	TRY(db_exec(db, &rows[EXISTS], &p, &r));
	*repeated = db_get_rows(r) > 0;
	if (*repeated && !db_get_bool(r, 0, 0))
		return ERR_CHAIN_EXISTS;
	return OK;
}

/* Where the name is there already, this waited for whoever made it, so the
 * same request sent twice at once is seen as a repeat. */
static enum err
create_enclave(struct db *db, int64_t org, const struct db_enclave_new *e,
    int64_t *id, bool *repeated)
{
	struct db_args p = { 0 };
	DB_RESULT r = NULL;

	db_arg_i64(&p, org);
	db_arg_text(&p, e->name);
	TRY(db_exec(db, &rows[CREATE], &p, &r));
	if (db_get_rows(r) == 0) {
		TRY(exists(db, org, e, repeated));
		return *repeated ? OK : ERR_NAME_TAKEN;
	}
	*id = db_get_i64(r, 0, 0);
	return OK;
}

static enum err
create_chain(struct db *db, int64_t org, int64_t enclave,
    const struct db_enclave_new *e, struct out *state)
{
	struct db_args p = { 0 };
	enum err err;

	state_encode(state, e->state);
	if (state->full)
		return ERR_NO_SPACE;
	db_arg_bytes(&p, e->genesis);
	db_arg_id(&p, e->token);
	db_arg_text(&p, e->request_id);
	db_arg_h32(&p, &e->state->chain);
	db_arg_i64(&p, org);
	db_arg_i64(&p, enclave);
	db_arg_bool(&p, e->is_private);
	db_arg_i16(&p, (int16_t)e->state->phase);
	db_arg_bytes(&p, out_span(state));
	err = db_do(db, &rows[CHAIN], &p, NULL);
	/* Somebody else's genesis of the same bytes came first. */
	if (err == ERR_DATABASE_CONSTRAINT &&
	    (db_violated(db, "entry_place") || db_violated(db, "chain_pkey")))
		return ERR_CHAIN_EXISTS;
	return err;
}

enum err
db_enclave_create(struct db *db, int64_t org, const struct db_enclave_new *e,
    bool *repeated)
{
	struct db_definition d;
	struct out state;
	int64_t id = 0;
	bool again;
	enum err err;

	TRY(exists(db, org, e, repeated));
	if (!*repeated)
		TRY(create_enclave(db, org, e, &id, repeated));
	if (*repeated)
		return OK;
	TRY(db_definition_add(db, org, id, e->definition_cbor,
	    e->definition_json, &d, &again));
	state = out_of(malloc(STATE_ENCODED_MAX), STATE_ENCODED_MAX);
	if (!state.p)
		return ERR_OUT_OF_MEMORY;
	err = create_chain(db, org, id, e, &state);
	free(state.p);
	return err;
}

static enum err
read_row(struct arena *a, const PGresult *r, size_t i, struct db_enclave *e)
{
	e->id = db_get_i64(r, i, 0);
	TRY(db_get_text(a, r, i, 1, &e->name));
	TRY(db_get_h32(r, i, 2, &e->chain));
	e->is_private = db_get_bool(r, i, 3);
	e->created = db_get_time(r, i, 4);
	e->definition_version = (uint32_t)db_get_i32(r, i, 5);
	return db_get_h32(r, i, 6, &e->definition);
}

enum err
db_enclave_find(struct db *db, struct arena *a, int64_t org, const char *name,
    struct db_enclave *e)
{
	struct db_args p = { 0 };
	DB_RESULT r = NULL;

	db_arg_i64(&p, org);
	db_arg_text(&p, name);
	TRY(db_find(db, &rows[FIND], &p, &r));
	return read_row(a, r, 0, e);
}

enum err
db_enclave_of_chain(struct db *db, struct arena *a, const struct h32 *chain,
    int64_t *org, struct db_enclave *e)
{
	struct db_args p = { 0 };
	DB_RESULT r = NULL;

	db_arg_h32(&p, chain);
	TRY(db_find(db, &rows[OF_CHAIN], &p, &r));
	*org = db_get_i64(r, 0, 7);
	return read_row(a, r, 0, e);
}

enum err
db_enclave_list(struct db *db, struct arena *a, int64_t org, int64_t after,
    size_t limit, struct db_enclave **e, size_t *n)
{
	DB_RESULT r = NULL;

	TRY(db_list(db, &rows[LIST], org, after, limit, &r));
	*n = db_get_rows(r);
	TRY(DB_NEW(a, *n, e));
	for (size_t i = 0; i < *n; i++)
		TRY(read_row(a, r, i, &(*e)[i]));
	return OK;
}
