/* SPDX-License-Identifier: ISC */
#include "page.h"

#include <stdio.h>
#include <stdlib.h>

#include "view/view.h"

enum err
page_query(struct req *q, const char *more, size_t *limit, const char **after)
{
	const char *names[] = { "after", "limit", more, NULL };
	struct span v;
	uint64_t n;
	bool found;

	*after = "";
	TRY(req_query_only(q, names));
	TRY(req_query_uint(q, "limit", 1, PAGE_MAX, 100, &n));
	*limit = (size_t)n;
	TRY(req_query(q, "after", &found, &v));
	if (!found)
		return OK;
	if (v.n == 0 || v.n > 200 || memchr(v.p, 0, v.n))
		return ERR_QUERY_BAD;
	*after = arena_string(q->arena, v);
	return *after ? OK : ERR_OUT_OF_MEMORY;
}

enum err
page_after_uint(const char *after, uint64_t *v)
{
	*v = 0;
	if (strlen(after) > 18)
		return ERR_QUERY_BAD;
	for (; *after; after++) {
		if (*after < '0' || *after > '9')
			return ERR_QUERY_BAD;
		*v = *v * 10 + (uint64_t)(*after - '0');
	}
	return OK;
}

enum err
page_after_h32(const char *after, bool *is, struct h32 *h)
{
	*is = after[0] != '\0';
	return !*is || view_bytes_unh32(after, h) ? OK : ERR_QUERY_BAD;
}

enum err
page_query_id(struct req *q, size_t *limit, int64_t *after)
{
	const char *text;
	uint64_t id;

	TRY(page_query(q, NULL, limit, &text));
	TRY(page_after_uint(text, &id));
	*after = (int64_t)id;
	return OK;
}

#define LINK_END ">; rel=\"next\""

/* The same query with another `after`: cursors are made of characters that
 * need no escapes. */
static void
link_next(struct req *q, struct reply *r, const char *next)
{
	struct span rest = q->query;
	struct out o = out_of(r->link_next, sizeof r->link_next - 1);

	out_put(&o, "<", 1);
	out_put(&o, q->path.p, q->path.n);
	out_put(&o, "?", 1);
	while (rest.n) {
		const uint8_t *amp = memchr(rest.p, '&', rest.n);
		size_t n = amp ? (size_t)(amp - rest.p) : rest.n;

		if (n > 0 && !(n >= 6 && memcmp(rest.p, "after=", 6) == 0)) {
			out_put(&o, rest.p, n);
			out_put(&o, "&", 1);
		}
		rest = span_of(rest.p + n + (amp != NULL),
		    rest.n - n - (amp != NULL));
	}
	out_put(&o, "after=", 6);
	out_put(&o, next, strlen(next));
	out_put(&o, LINK_END, sizeof LINK_END - 1);
	r->link_next[o.full ? 0 : o.n] = '\0';
}

void
page_add(json_t **items, json_t *item)
{
	if (*items && json_array_append_new(*items, item) == 0)
		return;
	if (!*items)
		json_decref(item);
	json_decref(*items);
	*items = NULL;
}

enum err
page_reply(struct req *q, struct reply *r, json_t *items, const char *next)
{
	if (items && next)
		link_next(q, r, next);
	return reply_json(q, r,
	    json_pack("{s:o,s:s?}", "items", items, "next", next));
}

enum err
page_reply_id(struct req *q, struct reply *r, json_t *items, int64_t next)
{
	char text[24];

	(void)snprintf(text, sizeof text, "%lld", (long long)next);
	return page_reply(q, r, items, next ? text : NULL);
}
