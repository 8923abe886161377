/* SPDX-License-Identifier: ISC */
#include "db_token.h"

#include <stdio.h>

#include "db_int.h"

enum { FIND, TOUCH, CREATE, LIST, END };
static const struct db_statement rows[] = {
	[FIND] = { "token_find",
	    "SELECT t.id, t.org, t.member, m.role, t.scopes, m.name::text,"
	    " o.name::text, t.expires,"
	    " coalesce(t.last_used < now() - interval '1 minute', true)"
	    " FROM token t JOIN member m ON m.org = t.org AND m.id = t.member"
	    " JOIN org o ON o.id = t.org"
	    " WHERE t.hash = $1::bytea AND t.ended IS NULL"
	    " AND t.expires > now() AND m.ended IS NULL",
	    1, true },
	/* Two at once: the second finds nothing to do. */
	[TOUCH] = { "token_touch",
	    "UPDATE token SET last_used = now() WHERE id = $1::int8 AND"
	    " coalesce(last_used < now() - interval '1 minute', true)",
	    1, false },
	[CREATE] = { "token_create",
	    "INSERT INTO token (org, member, name, hash, scopes, expires)"
	    " VALUES ($1::int8, $2::int8, $3::text, $4::bytea, $5::int4,"
	    " $6::timestamptz) RETURNING id",
	    6, false },
	[LIST] = { "token_list",
	    "SELECT t.id, t.name::text, m.name::text, t.scopes, t.created,"
	    " t.expires, t.last_used FROM token t"
	    " JOIN member m ON m.org = t.org AND m.id = t.member"
	    " WHERE t.org = $1::int8 AND t.id > $2::int8 AND t.ended IS NULL"
	    " AND t.expires > now() ORDER BY t.id LIMIT $3::int8",
	    3, true },
	[END] = { "token_end",
	    "UPDATE token SET ended = now() WHERE org = $1::int8 AND"
	    " id = $2::int8 AND ended IS NULL AND expires > now()",
	    2, false },
};
const struct db_statements db_token_statements = DB_STATEMENTS(rows);

static void
put_name(char out[65], struct span s)
{
	snprintf(out, 65, "%.*s", (int)s.n, (const char *)s.p);
}

enum err
db_token_find(struct db *db, const struct h32 *hash, struct db_token_bearer *b)
{
	struct db_args p = { 0 };
	DB_RESULT r = NULL;

	db_arg_h32(&p, hash);
	TRY(db_exec(db, &rows[FIND], &p, &r));
	if (db_get_rows(r) == 0)
		return ERR_TOKEN_BAD;
	b->token = db_get_i64(r, 0, 0);
	b->org = db_get_i64(r, 0, 1);
	b->member = db_get_i64(r, 0, 2);
	b->scopes = (uint32_t)db_get_i32(r, 0, 4);
	put_name(b->name, db_get_bytes(r, 0, 5));
	put_name(b->org_name, db_get_bytes(r, 0, 6));
	b->expires = db_get_time(r, 0, 7);
	if (!db_member_role(db_get_bytes(r, 0, 3), &b->role))
		return ERR_INTERNAL;
	if (!db_get_bool(r, 0, 8))
		return OK;
	p.n = 0;
	db_arg_i64(&p, b->token);
	return db_do(db, &rows[TOUCH], &p, NULL);
}

enum err
db_token_create(struct db *db, int64_t org, int64_t member, const char *name,
    const struct h32 *hash, uint32_t scopes, uint64_t expires, int64_t *id)
{
	struct db_args p = { 0 };
	DB_RESULT r = NULL;

	db_arg_i64(&p, org);
	db_arg_i64(&p, member);
	db_arg_text(&p, name);
	db_arg_h32(&p, hash);
	db_arg_i32(&p, (int32_t)scopes);
	db_arg_time(&p, expires);
	TRY(db_exec(db, &rows[CREATE], &p, &r));
	*id = db_get_i64(r, 0, 0);
	return OK;
}

enum err
db_token_list(struct db *db, struct arena *a, int64_t org, int64_t after,
    size_t limit, struct db_token **t, size_t *n)
{
	DB_RESULT r = NULL;

	TRY(db_list(db, &rows[LIST], org, after, limit, &r));
	*n = db_get_rows(r);
	TRY(DB_NEW(a, *n, t));
	for (size_t i = 0; i < *n; i++) {
		struct db_token *k = &(*t)[i];

		k->id = db_get_i64(r, i, 0);
		TRY(db_get_text(a, r, i, 1, &k->name));
		TRY(db_get_text(a, r, i, 2, &k->member));
		k->scopes = (uint32_t)db_get_i32(r, i, 3);
		k->created = db_get_time(r, i, 4);
		k->expires = db_get_time(r, i, 5);
		k->last_used = db_get_time(r, i, 6);
	}
	return OK;
}

enum err
db_token_end(struct db *db, int64_t org, int64_t id)
{
	struct db_args p = { 0 };
	uint64_t n;

	db_arg_i64(&p, org);
	db_arg_i64(&p, id);
	TRY(db_do(db, &rows[END], &p, &n));
	return n ? OK : ERR_NOT_FOUND;
}
