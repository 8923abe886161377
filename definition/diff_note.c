/* SPDX-License-Identifier: ISC */
#include "diff_note.h"

bool
diff_note(json_t *list, const char *pointer, json_t *old, json_t *new,
    bool widens, json_t *text)
{
	const char *change = old == NULL   ? "added"
			     : new == NULL ? "removed"
					   : "changed";
	json_t *item = text == NULL ? NULL
				    : json_pack("{s:s, s:s, s:b, s:o}",
					  "pointer", pointer, "change", change,
					  "widens", widens, "text", text);

	if (item == NULL)
		return false;
	if ((old && json_object_set(item, "old", old) != 0) ||
	    (new &&json_object_set(item, "new", new) != 0)) {
		json_decref(item);
		return false;
	}
	return json_array_append_new(list, item) == 0;
}
