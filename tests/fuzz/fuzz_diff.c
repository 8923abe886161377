/* SPDX-License-Identifier: ISC */
#include <stdlib.h>
#include <string.h>

#include "definition/dialect.h"
#include "definition/diff_words.h"
#include "tests/fuzz/fuzz.h"

/* Nothing is said of definitions that mean the same, and something of those
 * that do not; each change has a place and a sentence. */
static void
compare(const json_t *a, const json_t *b)
{
	json_t *x = dialect_meaning(a), *y = dialect_meaning(b);
	json_t *raw = definition_diff(x, y), *list = diff_words(a, b), *item;
	const json_t *first = json_array_get(list, 0);
	size_t i;

	/* what the file in one says is no part of the meaning */
	if (json_array_size(list) == 1 &&
	    strcmp(json_string_value(json_object_get(first, "pointer")),
		"/imported") == 0)
		json_array_clear(list);
	if ((json_array_size(list) == 0) != (json_array_size(raw) == 0))
		abort();
	json_array_foreach(list, i, item)
	{
		if (json_string_length(json_object_get(item, "text")) == 0 ||
		    !json_is_boolean(json_object_get(item, "widens")) ||
		    json_object_get(item, "pointer") == NULL)
			abort();
	}
	json_decref(list);
	json_decref(raw);
	json_decref(x);
	json_decref(y);
}

/* Two definitions in YAML, a line of "---" between them. */
int
LLVMFuzzerTestOneInput(const uint8_t *p, size_t n)
{
	static const char mark[] = "\n---\n";
	struct shape_faults f = { 0 };
	json_t *a = NULL, *b = NULL;
	size_t i = 0;

	while (i + 5 <= n && memcmp(p + i, mark, 5) != 0)
		i++;
	if (i + 5 > n)
		return 0;
	if (definition_yaml(span_of(p, i), &a, &f) == OK &&
	    definition_yaml(span_of(p + i + 5, n - i - 5), &b, &f) == OK) {
		compare(a, b);
		compare(b, a);
		compare(a, a);
	}
	json_decref(a);
	json_decref(b);
	return 0;
}
