/* SPDX-License-Identifier: ISC */
#ifndef LISTING_H
#define LISTING_H

#include "api.h"

/* A list of the server's, as a table or as JSON. */
struct listing_column {
	const char *head, *member; /* "a.b" goes down */
};

/* GETs path with --limit and --after where the row has them, and prints the
 * items.  What comes after them is told on stderr. */
MUST_USE enum err listing_show(struct cli *c, const char *path,
    const struct listing_column *column, size_t n);

/* A member as text, however deep; NULL where there is none. */
const char *listing_text(const json_t *j, const char *member);

/* Items that are at hand, as a table. */
void listing_table(const json_t *items, const struct listing_column *column,
    size_t n);

#endif
