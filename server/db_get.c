/* SPDX-License-Identifier: ISC */
#include "db_int.h"

void
db_get_free(PGresult **r)
{
	PQclear(*r);
	*r = NULL;
}

size_t
db_get_rows(const PGresult *r)
{
	return (size_t)PQntuples(r);
}

bool
db_get_null(const PGresult *r, size_t row, int col)
{
	return PQgetisnull(r, (int)row, col) != 0;
}

struct span
db_get_bytes(const PGresult *r, size_t row, int col)
{
	return span_of(PQgetvalue(r, (int)row, col),
	    (size_t)PQgetlength(r, (int)row, col));
}

static uint64_t
number(const PGresult *r, size_t row, int col)
{
	struct span s = db_get_bytes(r, row, col);
	uint64_t v = s.n && s.p[0] & 0x80 ? UINT64_MAX : 0;

	for (size_t i = 0; i < s.n && i < 8; i++)
		v = v << 8 | s.p[i];
	return v;
}

int64_t
db_get_i64(const PGresult *r, size_t row, int col)
{
	return (int64_t)number(r, row, col);
}

int32_t
db_get_i32(const PGresult *r, size_t row, int col)
{
	return (int32_t)(int64_t)number(r, row, col);
}

bool
db_get_bool(const PGresult *r, size_t row, int col)
{
	return number(r, row, col) != 0;
}

uint64_t
db_get_time(const PGresult *r, size_t row, int col)
{
	if (db_get_null(r, row, col))
		return 0;
	return (uint64_t)(db_get_i64(r, row, col) / 1000 + DB_EPOCH_MS);
}

enum err
db_get_h32(const PGresult *r, size_t row, int col, struct h32 *h)
{
	struct span s = db_get_bytes(r, row, col);

	if (s.n != sizeof h->b)
		return ERR_INTERNAL;
	memcpy(h->b, s.p, sizeof h->b);
	return OK;
}

enum err
db_get_copy(struct arena *a, const PGresult *r, size_t row, int col,
    struct span *s)
{
	struct span v = db_get_bytes(r, row, col);

	*s = (struct span){ NULL, 0 };
	if (v.n == 0)
		return OK;
	*s = arena_copy(a, v);
	return s->p ? OK : ERR_OUT_OF_MEMORY;
}

enum err
db_get_text(struct arena *a, const PGresult *r, size_t row, int col,
    const char **s)
{
	*s = arena_string(a, db_get_bytes(r, row, col));
	return *s ? OK : ERR_OUT_OF_MEMORY;
}
