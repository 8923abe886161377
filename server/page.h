/* SPDX-License-Identifier: ISC */
#ifndef PAGE_H
#define PAGE_H

#include "reply.h"

/* Lists: {"items":[...],"next":"cursor"|null}, and Link: rel="next". */

#define PAGE_MAX 500

/* The parameters of a list: limit (1 to PAGE_MAX, 100) and after ("" none, in
 * the arena).  more, if not NULL, names one further parameter that the list
 * knows.  ERR_QUERY_BAD. */
MUST_USE enum err page_query(struct req *q, const char *more, size_t *limit,
    const char **after);
/* after as a number; "" is 0.  ERR_QUERY_BAD. */
MUST_USE enum err page_after_uint(const char *after, uint64_t *v);
/* after as an id; "" leaves *is false.  ERR_QUERY_BAD. */
MUST_USE enum err page_after_h32(const char *after, bool *is, struct h32 *h);
/* The parameters of a list in the order of ids; *after is 0 for none.
 * ERR_QUERY_BAD. */
MUST_USE enum err page_query_id(struct req *q, size_t *limit, int64_t *after);

/* Adds an item (reference given away); *items is NULL once there was no
 * memory for one. */
void page_add(json_t **items, json_t *item);

/* Answers with items (reference given away, NULL: no memory).  next: the
 * cursor of the next page, NULL when this is the last. */
MUST_USE enum err page_reply(struct req *q, struct reply *r, json_t *items,
    const char *next);
/* The same where the cursor is an id; 0 when this page is the last. */
MUST_USE enum err page_reply_id(struct req *q, struct reply *r, json_t *items,
    int64_t next);

#endif
