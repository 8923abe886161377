/* SPDX-License-Identifier: ISC */
#include "definition_changes.h"

#include "definition/diff_words.h"
#include "lines.h"

enum err
definition_changes_of(const struct target *t, const struct release *was,
    const struct release *now, const json_t *here, json_t **changes)
{
	json_t *a = NULL, *b = NULL;
	enum err e = OK;

	*changes = NULL;
	if (was != NULL)
		e = target_definition(t, &was->definition, &a);
	if (e == OK && here == NULL)
		e = target_definition(t, &now->definition, &b);
	if (e == OK) {
		*changes = diff_words(a, here != NULL ? here : b);
		e = *changes != NULL ? OK : ERR_OUT_OF_MEMORY;
	}
	json_decref(a);
	json_decref(b);
	return e;
}

void
definition_changes_print(bool data, const json_t *changes)
{
	for (size_t i = 0; i < json_array_size(changes); i++) {
		const json_t *x = json_array_get(changes, i);
		const char *text =
		    json_string_value(json_object_get(x, "text"));
		bool wide = json_is_true(json_object_get(x, "widens"));

		lines_quote(data, wide ? "WIDER" : "",
		    span_str(text != NULL ? text : "?"));
	}
}
