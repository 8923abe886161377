/* SPDX-License-Identifier: ISC */
#include "fsck_stream.h"

#include <stdio.h>

static enum err
fetch(struct fsck_stream *s)
{
	char sql[80];

	db_get_free(&s->r);
	snprintf(sql, sizeof sql, "FETCH %zu FROM %s", s->batch, s->name);
	TRY(db_query(s->db, sql, &s->r));
	s->row = 0;
	s->over = db_get_rows(s->r) == 0;
	return OK;
}

enum err
fsck_stream_open(struct fsck_stream *s, struct db *db, const char *name,
    const char *query, size_t batch)
{
	char sql[1024];
	DB_RESULT r = NULL;

	*s = (struct fsck_stream){ .db = db, .name = name, .batch = batch };
	if (snprintf(sql, sizeof sql, "DECLARE %s BINARY CURSOR FOR %s", name,
		query) >= (int)sizeof sql)
		return ERR_NO_SPACE;
	TRY(db_query(db, sql, &r));
	return fetch(s);
}

void
fsck_stream_close(struct fsck_stream *s)
{
	db_get_free(&s->r);
}

enum err
fsck_stream_next(struct fsck_stream *s)
{
	if (s->over || ++s->row < db_get_rows(s->r))
		return OK;
	return fetch(s);
}

int
fsck_stream_cmp(const struct fsck_stream *s, const struct h32 *chain)
{
	if (s->over)
		return 1;
	return span_cmp(db_get_bytes(s->r, s->row, 0), h32_span(chain));
}
