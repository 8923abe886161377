/* SPDX-License-Identifier: ISC */
#include "change_text.h"

#include "mem.h"
#include "out.h"

const char *
change_text(const json_t *change)
{
	const char *text = json_string_value(json_object_get(change, "text"));
	bool widens = json_is_true(json_object_get(change, "widens"));

	return mem_printf("%s%s", widens ? "WIDER: " : "",
	    out_line(text != NULL ? text : "?"));
}
