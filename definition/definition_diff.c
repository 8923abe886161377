/* SPDX-License-Identifier: ISC */
#include <stdio.h>
#include <stdlib.h>

#include "definition.h"

/* A value as one short line for a sentence, of the caller's; or NULL. */
static char *
short_text(const json_t *j)
{
	if (json_is_string(j))
		return strdup(json_string_value(j));
	return json_dumps(j, JSON_COMPACT | JSON_ENCODE_ANY | JSON_SORT_KEYS);
}

static json_t *
sentence(const char *pointer, const json_t *old, const json_t *new)
{
	const char *what = *pointer ? pointer + 1 : "the definition";
	char *a = old ? short_text(old) : NULL;
	char *b = new ? short_text(new) : NULL;
	json_t *text = NULL;

	if ((old && a == NULL) || (new &&b == NULL)) {
		;
	} else if (old == NULL) {
		text = json_sprintf("%s: added %s", what, b);
	} else if (new == NULL) {
		text = json_sprintf("%s: removed %s", what, a);
	} else {
		text = json_sprintf("%s: %s becomes %s", what, a, b);
	}
	free(a);
	free(b);
	return text;
}

/* Adds one change; NULL, and the list freed, when there is no memory. */
static json_t *
note(json_t *list, const char *pointer, json_t *old, json_t *new)
{
	const char *change = old == NULL   ? "added"
			     : new == NULL ? "removed"
					   : "changed";
	json_t *text = sentence(pointer, old, new);
	json_t *item = text == NULL
			   ? NULL
			   : json_pack("{s:s, s:s, s:o}", "pointer", pointer,
				 "change", change, "text", text);

	if (item == NULL || (old && json_object_set(item, "old", old) != 0) ||
	    (new &&json_object_set(item, "new", new) != 0) ||
	    json_array_append(list, item) != 0) {
		json_decref(item);
		json_decref(list);
		return NULL;
	}
	json_decref(item);
	return list;
}

static json_t *compare(json_t *list, const char *pointer, json_t *old,
    json_t *new);

static json_t *
compare_member(json_t *list, const char *pointer, const char *name, json_t *old,
    json_t *new)
{
	char below[256];

	(void)snprintf(below, sizeof below, "%s/%s", pointer, name);
	return compare(list, below, json_object_get(old, name),
	    json_object_get(new, name));
}

static json_t *
compare_objects(json_t *list, const char *pointer, json_t *old, json_t *new)
{
	const char *name;
	json_t *v;

	json_object_foreach(old, name, v) if (list) list =
	    compare_member(list, pointer, name, old, new);
	json_object_foreach(new, name,
	    v) if (list && json_object_get(old, name) == NULL) list =
	    compare_member(list, pointer, name, old, new);
	return list;
}

static size_t
index_of(const json_t *list, const json_t *item)
{
	size_t i = 0;

	while (i < json_array_size(list) &&
	       !json_equal(json_array_get(list, i), item))
		i++;
	return i;
}

static json_t *
note_item(json_t *list, const char *pointer, size_t i, json_t *old, json_t *new)
{
	char below[256];

	(void)snprintf(below, sizeof below, "%s/%zu", pointer, i);
	return note(list, below, old, new);
}

/* Items are told apart by their value: what is in one list and not in the
 * other.  The same items in another order are one change, because the first
 * egress rule that matches decides. */
static json_t *
compare_arrays(json_t *list, const char *pointer, json_t *old, json_t *new)
{
	bool moved = true;
	json_t *v;
	size_t i;

	json_array_foreach(old, i,
	    v) if (list && index_of(new, v) == json_array_size(new))
	{
		list = note_item(list, pointer, i, v, NULL);
		moved = false;
	}
	json_array_foreach(new, i,
	    v) if (list && index_of(old, v) == json_array_size(old))
	{
		list = note_item(list, pointer, i, NULL, v);
		moved = false;
	}
	return list && moved ? note(list, pointer, old, new) : list;
}

static json_t *
compare(json_t *list, const char *pointer, json_t *old, json_t *new)
{
	if (old && new &&json_equal(old, new))
		return list;
	if (json_is_object(old) && json_is_object(new))
		return compare_objects(list, pointer, old, new);
	if (json_is_array(old) && json_is_array(new))
		return compare_arrays(list, pointer, old, new);
	return note(list, pointer, old, new);
}

json_t *
definition_diff(const json_t *old, const json_t *new)
{
	json_t *list = json_array();

	return list ? compare(list, "", shape_lend(old), shape_lend(new))
		    : NULL;
}
