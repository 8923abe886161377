/* SPDX-License-Identifier: ISC */
#include "imported.h"

#include <check.h>

json_t *
imported(const char *text, const char *dialect)
{
	struct shape_faults f = { 0 };
	json_t *d, *notes;
	const char *id;
	enum err e = dialect_import(span_str(text), NULL, &d, &id, &notes, &f);

	ck_assert_msg(e == OK, "%s: %s: %s %s", text, err_code(e),
	    f.fault[0].pointer, f.fault[0].message);
	if (dialect != NULL)
		ck_assert_str_eq(id, dialect);
	json_decref(notes);
	return d;
}

void
imported_refused(const char *text, const char *pointer, const char *words)
{
	struct shape_faults f = { 0 };
	json_t *d, *notes;
	const char *id;

	ck_assert_msg(dialect_import(span_str(text), NULL, &d, &id, &notes,
			  &f) == ERR_DEFINITION_BAD,
	    "taken: %s", text);
	ck_assert_ptr_null(d);
	ck_assert_ptr_null(notes);
	ck_assert_msg(strcmp(f.fault[0].pointer, pointer) == 0 &&
			  strstr(f.fault[0].message, words),
	    "%s: %s %s", text, f.fault[0].pointer, f.fault[0].message);
}
