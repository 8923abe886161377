/* SPDX-License-Identifier: ISC */
#include <stdlib.h>

#include "chain/text.h"
#include "definition/definition.h"
#include "definition/yaml.h"
#include "tests/fuzz/fuzz.h"

/* A definition that passes has one CBOR form, and that form gives it back. */
static void
both_ways(const json_t *j)
{
	static uint8_t one[DEFINITION_MAX], two[DEFINITION_MAX];
	struct out o = out_of(one, sizeof one), p = out_of(two, sizeof two);
	struct h32 h;
	json_t *back, *diff;

	if (definition_canonical(j, &o, &h) != OK) {
		if (!o.full)
			abort();
		return;
	}
	if (definition_from_canonical(out_span(&o), &back) != OK ||
	    !json_equal(j, back) || definition_canonical(back, &p, &h) != OK ||
	    !span_eq(out_span(&o), out_span(&p)))
		abort();
	diff = definition_diff(j, back);
	if (json_array_size(diff) != 0)
		abort();
	json_decref(diff);
	json_decref(back);
}

int
LLVMFuzzerTestOneInput(const uint8_t *p, size_t n)
{
	struct shape_faults f = { 0 };
	json_t *j;

	if (yaml_load(span_of(p, n), &j, &f) == OK)
		json_decref(j);
	else if (j || f.n == 0)
		abort();
	f.n = 0;
	if (definition_yaml(span_of(p, n), &j, &f) == OK) {
		both_ways(j);
		json_decref(j);
	}
	if (definition_from_canonical(span_of(p, n), &j) == OK) {
		both_ways(j);
		json_decref(j);
	}
	return 0;
}
