/* SPDX-License-Identifier: ISC */
#include <stdio.h>

#include "shape.h"

/* jansson parses by recursion up to its own, larger limit: the depth is
 * counted before it sees a byte.  The line where it is too deep, or 0. */
static size_t
too_deep(struct span s)
{
	size_t depth = 0, line = 1;
	bool text = false;

	for (size_t i = 0; i < s.n; i++) {
		uint8_t c = s.p[i];

		line += c == '\n';
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
				return line;
		} else if ((c == '}' || c == ']') && depth > 0)
			depth--;
	}
	return 0;
}

enum err
shape_load(struct span text, json_t **j, struct shape_faults *f)
{
	json_error_t e;
	char message[JSON_ERROR_TEXT_LENGTH + 64];
	size_t line = too_deep(text);

	*j = NULL;
	if (line > 0) {
		(void)snprintf(message, sizeof message,
		    "line %zu: is nested too deeply", line);
		shape_fault(f, "", message);
		return ERR_JSON_DEPTH;
	}
	*j = json_loadb(text.n ? (const char *)text.p : "", text.n,
	    JSON_REJECT_DUPLICATES, &e);
	if (*j)
		return OK;
	if (json_error_code(&e) == json_error_out_of_memory)
		return ERR_OUT_OF_MEMORY;
	(void)snprintf(message, sizeof message, "line %d, column %d: %s",
	    e.line, e.column,
	    json_error_code(&e) == json_error_null_character ||
		    json_error_code(&e) == json_error_null_byte_in_key
		? "text with a NUL"
		: e.text);
	shape_fault(f, "", message);
	return ERR_JSON_BAD;
}
