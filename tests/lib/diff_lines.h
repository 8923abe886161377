/* SPDX-License-Identifier: ISC */
#ifndef DIFF_LINES_H
#define DIFF_LINES_H

#include <jansson.h>

/* The sentences of what diff_words lists, one a line, "! " before what
 * widens; in static memory, until the next call. */
const char *diff_lines(const json_t *list);

#endif
