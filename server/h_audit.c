/* SPDX-License-Identifier: ISC */
#include <stdlib.h>

#include "db_audit.h"
#include "handlers.h"
#include "page.h"
#include "view/view.h"

static json_t *
row_view(const struct db_audit *a)
{
	return json_pack("{s:s,s:o,s:s,s:s,s:s,s:s}", "id", a->id, "at",
	    view_time(a->at / 1000), "actor", a->actor, "action", a->action,
	    "object", a->object, "request_id", a->request_id);
}

/* "MICROSECONDS:ID", as `next` gives it. */
static enum err
cursor(struct req *q, const char *after, uint64_t *at, const char **id)
{
	const char *colon = strchr(after, ':');
	const char *digits;

	*at = 0;
	*id = "";
	if (after[0] == '\0')
		return OK;
	if (colon == NULL)
		return ERR_QUERY_BAD;
	digits =
	    arena_string(q->arena, span_of(after, (size_t)(colon - after)));
	if (digits == NULL)
		return ERR_OUT_OF_MEMORY;
	*id = colon + 1;
	TRY(page_after_uint(digits, at));
	return *at ? OK : ERR_QUERY_BAD;
}

enum err
h_audit_list(struct req *q, struct reply *r)
{
	struct db_audit *a;
	const char *after, *id;
	uint64_t at;
	size_t limit, n;
	json_t *items;

	TRY(page_query(q, NULL, &limit, &after));
	TRY(cursor(q, after, &at, &id));
	TRY(db_audit_list(q->db, q->arena, q->who.org, at, id, limit + 1, &a,
	    &n));
	items = json_array();
	for (size_t i = 0; i < n && i < limit; i++)
		page_add(&items, row_view(&a[i]));
	return page_reply(q, r, items,
	    n > limit
		? arena_printf(q->arena, "%llu:%s",
		      (unsigned long long)a[limit - 1].at, a[limit - 1].id)
		: NULL);
}
