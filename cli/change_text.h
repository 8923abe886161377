/* SPDX-License-Identifier: ISC */
#ifndef CHANGE_TEXT_H
#define CHANGE_TEXT_H

#include <jansson.h>

/* One of the changes of diff_words as a line for people, without the newline:
 * what widens is marked.  Lives as long as the command. */
const char *change_text(const json_t *change);

#endif
