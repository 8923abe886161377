/* SPDX-License-Identifier: ISC */
#include <stdio.h>

#include "shape.h"

/* jansson parses by recursion up to its own, larger limit: the depth is
 * counted before it sees a byte. */
static bool
too_deep(struct span s)
{
	size_t depth = 0;
	bool text = false;

	for (size_t i = 0; i < s.n; i++) {
		uint8_t c = s.p[i];

		if (text) {
			if (c == '\\') {
				i++;
			} else if (c == '"') {
				text = false;
			}
		} else if (c == '"') {
			text = true;
		} else if (c == '{' || c == '[') {
			if (++depth > SHAPE_DEPTH)
				return true;
		} else if ((c == '}' || c == ']') && depth > 0)
			depth--;
	}
	return false;
}

enum err
shape_load(struct span text, json_t **j, struct shape_faults *f)
{
	json_error_t e;
	char message[JSON_ERROR_TEXT_LENGTH + 64];

	*j = NULL;
	if (too_deep(text)) {
		shape_fault(f, "", "is nested too deeply");
		return ERR_JSON_DEPTH;
	}
	*j = json_loadb(text.n ? (const char *)text.p : "", text.n,
	    JSON_REJECT_DUPLICATES, &e);
	if (*j)
		return OK;
	if (json_error_code(&e) == json_error_out_of_memory)
		return ERR_OUT_OF_MEMORY;
	(void)snprintf(message, sizeof message, "line %d, column %d: %s",
	    e.line, e.column, e.text);
	shape_fault(f, "", message);
	return ERR_JSON_BAD;
}
