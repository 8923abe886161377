/* SPDX-License-Identifier: ISC */
#ifndef DIFF_IMPORTED_H
#define DIFF_IMPORTED_H

#include <jansson.h>
#include <stdbool.h>

/*
 * The file that a definition keeps is what the other system goes by, and the
 * hash of a definition covers it; but nothing else says that the two agree.
 */

/* What the file of a checked definition says otherwise, in words, of the
 * caller's (free); *widens when that is wider.  *text is NULL when the two
 * agree, or when there is no file.  False when there is no memory. */
bool diff_imported_says(const json_t *d, char **text, bool *widens);

/* Adds to list that the file of new is another than that of old (NULL: there
 * is none), and does not agree with new.  False when there is no memory. */
bool diff_imported(json_t *list, const json_t *old, const json_t *new);

#endif
