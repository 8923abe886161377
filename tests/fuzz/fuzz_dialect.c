/* SPDX-License-Identifier: ISC */
#include <stdlib.h>

#include "definition/dialect.h"
#include "definition/toml.h"
#include "tests/fuzz/fuzz.h"

/* What is read is written again byte for byte; written anew it means the same
 * or is refused with a reason. */
static void
back_and_forth(struct span text, json_t *d, const char *id)
{
	json_t *lost = NULL;
	char *out;
	enum err e;
	size_t n;

	if (strcmp(id, "encl") == 0)
		return;
	if (dialect_export(d, id, &out, &n, &lost) != OK ||
	    !span_eq(span_of(out, n), text))
		abort();
	free(out);
	if (json_object_del(d, "imported") != 0)
		abort();
	e = dialect_export(d, id, &out, &n, &lost);
	if (e == OK)
		free(out);
	else if (e == ERR_DEFINITION_LOSSY &&
		 (out || json_array_size(lost) == 0))
		abort();
	json_decref(lost);
}

int
LLVMFuzzerTestOneInput(const uint8_t *p, size_t n)
{
	struct shape_faults f = { 0 };
	json_t *d, *notes;
	const char *id;

	if (toml_load(span_of(p, n), &d, &f) == OK)
		json_decref(d);
	else if (d || f.n == 0)
		abort();
	f.n = 0;
	if (dialect_import(span_of(p, n), NULL, &d, &id, &notes, &f) == OK) {
		back_and_forth(span_of(p, n), d, id);
		json_decref(d);
		json_decref(notes);
	} else if (d || notes) {
		abort();
	}
	return 0;
}
