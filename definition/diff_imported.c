/* SPDX-License-Identifier: ISC */
#include "diff_imported.h"

#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "dialect.h"
#include "dialect_source.h"
#include "diff_note.h"
#include "diff_words.h"

static bool
put(char **text, const char *what, const char *more)
{
	size_t n = strlen(what) + strlen(more) + 1;

	*text = malloc(n);
	if (*text)
		(void)snprintf(*text, n, "%s%s", what, more);
	return *text != NULL;
}

/* The file as a definition; NULL when it is none. */
static json_t *
read_file(const json_t *imported)
{
	const char *format =
	    json_string_value(json_object_get(imported, "dialect"));
	struct shape_faults f = { 0 };
	json_t *d = NULL, *notes = NULL;
	const char *id;
	char *text;
	size_t n;

	/* a definition was imported from nothing */
	if (format == NULL || strcmp(format, "encl") == 0 ||
	    dialect_source_kept(imported, &text, &n) != OK)
		return NULL;
	(void)!dialect_import(span_of(text, n), format, &d, &id, &notes, &f);
	free(text);
	json_decref(notes);
	return d;
}

/* What widens comes first in a list of changes. */
bool
diff_imported_says(const json_t *d, char **text, bool *widens)
{
	const json_t *imported = json_object_get(d, "imported"), *first;
	json_t *file, *list;
	bool good = true;

	*text = NULL;
	*widens = false;
	if (imported == NULL)
		return true;
	file = read_file(imported);
	if (file == NULL) {
		*widens = true;
		return put(text, "the file kept in it is not what it is said ",
		    "to be");
	}
	list = json_equal(file, d) ? json_array() : diff_words(d, file);
	first = json_array_get(list, 0);
	if (list == NULL)
		good = false;
	if (first) {
		*widens = json_is_true(json_object_get(first, "widens"));
		good = put(text, "the file kept in it says something else: ",
		    json_string_value(json_object_get(first, "text")));
	}
	json_decref(list);
	json_decref(file);
	return good;
}

bool
diff_imported(json_t *list, const json_t *old, const json_t *new)
{
	json_t *a = json_object_get(old, "imported");
	json_t *b = json_object_get(new, "imported");
	bool widens, good;
	char *text;

	if (b == NULL || (a && json_equal(a, b)))
		return true;
	good = diff_imported_says(new, &text, &widens);
	if (good && text)
		good = diff_note(list, "/imported", a, b, widens,
		    json_string(text));
	free(text);
	return good;
}
