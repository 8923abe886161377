/* SPDX-License-Identifier: ISC */
#ifndef DIFF_NOTE_H
#define DIFF_NOTE_H

#include <jansson.h>
#include <stdbool.h>

/* Adds {"pointer","change","widens","text","old"?,"new"?} to a list of
 * changes.  old NULL: "added"; new NULL: "removed"; else "changed".  Takes
 * references to old and new, and gives text away; false without memory, which
 * a text of NULL means, too. */
bool diff_note(json_t *list, const char *pointer, json_t *old, json_t *new,
    bool widens, json_t *text);

#endif
