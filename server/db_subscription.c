/* SPDX-License-Identifier: ISC */
#include "db_subscription.h"

#include "db_int.h"

enum { ASK, GET, CONFIRM, DELETE };
static const struct db_statement rows[] = {
	[ASK] = { "subscription_ask",
	    "WITH s AS (INSERT INTO subscription (chain, address, source,"
	    "  since) SELECT $1::bytea, $2::text, $3::bytea, 0 WHERE"
	    "  (SELECT count(*) FROM subscription WHERE source = $3::bytea"
	    "   AND confirmed IS NULL"
	    "   AND asked > now() - interval '1 hour') < 10 AND"
	    "  (SELECT count(*) FROM subscription WHERE"
	    "   lower(address) = lower($2::text) AND confirmed IS NULL) < 3"
	    "  ON CONFLICT (chain, lower(address)) DO UPDATE SET"
	    "   asked = now(), source = $3::bytea"
	    "   WHERE subscription.confirmed IS NULL AND"
	    "   subscription.asked < now() - interval '12 hours'"
	    "  RETURNING id)"
	    " INSERT INTO delivery (subscription) SELECT id FROM s",
	    3, false },
	[GET] = { "subscription_get",
	    "SELECT chain, created, confirmed FROM subscription"
	    " WHERE id = $1::int8",
	    1, true },
	[CONFIRM] = { "subscription_confirm",
	    "UPDATE subscription SET confirmed = now(), source = '\\x"
	    "00000000000000000000000000000000',"
	    " since = coalesce((SELECT max(id) FROM event), 0)"
	    " WHERE id = $1::int8 AND confirmed IS NULL",
	    1, false },
	[DELETE] = { "subscription_delete",
	    "DELETE FROM subscription WHERE id = $1::int8", 1, false },
};
const struct db_statements db_subscription_statements = DB_STATEMENTS(rows);

enum err
db_subscription_ask(struct db *db, const struct h32 *chain, const char *address,
    struct span source, bool *asked)
{
	struct db_args p = { 0 };
	uint64_t n;

	db_arg_h32(&p, chain);
	db_arg_text(&p, address);
	db_arg_bytes(&p, source);
	TRY(db_do(db, &rows[ASK], &p, &n));
	*asked = n > 0;
	return OK;
}

enum err
db_subscription_get(struct db *db, int64_t id, struct db_subscription *s)
{
	struct db_args p = { 0 };
	DB_RESULT r = NULL;

	db_arg_i64(&p, id);
	TRY(db_find(db, &rows[GET], &p, &r));
	s->id = id;
	s->created = db_get_time(r, 0, 1);
	s->confirmed = db_get_time(r, 0, 2);
	return db_get_h32(r, 0, 0, &s->chain);
}

static enum err
run(struct db *db, const struct db_statement *s, int64_t id)
{
	struct db_args p = { 0 };

	db_arg_i64(&p, id);
	return db_do(db, s, &p, NULL);
}

enum err
db_subscription_confirm(struct db *db, int64_t id)
{
	return run(db, &rows[CONFIRM], id);
}

enum err
db_subscription_delete(struct db *db, int64_t id)
{
	return run(db, &rows[DELETE], id);
}
