/* SPDX-License-Identifier: ISC */
#ifndef FSCK_STREAM_H
#define FSCK_STREAM_H

#include "db_int.h"

/*
 * Rows of a query in the order of the chain that is their first column, a few
 * hundred at a time, all of one snapshot: so that tables of any size are
 * compared side by side.
 */
struct fsck_stream {
	struct db *db;
	const char *name;
	size_t batch;
	PGresult *r;
	size_t row;
	bool over;
};

/* The first row; the transaction is open.  name and query are constants. */
MUST_USE enum err fsck_stream_open(struct fsck_stream *s, struct db *db,
    const char *name, const char *query, size_t batch);
void fsck_stream_close(struct fsck_stream *s);
MUST_USE enum err fsck_stream_next(struct fsck_stream *s);
/* The order of the row's chain and this one: <0, 0, >0; >0 when over. */
int fsck_stream_cmp(const struct fsck_stream *s, const struct h32 *chain);

#endif
