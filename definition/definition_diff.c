/* SPDX-License-Identifier: ISC */
#include <stdio.h>
#include <stdlib.h>

#include "definition.h"
#include "diff_note.h"
#include "pointer.h"

#define TEXT (JSON_COMPACT | JSON_ENCODE_ANY | JSON_SORT_KEYS)

/* A value as one short line for a sentence, of the caller's; or NULL. */
static char *
short_text(const json_t *j)
{
	if (json_is_string(j))
		return strdup(json_string_value(j));
	return json_dumps(j, TEXT);
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

static bool
note(json_t *list, const char *pointer, json_t *old, json_t *new)
{
	return diff_note(list, pointer, old, new, false,
	    sentence(pointer, old, new));
}

static bool compare(json_t *list, const char *pointer, json_t *old,
    json_t *new);

static bool
compare_member(json_t *list, const char *pointer, const char *name, json_t *old,
    json_t *new)
{
	char below[POINTER_MAX];

	(void)snprintf(below, sizeof below, "%s", pointer);
	/* a place that no pointer reaches is shown at the one above it */
	(void)pointer_add(below, name);
	return compare(list, below, json_object_get(old, name),
	    json_object_get(new, name));
}

static bool
compare_objects(json_t *list, const char *pointer, json_t *old, json_t *new)
{
	bool good = true;
	const char *name;
	json_t *v;

	json_object_foreach(old, name, v) good =
	    good && compare_member(list, pointer, name, old, new);
	json_object_foreach(new, name, v) good =
	    good && (json_object_get(old, name) != NULL ||
			compare_member(list, pointer, name, old, new));
	return good;
}

/* The items of an array as the keys of an object, or NULL. */
static json_t *
set_of(const json_t *array)
{
	json_t *set = json_object(), *v;
	size_t i;

	json_array_foreach(array, i, v)
	{
		char *key = json_dumps(v, TEXT);

		if (key == NULL ||
		    json_object_set_new(set, key, json_true()) != 0) {
			free(key);
			json_decref(set);
			return NULL;
		}
		free(key);
	}
	return set;
}

static bool
is_in(const json_t *set, const json_t *item)
{
	char *key = json_dumps(item, TEXT);
	bool is = key != NULL && json_object_get(set, key) != NULL;

	free(key);
	return is;
}

/* The items of one list that are not in the other; the rest is added to
 * common. */
static bool
compare_items(json_t *list, const char *pointer, json_t *array,
    const json_t *other, bool is_new, json_t *common)
{
	bool good = true;
	json_t *v;
	size_t i;

	json_array_foreach(array, i, v)
	{
		char below[POINTER_MAX], index[24];

		(void)snprintf(below, sizeof below, "%s", pointer);
		(void)snprintf(index, sizeof index, "%zu", i);
		(void)pointer_add(below, index);
		if (is_in(other, v))
			good = good && json_array_append(common, v) == 0;
		else
			good = good && note(list, below, is_new ? NULL : v,
					   is_new ? v : NULL);
	}
	return good;
}

/* Items are told apart by their value: what is in one list and not in the
 * other.  What is in both in another order is a change, too. */
static bool
compare_arrays(json_t *list, const char *pointer, json_t *old, json_t *new)
{
	json_t *a = set_of(old), *b = set_of(new);
	json_t *x = json_array(), *y = json_array();
	bool good = a && b && x && y &&
		    compare_items(list, pointer, old, b, false, x) &&
		    compare_items(list, pointer, new, a, true, y);

	if (good && !json_equal(x, y))
		good = note(list, pointer, old, new);
	json_decref(a);
	json_decref(b);
	json_decref(x);
	json_decref(y);
	return good;
}

/* An object or a list that is not there is an empty one. */
static bool
compare(json_t *list, const char *pointer, json_t *old, json_t *new)
{
	const json_t *one = old ? old : new, *other = new ? new : old;

	if (old && new &&json_equal(old, new))
		return true;
	if (json_is_object(one) && json_is_object(other))
		return compare_objects(list, pointer, old, new);
	if (json_is_array(one) && json_is_array(other))
		return compare_arrays(list, pointer, old, new);
	return note(list, pointer, old, new);
}

json_t *
definition_diff(const json_t *old, const json_t *new)
{
	json_t *list = json_array();

	if (list && compare(list, "", shape_lend(old), shape_lend(new)))
		return list;
	json_decref(list);
	return NULL;
}
