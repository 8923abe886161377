/* SPDX-License-Identifier: ISC */
#include "diff_lines.h"

#include <check.h>
#include <stdio.h>

const char *
diff_lines(const json_t *list)
{
	static char all[16384];
	size_t n = 0;

	all[0] = '\0';
	for (size_t i = 0; i < json_array_size(list); i++) {
		const json_t *x = json_array_get(list, i);

		n += (size_t)snprintf(all + n, sizeof all - n, "%s%s\n",
		    json_is_true(json_object_get(x, "widens")) ? "! " : "",
		    json_string_value(json_object_get(x, "text")));
		ck_assert_uint_lt(n, sizeof all);
	}
	return all;
}
