/* SPDX-License-Identifier: ISC */
#include "db_happening.h"

#include "db_event.h"
#include "db_int.h"

#define FROM_ALL \
	" FROM happening h JOIN chain c ON c.chain = h.chain" \
	" WHERE NOT c.private"
#define FROM_ONE " FROM happening h WHERE h.chain = $1::bytea"
#define NEWEST(from, limit) \
	"SELECT id FROM (SELECT h.id" from " ORDER BY h.id DESC LIMIT " limit \
	") x ORDER BY id"
/* The last that said how it stands, of chains that are read-only. */
#define STANDS(where, limit) \
	"SELECT x.id FROM checkpoint k JOIN chain c ON c.chain = k.chain" \
	" CROSS JOIN LATERAL (SELECT h.id FROM happening h" \
	"  WHERE h.chain = k.chain AND h.what <> 'disputed'" \
	"  ORDER BY h.id DESC LIMIT 1) x WHERE k.behind AND " where \
	" ORDER BY x.id LIMIT " limit

enum {
	ADD,
	GET,
	LAST_ALL,
	LAST_ONE,
	FROM_ALL_ON,
	FROM_ONE_ON,
	NEWEST_ALL,
	NEWEST_ONE,
	STANDS_ALL,
	STANDS_ONE
};
static const struct db_statement rows[] = {
	[ADD] = { "happening_add",
	    "WITH n AS (INSERT INTO happening (chain, what, revocation,"
	    "   state) SELECT chain, $2::text, $3::int8, state FROM chain"
	    "  WHERE chain = $1::bytea AND ($2::text = 'disputed' OR"
	    "   (($2::text = 'read_only') <> coalesce((SELECT"
	    "    h.what = 'read_only' FROM happening h WHERE"
	    "    h.chain = $1::bytea AND h.what <> 'disputed'"
	    "    ORDER BY h.id DESC LIMIT 1), false)"
	    "    AND ($2::text = 'read_only') = coalesce((SELECT k.behind"
	    "    FROM checkpoint k WHERE k.chain = $1::bytea),"
	    "    $2::text = 'read_only')))"
	    "  RETURNING id, chain),"
	    " h AS (INSERT INTO delivery (webhook, happening)"
	    "  SELECT w.id, n.id FROM n JOIN chain c ON c.chain = n.chain"
	    "  JOIN webhook w ON (w.chain = c.chain OR"
	    "   (w.chain IS NULL AND w.org = c.org)) WHERE w.disabled IS NULL"
	    "  AND (NOT c.private OR w.org = c.org)),"
	    " m AS (INSERT INTO delivery (subscription, happening)"
	    "  SELECT u.id, n.id FROM n JOIN chain c ON c.chain = n.chain"
	    "  JOIN subscription u ON u.chain = c.chain"
	    "  WHERE u.confirmed IS NOT NULL AND NOT c.private)"
	    " SELECT count(*) FROM n",
	    3, false },
	[GET] = { "happening_get",
	    "SELECT chain::bytea, what, coalesce(revocation, 0), received,"
	    " coalesce(state, '')"
	    " FROM happening WHERE id = $1::int8",
	    1, true },
	[LAST_ALL] = { "happening_last_all", NEWEST(FROM_ALL, "1"), 0, true },
	[LAST_ONE] = { "happening_last_one", NEWEST(FROM_ONE, "1"), 1, true },
	[FROM_ALL_ON] = { "happening_from_all",
	    "SELECT h.id" FROM_ALL " AND h.id >= $1::int8 ORDER BY h.id"
	    " LIMIT $2::int8",
	    2, true },
	[FROM_ONE_ON] = { "happening_from_one",
	    "SELECT h.id" FROM_ONE " AND h.id >= $2::int8 ORDER BY h.id"
	    " LIMIT $3::int8",
	    3, true },
	[NEWEST_ALL] = { "happening_newest_all", NEWEST(FROM_ALL, "$1::int8"),
	    1, true },
	[NEWEST_ONE] = { "happening_newest_one", NEWEST(FROM_ONE, "$2::int8"),
	    2, true },
	[STANDS_ALL] = { "happening_stands_all",
	    STANDS("NOT c.private", "$1::int8"), 1, true },
	[STANDS_ONE] = { "happening_stands_one",
	    STANDS("k.chain = $1::bytea", "$2::int8"), 2, true },
};
const struct db_statements db_happening_statements = DB_STATEMENTS(rows);

