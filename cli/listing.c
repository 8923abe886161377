/* SPDX-License-Identifier: ISC */
#include "listing.h"

#include "mem.h"
#include "out.h"
#include "value.h"

const char *
listing_text(const json_t *j, const char *member)
{
	size_t n = strcspn(member, ".");
	const json_t *v = json_object_get(j, mem_string(span_of(member, n)));

	if (v != NULL && member[n] == '.')
		return listing_text(v, member + n + 1);
	if (json_is_string(v))
		return mem_printf("%s", json_string_value(v));
	if (json_is_integer(v))
		return mem_printf("%lld", (long long)json_integer_value(v));
	if (json_is_boolean(v))
		return json_is_true(v) ? "yes" : "no";
	if (json_is_array(v)) {
		const char *t = "";

		for (size_t i = 0; i < json_array_size(v); i++)
			t = mem_printf("%s%s%s", t, i ? "," : "",
			    json_string_value(json_array_get(v, i))
				? json_string_value(json_array_get(v, i))
				: "?");
		return t;
	}
	return NULL;
}

void
listing_table(const json_t *items, const struct listing_column *column,
    size_t n)
{
	const char *cell[OUT_COLUMNS];
	struct out_table t;

	for (size_t i = 0; i < n; i++)
		cell[i] = column[i].head;
	out_table_head(&t, n, cell);
	for (size_t k = 0; k < json_array_size(items); k++) {
		for (size_t i = 0; i < n; i++)
			cell[i] = listing_text(json_array_get(items, k),
			    column[i].member);
		out_table_row(&t, cell);
	}
	out_table_print(&t);
}

enum err
listing_show(struct cli *c, const char *path,
    const struct listing_column *column, size_t n)
{
	const char *after = command_value(c, "after"), *next;
	const struct conf *k;
	uint64_t limit = 100;
	json_t *j;

	TRY(value_uint(c, "limit", 1, 500, &limit));
	TRY(conf_get(c, &k));
	TRY(api_get(k,
	    mem_printf("%s%climit=%llu%s%s", path,
		strchr(path, '?') ? '&' : '?', (unsigned long long)limit,
		after ? "&after=" : "", after ? api_segment(after) : ""),
	    &j));
	if (c->format != FORMAT_TABLE)
		return out_json(c, j);
	listing_table(json_object_get(j, "items"), column, n);
	next = json_string_value(json_object_get(j, "next"));
	if (next != NULL)
		out_talk("there are more: --after %s\n", next);
	json_decref(j);
	return OK;
}
