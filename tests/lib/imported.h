/* SPDX-License-Identifier: ISC */
#ifndef IMPORTED_H
#define IMPORTED_H

#include "definition/dialect.h"

/* Files of every dialect as definitions.  What is not as expected fails the
 * test and names the text. */

/* The definition that this text is, for the caller to free; the dialect that
 * was found is this one (NULL: any). */
json_t *imported(const char *text, const char *dialect);
/* The text is refused as ERR_DEFINITION_BAD, first at this place and for a
 * reason with these words in it. */
void imported_refused(const char *text, const char *pointer, const char *words);

#endif