static const char *const names[DB_HAPPENING_WHATS] = {
	[DB_HAPPENING_DISPUTED] = "disputed",
	[DB_HAPPENING_READ_ONLY] = "read_only",
	[DB_HAPPENING_CAUGHT_UP] = "caught_up",
};

enum err
db_happening_add(struct db *db, const struct h32 *chain,
    enum db_happening_what what, int64_t revocation, bool *is)
{
	struct db_args p = { 0 };
	DB_RESULT r = NULL;

	TRY(db_event_turn(db));
	db_arg_h32(&p, chain);
	db_arg_text(&p, names[what]);
	if (revocation)
		db_arg_i64(&p, revocation);
	else
		db_arg_null(&p);
	TRY(db_exec(db, &rows[ADD], &p, &r));
	*is = db_get_i64(r, 0, 0) > 0;
	return OK;
}

enum err
db_happening_get(struct db *db, struct arena *a, int64_t id,
    struct db_happening *h)
{
	struct db_args p = { 0 };
	DB_RESULT r = NULL;
	struct span what;
	size_t i = 0;

	db_arg_i64(&p, id);
	TRY(db_find(db, &rows[GET], &p, &r));
	TRY(db_get_h32(r, 0, 0, &h->chain));
	what = db_get_bytes(r, 0, 1);
	while (i < DB_HAPPENING_WHATS && !span_eq(what, span_str(names[i])))
		i++;
	if (i == DB_HAPPENING_WHATS)
		return ERR_DATABASE_WRONG;
	h->what = (enum db_happening_what)i;
	h->revocation = db_get_i64(r, 0, 2);
	h->received = db_get_time(r, 0, 3);
	return db_get_copy(a, r, 0, 4, &h->state);
}

static enum err
ids(struct db *db, struct arena *a, const struct db_statement *s,
    const struct db_args *p, int64_t **id, size_t *n)
{
	DB_RESULT r = NULL;

	TRY(db_exec(db, s, p, &r));
	*n = db_get_rows(r);
	TRY(DB_NEW(a, *n, id));
	for (size_t i = 0; i < *n; i++)
		(*id)[i] = db_get_i64(r, i, 0);
	return OK;
}

enum err
db_happening_last(struct db *db, const struct h32 *chain, int64_t *id)
{
	struct db_args p = { 0 };
	DB_RESULT r = NULL;

	if (chain)
		db_arg_h32(&p, chain);
	TRY(db_exec(db, &rows[chain ? LAST_ONE : LAST_ALL], &p, &r));
	*id = db_get_rows(r) ? db_get_i64(r, 0, 0) : 0;
	return OK;
}

enum err
db_happening_from(struct db *db, struct arena *a, const struct h32 *chain,
    int64_t from, size_t limit, int64_t **id, size_t *n)
{
	struct db_args p = { 0 };

	if (chain)
		db_arg_h32(&p, chain);
	db_arg_i64(&p, from);
	db_arg_i64(&p, (int64_t)limit);
	return ids(db, a, &rows[chain ? FROM_ONE_ON : FROM_ALL_ON], &p, id, n);
}

static enum err
some(struct db *db, struct arena *a, const struct db_statement *s,
    const struct h32 *chain, size_t limit, int64_t **id, size_t *n)
{
	struct db_args p = { 0 };

	if (chain)
		db_arg_h32(&p, chain);
	db_arg_i64(&p, (int64_t)limit);
	return ids(db, a, s, &p, id, n);
}

enum err
db_happening_newest(struct db *db, struct arena *a, const struct h32 *chain,
    size_t limit, int64_t **id, size_t *n)
{
	return some(db, a, &rows[chain ? NEWEST_ONE : NEWEST_ALL], chain, limit,
	    id, n);
}

enum err
db_happening_stands(struct db *db, struct arena *a, const struct h32 *chain,
    size_t limit, int64_t **id, size_t *n)
{
	return some(db, a, &rows[chain ? STANDS_ONE : STANDS_ALL], chain, limit,
	    id, n);
}
