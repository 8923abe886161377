/* SPDX-License-Identifier: ISC */
#include "definition_text.h"

#include <check.h>

#include "definition/definition.h"

json_t *
definition_text_read(const char *yaml)
{
	struct shape_faults f = { 0 };
	json_t *j;
	enum err e = definition_yaml(span_str(yaml), &j, &f);

	ck_assert_msg(e == OK, "%s: %s %s %s", yaml, err_code(e),
	    f.fault[0].pointer, f.fault[0].message);
	return j;
}
